//! From an image file to a processed one: decoded, turned upright, cropped, resized, encoded.

use std::borrow::Cow;
use std::io::Cursor;
use std::path::Path;

use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::codecs::avif::AvifEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, ImageDecoder, ImageEncoder, Limits};

use super::format::Format;
use super::metadata::{one_line, reader};
use super::operation::{Size, Steps};

/// What decoding a hostile file may take.
const MAX_DECODED_BYTES: u64 = 1 << 30;

/// An image with the colour profile that says what its numbers mean.
struct Picture {
    pixels: DynamicImage,
    profile: Option<Vec<u8>>,
}

/// Processes the bytes of `file`; its name only helps to tell the format.
pub(super) fn process(
    bytes: &[u8],
    file: &Path,
    steps: Steps,
    format: Format,
) -> Result<Vec<u8>, String> {
    let Picture { pixels, profile } = decode(bytes, file)?;
    let pixels = resize(pixels, steps)?;
    encode(&Picture { pixels, profile }, format)
}

fn decode(bytes: &[u8], file: &Path) -> Result<Picture, String> {
    let mut reader = reader(Cursor::new(bytes), file).map_err(|error| one_line(&error))?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODED_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| one_line(&error))?;
    // The library takes the whole picture's room before it reads any of it.
    if decoder.total_bytes() > MAX_DECODED_BYTES {
        let (width, height) = decoder.dimensions();
        return Err(format!("{width} × {height} pixels take more than 1 GiB"));
    }
    let orientation = decoder.orientation().ok();
    let profile = decoder.icc_profile().ok().flatten();
    let mut pixels = DynamicImage::from_decoder(decoder).map_err(|error| one_line(&error))?;
    if let Some(orientation) = orientation {
        pixels.apply_orientation(orientation);
    }
    Ok(Picture { pixels, profile })
}

fn resize(from: DynamicImage, steps: Steps) -> Result<DynamicImage, String> {
    let whole = Size { width: from.width(), height: from.height() };
    let size = steps.size.or(steps.crop.map(|area| area.size)).unwrap_or(whole);
    if steps.crop.is_none() && size == whole {
        return Ok(from);
    }
    let mut options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    if let Some(area) = steps.crop {
        let Size { width, height } = area.size;
        options = options.crop(area.left.into(), area.top.into(), width.into(), height.into());
    }
    let mut to = DynamicImage::new(size.width, size.height, from.color());
    Resizer::new().resize(&from, &mut to, &options).map_err(|error| one_line(&error))?;
    Ok(to)
}

fn encode(picture: &Picture, format: Format) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    match format {
        Format::Png => {
            write(picture, PngEncoder::new(&mut bytes), &deep(&picture.pixels))?;
        }
        Format::Jpeg { quality } => {
            let encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
            write(picture, encoder, &opaque(&picture.pixels))?;
        }
        // Only the first of the two writes colour profiles; the other packs better, and loses.
        Format::Webp { quality: None } if picture.profile.is_some() => {
            write(picture, WebPEncoder::new_lossless(&mut bytes), &shallow(&picture.pixels))?;
        }
        Format::Webp { quality } => bytes = webp(&picture.pixels, quality)?,
        Format::Avif { quality, speed } => {
            // More threads would cut the image into tiles, and their number change the bytes.
            let encoder = AvifEncoder::new_with_speed_quality(&mut bytes, speed, quality)
                .with_num_threads(Some(1));
            write(picture, encoder, &shallow(&picture.pixels))?;
        }
    }
    Ok(bytes)
}

/// Encodes pixels with the picture's profile, where the format has a place for one.
fn write(
    picture: &Picture,
    mut encoder: impl ImageEncoder,
    pixels: &DynamicImage,
) -> Result<(), String> {
    if let Some(profile) = &picture.profile {
        let _ = encoder.set_icc_profile(profile.clone());
    }
    pixels.write_with_encoder(encoder).map_err(|error| one_line(&error))
}

fn webp(pixels: &DynamicImage, quality: Option<u8>) -> Result<Vec<u8>, String> {
    let pixels = shallow(pixels);
    let (width, height) = (pixels.width(), pixels.height());
    let encoder = match &*pixels {
        DynamicImage::ImageRgb8(it) => webp::Encoder::from_rgb(it, width, height),
        DynamicImage::ImageRgba8(it) => webp::Encoder::from_rgba(it, width, height),
        _ => return Err("has pixels that WebP cannot hold".to_owned()),
    };
    // For pictures without loss the quality is that of the search for a short form.
    let packed = encoder.encode_simple(quality.is_none(), quality.map_or(75.0, f32::from));
    let packed = packed.map_err(|error| format!("cannot become WebP: {error:?}"))?;
    Ok(packed.to_vec())
}

/// Whole numbers, with the depth and transparency the picture has.
fn deep(pixels: &DynamicImage) -> Cow<'_, DynamicImage> {
    match pixels {
        DynamicImage::ImageRgb32F(_) => Cow::Owned(pixels.to_rgb16().into()),
        DynamicImage::ImageRgba32F(_) => Cow::Owned(pixels.to_rgba16().into()),
        other => Cow::Borrowed(other),
    }
}

/// Eight bits for each of the colours, and for the transparency if there is any.
fn shallow(pixels: &DynamicImage) -> Cow<'_, DynamicImage> {
    match pixels {
        DynamicImage::ImageRgb8(_) | DynamicImage::ImageRgba8(_) => Cow::Borrowed(pixels),
        _ if pixels.color().has_alpha() => Cow::Owned(pixels.to_rgba8().into()),
        _ => Cow::Owned(pixels.to_rgb8().into()),
    }
}

/// Eight bits for each of the colours, or grey; no transparency.
fn opaque(pixels: &DynamicImage) -> Cow<'_, DynamicImage> {
    match pixels {
        DynamicImage::ImageRgb8(_) | DynamicImage::ImageLuma8(_) => Cow::Borrowed(pixels),
        _ if pixels.color().has_color() => Cow::Owned(pixels.to_rgb8().into()),
        _ => Cow::Owned(pixels.to_luma8().into()),
    }
}
