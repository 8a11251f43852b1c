//! PNG and JPEG.

use std::io::Cursor;

use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::{ColorType, DynamicImage, ImageDecoder, ImageError, Limits};
use wakeframe_take::picture::Picture;

use super::error::Fault;
use super::{Decoded, Depth, Note, check_size};

pub(super) fn png(bytes: &[u8]) -> Result<Decoded, Fault> {
    decode(PngDecoder::with_limits(Cursor::new(bytes), limits()).map_err(fault)?)
}

pub(super) fn jpeg(bytes: &[u8]) -> Result<Decoded, Fault> {
    decode(JpegDecoder::new(Cursor::new(bytes)).map_err(fault)?)
}

/// Memory is bounded by the size a picture may have; smaller limits would refuse large scans.
fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(u32::MAX);
    limits.max_image_height = Some(u32::MAX);
    limits
}

fn decode(mut decoder: impl ImageDecoder) -> Result<Decoded, Fault> {
    let (width, height) = decoder.dimensions();
    check_size(width.into(), height.into())?;
    let mut notes = Vec::new();
    if decoder.icc_profile().ok().flatten().is_some_and(|profile| !is_srgb(&profile)) {
        notes.push(Note::ProfileIgnored);
    }
    let orientation = decoder.orientation().map_err(fault)?;
    let deep = !matches!(decoder.color_type(), ColorType::L8 | ColorType::La8 | ColorType::Rgb8 | ColorType::Rgba8);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(fault)?;
    picture.apply_orientation(orientation);
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let alpha = picture.color().has_alpha();
    // Grey becomes RGB by repetition; each of these conversions keeps the stored levels.
    let data: Vec<f32> = match (deep, alpha) {
        (false, false) => picture.into_rgb8().into_raw().into_iter().map(level8).collect(),
        (false, true) => picture.into_rgba8().into_raw().into_iter().map(level8).collect(),
        (true, false) => picture.into_rgb16().into_raw().into_iter().map(level16).collect(),
        (true, true) => picture.into_rgba16().into_raw().into_iter().map(level16).collect(),
    };
    let depth = if deep { Depth::Sixteen } else { Depth::Eight };
    Ok(Decoded { width, height, channels: if alpha { 4 } else { 3 }, data, depth, pixel_aspect: 1.0, notes })
}

/// An 8-bit level as a number 0…1.
pub(super) fn level8(v: u8) -> f32 {
    f32::from(v) / 255.0
}

/// A 16-bit level as a number 0…1.
pub(super) fn level16(v: u16) -> f32 {
    f32::from(v) / 65535.0
}

/// Every sRGB profile in use says so in its description, as ASCII or as UTF-16.
pub(super) fn is_srgb(profile: &[u8]) -> bool {
    let has = |word: &[u8]| profile.windows(word.len()).any(|w| w == word);
    has(b"sRGB") || has(b"\0s\0R\0G\0B")
}

