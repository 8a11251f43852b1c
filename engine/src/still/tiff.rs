//! TIFF.
//!
//! Read with the `tiff` decoder itself: the general picture loader knows neither associated alpha nor half and
//! grey float samples.

use std::io::Cursor;

use half::f16;
use image::metadata::Orientation;
use image::{DynamicImage, Rgb32FImage, Rgba32FImage};
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::Tag;
use tiff::{ColorType, TiffError};
use wakeframe_take::transfer::srgb_from_linear;

use super::alpha::unpremultiply;
use super::error::Fault;
use super::raster::{is_srgb, level8, level16};
use super::{Decoded, Depth, Note, check_size};

const ASSOCIATED: u16 = 1;
const UNASSOCIATED: u16 = 2;
/// The longest pixel read: five samples of 64 bits.
const PIXEL_BYTES: usize = 40;

/// How a pixel's samples are to be understood.
#[derive(Clone, Copy, PartialEq)]
enum Model {
    Grey,
    GreyAlpha,
    Rgb,
    Rgba,
    Cmyk,
}

impl Model {
    fn samples(self) -> usize {
        match self {
            Model::Grey => 1,
            Model::GreyAlpha => 2,
            Model::Rgb => 3,
            Model::Rgba | Model::Cmyk => 4,
        }
    }

    fn channels(self) -> usize {
        if matches!(self, Model::GreyAlpha | Model::Rgba) { 4 } else { 3 }
    }
}

pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, Fault> {
    let mut decoder = Decoder::new(Cursor::new(bytes)).map_err(fault)?.with_limits(limits(bytes.len(), 0));
    let (width, height) = decoder.dimensions().map_err(fault)?;
    check_size(width.into(), height.into())?;
    let (width, height) = (width as usize, height as usize);
    decoder = decoder.with_limits(limits(bytes.len(), width * height));
    let extra: Vec<u16> = decoder.find_tag_unsigned_vec(Tag::ExtraSamples).map_err(fault)?.unwrap_or_default();
    let (model, bits) = model(decoder.colortype().map_err(fault)?, &extra)?;
    let mut notes = Vec::new();
    if decoder.get_tag_u8_vec(Tag::IccProfile).is_ok_and(|profile| !is_srgb(&profile)) {
        notes.push(Note::ProfileIgnored);
    }
    let orientation = decoder.find_tag_unsigned::<u8>(Tag::Orientation).ok().flatten().and_then(Orientation::from_exif);

    let mut stored = DecodingResult::U8(Vec::new());
    let layout = decoder.read_image_to_buffer(&mut stored).map_err(fault)?;
    let depth = match stored {
        DecodingResult::U8(_) => Depth::Eight,
        DecodingResult::F16(_) | DecodingResult::F32(_) | DecodingResult::F64(_) => Depth::Float,
        _ => Depth::Sixteen,
    };
    let values = numbers(stored, bits, width, layout.row_stride.map_or(0, |n| n.get()))?;
    let pixels = interleaved(values, width * height, model.samples(), layout.planes)?;
    let linear = depth == Depth::Float;
    if linear && model == Model::Cmyk {
        return Err(Fault::Unsupported("float CMYK".into()));
    }
    let associated = extra.first() == Some(&ASSOCIATED);
    let mut data = Vec::with_capacity(width * height * model.channels());
    for pixel in pixels.chunks_exact(model.samples()) {
        let at = data.len();
        match *pixel {
            [grey] => data.extend([grey; 3]),
            [grey, alpha] => data.extend([grey, grey, grey, alpha]),
            [c, m, y, k] if model == Model::Cmyk => data.extend([c, m, y].map(|ink| (1.0 - ink) * (1.0 - k))),
            _ => data.extend_from_slice(pixel),
        }
        let Some(new) = data.get_mut(at..) else { continue };
        if associated && model.channels() == 4 {
            unpremultiply(new);
        }
        if linear {
            new.iter_mut().take(3).for_each(|v| *v = srgb_from_linear(*v));
        }
    }
    let decoded = Decoded { width, height, channels: model.channels(), data, depth, pixel_aspect: 1.0, notes };
    Ok(turned(decoded, orientation.unwrap_or(Orientation::NoTransforms)))
}

/// What a file of so many bytes and pixels can need: no tag is longer than the file, no pixel than [`PIXEL_BYTES`].
fn limits(file: usize, pixels: usize) -> Limits {
    let mut limits = Limits::default();
    limits.ifd_value_size = file;
    limits.decoding_buffer_size = pixels.saturating_mul(PIXEL_BYTES);
    limits.intermediate_buffer_size = file.max(limits.decoding_buffer_size);
    limits
}

