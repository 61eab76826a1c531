//! Columns: small values of every document, in document order, to filter, group, fold and sort.
//!
//! ```bnf
//! traits ::= "V" n:varint lang kind collection twin     ; each a column
//! dates  ::= "Y" n:varint column
//! layout ::= "L" n:varint (n_fields:varint (field:varint len:varint)*){n}
//! column ::= bits:u8 bit-packed values
//! ```
//! `lang`, `kind` and `collection` are numbers in the root's tables. `twin` is the distance back
//! to the first document that is the same in another language. A date is
//! `1 + ((year × 12 + month - 1) × 31 + day - 1)`, 0 for none: it sorts as the date does. A layout
//! cuts a document's positions into fields, in order.

use super::FormatError;
use super::wire::{self, Reader};

/// Tag of a block of traits.
pub const TRAITS: u8 = b'V';
/// Tag of a block of dates.
pub const DATES: u8 = b'Y';
/// Tag of a block of layouts.
pub const LAYOUTS: u8 = b'L';

/// What documents are filtered and grouped by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traits {
    /// Language of each document.
    pub langs: Vec<u32>,
    /// Group of each document.
    pub kinds: Vec<u32>,
    /// Collection of each document.
    pub collections: Vec<u32>,
    /// Distance to the first twin of each document.
    pub twins: Vec<u32>,
}

/// Writes the traits of a stretch of documents.
pub fn write_traits(traits: &Traits) -> Vec<u8> {
    let mut out = vec![TRAITS];
    wire::put_len(&mut out, traits.langs.len());
    for column in [&traits.langs, &traits.kinds, &traits.collections, &traits.twins] {
        write_column(&mut out, column);
    }
    out
}

/// Reads a block of traits of `len` documents.
///
/// # Errors
/// When it is no such block.
pub fn read_traits(payload: &[u8], len: u32) -> Result<Traits, FormatError> {
    let mut reader = Reader::tagged(payload, TRAITS, "block of traits")?;
    check_len(&mut reader, len)?;
    Ok(Traits {
        langs: read_column(&mut reader, len)?,
        kinds: read_column(&mut reader, len)?,
        collections: read_column(&mut reader, len)?,
        twins: read_column(&mut reader, len)?,
    })
}

/// Writes the dates of a stretch of documents.
pub fn write_dates(dates: &[u32]) -> Vec<u8> {
    let mut out = vec![DATES];
    wire::put_len(&mut out, dates.len());
    write_column(&mut out, dates);
    out
}

/// Reads a block of dates of `len` documents.
///
/// # Errors
/// When it is no such block.
pub fn read_dates(payload: &[u8], len: u32) -> Result<Vec<u32>, FormatError> {
    let mut reader = Reader::tagged(payload, DATES, "block of dates")?;
    check_len(&mut reader, len)?;
    read_column(&mut reader, len)
}

/// The fields of one document with the number of positions each takes.
pub type Layout = Vec<(u32, u32)>;

/// Writes the layouts of a stretch of documents.
pub fn write_layouts(layouts: &[Layout]) -> Vec<u8> {
    let mut out = vec![LAYOUTS];
    wire::put_len(&mut out, layouts.len());
    for layout in layouts {
        wire::put_len(&mut out, layout.len());
        for &(field, len) in layout {
            wire::put_varint(&mut out, field);
            wire::put_varint(&mut out, len);
        }
    }
    out
}

/// Reads a block of layouts of `len` documents.
///
/// # Errors
/// When it is no such block.
pub fn read_layouts(payload: &[u8], len: u32) -> Result<Vec<Layout>, FormatError> {
    let mut reader = Reader::tagged(payload, LAYOUTS, "block of layouts")?;
    check_len(&mut reader, len)?;
    if len as usize > reader.left() {
        return Err(reader.truncated("layouts"));
    }
    let mut layouts = Vec::with_capacity(len as usize);
    for _ in 0..len {
        let count = reader.count("layout")?;
        let mut layout = Vec::with_capacity(count);
        for _ in 0..count {
            layout.push((reader.varint("field")?, reader.varint("field length")?));
        }
        layouts.push(layout);
    }
    Ok(layouts)
}

