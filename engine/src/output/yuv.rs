//! BT.709 limited range, 4:2:0.

use openh264::formats::YUVSource;
use rayon::prelude::*;
use wakeframe_take::picture::{Picture, rec709};

/// One frame as the encoder wants it; sides are even.
pub(super) struct Yuv {
    width: usize,
    height: usize,
    y: Vec<u8>,
    u: Vec<u8>,
    v: Vec<u8>,
}

impl Yuv {
    /// The upper left `width`×`height` pixels (both even) of `picture`, held to 0…1; alpha is shown over black.
    ///
    /// Chroma stands at the left of its two columns and between its two rows, where H.264 expects it by default.
    pub(super) fn of(picture: &Picture, width: usize, height: usize) -> Self {
        let mut yuv = Self { width, height, y: vec![0; width * height], u: vec![0; width * height / 4], v: vec![0; width * height / 4] };
        let luma = yuv.y.par_chunks_exact_mut(width * 2);
        let chroma = yuv.u.par_chunks_exact_mut(width / 2).zip(yuv.v.par_chunks_exact_mut(width / 2));
        luma.zip(chroma).enumerate().for_each(|(pair, (luma, (u, v)))| {
            let mut blue = vec![0f32; width];
            let mut red = vec![0f32; width];
            for (row, luma) in luma.chunks_exact_mut(width).enumerate() {
                let y = (pair * 2 + row) as isize;
                for (x, luma) in luma.iter_mut().enumerate() {
                    let (y, cb, cr) = ycc(picture.pixel(x as isize, y));
                    *luma = (16.0 + 219.0 * y).round() as u8;
                    if let (Some(blue), Some(red)) = (blue.get_mut(x), red.get_mut(x)) {
                        *blue += cb / 2.0;
                        *red += cr / 2.0;
                    }
                }
            }
            left_sited(&blue, u);
            left_sited(&red, v);
        });
        yuv
    }
}

/// Luma 0…1 and colour differences −0.5…0.5 of one pixel.
fn ycc(pixel: &[f32]) -> (f32, f32, f32) {
    let alpha = pixel.get(3).copied().unwrap_or(1.0);
    let part = |k: usize| pixel.get(k).map_or(0.0, |v| (v * alpha).clamp(0.0, 1.0));
    let (r, g, b) = (part(0), part(1), part(2));
    let y = rec709([r, g, b]);
    (y, (b - y) / 1.8556, (r - y) / 1.5748)
}

/// Halves a row with weights 1 2 1 around every even column.
fn left_sited(row: &[f32], half: &mut [u8]) {
    for (x, out) in half.iter_mut().enumerate() {
        let at = |i: usize| row.get(i).copied().unwrap_or(0.0);
        let centre = at(2 * x);
        let value = 0.25 * (at((2 * x).saturating_sub(1)) + at(2 * x + 1)) + 0.5 * centre;
        *out = (128.0 + 224.0 * value).round().clamp(16.0, 240.0) as u8;
    }
}

impl YUVSource for Yuv {
    fn dimensions(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    fn strides(&self) -> (usize, usize, usize) {
        (self.width, self.width / 2, self.width / 2)
    }

    fn y(&self) -> &[u8] {
        &self.y
    }

    fn u(&self) -> &[u8] {
        &self.u
    }

    fn v(&self) -> &[u8] {
        &self.v
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standards_colours() {
        for (rgb, yuv) in [
            ([0.0, 0.0, 0.0], (16, 128, 128)),
            ([1.0, 1.0, 1.0], (235, 128, 128)),
            ([9.0, 1.5, 1.0], (235, 128, 128)),
            ([1.0, 0.0, 0.0], (63, 102, 240)),
            ([0.0, 1.0, 0.0], (173, 42, 26)),
            ([0.0, 0.0, 1.0], (32, 240, 118)),
        ] {
            let got = Yuv::of(&Picture::filled(4, 2, &rgb).unwrap(), 4, 2);
            assert_eq!((got.y[3], got.u[0], got.v[1]), yuv, "{rgb:?}");
        }
        let half_there = Yuv::of(&Picture::filled(2, 2, &[1.0, 1.0, 1.0, 0.5]).unwrap(), 2, 2);
        assert_eq!(half_there.y[0], 126);
    }
}
