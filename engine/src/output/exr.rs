//! A frame as OpenEXR: half float, scene-linear Rec.709 primaries, alpha premultiplied, ZIP.

use std::io;

use exr::error::Error;
use exr::math::Vec2;
use exr::meta::attribute::{Chromaticities, IntegerBounds};
use exr::prelude::{Compression, Encoding, Image, ImageAttributes, Layer, LayerAttributes, LineOrder, SpecificChannels, WritableImage};
use exr::image::Blocks;
use half::f16;
use wakeframe_take::picture::Picture;
use wakeframe_take::transfer::linear_from_srgb;

use super::Clip;
use super::sequence::WriteSeek;

const REC709: Chromaticities =
    Chromaticities { red: Vec2(0.64, 0.33), green: Vec2(0.30, 0.60), blue: Vec2(0.15, 0.06), white: Vec2(0.3127, 0.3290) };

pub(super) fn write(picture: &Picture, clip: &Clip, out: &mut dyn WriteSeek) -> io::Result<()> {
    let (width, height) = (picture.width(), picture.height());
    let at = |p: Vec2<usize>| picture.pixel(p.x() as isize, p.y() as isize);
    let alpha = clip.alpha && picture.channels() == 4;
    let attributes = || {
        let mut a = LayerAttributes::default();
        a.software_name = Some("Wakeframe".into());
        a.frames_per_second = Some((clip.rate.num() as i32, clip.rate.den()));
        a
    };
    let encoding = Encoding { compression: Compression::ZIP16, blocks: Blocks::ScanLines, line_order: LineOrder::Increasing };
    let mut shared = ImageAttributes::new(IntegerBounds::from_dimensions((width, height)));
    shared.pixel_aspect = clip.pixel_aspect as f32;
    shared.chromaticities = Some(REC709);
    let result = if alpha {
        let channels = SpecificChannels::rgba(|p| match *at(p) {
            [r, g, b, a] => (half_linear(r, a), half_linear(g, a), half_linear(b, a), f16::from_f32(a)),
            _ => Default::default(),
        });
        let image = Image::new(shared, Layer::new((width, height), attributes(), encoding, channels));
        image.write().to_buffered(out)
    } else {
        let channels = SpecificChannels::rgb(|p| match *at(p) {
            [r, g, b, ..] => (half_linear(r, 1.0), half_linear(g, 1.0), half_linear(b, 1.0)),
            _ => Default::default(),
        });
        let image = Image::new(shared, Layer::new((width, height), attributes(), encoding, channels));
        image.write().to_buffered(out)
    };
    result.map_err(|e| match e {
        Error::Io(e) => e,
        e => io::Error::other(e.to_string()),
    })
}

/// Scene-linear, premultiplied by `alpha`, held within half float.
fn half_linear(v: f32, alpha: f32) -> f16 {
    let limit = f16::MAX.to_f32();
    f16::from_f32((linear_from_srgb(v) * alpha).clamp(-limit, limit))
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
