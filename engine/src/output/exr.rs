//! A frame as OpenEXR: half float, scene-linear Rec.709 primaries, alpha premultiplied, ZIP.

use std::io;

use exr::error::Error;
use exr::math::Vec2;
use exr::meta::attribute::{Chromaticities, IntegerBounds};
use exr::prelude::{
    Blocks, Compression, Encoding, Image, ImageAttributes, Layer, LayerAttributes, LineOrder, SpecificChannels, WritableImage,
};
use half::f16;
use rayon::prelude::*;
use wakeframe_take::picture::Picture;
use wakeframe_take::transfer::linear_from_srgb;

use super::Clip;
use super::sequence::WriteSeek;

const REC709: Chromaticities =
    Chromaticities { red: Vec2(0.64, 0.33), green: Vec2(0.30, 0.60), blue: Vec2(0.15, 0.06), white: Vec2(0.3127, 0.3290) };

pub(super) fn write(picture: &Picture, clip: &Clip, out: &mut dyn WriteSeek) -> io::Result<()> {
    let (width, height) = (picture.width(), picture.height());
    let alpha = clip.alpha && picture.channels() == 4;
    // The curve costs more than the compression; the encoder would follow it on one thread.
    let linear: Vec<[f16; 4]> = picture.data().par_chunks_exact(picture.channels()).map(|p| half_linear(p, alpha)).collect();
    let at = |p: Vec2<usize>| linear.get(p.y() * width + p.x()).copied().unwrap_or_default();
    let attributes = || LayerAttributes {
        software_name: Some("Wakeframe".into()),
        frames_per_second: Some((clip.rate.num() as i32, clip.rate.den())),
        ..LayerAttributes::default()
    };
    let encoding = Encoding { compression: Compression::ZIP16, blocks: Blocks::ScanLines, line_order: LineOrder::Increasing };
    let mut shared = ImageAttributes::new(IntegerBounds::from_dimensions((width, height)));
    shared.pixel_aspect = clip.pixel_aspect as f32;
    shared.chromaticities = Some(REC709);
    let result = if alpha {
        let channels = SpecificChannels::rgba(|p| <(f16, f16, f16, f16)>::from(at(p)));
        let image = Image::new(shared, Layer::new((width, height), attributes(), encoding, channels));
        image.write().to_buffered(out)
    } else {
        let channels = SpecificChannels::rgb(|p| {
            let [r, g, b, _] = at(p);
            (r, g, b)
        });
        let image = Image::new(shared, Layer::new((width, height), attributes(), encoding, channels));
        image.write().to_buffered(out)
    };
    result.map_err(|e| match e {
        Error::Io(e) => e,
        e => io::Error::other(e.to_string()),
    })
}

/// One pixel scene-linear, premultiplied where `alpha` is kept, held within half float.
fn half_linear(pixel: &[f32], alpha: bool) -> [f16; 4] {
    let coverage = pixel.get(3).copied().filter(|_| alpha).unwrap_or(1.0);
    let limit = f16::MAX.to_f32();
    let mut half = [f16::from_f32(coverage); 4];
    for (to, from) in half.iter_mut().zip(pixel.iter().take(3)) {
        *to = f16::from_f32((linear_from_srgb(*from) * coverage).clamp(-limit, limit));
    }
    half
}

#[cfg(test)]
mod tests {
    use super::super::FrameRate;
    use super::super::tests::clip;
    use super::*;
    use crate::still;

    fn round_trip(picture: &Picture, clip: Clip) -> still::Still {
        let dir = tempfile::tempdir().unwrap();
        let mut sink = super::super::Output::open(&dir.path().join("f#.exr"), clip).unwrap();
        sink.frame(picture).unwrap();
        still::read(&sink.finish().unwrap().files[0]).unwrap()
    }

    #[test]
    fn highlights_and_negatives_come_back() {
        let data: Vec<f32> = (0..40 * 30 * 3).map(|i| i as f32 / 700.0 - 0.5).collect();
        let p = Picture::new(40, 30, 3, data).unwrap();
        let clip = Clip { pixel_aspect: 2.0, rate: FrameRate::from_fps(23.976), ..clip(40, 30) };
        let back = round_trip(&p, clip);
        assert_eq!((back.pixel_aspect, back.picture.channels()), (2.0, 3));
        for (a, b) in p.data().iter().zip(back.picture.data()) {
            assert!((a - b).abs() <= 6e-4 * a.abs().max(0.1), "{a} came back as {b}");
        }
        assert!(back.picture.data().iter().any(|v| *v > 4.0));
        assert!(back.notes.is_empty(), "{:?}", back.notes);
    }

    #[test]
    fn alpha_is_premultiplied_on_disk_and_straight_again() {
        let p = Picture::filled(8, 8, &[0.8, 1.5, 0.1, 0.5]).unwrap();
        let back = round_trip(&p, Clip { alpha: true, ..clip(8, 8) });
        for (a, b) in p.data().iter().zip(back.picture.data()) {
            assert!((a - b).abs() < 1e-3, "{a} came back as {b}");
        }
    }
}
