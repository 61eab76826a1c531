//! Documents to search blocks.