/// The sample model and the bits of a sample.
fn model(colour: ColorType, extra: &[u16]) -> Result<(Model, u8), Fault> {
    let has_alpha = matches!(extra.first(), Some(&(ASSOCIATED | UNASSOCIATED)));
    match colour {
        ColorType::Gray(bits) => Ok((Model::Grey, bits)),
        ColorType::GrayA(bits) => Ok((Model::GreyAlpha, bits)),
        ColorType::Multiband { bit_depth, num_samples: 2 } => Ok((if has_alpha { Model::GreyAlpha } else { Model::Grey }, bit_depth)),
        ColorType::RGB(bits) => Ok((Model::Rgb, bits)),
        ColorType::RGBA(bits) => Ok((Model::Rgba, bits)),
        ColorType::CMYK(bits) | ColorType::CMYKA(bits) => Ok((Model::Cmyk, bits)),
        other => Err(Fault::Unsupported(format!("colour type {other:?}"))),
    }
}

/// Every sample as a number: whole numbers as 0…1 of their range, floats as they stand.
fn numbers(stored: DecodingResult, bits: u8, width: usize, row_bytes: usize) -> Result<Vec<f32>, Fault> {
    Ok(match (stored, bits) {
        (DecodingResult::U8(v), 8) => v.into_iter().map(level8).collect(),
        (DecodingResult::U8(v), 1 | 2 | 4) if row_bytes > 0 => v.chunks(row_bytes).flat_map(|row| unpacked(row, bits, width)).collect(),
        (DecodingResult::U16(v), 16) => v.into_iter().map(level16).collect(),
        (DecodingResult::U32(v), 32) => v.into_iter().map(|v| (f64::from(v) / f64::from(u32::MAX)) as f32).collect(),
        (DecodingResult::F16(v), _) => v.into_iter().map(f16::to_f32).collect(),
        (DecodingResult::F32(v), _) => v,
        (DecodingResult::F64(v), _) => v.into_iter().map(|v| v as f32).collect(),
        _ => return Err(Fault::Unsupported(format!("{bits}-bit samples of a rare kind"))),
    })
}

/// The `width` samples of a row that holds several to a byte, the first in the highest bits.
fn unpacked(row: &[u8], bits: u8, width: usize) -> impl Iterator<Item = f32> {
    let per_byte = usize::from(8 / bits);
    let top = (1u16 << bits) - 1;
    let samples = row.iter().flat_map(move |byte| (0..per_byte).map(move |i| u16::from(*byte) >> (8 - usize::from(bits) * (i + 1)) & top));
    samples.take(width).map(move |v| f32::from(v) / f32::from(top))
}

/// `samples` numbers per pixel, whatever the file holds besides and whether it keeps each in a plane of its own.
fn interleaved(values: Vec<f32>, pixels: usize, samples: usize, planes: usize) -> Result<Vec<f32>, Fault> {
    let per_pixel = values.len() / pixels;
    if per_pixel < samples {
        return Err(Fault::Damaged("it holds fewer samples than it announces".into()));
    }
    if planes > 1 {
        let planes: Vec<&[f32]> = values.chunks_exact(pixels).take(samples).collect();
        return Ok((0..pixels).flat_map(|i| planes.iter().filter_map(move |p| p.get(i)).copied()).collect());
    }
    if per_pixel == samples {
        return Ok(values);
    }
    Ok(values.chunks_exact(per_pixel).flat_map(|p| p.iter().take(samples)).copied().collect())
}

fn turned(mut decoded: Decoded, orientation: Orientation) -> Decoded {
    if orientation == Orientation::NoTransforms {
        return decoded;
    }
    let (w, h) = (decoded.width as u32, decoded.height as u32);
    let data = std::mem::take(&mut decoded.data);
    let picture = match decoded.channels {
        3 => Rgb32FImage::from_raw(w, h, data).map(DynamicImage::from),
        _ => Rgba32FImage::from_raw(w, h, data).map(DynamicImage::from),
    };
    // The buffer was made for this very size just above.
    let Some(mut picture) = picture else { return decoded };
    picture.apply_orientation(orientation);
    decoded.width = picture.width() as usize;
    decoded.height = picture.height() as usize;
    decoded.data = match decoded.channels {
        3 => picture.into_rgb32f().into_raw(),
        _ => picture.into_rgba32f().into_raw(),
    };
    decoded
}

