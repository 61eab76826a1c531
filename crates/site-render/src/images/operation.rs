//! What `resize_image` does to the picture: which part is taken, and to which size it is brought.

use site_model::nearest;

/// Most pixels of a processed image: what a call asks for alone must not exhaust the memory.
const MAX_PIXELS: u64 = 1 << 27;

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// A resize operation with its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    /// To just this size, however that distorts.
    Scale(Size),
    /// To this width; the height follows.
    FitWidth(u32),
    /// To this height; the width follows.
    FitHeight(u32),
    /// Within this size; a smaller image stays as it is.
    Fit(Size),
    /// The middle of the image, cropped to the size's shape and brought to it.
    Fill(Size),
}

/// A part of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) left: u32,
    pub(super) top: u32,
    pub(super) size: Size,
}

/// What is done to the pixels: the crop first, then the new size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Steps {
    pub(super) crop: Option<Area>,
    pub(super) size: Option<Size>,
}

impl Operation {
    /// Reads the arguments of a call.
    pub(super) fn of(name: &str, width: Option<u32>, height: Option<u32>) -> Result<Self, String> {
        const NAMES: [&str; 5] = ["fill", "fit", "fit_height", "fit_width", "scale"];
        let missing = |what: &str| format!("op=\"{name}\" wants {what}");
        let both = || {
            let size = width.zip(height).map(|(width, height)| Size { width, height });
            size.ok_or_else(|| missing("`width` and `height`"))
        };
        match name {
            "scale" => both().map(Self::Scale),
            "fit_width" => width.map(Self::FitWidth).ok_or_else(|| missing("`width`")),
            "fit_height" => height.map(Self::FitHeight).ok_or_else(|| missing("`height`")),
            "fit" => both().map(Self::Fit),
            "fill" => both().map(Self::Fill),
            _ => Err(match nearest(name, NAMES) {
                Some(known) => format!("there is no op `{name}`; did you mean `{known}`?"),
                None => format!("there is no op `{name}`; use {}", NAMES.join(", ")),
            }),
        }
    }

    /// Its number and its arguments, from which the name of the processed image is made.
    pub(super) fn numbers(self) -> (u64, Vec<u32>) {
        match self {
            Self::Scale(size) => (0, vec![size.width, size.height]),
            Self::FitWidth(width) => (1, vec![width]),
            Self::FitHeight(height) => (2, vec![height]),
            Self::Fit(size) => (3, vec![size.width, size.height]),
            Self::Fill(size) => (4, vec![size.width, size.height]),
        }
    }

    /// What this means for an image of a size.
    pub(super) fn steps(self, original: Size) -> Result<Steps, String> {
        let steps = self.unchecked_steps(original);
        let Some(Size { width, height }) = steps.size else { return Ok(steps) };
        if width == 0 || height == 0 {
            return Err(format!("an image of {width} × {height} pixels has none"));
        }
        if u64::from(width) * u64::from(height) > MAX_PIXELS {
            return Err(format!("{width} × {height} pixels are more than {MAX_PIXELS}"));
        }
        Ok(steps)
    }

    fn unchecked_steps(self, original: Size) -> Steps {
        let to = |size| Steps { crop: None, size: Some(size) };
        match self {
            Self::Scale(size) => to(size),
            Self::FitWidth(width) => {
                let height = proportional(original.height, width, original.width);
                to(Size { width, height })
            }
            Self::FitHeight(height) => {
                let width = proportional(original.width, height, original.height);
                to(Size { width, height })
            }
            Self::Fit(size) if original.width <= size.width && original.height <= size.height => {
                Steps { crop: None, size: None }
            }
            Self::Fit(within) => {
                let is_wider =
                    product(original.width, within.height) > product(original.height, within.width);
                let bounded = if is_wider {
                    Self::FitWidth(within.width)
                } else {
                    Self::FitHeight(within.height)
                };
                bounded.unchecked_steps(original)
            }
            Self::Fill(size) => Steps { crop: crop_to_shape(original, size), size: Some(size) },
        }
    }
}

fn product(a: u32, b: u32) -> u64 {
    u64::from(a) * u64::from(b)
}

/// `side * wanted / of`, rounded down, at least a pixel.
fn proportional(side: u32, wanted: u32, of: u32) -> u32 {
    let scaled = product(side, wanted) / u64::from(of.max(1));
    u32::try_from(scaled).unwrap_or(u32::MAX).max(u32::from(wanted > 0))
}

/// The middle of the image in the shape of `size`; nothing where the shapes are nearly the same.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sides of images are far below 2^24, and never negative"
)]
fn crop_to_shape(original: Size, size: Size) -> Option<Area> {
    /// Difference of the two factors below which a crop is not worth it.
    const NEARLY_SAME: f32 = 0.1;
    let across = original.width as f32 / size.width as f32;
    let down = original.height as f32 / size.height as f32;
    if (across - down).abs() <= NEARLY_SAME {
        return None;
    }
    let part = |factor: f32, side: u32, whole: u32| {
        ((factor * side as f32).round() as u32).clamp(1, whole)
    };
    let kept = if across < down {
        Size { height: part(across, size.height, original.height), ..original }
    } else {
        Size { width: part(down, size.width, original.width), ..original }
    };
    Some(Area {
        left: (original.width - kept.width) / 2,
        top: (original.height - kept.height) / 2,
        size: kept,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGINAL: Size = Size { width: 300, height: 380 };

    fn steps(op: &str, width: u32, height: u32) -> Steps {
        Operation::of(op, Some(width), Some(height)).unwrap().steps(ORIGINAL).unwrap()
    }

    #[test]
    fn sizes_follow_the_operation() {
        let table = [
            ("scale", 150, 150, Some((150, 150))),
            ("fit_width", 100, 0, Some((100, 126))),
            ("fit_height", 0, 150, Some((118, 150))),
            ("fit", 5000, 5000, None),
            ("fit", 150, 150, Some((118, 150))),
            ("fit", 100, 380, Some((100, 126))),
            ("fill", 150, 150, Some((150, 150))),
            ("fit_width", 1, 1, Some((1, 1))),
        ];
        for (op, width, height, expected) in table {
            let found = steps(op, width, height).size.map(|size| (size.width, size.height));
            assert_eq!(found, expected, "{op} {width} {height}");
        }
    }

    #[test]
    fn fill_takes_the_middle() {
        let square = Area { left: 0, top: 40, size: Size { width: 300, height: 300 } };
        assert_eq!(steps("fill", 150, 150).crop, Some(square));
        let narrow = Area { left: 55, top: 0, size: Size { width: 190, height: 380 } };
        assert_eq!(steps("fill", 100, 200).crop, Some(narrow));
        assert_eq!(steps("fill", 150, 190).crop, None);
    }

    #[test]
    fn what_cannot_be_is_told() {
        let told = |op: &str, width, height| {
            let steps = Operation::of(op, width, height).and_then(|it| it.steps(ORIGINAL));
            steps.unwrap_err()
        };
        assert_eq!(
            told("fit_wdth", None, None),
            "there is no op `fit_wdth`; did you mean `fit_width`?"
        );
        assert_eq!(told("fill", Some(1), None), "op=\"fill\" wants `width` and `height`");
        assert_eq!(told("scale", Some(0), Some(3)), "an image of 0 × 3 pixels has none");
        assert!(told("scale", Some(u32::MAX), Some(u32::MAX)).contains("more than"));
    }
}