fn fault(e: ImageError) -> Fault {
    match e {
        ImageError::Unsupported(e) => Fault::Unsupported(e.to_string()),
        ImageError::Limits(_) => Fault::TooLarge { width: Picture::MAX_SIDE as u64 + 1, height: Picture::MAX_SIDE as u64 + 1 },
        e => Fault::Damaged(e.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::codecs::jpeg::JpegEncoder;
    use image::{ImageBuffer, ImageEncoder, ImageFormat, Luma, LumaA, Rgb};

    fn save(image: impl Into<DynamicImage>) -> Vec<u8> {
        let mut bytes = Vec::new();
        image.into().write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
        bytes
    }

    fn good(result: Result<Decoded, Fault>) -> Decoded {
        result.unwrap_or_else(|_| panic!("not read"))
    }

    #[test]
    fn every_8_bit_level_is_a_255th() {
        let d = good(png(&save(image::RgbImage::from_fn(256, 1, |x, _| Rgb([x as u8, 255 - x as u8, 0])))));
        for v in 0..=255usize {
            assert_eq!(d.data[v * 3], v as f32 / 255.0);
            assert_eq!(d.data[v * 3 + 1], (255 - v) as f32 / 255.0);
        }
        assert_eq!((d.depth, d.channels), (Depth::Eight, 3));
    }

    #[test]
    fn every_16_bit_level_is_a_65535th() {
        let d = good(png(&save(ImageBuffer::<Rgb<u16>, _>::from_fn(256, 256, |x, y| Rgb([(y * 256 + x) as u16, 0, 65535])))));
        for v in (0..=65535usize).step_by(37) {
            assert_eq!(d.data[v * 3], v as f32 / 65535.0);
        }
        assert_eq!(d.depth, Depth::Sixteen);
    }

    #[test]
    fn grey_is_repeated_with_and_without_alpha() {
        let d = good(png(&save(image::GrayImage::from_pixel(2, 2, Luma([77])))));
        assert_eq!(&d.data[..3], [77.0 / 255.0; 3]);
        let d = good(png(&save(ImageBuffer::<LumaA<u16>, _>::from_pixel(2, 2, LumaA([1000u16, 30000])))));
        assert_eq!(&d.data[..4], [1000.0 / 65535.0, 1000.0 / 65535.0, 1000.0 / 65535.0, 30000.0 / 65535.0]);
    }

    /// A picture whose corners tell which way it is turned: red, green / blue, white.
    fn corners() -> image::RgbImage {
        image::RgbImage::from_fn(32, 16, |x, y| match (x < 16, y < 8) {
            (true, true) => Rgb([255, 0, 0]),
            (false, true) => Rgb([0, 255, 0]),
            (true, false) => Rgb([0, 0, 255]),
            (false, false) => Rgb([255, 255, 255]),
        })
    }

    fn jpeg_turned(orientation: u8) -> Decoded {
        let exif = [b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(), &[orientation], b"\0\0\0\0\0\0"].concat();
        let mut bytes = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 95);
        encoder.set_exif_metadata(exif).unwrap();
        encoder.encode_image(&corners()).unwrap();
        good(jpeg(&bytes))
    }

    #[test]
    fn a_cameras_orientation_is_applied() {
        let top_left = |d: &Decoded| [d.data[0] > 0.5, d.data[1] > 0.5, d.data[2] > 0.5];
        for (orientation, size, colour) in [
            (1, (32, 16), [true, false, false]),
            (2, (32, 16), [false, true, false]),
            (3, (32, 16), [true, true, true]),
            (4, (32, 16), [false, false, true]),
            (6, (16, 32), [false, false, true]),
            (8, (16, 32), [false, true, false]),
        ] {
            let d = jpeg_turned(orientation);
            assert_eq!((d.width, d.height), size, "orientation {orientation}");
            assert_eq!(top_left(&d), colour, "orientation {orientation}");
        }
    }

    #[test]
    fn a_profile_other_than_srgb_is_told() {
        for (profile, notes) in [(b"desc sRGB IEC61966-2.1".to_vec(), vec![]), (b"desc Display P3".to_vec(), vec![Note::ProfileIgnored])] {
            let mut bytes = Vec::new();
            let mut encoder = image::codecs::png::PngEncoder::new(&mut bytes);
            encoder.set_icc_profile(profile).unwrap();
            corners().write_with_encoder(encoder).unwrap();
            assert_eq!(good(png(&bytes)).notes, notes);
        }
    }

    #[test]
    fn too_many_pixels_are_refused_before_decoding() {
        let mut bytes = save(image::GrayImage::new(4, 4));
        bytes[16..20].copy_from_slice(&40000u32.to_be_bytes());
        let crc = crc32(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&crc.to_be_bytes());
        assert!(matches!(png(&bytes), Err(Fault::TooLarge { width: 40000, height: 4 })));
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes
            .iter()
            .fold(!0u32, |crc, b| (0..8).fold(crc ^ u32::from(*b), |c, _| if c & 1 == 1 { (c >> 1) ^ 0xedb8_8320 } else { c >> 1 }))
    }
}