fn fault(e: TiffError) -> Fault {
    match e {
        TiffError::UnsupportedError(e) => Fault::Unsupported(e.to_string()),
        e => Fault::Damaged(e.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tiff::encoder::colortype::{self, ColorType as Encoded};
    use tiff::encoder::{TiffEncoder, TiffValue};
    use tiff::tags::ExtraSamples;

    fn file<C: Encoded>(width: u32, height: u32, values: &[C::Inner], extra: &[ExtraSamples], orientation: u16) -> Vec<u8>
    where
        [C::Inner]: TiffValue,
    {
        let mut bytes = Cursor::new(Vec::new());
        let mut encoder = TiffEncoder::new(&mut bytes).unwrap();
        let mut image = encoder.new_image::<C>(width, height).unwrap();
        if !extra.is_empty() {
            image.encoder().write_tag(Tag::ExtraSamples, extra).unwrap();
        }
        image.encoder().write_tag(Tag::Orientation, orientation).unwrap();
        image.write_data(values).unwrap();
        bytes.into_inner()
    }

    fn good(bytes: &[u8]) -> Decoded {
        decode(bytes).unwrap_or_else(|f| match f {
            Fault::Damaged(s) | Fault::Unsupported(s) => panic!("{s}"),
            Fault::TooLarge { .. } => panic!("too large"),
        })
    }

    #[test]
    fn whole_numbers_keep_their_levels() {
        let d = good(&file::<colortype::RGB8>(2, 1, &[0, 1, 128, 200, 254, 255], &[], 1));
        assert_eq!(d.data, [0u8, 1, 128, 200, 254, 255].map(|v| f32::from(v) / 255.0));
        let d = good(&file::<colortype::Gray16>(2, 1, &[7, 65535], &[], 1));
        assert_eq!(d.data, [7.0 / 65535.0, 7.0 / 65535.0, 7.0 / 65535.0, 1.0, 1.0, 1.0]);
        assert_eq!((d.depth, d.channels), (Depth::Sixteen, 3));
    }

    #[test]
    fn floats_are_scene_linear_and_highlights_go_on() {
        let d = good(&file::<colortype::RGB32Float>(1, 1, &[0.214_041_14, 1.0, 4.0], &[], 1));
        assert!((d.data[0] - 0.5).abs() < 1e-6 && d.data[1] == 1.0 && d.data[2] > 1.8, "{:?}", d.data);
        let d = good(&file::<colortype::Gray32Float>(1, 1, &[1.0], &[], 1));
        assert_eq!((d.data.as_slice(), d.depth), ([1.0f32; 3].as_slice(), Depth::Float));
    }

    #[test]
    fn associated_alpha_is_divided_out_and_unassociated_kept() {
        let pixel = [51, 102, 25, 128];
        let straight = good(&file::<colortype::RGBA8>(1, 1, &pixel, &[ExtraSamples::UnassociatedAlpha], 1));
        assert_eq!(straight.data, pixel.map(|v| f32::from(v) / 255.0));
        let divided = good(&file::<colortype::RGBA8>(1, 1, &pixel, &[ExtraSamples::AssociatedAlpha], 1));
        assert!((divided.data[1] - 102.0 / 128.0).abs() < 1e-6 && divided.data[3] == 128.0 / 255.0);
    }

    #[test]
    fn orientation_turns_the_picture() {
        let d = good(&file::<colortype::RGB8>(2, 1, &[255, 0, 0, 0, 255, 0], &[], 6));
        assert_eq!((d.width, d.height), (1, 2));
        assert_eq!(d.data, [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
        let d = good(&file::<colortype::RGB8>(2, 1, &[255, 0, 0, 0, 255, 0], &[], 3));
        assert_eq!(d.data, [0.0, 1.0, 0.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn inks_become_light() {
        let d = good(&file::<colortype::CMYK8>(2, 1, &[0, 0, 0, 0, 255, 0, 0, 0], &[], 1));
        assert_eq!(d.data, [1.0, 1.0, 1.0, 0.0, 1.0, 1.0]);
    }

    #[test]
    fn packed_rows_and_planes_come_apart() {
        assert_eq!(unpacked(&[0b1010_0000], 1, 4).collect::<Vec<_>>(), [1.0, 0.0, 1.0, 0.0]);
        assert_eq!(unpacked(&[0xf0, 0x50], 4, 3).collect::<Vec<_>>(), [1.0, 0.0, 5.0 / 15.0]);
        let planes = interleaved(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 2, 3, 3).unwrap_or_default();
        assert_eq!(planes, [1.0, 3.0, 5.0, 2.0, 4.0, 6.0]);
        let surplus = interleaved(vec![1.0, 2.0, 9.0, 3.0, 4.0, 9.0], 2, 2, 1).unwrap_or_default();
        assert_eq!(surplus, [1.0, 2.0, 3.0, 4.0]);
    }
}
