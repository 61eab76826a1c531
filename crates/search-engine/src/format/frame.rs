//! The frame around every block file.
//!
//! ```bnf
//! file    ::= "WBI" version:u8 inflated_len:u32le deflate   ; raw DEFLATE of the payload
//! ```

use super::{FormatError, MAX_INFLATED, MAX_RATIO};

/// Version of the frame, which is older than that of what is in it.
pub const VERSION: u8 = 2;
/// Bytes before the DEFLATE stream.
pub const HEADER_LEN: usize = 8;

/// Splits a file into the length of its payload and its DEFLATE stream.
///
/// # Errors
/// [`FormatError::Kind`] without the magic and version, [`FormatError::Invalid`] when the stated
/// length breaks the caps.
pub fn parse(file: &[u8]) -> Result<(u32, &[u8]), FormatError> {
    let wrong = FormatError::Kind { expected: "block file" };
    let (header, deflate) = file.split_at_checked(HEADER_LEN).ok_or(wrong)?;
    let rest = header.strip_prefix(&[b'W', b'B', b'I', VERSION]).ok_or(wrong)?;
    let inflated_len = u32::from_le_bytes(rest.try_into().map_err(|_| wrong)?);
    let len = u32::try_from(file.len()).unwrap_or(u32::MAX);
    if inflated_len > MAX_INFLATED || inflated_len / MAX_RATIO > len {
        return Err(FormatError::Invalid { what: "inflated length", at: 8 });
    }
    Ok((inflated_len, deflate))
}

/// The header for a payload of this length.
pub fn header(inflated_len: u32) -> [u8; HEADER_LEN] {
    let mut header = [b'W', b'B', b'I', VERSION, 0, 0, 0, 0];
    header[4..].copy_from_slice(&inflated_len.to_le_bytes());
    header
}
