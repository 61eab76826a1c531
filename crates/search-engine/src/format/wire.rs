//! Integers and strings on the wire.
//!
//! ```bnf
//! varint ::= LEB128, at most 32 bits
//! long   ::= LEB128, at most 53 bits, so that every host's numbers hold it
//! str    ::= len:varint utf8
//! ```

use alloc::vec::Vec;

use super::FormatError;

/// Reads a payload from front to back; every read is checked.
///
/// Its calls are kept out of line: laid into every decoder they double the engine's code.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Reads `bytes` from `at` on.
    pub fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at: at.min(bytes.len()) }
    }

    /// Reads a payload whose first byte must be `tag`.
    ///
    /// # Errors
    /// [`FormatError::Kind`] when it is another.
    pub fn tagged(bytes: &'a [u8], tag: u8, expected: &'static str) -> Result<Self, FormatError> {
        match bytes.first() {
            Some(&first) if first == tag => Ok(Self { bytes, at: 1 }),
            _ => Err(FormatError::Kind { expected }),
        }
    }

    /// Offset of the next byte.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Bytes that are left.
    pub fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// The input ended inside `what`.
    pub fn truncated(&self, what: &'static str) -> FormatError {
        FormatError::Truncated { what, at: u32::try_from(self.at).unwrap_or(u32::MAX) }
    }

    /// `what` cannot be right.
    pub fn invalid(&self, what: &'static str) -> FormatError {
        FormatError::Invalid { what, at: u32::try_from(self.at).unwrap_or(u32::MAX) }
    }

    /// One byte.
    #[inline(never)]
    pub fn byte(&mut self, what: &'static str) -> Result<u8, FormatError> {
        let byte = *self.bytes.get(self.at).ok_or(self.truncated(what))?;
        self.at += 1;
        Ok(byte)
    }

    /// The next `len` bytes.
    #[inline(never)]
    pub fn bytes(&mut self, len: usize, what: &'static str) -> Result<&'a [u8], FormatError> {
        if len > self.left() {
            return Err(self.truncated(what));
        }
        let bytes = &self.bytes[self.at..self.at + len];
        self.at += len;
        Ok(bytes)
    }

    /// An integer of at most 32 bits.
    #[inline(never)]
    pub fn varint(&mut self, what: &'static str) -> Result<u32, FormatError> {
        let mut value = 0_u64;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.byte(what)?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return u32::try_from(value).map_err(|_| self.invalid(what));
            }
        }
        Err(self.invalid(what))
    }

    /// An integer of at most 53 bits.
    #[inline(never)]
    pub fn long(&mut self, what: &'static str) -> Result<u64, FormatError> {
        let mut value = 0_u64;
        for shift in [0, 7, 14, 21, 28, 35, 42, 49] {
            let byte = self.byte(what)?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return if value >> 53 == 0 { Ok(value) } else { Err(self.invalid(what)) };
            }
        }
        Err(self.invalid(what))
    }

    /// A count of things that take at least one byte each, so that a lie cannot make the reader
    /// allocate more than the payload's length.
    #[inline(never)]
    pub fn count(&mut self, what: &'static str) -> Result<usize, FormatError> {
        let count = self.varint(what)? as usize;
        if count > self.left() {
            return Err(self.truncated(what));
        }
        Ok(count)
    }

    /// A string.
    #[inline(never)]
    pub fn str(&mut self, what: &'static str) -> Result<&'a str, FormatError> {
        let len = self.count(what)?;
        core::str::from_utf8(self.bytes(len, what)?).map_err(|_| self.invalid(what))
    }

    /// A finite 32-bit float.
    #[inline(never)]
    pub fn float(&mut self, what: &'static str) -> Result<f32, FormatError> {
        let bytes = self.bytes(4, what)?.try_into().map_err(|_| self.truncated(what))?;
        let value = f32::from_le_bytes(bytes);
        if value.is_finite() { Ok(value) } else { Err(self.invalid(what)) }
    }
}

