//! Stable Video Diffusion's way into CLIP: `_encode_image` and `_resize_with_antialiasing` of
//! `pipeline_stable_video_diffusion.py`, which take after the kornia library.

use ndarray::{Array4, ArrayView1, Axis};

use super::clip::ClipProcessor;
use super::{PictureError, Rgb8, video};

/// `pixel_values`, [1, 3, `size`, `size`]: −1…1, blurred and resized whatever the aspect, back to 0…1, normalised. No crop.
pub fn pixel_values(still: &Rgb8, size: usize, processor: &ClipProcessor) -> Result<Array4<f32>, PictureError> {
    let (width, height) = (still.width(), still.height());
    if width < 2 || height < 2 || size < 2 {
        return Err(PictureError::TooSmall { width, height });
    }
    let (columns, rows) = (Line::new(width, size), Line::new(height, size));
    let pixels = video::normalised(still);
    let pixels = along(&pixels, 3, columns.read.len(), |line, out| columns.blur(line, out));
    let pixels = along(&pixels, 2, rows.read.len(), |line, out| rows.blur(line, out));
    let pixels = along(&pixels, 3, size, |line, out| columns.interpolate(line, out));
    let mut pixels = along(&pixels, 2, size, |line, out| rows.interpolate(line, out));
    pixels.mapv_inplace(|v| (v + 1.0) / 2.0);
    processor.normalise(&mut pixels);
    Ok(pixels)
}

/// Every line along `axis` through `line`, which fills one of `length` values.
fn along(pixels: &Array4<f32>, axis: usize, length: usize, line: impl Fn(ArrayView1<'_, f32>, &mut [f32])) -> Array4<f32> {
    let mut shape = pixels.raw_dim();
    shape[axis] = length;
    let mut out = Array4::zeros(shape);
    let mut filled = vec![0.0; length];
    for (source, mut target) in pixels.lanes(Axis(axis)).into_iter().zip(out.lanes_mut(Axis(axis))) {
        line(source, &mut filled);
        target.assign(&ArrayView1::from(&filled));
    }
    out
}

/// Rows or columns on their way from one length to another.
struct Line {
    /// The Gaussian.
    kernel: Vec<f32>,
    /// Source positions that the interpolation reads, in order: the blur is made at these alone.
    read: Vec<usize>,
    /// For each pixel of the result, four of `read` and their weights.
    taps: Vec<[(usize, f32); 4]>,
}

impl Line {
    fn new(source: usize, target: usize) -> Self {
        let taps = cubic_taps(source, target);
        let mut read: Vec<usize> = taps.iter().flatten().map(|(at, _)| *at).collect();
        read.sort_unstable();
        read.dedup();
        let place = |(at, weight): (usize, f32)| (read.partition_point(|r| *r < at), weight);
        let taps = taps.into_iter().map(|four| four.map(place)).collect();
        Self { kernel: gaussian(source, target), read, taps }
    }

    /// `_filter2d` in one direction: the border is mirrored, the outermost pixel not repeated.
    fn blur(&self, line: ArrayView1<'_, f32>, out: &mut [f32]) {
        let (reach, last) = (self.kernel.len() / 2, line.len() - 1);
        let mirrored = |n: usize| {
            let at = n.abs_diff(reach);
            line[if at > last { 2 * last - at } else { at }]
        };
        let padded: Vec<f32> = (0..line.len() + 2 * reach).map(mirrored).collect();
        for (out, at) in out.iter_mut().zip(&self.read) {
            *out = padded.iter().skip(*at).zip(&self.kernel).map(|(v, w)| v * w).sum();
        }
    }

    fn interpolate(&self, line: ArrayView1<'_, f32>, out: &mut [f32]) {
        for (out, taps) in out.iter_mut().zip(&self.taps) {
            *out = taps.iter().map(|(at, weight)| line[*at] * weight).sum();
        }
    }
}

/// `_gaussian`, with the deviation and the odd length that `_resize_with_antialiasing` chooses. Its reach is less than the line.
fn gaussian(source: usize, target: usize) -> Vec<f32> {
    let sigma = ((source as f64 / target as f64 - 1.0) / 2.0).max(0.001);
    let length = (4.0 * sigma).max(3.0) as usize | 1;
    let sigma = sigma as f32;
    let weight = |n: usize| {
        let x = n as f32 - (length / 2) as f32;
        libm::exp(f64::from(-(x * x) / (2.0 * (sigma * sigma)))) as f32
    };
    let weights: Vec<f32> = (0..length).map(weight).collect();
    let sum: f32 = weights.iter().sum();
    weights.into_iter().map(|w| w / sum).collect()
}

/// Source positions and weights of `torch.nn.functional.interpolate(mode="bicubic", align_corners=True)`: Keys' cubic with
/// a = −0.75, in fp32.
fn cubic_taps(source: usize, target: usize) -> Vec<[(usize, f32); 4]> {
    const A: f32 = -0.75;
    let scale = (source - 1) as f32 / (target - 1) as f32;
    let near = |x: f32| ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0;
    let far = |x: f32| ((A * x - 5.0 * A) * x + 8.0 * A) * x - 4.0 * A;
    let last = source - 1;
    let taps = |n: usize| {
        let position = scale * n as f32;
        let at = (position as usize).min(last);
        let t = (position - at as f32).clamp(0.0, 1.0);
        [(at.saturating_sub(1), far(t + 1.0)), (at, near(t)), ((at + 1).min(last), near(1.0 - t)), ((at + 2).min(last), far(2.0 - t))]
    };
    (0..target).map(taps).collect()
}
