//! Search over immutable blocks.
