//! A frame as it is measured.

use image::GrayImage;
use wakeframe_take::picture::{Picture, rec709};

use super::ReviewError;

/// Side of the squares whose mean brightness flicker is measured on, small pixels: motion hardly changes a mean.
const CELL: usize = 16;

/// A frame, small.
pub(super) struct Small {
    /// Luma, 8 bit: what flow and SSIM read.
    pub(super) grey: GrayImage,
    /// Luma in levels 0…255, not rounded.
    pub(super) luma: Vec<f32>,
    /// Mean of red, green and blue, levels of 255, sRGB-encoded.
    pub(super) colour: [f64; 3],
    /// Root mean square of the Laplacian of the whole frame's luma, levels of 255.
    pub(super) edges: f64,
    /// Mean luma of every [`CELL`] squared, levels of 255.
    pub(super) cells: Vec<f64>,
}

/// Size of the small frames of a take.
pub(super) fn size(width: usize, height: usize, side: usize) -> Result<(usize, usize), ReviewError> {
    if width.min(height) < 16 {
        return Err(ReviewError::TooSmall(width, height));
    }
    let longest = width.max(height);
    let of = |n: usize| if longest <= side { n } else { (n * side).div_ceil(longest).max(16) };
    Ok((of(width), of(height)))
}

impl Small {
    pub(super) fn of(picture: &Picture, (width, height): (usize, usize)) -> Result<Self, ReviewError> {
        let small = picture.resized(width, height)?;
        let luma = luma(&small);
        let bytes = luma.iter().map(|v| v.round() as u8).collect();
        let grey = GrayImage::from_raw(width as u32, height as u32, bytes).unwrap_or_default();
        let mut colour = [0f64; 3];
        for p in small.data().chunks_exact(small.channels()) {
            colour.iter_mut().zip(p).for_each(|(sum, v)| *sum += f64::from(shown(*v)) * 255.0);
        }
        let pixels = (width * height) as f64;
        Ok(Self { edges: edges(picture), cells: cells(&luma, width, height), colour: colour.map(|c| c / pixels), grey, luma })
    }
}

fn shown(v: f32) -> f32 {
    if v.is_finite() { v.clamp(0.0, 1.0) } else { 0.0 }
}

/// Rec.709 luma of the display range, levels 0…255.
fn luma(picture: &Picture) -> Vec<f32> {
    let of = |p: &[f32]| match *p {
        [r, g, b, ..] => 255.0 * rec709([r, g, b].map(shown)),
        _ => 0.0,
    };
    picture.data().chunks_exact(picture.channels()).map(of).collect()
}

/// Sharpness: Pech-Pacheco et al., “Diatom autofocusing in brightfield microscopy”, ICPR 2000, take the Laplacian's variance;
/// its mean is 0, and the root of it grows in step with the contrast of edges.
fn edges(picture: &Picture) -> f64 {
    let (w, h, luma) = (picture.width(), picture.height(), luma(picture));
    let at = |x: usize, y: usize| luma.get(y * w + x).copied().unwrap_or(0.0);
    let (mut sum, mut count) = (0f64, 0u32);
    for y in (1..h.saturating_sub(1)).step_by(2) {
        for x in 1..w.saturating_sub(1) {
            let l = at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1) - 4.0 * at(x, y);
            sum += f64::from(l * l);
            count += 1;
        }
    }
    (sum / f64::from(count.max(1))).sqrt()
}

fn cells(luma: &[f32], width: usize, height: usize) -> Vec<f64> {
    let (across, down) = (width.div_ceil(CELL), height.div_ceil(CELL));
    let mut sums = vec![(0f64, 0u32); across * down];
    for (i, v) in luma.iter().enumerate() {
        if let Some((sum, n)) = sums.get_mut(i / width / CELL * across + i % width / CELL) {
            *sum += f64::from(*v);
            *n += 1;
        }
    }
    sums.into_iter().map(|(sum, n)| sum / f64::from(n.max(1))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_measured_in_levels() {
        let p = Picture::filled(64, 32, &[0.2, 0.4, 2.0]).unwrap();
        let s = Small::of(&p, size(64, 32, 32).unwrap()).unwrap();
        assert_eq!(s.grey.dimensions(), (32, 16));
        assert!((s.colour[0] - 51.0).abs() < 1e-3 && (s.colour[2] - 255.0).abs() < 1e-3);
        assert_eq!((s.edges, s.cells.len()), (0.0, 2));
        assert!((s.cells[0] - f64::from(s.luma[0])).abs() < 1e-3);
        assert!(matches!(size(100, 15, 32), Err(ReviewError::TooSmall(100, 15))));
        assert_eq!((size(1920, 1080, 320).unwrap(), size(100, 50, 320).unwrap()), ((320, 180), (100, 50)));
    }
}
