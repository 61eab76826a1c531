//! Columns: small values of documents, in document order, to fold and sort.
//!
//! ```bnf
//! twins  ::= "V" n:varint column                        ; only of runs that have translations
//! dates  ::= "Y" n:varint column
//! layout ::= "L" n:varint (n_fields:varint (field:varint len:varint)*){n}
//! facets ::= "F" n:varint n_values:varint value:str{n_values} counts:column ordinals:column
//! column ::= bits:u8 bit-packed values
//! ```
//! A block of facets has its own table of the values met in it, so that no block needs another and
//! segments merge without renumbering; `counts` says how many of the `ordinals` each document has.
//! A twin is the distance back to the first document that is the same in another language. A date
//! is
//! `1 + ((year × 12 + month - 1) × 31 + day - 1)`, 0 for none: it sorts as the date does. A layout
//! cuts a document's positions into fields, in order.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::FormatError;
use super::wire::{self, Reader};

/// Tag of a block of twins.
pub const TWINS: u8 = b'V';
/// Tag of a block of dates.
pub const DATES: u8 = b'Y';
/// Tag of a block of layouts.
pub const LAYOUTS: u8 = b'L';

/// Writes a column of a stretch of documents; `tag` says which.
pub fn write_values(tag: u8, values: &[u32]) -> Vec<u8> {
    let mut out = vec![tag];
    wire::put_len(&mut out, values.len());
    write_column(&mut out, values);
    out
}

/// Reads a column of `len` documents.
///
/// # Errors
/// When it is no such block.
pub fn read_values(payload: &[u8], tag: u8, len: u32) -> Result<Vec<u32>, FormatError> {
    let mut reader = Reader::tagged(payload, tag, "block of values")?;
    check_len(&mut reader, len)?;
    read_column(&mut reader, len)
}

/// Tag of a block of facets.
pub const FACETS: u8 = b'F';
/// Kind of a column of facets, in the root.
pub const FACET_KIND: u8 = 1;
/// Most values of the documents of one block.
const MAX_ORDINALS: u32 = 1 << 20;

/// Values, any number of them, of a stretch of documents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facets {
    /// The values met, in order.
    pub values: Vec<String>,
    /// Of each document, where its ordinals end.
    ends: Vec<u32>,
    /// Numbers of values, document by document.
    ordinals: Vec<u32>,
}

impl Facets {
    /// Numbers of the values of a document.
    pub fn of(&self, at: usize) -> &[u32] {
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied();
        let end = self.ends.get(at).copied().unwrap_or(0);
        self.ordinals.get(start.unwrap_or(0) as usize..end as usize).unwrap_or_default()
    }
}

/// Writes the values of each document of a stretch.
pub fn write_facets(documents: &[Vec<String>]) -> Vec<u8> {
    let mut values: Vec<&str> = documents.iter().flatten().map(String::as_str).collect();
    values.sort_unstable();
    values.dedup();
    let mut out = vec![FACETS];
    wire::put_len(&mut out, documents.len());
    wire::put_len(&mut out, values.len());
    values.iter().copied().for_each(|value| wire::put_str(&mut out, value));
    let counts: Vec<u32> = documents.iter().map(|values| values.len() as u32).collect();
    write_column(&mut out, &counts);
    let ordinal = |value: &String| values.partition_point(|other| *other < value.as_str()) as u32;
    let ordinals: Vec<u32> = documents.iter().flatten().map(ordinal).collect();
    write_column(&mut out, &ordinals);
    out
}

/// Reads a block of facets of `len` documents.
///
/// # Errors
/// When it is no such block.
pub fn read_facets(payload: &[u8], len: u32) -> Result<Facets, FormatError> {
    let mut reader = Reader::tagged(payload, FACETS, "block of facets")?;
    check_len(&mut reader, len)?;
    let mut facets = Facets::default();
    for _ in 0..reader.count("values")? {
        facets.values.push(reader.str("value")?.into());
    }
    let mut end = 0_u32;
    for count in read_column(&mut reader, len)? {
        end = end.saturating_add(count);
        facets.ends.push(end);
    }
    if end > MAX_ORDINALS {
        return Err(reader.invalid("number of values"));
    }
    facets.ordinals = read_column(&mut reader, end)?;
    let known = facets.values.len() as u32;
    if facets.ordinals.iter().all(|&ordinal| ordinal < known) {
        Ok(facets)
    } else {
        Err(reader.invalid("number of a value"))
    }
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
    pack_date_of(date.split('-'))
}

/// The same from its parts.
pub(crate) fn pack_date_of<'a>(mut parts: impl Iterator<Item = &'a str>) -> u32 {
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
        fn columns_round_trip(values in vec(any::<u32>(), 0..300)) {
            let len = values.len() as u32;
            prop_assert_eq!(read_values(&write_values(DATES, &values), DATES, len), Ok(values));
        }

        #[test]
        fn facets_round_trip(documents in vec(vec("[a-c]{0,3}", 0..4), 0..40)) {
            let facets = read_facets(&write_facets(&documents), documents.len() as u32).unwrap();
            for (at, values) in documents.iter().enumerate() {
                let back: Vec<String> = facets.of(at).iter().map(|&i| facets.values[i as usize].clone()).collect();
                prop_assert_eq!(&back, values);
            }
        }

        #[test]
        fn layouts_round_trip(layouts in vec(vec((0_u32..9, 0_u32..5_000), 0..4), 0..40)) {
            let len = layouts.len() as u32;
            prop_assert_eq!(read_layouts(&write_layouts(&layouts), len), Ok(layouts));
        }

        #[test]
        fn arbitrary_bytes_never_panic(mut bytes in vec(any::<u8>(), 1..120), len in 0_u32..200) {
            for tag in [DATES, LAYOUTS, FACETS] {
                bytes[0] = tag;
                if let Ok(facets) = read_facets(&bytes, len) {
                    for at in 0..=len as usize {
                        prop_assert!(facets.of(at).len() <= facets.ordinals.len());
                    }
                }
                let _ = read_values(&bytes, DATES, len);
                let _ = read_layouts(&bytes, len);
            }
        }

        #[test]
        fn any_packed_number_prints(packed: u32) {
            unpack_date(packed);
        }
    }
}