/// Appends a varint.
pub fn put_varint(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a long integer.
pub fn put_long(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a length.
///
/// # Panics
/// From 4 GiB on, far past the cap of a payload.
pub fn put_len(out: &mut Vec<u8>, len: usize) {
    put_varint(out, u32::try_from(len).expect("payloads are capped far below 4 GiB"));
}

/// Appends a string.
pub fn put_str(out: &mut Vec<u8>, text: &str) {
    put_len(out, text.len());
    out.extend_from_slice(text.as_bytes());
}

/// Bits that `value` needs.
pub fn bits_for(value: u32) -> u32 {
    u32::BITS - value.leading_zeros()
}

/// Bytes that `count` values of `bits` bits take.
pub fn packed_len(count: usize, bits: u32) -> usize {
    (count * bits as usize).div_ceil(8)
}

/// Appends values of `bits` bits each, lowest bit first.
pub fn pack(out: &mut Vec<u8>, values: &[u32], bits: u32) {
    let mut held = 0_u64;
    let mut held_bits = 0;
    for &value in values {
        held |= u64::from(value) << held_bits;
        held_bits += bits;
        while held_bits >= 8 {
            out.push(held as u8);
            held >>= 8;
            held_bits -= 8;
        }
    }
    if held_bits > 0 {
        out.push(held as u8);
    }
}

/// Hands `count` values of `bits` (0–32) bits each to `each`.
///
/// # Errors
/// [`FormatError::Truncated`] when the input ends early, [`FormatError::Invalid`] for a width past
/// 32.
pub fn unpack(
    reader: &mut Reader<'_>,
    count: usize,
    bits: u32,
    out: &mut Vec<u32>,
    what: &'static str,
) -> Result<(), FormatError> {
    if bits > 32 {
        return Err(reader.invalid(what));
    }
    let bytes = reader.bytes(packed_len(count, bits), what)?;
    let mask = (1_u64 << bits) - 1;
    out.clear();
    out.reserve(count);
    // A window of eight bytes holds any value whole: one load, shift and mask for each, without a
    // branch. Code for each width would be little faster and 6 KB larger.
    let windows = bytes.len().saturating_sub(7) * 8;
    let whole = if bits == 0 { count } else { count.min(windows.div_ceil(bits as usize)) };
    for i in 0..whole {
        let bit = i * bits as usize;
        let window = bytes.get(bit / 8..bit / 8 + 8).and_then(|window| window.try_into().ok());
        let window = u64::from_le_bytes(window.unwrap_or_default());
        out.push((window >> (bit % 8) & mask) as u32);
    }
    let mut tail = [0_u8; 16];
    let from = bytes.len().saturating_sub(8);
    tail[..bytes.len() - from].copy_from_slice(&bytes[from..]);
    let tail = u128::from_le_bytes(tail);
    for i in whole..count {
        let bit = i * bits as usize - from * 8;
        out.push(((tail >> bit) as u64 & mask) as u32);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn varints_round_trip(value: u32) {
            let mut out = Vec::new();
            put_varint(&mut out, value);
            prop_assert_eq!(Reader::new(&out, 0).varint("x"), Ok(value));
        }

        #[test]
        fn longs_round_trip(value in 0_u64..1 << 53) {
            let mut out = Vec::new();
            put_long(&mut out, value);
            prop_assert_eq!(Reader::new(&out, 0).long("x"), Ok(value));
        }

        #[test]
        fn packed_values_round_trip(values: Vec<u32>, width in 0_u32..=32) {
            let mask = u32::try_from((1_u64 << width) - 1).unwrap();
            let values: Vec<u32> = values.iter().map(|value| value & mask).collect();
            let mut out = Vec::new();
            pack(&mut out, &values, width);
            prop_assert_eq!(out.len(), packed_len(values.len(), width));
            let mut back = Vec::new();
            unpack(&mut Reader::new(&out, 0), values.len(), width, &mut back, "x").unwrap();
            prop_assert_eq!(back, values);
        }

        #[test]
        fn arbitrary_bytes_read_or_fail(bytes: Vec<u8>) {
            let mut reader = Reader::new(&bytes, 0);
            while reader.varint("x").is_ok() && reader.str("x").is_ok() && reader.float("x").is_ok() {}
        }
    }
}
