//! Folding: what is written differently and means the same becomes the same.
//!
//! Case, accents, full and half width, ligatures, raised and lowered digits, traditional and
//! simplified characters; invisible marks vanish. Each character is folded by itself (half-width
//! voiced kana apart), so that every folded character keeps its place in the text it came from.

use alloc::vec::Vec;

use super::han;

/// A folded character and the bytes it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Folded {
    pub(crate) c: char,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// Base letters of U+00C0–U+017F; `.` stays as it is lowercased, a digit stands for two letters
/// of [`PAIRS`].
const LATIN: &[u8; 192] = b"aaaaaa0ceeeeiiiidnooooo.ouuuuy12aaaaaa0ceeeeiiiidnooooo.ouuuuy1y\
aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii33jjkkklllllll\
lllnnnnnnnnnoooooo44rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
const PAIRS: [(char, char); 5] = [('a', 'e'), ('t', 'h'), ('s', 's'), ('i', 'j'), ('o', 'e')];

/// Full-width forms of the half-width katakana U+FF66–U+FF9D.
const KATAKANA: &str = "ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン";

/// Folds `text`.
pub(crate) fn fold(text: &str) -> Vec<Folded> {
    let mut out: Vec<Folded> = Vec::with_capacity(text.len());
    for (start, c) in text.char_indices() {
        let (start, end) = (start as u32, (start + c.len_utf8()) as u32);
        if c.is_ascii() {
            out.push(Folded { c: c.to_ascii_lowercase(), start, end });
        } else if matches!(c, '\u{ff9e}' | '\u{ff9f}') {
            voice(out.last_mut(), c, end);
        } else if !is_invisible(c) {
            fold_one(c, &mut |c| out.push(Folded { c, start, end }));
        }
    }
    out
}

/// A half-width voicing mark joins the kana before it.
fn voice(last: Option<&mut Folded>, mark: char, end: u32) {
    let Some(last) = last else { return };
    let steps = if mark == '\u{ff9e}' { 1 } else { 2 };
    let voiced = match last.c {
        'カ'..='ト' if steps == 1 => true,
        'ハ' | 'ヒ' | 'フ' | 'ヘ' | 'ホ' => true,
        _ => false,
    };
    if voiced {
        last.c = char::from_u32(u32::from(last.c) + steps).unwrap_or(last.c);
        last.end = end;
    }
}

fn fold_one(c: char, out: &mut dyn FnMut(char)) {
    let code = u32::from(c);
    match code {
        0xc0..=0x17f => fold_latin(c, LATIN[(code - 0xc0) as usize], out),
        0xb2 | 0xb3 => out(char::from(b'0' + (code - 0xb0) as u8)),
        0xb9 => out('1'),
        0x2019 => out('\''),
        0x2010..=0x2014 | 0x2212 => out('-'),
        0x2070 | 0x2074..=0x2079 => out(char::from(b'0' + (code - 0x2070) as u8)),
        0x2080..=0x2089 => out(char::from(b'0' + (code - 0x2080) as u8)),
        0x3000 | 0xa0 | 0x2000..=0x200a | 0x202f => out(' '),
        0xfb00..=0xfb04 => {
            ["ff", "fi", "fl", "ffi", "ffl"][(code - 0xfb00) as usize].chars().for_each(out);
        }
        0xff01..=0xff5e => out(char::from((code - 0xfee0) as u8).to_ascii_lowercase()),
        0xff66..=0xff9d => KATAKANA.chars().nth((code - 0xff66) as usize).into_iter().for_each(out),
        0x3400..=0x9fff => out(han::simplify(c)),
        _ => out(lowercase(c)),
    }
}

/// Lower case of Greek (without accents), Cyrillic, Armenian and the extended Latin of Vietnamese
/// and Welsh: the standard library's table for all of Unicode would add 4 KB to the engine.
fn lowercase(c: char) -> char {
    let code = u32::from(c);
    let lower = match code {
        0x386 | 0x3ac => 0x3b1,
        0x388 | 0x3ad => 0x3b5,
        0x389 | 0x3ae => 0x3b7,
        0x38a | 0x390 | 0x3aa | 0x3af | 0x3ca => 0x3b9,
        0x38c | 0x3cc => 0x3bf,
        0x38e | 0x3ab | 0x3b0 | 0x3cb | 0x3cd => 0x3c5,
        0x38f | 0x3ce => 0x3c9,
        0x391..=0x3a9 | 0x410..=0x42f => code + 32,
        0x3c2 => 0x3c3,
        0x400..=0x40f => code + 80,
        0x531..=0x556 => code + 48,
        0x460..=0x481 | 0x48a..=0x4bf | 0x4d0..=0x52f | 0x1e00..=0x1e95 | 0x1ea0..=0x1eff => {
            code | 1
        }
        _ => code,
    };
    char::from_u32(lower).unwrap_or(c)
}

fn fold_latin(c: char, base: u8, out: &mut dyn FnMut(char)) {
    match base {
        b'.' => out(c),
        b'0'..=b'4' => {
            let (first, second) = PAIRS[usize::from(base - b'0')];
            out(first);
            out(second);
        }
        base => out(char::from(base)),
    }
}

/// Marks that show nothing: zero width, bidirectional, joiners, variation selectors, soft hyphens,
/// and accents written as characters of their own.
fn is_invisible(c: char) -> bool {
    matches!(u32::from(c),
        0xad | 0x300..=0x36f | 0x180e | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f
        | 0xfe00..=0xfe0f | 0xfeff | 0xe0000..=0xe01ef)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expect: &str) {
        let folded: String = fold(text).iter().map(|folded| folded.c).collect();
        assert_eq!(folded, expect, "{text}");
    }

    #[test]
    fn what_means_the_same_becomes_the_same() {
        check("ＣＯＶＩＤ－１９", "covid-19");
        check("CO₂ m²", "co2 m2");
        check("Müller Straße Łódź Œuvre Ångström", "muller strasse lodz oeuvre angstrom");
        check("Dvořák Şahin Žižek Ĳssel", "dvorak sahin zizek ijssel");
        check("e\u{301}cole", "ecole");
        check("口\u{200b}罩\u{202e}", "口罩");
        check("ｶﾞｰｾﾞ ﾊﾟﾙﾌﾟ", "ガーゼ パルプ");
        check("ﬁlter ΑΒΓΌς Жук ЁЛКА ẤẾ", "filter αβγοσ жук ёлка ấế");
        check("專利申請", "专利申请");
        check("×÷", "×÷");
    }

    proptest! {
        #[test]
        fn every_folded_character_points_into_its_text(text: String) {
            for folded in fold(&text) {
                prop_assert!(text.get(folded.start as usize..folded.end as usize).is_some_and(|s| !s.is_empty()));
            }
        }
    }
}
