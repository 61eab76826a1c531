//! Document and application numbers in the many ways people write them.
//!
//! Offices, databases and people write the same number as `CN113914087A`, `CN 113914087 A`,
//! `US 2009/0022735 A1`, `ZL 200410074566.7`. Comparison is done on one normal form: capital
//! letters and digits only. The parts follow WIPO ST.3 (two-letter office) and ST.16 (kind code).

/// The longest number kept, in characters of the normal form; more is no number of any office.
const MAX_LEN: usize = 40;

/// Capital letters and digits of `text`, everything else dropped; full-width forms folded.
pub fn normalize_number(text: &str) -> String {
    text.chars()
        .map(fold_width)
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .take(MAX_LEN)
        .collect()
}

/// Full-width letters and digits (U+FF10 to U+FF5A) as ASCII.
fn fold_width(c: char) -> char {
    match c {
        '\u{FF10}'..='\u{FF5A}' => {
            char::from_u32(u32::from(c) - 0xFEE0).expect("the block maps onto ASCII")
        }
        _ => c,
    }
}

/// Every normal form under which `number` should be found exactly, the full one first.
///
/// - without the kind code, without the office, without both;
/// - US application publications also without the zero after the year (`US2009022735`);
/// - Chinese application numbers with and without the check digit and the `ZL` prefix.
///
/// Empty when the text holds no digit.
pub fn number_variants(number: &str) -> Vec<String> {
    let full = normalize_number(number);
    if !full.bytes().any(|b| b.is_ascii_digit()) {
        return Vec::new();
    }
    let parts = Parts::of(&full);
    let mut out = vec![full.clone()];
    for serial in serials(number, parts) {
        push(&mut out, format!("{}{serial}{}", parts.office, parts.kind));
        push(&mut out, format!("{}{serial}", parts.office));
        push(&mut out, format!("{serial}{}", parts.kind));
        push(&mut out, serial);
    }
    out
}

fn push(out: &mut Vec<String>, variant: String) {
    // Two digits alone would be found by every page number.
    if variant.len() >= 4 && !out.contains(&variant) {
        out.push(variant);
    }
}

/// A normal form cut in three.
#[derive(Clone, Copy)]
struct Parts<'a> {
    office: &'a str,
    serial: &'a str,
    kind: &'a str,
}

impl<'a> Parts<'a> {
    fn of(full: &'a str) -> Self {
        let letters = full.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (office, rest) = full.split_at(if letters >= 2 { 2 } else { 0 });
        let office = if office == "ZL" { "" } else { office };
        let (serial, kind) = rest.split_at(rest.len() - kind_len(rest));
        Self { office, serial, kind }
    }
}

/// Length of the kind code at the end: a letter, or a letter and one digit (ST.16).
fn kind_len(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    match bytes {
        [.., digit, letter, last]
            if digit.is_ascii_digit() && letter.is_ascii_uppercase() && last.is_ascii_digit() =>
        {
            2
        }
        [.., digit, letter] if digit.is_ascii_digit() && letter.is_ascii_uppercase() => 1,
        _ => 0,
    }
}

/// The serial as written, and its other spellings.
fn serials(number: &str, parts: Parts<'_>) -> Vec<String> {
    let mut out = vec![parts.serial.to_owned()];
    if let Some(short) = without_us_zero(parts) {
        out.push(short);
    }
    if let Some(unchecked) = without_check_digit(number, parts.serial) {
        out.push(unchecked);
    }
    out
}

/// `US20090022735` is `US2009022735` in the databases of other offices.
fn without_us_zero(parts: Parts<'_>) -> Option<String> {
    let (year, rest) = parts.serial.split_at_checked(4)?;
    let short = rest.strip_prefix('0')?;
    (parts.office == "US" && parts.serial.len() == 11 && parts.kind.starts_with('A'))
        .then(|| format!("{year}{short}"))
}

/// `200410074566.7`: the digit after the dot checks the twelve before it.
fn without_check_digit(number: &str, serial: &str) -> Option<String> {
    let (head, tail) = number.trim().rsplit_once(['.', '．'])?;
    let check = normalize_number(tail);
    let head = normalize_number(head);
    let is_check = check.len() == 1 && head.bytes().filter(u8::is_ascii_digit).count() >= 8;
    is_check.then(|| serial[..serial.len() - check.len().min(serial.len())].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(number: &str, expect: &[&str]) {
        assert_eq!(number_variants(number), expect, "{number}");
    }

    #[test]
    fn publication_numbers() {
        check("CN113914087A", &["CN113914087A", "CN113914087", "113914087A", "113914087"]);
        check("cn 113.914.087 a", &["CN113914087A", "CN113914087", "113914087A", "113914087"]);
        check("ＣＮ113914087Ａ", &["CN113914087A", "CN113914087", "113914087A", "113914087"]);
        check("EP1748769B1", &["EP1748769B1", "EP1748769", "1748769B1", "1748769"]);
    }

    #[test]
    fn us_publications_are_also_written_without_the_zero() {
        let variants = number_variants("US 2009/0022735 A1");
        for expect in ["US20090022735A1", "US20090022735", "US2009022735A1", "2009022735"] {
            assert!(variants.contains(&expect.to_owned()), "{expect} in {variants:?}");
        }
    }

    #[test]
    fn chinese_application_numbers_lose_prefix_and_check_digit() {
        let variants = number_variants("ZL 200410074566.7");
        for expect in ["ZL2004100745667", "2004100745667", "200410074566"] {
            assert!(variants.contains(&expect.to_owned()), "{expect} in {variants:?}");
        }
        check(
            "CN 200410074566 A",
            &["CN200410074566A", "CN200410074566", "200410074566A", "200410074566"],
        );
    }

    #[test]
    fn words_and_empties_have_no_variants() {
        check("", &[]);
        check("口罩", &[]);
        check("A", &[]);
    }
}
