//! Pictures of the page as data URIs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::codecs::jpeg::JpegEncoder;
use wakeframe_take::picture::Picture;

use super::super::{Footage, Review, ReviewError};
use crate::output::{contact_sheet, evenly_spaced};

/// Frames on the sheet and the strip, and the width of each, pixels.
const FRAMES: u32 = 8;
const SHEET_COLUMNS: usize = 4;
const SHEET_WIDTH: usize = 300;
const STRIP_WIDTH: usize = 148;
/// Width of a picture that stands alone, pixels.
const WIDTH: usize = 640;
/// Side of the most changed region over the picture's.
const REGION: usize = 4;
const QUALITY: u8 = 88;
/// Least levels of 255 that are white in the heat map: below, differences are not worth a look.
const BRIGHTEST: f32 = 24.0;

pub(super) struct Pictures {
    pub(super) sheet: String,
    pub(super) still: String,
    pub(super) first: String,
    pub(super) last: String,
    pub(super) heat: String,
    /// Levels of 255 that are white in the heat map.
    pub(super) brightest: f32,
    pub(super) strip: String,
}

impl Pictures {
    pub(super) fn of(review: &Review, footage: &Footage) -> Result<Self, ReviewError> {
        let numbers = evenly_spaced(FRAMES, footage.count());
        let (heat, across) = (&review.heat.0, review.heat.1.max(1));
        let region = most_changed(heat, across);
        let (mut small, mut strip) = (Vec::new(), Vec::new());
        let (mut first, mut last) = (String::new(), String::new());
        for n in &numbers {
            let frame = footage.frame(*n)?;
            if *n == 0 {
                first = uri(&scaled(&frame)?)?;
            }
            if n + 1 == footage.count() {
                last = uri(&scaled(&frame)?)?;
            }
            strip.push(cut(&frame, region, across)?);
            small.push(frame.resized(SHEET_WIDTH, height(&frame, SHEET_WIDTH))?);
        }
        let peak = heat.iter().copied().fold(0.0, f32::max);
        let brightest = peak.max(BRIGHTEST);
        Ok(Self {
            sheet: uri(&contact_sheet(&small, SHEET_COLUMNS, SHEET_WIDTH)?)?,
            still: uri(&scaled(footage.still())?)?,
            first,
            last,
            heat: uri(&heat_map(heat, across, brightest, region)?)?,
            brightest,
            strip: uri(&contact_sheet(&strip, strip.len(), STRIP_WIDTH)?)?,
        })
    }
}

fn height(picture: &Picture, width: usize) -> usize {
    (picture.height() * width).div_ceil(picture.width()).max(1)
}

fn scaled(picture: &Picture) -> Result<Picture, ReviewError> {
    let width = WIDTH.min(picture.width());
    Ok(picture.resized(width, height(picture, width))?)
}

/// A rectangle of small pixels: left, top, width, height.
type Region = [usize; 4];

/// The quarter-sided rectangle that differs most from the still.
fn most_changed(heat: &[f32], across: usize) -> Region {
    let down = (heat.len() / across).max(1);
    let (w, h) = ((across / REGION).max(1), (down / REGION).max(1));
    let sum = |x: usize, y: usize| -> f32 { (y..y + h).filter_map(|row| heat.get(row * across + x..row * across + x + w)).flatten().sum() };
    let places = (0..=down - h).step_by(4).flat_map(|y| (0..=across - w).step_by(4).map(move |x| (x, y)));
    let best = places.map(|(x, y)| (sum(x, y), x, y)).max_by(|a, b| a.0.total_cmp(&b.0));
    best.map_or([0, 0, w, h], |(_, x, y)| [x, y, w, h])
}

/// The region of a whole frame.
fn cut(frame: &Picture, region: Region, across: usize) -> Result<Picture, ReviewError> {
    let scale = frame.width() as f64 / across as f64;
    let [x, y, w, h] = region.map(|v| (v as f64 * scale).round() as usize);
    let (w, h) = (w.clamp(1, frame.width()), h.clamp(1, frame.height()));
    let (x, y) = (x.min(frame.width() - w), y.min(frame.height() - h));
    let rows = (y..y + h).flat_map(|row| (x..x + w).flat_map(move |x| frame.pixel(x as isize, row as isize).iter().copied()));
    Ok(Picture::new(w, h, frame.channels(), rows.collect())?)
}

/// Differences from black over red and yellow to white, the region framed.
fn heat_map(heat: &[f32], across: usize, brightest: f32, [x, y, w, h]: Region) -> Result<Picture, ReviewError> {
    let edge = |i: usize| {
        let (px, py) = (i % across, i / across);
        let on = |v: usize, from: usize, n: usize| v == from || v + 1 == from + n;
        let within = |v: usize, from: usize, n: usize| (from..from + n).contains(&v);
        on(px, x, w) && within(py, y, h) || on(py, y, h) && within(px, x, w)
    };
    let colour = |v: f32| {
        let t = (v / brightest).clamp(0.0, 1.0).sqrt() * 3.0;
        [t.min(1.0), (t - 1.0).clamp(0.0, 1.0), (t - 2.0).clamp(0.0, 1.0)]
    };
    let data = heat.iter().enumerate().flat_map(|(i, v)| if edge(i) { [0.35, 0.65, 1.0] } else { colour(*v) });
    let small = Picture::new(across, heat.len() / across, 3, data.collect())?;
    Ok(small.resized(WIDTH, height(&small, WIDTH))?)
}

/// The picture as a JPEG in a data URI; alpha is shown over black.
fn uri(picture: &Picture) -> Result<String, ReviewError> {
    let level = |v: f32| (v.clamp(0.0, 1.0) * 255.0).round() as u8;
    let shown = |p: &[f32]| {
        let alpha = p.get(3).copied().unwrap_or(1.0);
        [0, 1, 2].map(|k| level(p.get(k).copied().unwrap_or(0.0) * alpha))
    };
    let bytes: Vec<u8> = picture.data().chunks_exact(picture.channels()).flat_map(shown).collect();
    let mut file = Vec::new();
    let (width, height) = (picture.width() as u32, picture.height() as u32);
    JpegEncoder::new_with_quality(&mut file, QUALITY).encode(&bytes, width, height, image::ExtendedColorType::Rgb8)?;
    Ok(format!("data:image/jpeg;base64,{}", STANDARD.encode(file)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_changed_region_is_found_and_cut() {
        let heat: Vec<f32> =
            (0..64 * 32).map(|i| if (40..56).contains(&(i % 64)) && (8..16).contains(&(i / 64)) { 9.0 } else { 0.0 }).collect();
        let region = most_changed(&heat, 64);
        assert_eq!(region, [40, 8, 16, 8]);
        let frame = Picture::new(128, 64, 3, (0..128 * 64).flat_map(|i| [(i % 128) as f32; 3]).collect()).unwrap();
        let part = cut(&frame, region, 64).unwrap();
        assert_eq!((part.width(), part.height(), part.pixel(0, 0)[0]), (32, 16, 80.0));
    }

    #[test]
    fn a_uri_is_a_picture() {
        let uri = uri(&Picture::filled(20, 10, &[0.5, 0.5, 2.0, 1.0]).unwrap()).unwrap();
        let bytes = STANDARD.decode(uri.strip_prefix("data:image/jpeg;base64,").unwrap()).unwrap();
        let back = image::load_from_memory(&bytes).unwrap().to_rgb8();
        assert_eq!(back.dimensions(), (20, 10));
        assert!(back.get_pixel(5, 5).0[2] > 245);
    }
}