fn check_len(reader: &mut Reader<'_>, len: u32) -> Result<(), FormatError> {
    if reader.varint("number of documents")? == len {
        Ok(())
    } else {
        Err(reader.invalid("number of documents"))
    }
}

fn write_column(out: &mut Vec<u8>, values: &[u32]) {
    let bits = wire::bits_for(values.iter().max().copied().unwrap_or(0));
    out.push(bits as u8);
    wire::pack(out, values, bits);
}

fn read_column(reader: &mut Reader<'_>, len: u32) -> Result<Vec<u32>, FormatError> {
    let bits = reader.byte("column width")?;
    let mut values = Vec::new();
    wire::unpack(reader, len as usize, bits.into(), &mut values, "column")?;
    Ok(values)
}

/// Packs `YYYY-MM-DD` (or its beginning: `YYYY`, `YYYY-MM`); 0 for anything else.
pub fn pack_date(date: &str) -> u32 {
    let mut parts = date.split('-');
    let mut part = |default: u32, low: u32, high: u32| match parts.next() {
        None => Some(default),
        Some(text) => text.parse().ok().filter(|value| (low..=high).contains(value)),
    };
    match (part(0, 1, 9_999), part(1, 1, 12), part(1, 1, 31)) {
        (Some(year), Some(month), Some(day)) if year > 0 => {
            1 + (year * 12 + month - 1) * 31 + day - 1
        }
        _ => 0,
    }
}

/// `YYYY-MM-DD` of a packed date, empty for 0.
pub fn unpack_date(packed: u32) -> String {
    let Some(days) = packed.checked_sub(1) else { return String::new() };
    let (year, month, day) = (days / 372, days / 31 % 12 + 1, days % 31 + 1);
    let mut date = String::with_capacity(10);
    for (value, divisors) in [(year, &[1_000, 100, 10, 1][..]), (month, &[10, 1]), (day, &[10, 1])]
    {
        if !date.is_empty() {
            date.push('-');
        }
        for divisor in divisors {
            date.push(char::from(b'0' + (value / divisor % 10) as u8));
        }
    }
    date
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    #[test]
    fn dates_sort_as_they_read() {
        let dates = ["1985", "1985-02", "1985-02-03", "1999-12-31", "2020-01-01", "9999-12-31"];
        let packed = dates.map(pack_date);
        assert!(packed.is_sorted_by(|a, b| a < b), "{packed:?}");
        assert_eq!(unpack_date(packed[2]), "1985-02-03");
        assert_eq!(unpack_date(packed[1]), "1985-02-01");
        for wrong in ["", "x", "2020-13-01", "2020-01-32", "-5", "0000-01-01", "2020-"] {
            assert_eq!(pack_date(wrong), 0, "{wrong}");
        }
        assert_eq!(unpack_date(0), "");
    }

    proptest! {
        #[test]
        fn columns_round_trip(rows in vec((0_u32..4, 0_u32..12, 0_u32..3, any::<u32>()), 0..300)) {
            let traits = Traits {
                langs: rows.iter().map(|row| row.0).collect(),
                kinds: rows.iter().map(|row| row.1).collect(),
                collections: rows.iter().map(|row| row.2).collect(),
                twins: rows.iter().map(|row| row.3).collect(),
            };
            let len = rows.len() as u32;
            prop_assert_eq!(read_traits(&write_traits(&traits), len), Ok(traits.clone()));
            prop_assert_eq!(read_dates(&write_dates(&traits.twins), len), Ok(traits.twins));
        }

        #[test]
        fn layouts_round_trip(layouts in vec(vec((0_u32..9, 0_u32..5_000), 0..4), 0..40)) {
            let len = layouts.len() as u32;
            prop_assert_eq!(read_layouts(&write_layouts(&layouts), len), Ok(layouts));
        }

        #[test]
        fn arbitrary_bytes_never_panic(mut bytes in vec(any::<u8>(), 1..120), len in 0_u32..200) {
            for tag in [TRAITS, DATES, LAYOUTS] {
                bytes[0] = tag;
                let _ = read_traits(&bytes, len);
                let _ = read_dates(&bytes, len);
                let _ = read_layouts(&bytes, len);
            }
        }

        #[test]
        fn any_packed_number_prints(packed: u32) {
            unpack_date(packed);
        }
    }
}
