//! Colours as themes and style sheets write them.

use std::fmt;

/// Red, green, blue and opacity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Color {
    /// Red, green, blue.
    pub rgb: [u8; 3],
    /// 255 where nothing shines through.
    pub alpha: u8,
}

impl Color {
    /// Black.
    pub const BLACK: Self = Self { rgb: [0; 3], alpha: u8::MAX };
    /// White.
    pub const WHITE: Self = Self { rgb: [u8::MAX; 3], alpha: u8::MAX };

    /// Reads `#rgb`, `#rgba`, `#rrggbb` or `#rrggbbaa`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.is_ascii())?;
        let digits: String = match digits.len() {
            3 | 4 => digits.chars().flat_map(|digit| [digit, digit]).collect(),
            6 | 8 => digits.to_owned(),
            _ => return None,
        };
        let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        let alpha = if digits.len() == 8 { byte(6)? } else { u8::MAX };
        Some(Self { rgb: [byte(0)?, byte(2)?, byte(4)?], alpha })
    }
}

/// `#RRGGBB`, with the opacity where it is not whole.
impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.rgb;
        write!(f, "#{red:02X}{green:02X}{blue:02X}")?;
        if self.alpha == u8::MAX { Ok(()) } else { write!(f, "{:02X}", self.alpha) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_and_written() {
        let table = [
            ("#123", Some("#112233")),
            ("#1234", Some("#11223344")),
            ("#aabbcc", Some("#AABBCC")),
            ("#aabbccff", Some("#AABBCC")),
            ("#aabbcc0f", Some("#AABBCC0F")),
            ("#12", None),
            ("#ggg", None),
            ("red", None),
            ("#é1", None),
        ];
        for (text, expected) in table {
            let shown = Color::parse(text).map(|color| color.to_string());
            assert_eq!(shown.as_deref(), expected, "{text}");
        }
    }
}
