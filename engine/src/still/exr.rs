//! OpenEXR: scene-linear, premultiplied, any window, any layer.

use std::io::Cursor;

use exr::meta::MetaData;
use exr::meta::attribute::Chromaticities;
use exr::prelude::{AnyChannel, AnyChannels, FlatSamples, IntegerBounds, Layer, ReadChannels, ReadLayers, read};
use wakeframe_take::transfer::srgb_from_linear;

use super::alpha::unpremultiply;
use super::error::Fault;
use super::{Decoded, Depth, Note, check_size, sane_aspect};

pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, Fault> {
    let meta = MetaData::read_from_buffered(Cursor::new(bytes), false).map_err(fault)?;
    for header in &meta.headers {
        let window = header.shared_attributes.display_window.size;
        check_size(window.x() as u64, window.y() as u64)?;
        check_size(header.layer_size.x() as u64, header.layer_size.y() as u64)?;
    }
    let image = read()
        .no_deep_data()
        .largest_resolution_level()
        .all_channels()
        .all_layers()
        .all_attributes()
        .from_buffered(Cursor::new(bytes))
        .map_err(fault)?;
    let found = image.layer_data.iter().find_map(|layer| Some((layer, Planes::of(&layer.channel_data)?)));
    let Some((layer, planes)) = found else {
        return Err(Fault::Unsupported("no layer has channels R, G and B, or Y".into()));
    };
    let mut notes = Vec::new();
    if image.attributes.chromaticities.as_ref().is_some_and(|c| !is_rec709(c)) {
        notes.push(Note::PrimariesIgnored);
    }
    let window = image.attributes.display_window;
    if !covers(layer, window) {
        notes.push(Note::PartlyEmpty);
    }
    Ok(Decoded {
        width: window.size.x(),
        height: window.size.y(),
        channels: if planes.alpha.is_some() { 4 } else { 3 },
        data: planes.window(layer, window),
        depth: Depth::Float,
        pixel_aspect: sane_aspect(f64::from(image.attributes.pixel_aspect)),
        notes,
    })
}

/// The channels that make a picture.
struct Planes<'a> {
    rgb: [&'a FlatSamples; 3],
    alpha: Option<&'a FlatSamples>,
}

impl<'a> Planes<'a> {
    /// R, G, B (and A), or Y (and A); bare names first, then those of the first named layer that has them.
    fn of(channels: &'a AnyChannels<FlatSamples>) -> Option<Self> {
        let full: Vec<(String, &AnyChannel<FlatSamples>)> =
            channels.list.iter().filter(|c| c.sampling.x() == 1 && c.sampling.y() == 1).map(|c| (c.name.to_string(), c)).collect();
        let get = |name: String| full.iter().find(|(n, _)| *n == name).map(|(_, c)| &c.sample_data);
        let prefixes = std::iter::once("").chain(full.iter().filter_map(|(n, _)| n.rfind('.').and_then(|dot| n.get(..=dot))));
        prefixes.map(|p| p.to_string()).find_map(|p| {
            let alpha = get(format!("{p}A"));
            if let (Some(r), Some(g), Some(b)) = (get(format!("{p}R")), get(format!("{p}G")), get(format!("{p}B"))) {
                return Some(Planes { rgb: [r, g, b], alpha });
            }
            // A Y beside subsampled RY and BY is luminance of a colour picture, not a grey one.
            let coloured = channels.list.iter().any(|c| c.name.to_string() == format!("{p}RY"));
            get(format!("{p}Y")).filter(|_| !coloured).map(|y| Planes { rgb: [y; 3], alpha })
        })
    }

    /// The display window, sRGB-encoded and straight; empty where the layer does not reach.
    fn window(&self, layer: &Layer<AnyChannels<FlatSamples>>, window: IntegerBounds) -> Vec<f32> {
        let planes: Vec<&FlatSamples> = self.rgb.iter().copied().chain(self.alpha).collect();
        let n = planes.len();
        let (width, height) = (window.size.x(), window.size.y());
        let (layer_w, layer_h) = (layer.size.x() as i64, layer.size.y() as i64);
        let (dx, dy) = offset(layer, window);
        let mut data = vec![0f32; width * height * n];
        for (y, row) in data.chunks_exact_mut(width * n).enumerate() {
            let from_y = y as i64 + dy;
            if !(0..layer_h).contains(&from_y) {
                continue;
            }
            for (x, pixel) in row.chunks_exact_mut(n).enumerate() {
                let from_x = x as i64 + dx;
                if !(0..layer_w).contains(&from_x) {
                    continue;
                }
                let at = (from_y * layer_w + from_x) as usize;
                for (value, plane) in pixel.iter_mut().zip(&planes) {
                    *value = sample(plane, at);
                }
                if n == 4 {
                    unpremultiply(pixel);
                }
                pixel.iter_mut().take(3).for_each(|v| *v = srgb_from_linear(*v));
            }
        }
        data
    }
}

fn sample(plane: &FlatSamples, at: usize) -> f32 {
    match plane {
        FlatSamples::F16(v) => v.get(at).map_or(0.0, |v| v.to_f32()),
        FlatSamples::F32(v) => v.get(at).copied().unwrap_or(0.0),
        FlatSamples::U32(v) => v.get(at).map_or(0.0, |v| *v as f32),
    }
}

