//! In which format a processed image is written.

use std::ops::RangeInclusive;

use image::ImageFormat;
use site_model::nearest;

/// A format with its settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Jpeg {
        quality: u8,
    },
    Png,
    /// Without a quality nothing is lost.
    Webp {
        quality: Option<u8>,
    },
    Avif {
        quality: u8,
        speed: u8,
    },
}

impl Format {
    /// Reads the arguments of a call; `source` is what the original is in.
    pub(super) fn of(
        name: &str,
        quality: Option<i64>,
        speed: Option<i64>,
        source: Option<ImageFormat>,
    ) -> Result<Self, String> {
        let name = match name {
            "auto" if is_lossless(source) => "png",
            "auto" => "jpg",
            name => name,
        };
        Ok(match name {
            "jpg" | "jpeg" => Self::Jpeg { quality: within("quality", quality, 1..=100, 75)? },
            "png" => Self::Png,
            "webp" => {
                let quality = quality.map(|given| within("quality", Some(given), 0..=100, 0));
                Self::Webp { quality: quality.transpose()? }
            }
            "avif" => Self::Avif {
                quality: within("quality", quality, 1..=100, 80)?,
                speed: within("speed", speed, 1..=10, 5)?,
            },
            _ => return Err(unknown(name)),
        })
    }

    /// The ending of a file's name.
    pub(super) fn ending(self) -> &'static str {
        match self {
            Self::Jpeg { .. } => "jpg",
            Self::Png => "png",
            Self::Webp { .. } => "webp",
            Self::Avif { .. } => "avif",
        }
    }

    pub(super) fn mime(self) -> &'static str {
        match self {
            Self::Jpeg { .. } => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp { .. } => "image/webp",
            Self::Avif { .. } => "image/avif",
        }
    }

    /// Quality and speed, -1 for what the format does not have.
    pub(super) fn settings(self) -> (i16, i16) {
        match self {
            Self::Jpeg { quality } => (quality.into(), -1),
            Self::Png => (-1, -1),
            Self::Webp { quality } => (quality.map_or(-1, Into::into), -1),
            Self::Avif { quality, speed } => (quality.into(), speed.into()),
        }
    }
}

fn unknown(name: &str) -> String {
    const NAMES: [&str; 5] = ["auto", "avif", "jpg", "png", "webp"];
    match nearest(name, NAMES) {
        Some(known) => format!("there is no format `{name}`; did you mean `{known}`?"),
        None => format!("there is no format `{name}`; use {}", NAMES.join(", ")),
    }
}

fn within(
    what: &str,
    given: Option<i64>,
    range: RangeInclusive<u8>,
    default: u8,
) -> Result<u8, String> {
    let Some(given) = given else { return Ok(default) };
    let found = u8::try_from(given).ok().filter(|given| range.contains(given));
    found.ok_or_else(|| {
        format!("`{what}` is {given}, but must be from {} to {}", range.start(), range.end())
    })
}

/// Whether an image in this format lost nothing so far, and should not begin to.
fn is_lossless(format: Option<ImageFormat>) -> bool {
    use ImageFormat::{Bmp, Farbfeld, Hdr, Ico, Png, Pnm, Tga, Tiff};
    format.is_some_and(|it| matches!(it, Png | Pnm | Tiff | Tga | Bmp | Ico | Hdr | Farbfeld))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_read_and_bounded() {
        let of = |name, quality, speed| Format::of(name, quality, speed, Some(ImageFormat::Png));
        assert_eq!(of("auto", None, None), Ok(Format::Png));
        assert_eq!(
            Format::of("auto", None, None, Some(ImageFormat::Gif)),
            Ok(Format::Jpeg { quality: 75 })
        );
        assert_eq!(of("webp", None, None), Ok(Format::Webp { quality: None }));
        assert_eq!(of("webp", Some(0), None), Ok(Format::Webp { quality: Some(0) }));
        assert_eq!(of("avif", None, Some(7)), Ok(Format::Avif { quality: 80, speed: 7 }));
        let told = [
            (of("jpg", Some(0), None), "`quality` is 0, but must be from 1 to 100"),
            (of("avif", None, Some(11)), "`speed` is 11, but must be from 1 to 10"),
            (of("webpp", None, None), "there is no format `webpp`; did you mean `webp`?"),
        ];
        for (found, message) in told {
            assert_eq!(found, Err(message.to_owned()));
        }
    }
}
