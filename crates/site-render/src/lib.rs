//! Model to pages.
