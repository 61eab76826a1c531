//! Size and format of image files, from their heads alone.

use std::io::{BufRead, Seek};
use std::path::Path;

use image::metadata::Orientation;
use image::{ImageDecoder, ImageFormat, ImageReader};

use super::operation::Size;

/// Vector images larger than this are refused.
const MAX_SVG_BYTES: u64 = 16 << 20;

/// What the head of an image file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Metadata {
    /// As it is shown: turned as the camera says.
    pub(super) size: Size,
    /// The usual ending of its format.
    pub(super) ending: &'static str,
    pub(super) mime: &'static str,
    /// The format if it is one that can be processed.
    pub(super) format: Option<ImageFormat>,
}

/// Reads the head of a file.
pub(super) fn read(file: &Path) -> Result<Metadata, String> {
    match ending(file).as_str() {
        "svg" => vector(file),
        "avif" => avif(file),
        _ => raster(file),
    }
}

/// A reader that takes the format from the first bytes, and from the name where they do not tell.
pub(super) fn reader<R: BufRead + Seek>(
    bytes: R,
    file: &Path,
) -> Result<ImageReader<R>, std::io::Error> {
    let mut reader = ImageReader::new(bytes);
    if let Ok(format) = ImageFormat::from_path(file) {
        reader.set_format(format);
    }
    reader.with_guessed_format()
}

/// A complaint of the image library as one line.
pub(super) fn one_line(error: &impl ToString) -> String {
    error.to_string().replace('\n', " ")
}

fn ending(file: &Path) -> String {
    file.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase()
}

fn raster(file: &Path) -> Result<Metadata, String> {
    let bytes = std::fs::File::open(file).map_err(|error| error.to_string())?;
    let reader = reader(std::io::BufReader::new(bytes), file).map_err(|error| one_line(&error))?;
    let Some(format) = reader.format() else { return Err("is no image in a known format".into()) };
    let mut decoder = reader.into_decoder().map_err(|error| one_line(&error))?;
    let (width, height) = decoder.dimensions();
    let is_turned = decoder.orientation().is_ok_and(turns_sides);
    let size =
        if is_turned { Size { width: height, height: width } } else { Size { width, height } };
    let ending = format.extensions_str().first().copied().unwrap_or_default();
    Ok(Metadata { size, ending, mime: format.to_mime_type(), format: Some(format) })
}

/// Whether width and height change places.
fn turns_sides(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(orientation, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH)
}

fn avif(file: &Path) -> Result<Metadata, String> {
    let size = imagesize::size(file).map_err(|error| one_line(&error))?;
    let whole = |pixels: usize| u32::try_from(pixels).map_err(|_| "is too large".to_owned());
    let size = Size { width: whole(size.width)?, height: whole(size.height)? };
    Ok(Metadata { size, ending: "avif", mime: "image/avif", format: None })
}

/// Its own width and height, else those of the view box.
fn vector(file: &Path) -> Result<Metadata, String> {
    let len = file.metadata().map_err(|error| error.to_string())?.len();
    if len > MAX_SVG_BYTES {
        return Err(format!("has {len} bytes; the limit is 16 MiB"));
    }
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let svg = svg_metadata::Metadata::parse(text).map_err(|error| one_line(&error))?;
    let own = svg.width().zip(svg.height());
    let (width, height) = own
        .or_else(|| svg.view_box().map(|view| (view.width, view.height)))
        .ok_or("has neither `width` and `height` nor a `viewBox`")?;
    let size = Size { width: pixels(width), height: pixels(height) };
    Ok(Metadata { size, ending: "svg", mime: "text/svg+xml", format: None })
}

/// Whole pixels.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float that does not fit becomes the nearest that does"
)]
fn pixels(side: f64) -> u32 {
    side as u32
}