/// What to add to a place in the window to have the place in the layer.
fn offset(layer: &Layer<AnyChannels<FlatSamples>>, window: IntegerBounds) -> (i64, i64) {
    let at = layer.attributes.layer_position;
    (i64::from(window.position.x()) - i64::from(at.x()), i64::from(window.position.y()) - i64::from(at.y()))
}

fn covers(layer: &Layer<AnyChannels<FlatSamples>>, window: IntegerBounds) -> bool {
    let (dx, dy) = offset(layer, window);
    dx >= 0 && dy >= 0 && dx + window.size.x() as i64 <= layer.size.x() as i64 && dy + window.size.y() as i64 <= layer.size.y() as i64
}

fn is_rec709(c: &Chromaticities) -> bool {
    let near = |v: f32, want: f32| (v - want).abs() < 0.005;
    let at = |v: exr::math::Vec2<f32>, x: f32, y: f32| near(v.x(), x) && near(v.y(), y);
    at(c.red, 0.64, 0.33) && at(c.green, 0.30, 0.60) && at(c.blue, 0.15, 0.06) && at(c.white, 0.3127, 0.3290)
}

fn fault(e: exr::error::Error) -> Fault {
    match e {
        exr::error::Error::NotSupported(what) => Fault::Unsupported(what.into_owned()),
        exr::error::Error::Invalid(what) => Fault::Damaged(what.into_owned()),
        exr::error::Error::Aborted => Fault::Damaged("reading was aborted".into()),
        exr::error::Error::Io(e) => Fault::Damaged(e.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use exr::math::Vec2;
    use exr::prelude::{Encoding, Image, LayerAttributes, SpecificChannels, WritableImage};
    use half::f16;

    fn good(bytes: &[u8]) -> Decoded {
        decode(bytes).unwrap_or_else(|f| match f {
            Fault::Damaged(s) | Fault::Unsupported(s) => panic!("{s}"),
            Fault::TooLarge { .. } => panic!("too large"),
        })
    }

    fn save<'a, L, I>(image: I) -> Vec<u8>
    where
        I: WritableImage<'a, L>,
        L: exr::image::write::layers::WritableLayers<'a> + 'a,
    {
        let mut bytes = Cursor::new(Vec::new());
        image.write().to_buffered(&mut bytes).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn scene_linear_halves_become_srgb_and_highlights_stay() {
        let channels =
            SpecificChannels::rgb(|p: Vec2<usize>| (f16::from_f32(p.x() as f32), f16::from_f32(0.214_041_14), f16::from_f32(-0.5)));
        let mut image = Image::from_channels((8, 4), channels);
        image.attributes.pixel_aspect = 2.0;
        let d = good(&save(&image));
        assert_eq!((d.width, d.height, d.channels, d.pixel_aspect), (8, 4, 3, 2.0));
        assert_eq!(d.data[3], 1.0);
        assert!((d.data[7 * 3] - srgb_from_linear(7.0)).abs() < 1e-6);
        assert!((d.data[1] - 0.5).abs() < 1e-3 && d.data[2] < -0.7);
    }

    #[test]
    fn premultiplied_colour_is_divided_before_it_is_encoded() {
        let image = Image::from_channels((2, 2), SpecificChannels::rgba(|_: Vec2<usize>| (0.5f32, 0.25f32, f32::NAN, 0.5f32)));
        let d = good(&save(&image));
        assert_eq!(&d.data[..2], [1.0, srgb_from_linear(0.5)]);
        assert!(d.data[2].is_nan() && d.data[3] == 0.5);
    }

    #[test]
    fn the_display_window_is_the_picture() {
        let channels = SpecificChannels::rgb(|_: Vec2<usize>| (1f32, 1f32, 1f32));
        let mut layer = Layer::new((2, 2), LayerAttributes::default(), Encoding::FAST_LOSSLESS, channels);
        layer.attributes.layer_position = Vec2(3, 1);
        let mut image = Image::from_layer(layer);
        image.attributes.display_window = IntegerBounds::new((2, 1), (4, 3));
        let d = good(&save(&image));
        assert_eq!((d.width, d.height), (4, 3));
        let lit: Vec<usize> = d.data.chunks(3).enumerate().filter(|(_, p)| p[0] > 0.0).map(|(i, _)| i).collect();
        assert_eq!(lit, [1, 2, 5, 6]);
        assert_eq!(d.notes, [Note::PartlyEmpty]);
    }

    #[test]
    fn grey_and_named_channels_are_found() {
        let plane = |name: &str, v: f32| AnyChannel::new(name, FlatSamples::F32(vec![v; 4]));
        let file = |list: Vec<AnyChannel<FlatSamples>>| {
            let layer = Layer::new((2, 2), LayerAttributes::named("main"), Encoding::FAST_LOSSLESS, AnyChannels::sort(list.into()));
            save(&Image::from_layer(layer))
        };
        assert_eq!(&good(&file(vec![plane("Y", 1.0)])).data[..3], [1.0; 3]);
        let named = file(vec![plane("depth.Z", 9.0), plane("beauty.R", 1.0), plane("beauty.G", 0.0), plane("beauty.B", 1.0)]);
        assert_eq!(&good(&named).data[..3], [1.0, 0.0, 1.0]);
        assert!(matches!(decode(&file(vec![plane("Z", 1.0)])), Err(Fault::Unsupported(_))));
    }
}
