//! A frame as PNG, sRGB-encoded, straight alpha, 8 or 16 bit. Values outside 0…1 are held at the ends.

use std::io;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};
use wakeframe_take::picture::Picture;

use super::Clip;
use super::sequence::WriteSeek;

pub(super) fn write(picture: &Picture, clip: &Clip, out: &mut dyn WriteSeek) -> io::Result<()> {
    let keep = if clip.alpha { picture.channels() } else { 3 };
    let values = picture.data().chunks_exact(picture.channels()).flat_map(|p| p.iter().take(keep).copied());
    let (bytes, colour) = if clip.deep {
        let levels: Vec<u16> = values.map(|v| level(v, 65535.0) as u16).collect();
        (bytemuck::cast_slice(&levels).to_vec(), if keep == 4 { ExtendedColorType::Rgba16 } else { ExtendedColorType::Rgb16 })
    } else {
        (values.map(|v| level(v, 255.0) as u8).collect(), if keep == 4 { ExtendedColorType::Rgba8 } else { ExtendedColorType::Rgb8 })
    };
    // Encoded in memory: the encoder would hide the system's reason for a failed write.
    let mut file = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut file, CompressionType::Fast, FilterType::Adaptive);
    encoder.write_image(&bytes, picture.width() as u32, picture.height() as u32, colour).map_err(io::Error::other)?;
    out.write_all(&file)
}

/// The nearest of the levels 0…`top`.
fn level(v: f32, top: f32) -> f32 {
    (v.clamp(0.0, 1.0) * top).round()
}

#[cfg(test)]
mod tests {
    use super::super::tests::clip;
    use super::*;
    use crate::still;

    fn round_trip(picture: &Picture, clip: Clip) -> still::Still {
        let dir = tempfile::tempdir().unwrap();
        let mut sink = super::super::Output::open(&dir.path().join("f#.png"), clip).unwrap();
        sink.frame(picture).unwrap();
        still::read(&sink.finish().unwrap().files[0]).unwrap()
    }

    #[test]
    fn eight_bit_levels_come_back() {
        let p = Picture::new(256, 1, 3, (0..768).map(|i| (i / 3) as f32 / 255.0).collect()).unwrap();
        assert_eq!(round_trip(&p, clip(256, 1)).picture, p);
    }

    #[test]
    fn sixteen_bit_levels_and_alpha_come_back() {
        let p = Picture::new(64, 64, 4, (0..64 * 64 * 4).map(|i| (i * 4) as f32 / 65535.0).collect()).unwrap();
        let back = round_trip(&p, Clip { alpha: true, deep: true, ..clip(64, 64) });
        assert_eq!(back.picture, p);
        assert_eq!(back.depth, still::Depth::Sixteen);
    }

    #[test]
    fn what_png_cannot_hold_is_held_at_the_ends() {
        let p = Picture::new(2, 1, 3, vec![-0.5, 1.5, f32::INFINITY, 0.5, 0.25, 2.0]).unwrap();
        assert_eq!(round_trip(&p, clip(2, 1)).picture.data()[..3], [0.0, 1.0, 1.0]);
    }
}
