//! Office files to typed records.
