//! Pictures as the tests see them: f32 RGBA, straight alpha, top row first.

use std::path::Path;

use crate::{Error, Result};

/// A picture in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<[f32; 4]>,
}

impl Picture {
    /// One colour everywhere.
    pub fn filled(width: usize, height: usize, colour: [f32; 4]) -> Self {
        Picture { width, height, pixels: vec![colour; width * height] }
    }

    /// A colour for each (x, y from the top).
    pub fn from_fn(width: usize, height: usize, mut colour: impl FnMut(usize, usize) -> [f32; 4]) -> Self {
        let mut picture = Self::filled(width, height, [0.0; 4]);
        for y in 0..height {
            for x in 0..width {
                picture.pixels[y * width + x] = colour(x, y);
            }
        }
        picture
    }

    /// From RGBA samples, top row first; `None` if they are not `width * height` pixels.
    pub fn from_rgba(width: usize, height: usize, samples: &[f32]) -> Option<Self> {
        Self::from_samples::<4>(width, height, samples, |s| s)
    }

    /// From RGB samples, top row first, alpha 1; `None` if they are not `width * height` pixels.
    pub fn from_rgb(width: usize, height: usize, samples: &[f32]) -> Option<Self> {
        Self::from_samples::<3>(width, height, samples, |[r, g, b]| [r, g, b, 1.0])
    }

    fn from_samples<const N: usize>(width: usize, height: usize, samples: &[f32], pixel: impl Fn([f32; N]) -> [f32; 4]) -> Option<Self> {
        let (chunks, rest) = samples.as_chunks::<N>();
        (rest.is_empty() && chunks.len() == width * height).then(|| Picture {
            width,
            height,
            pixels: chunks.iter().copied().map(pixel).collect(),
        })
    }

    /// Red grows to the right, green downwards, blue along the diagonal; alpha is 1.
    pub fn gradient(width: usize, height: usize) -> Self {
        let (w, h) = (width.max(2) as f32 - 1.0, height.max(2) as f32 - 1.0);
        Self::from_fn(width, height, |x, y| {
            let (u, v) = (x as f32 / w, y as f32 / h);
            [u, v, (u + v) / 2.0, 1.0]
        })
    }

    /// Even noise in all four samples, the same for the same seed.
    pub fn noise(width: usize, height: usize, seed: u64) -> Self {
        let mut state = seed;
        let mut next = || {
            // SplitMix64
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((z ^ (z >> 31)) >> 40) as f32 / (1u64 << 24) as f32
        };
        Self::from_fn(width, height, |_, _| [next(), next(), next(), next()])
    }

    /// Soft opaque blobs at many sizes: a texture whose motion can be measured everywhere.
    pub fn texture(width: usize, height: usize, seed: u64) -> Self {
        let mut sum = Self::filled(width, height, [0.0, 0.0, 0.0, 1.0]);
        for (octave, cell) in [32, 16, 8, 4].into_iter().enumerate() {
            let grid = Self::noise(width / cell + 3, height / cell + 3, seed + octave as u64);
            let weight = 0.5f32.powi(octave as i32 + 1) / 0.9375;
            for y in 0..height {
                for x in 0..width {
                    let colour = grid.sample(x as f32 / cell as f32 + 0.5, y as f32 / cell as f32 + 0.5);
                    let pixel = &mut sum.pixels[y * width + x];
                    for (value, add) in pixel.iter_mut().zip(colour).take(3) {
                        *value += weight * add;
                    }
                }
            }
        }
        sum
    }

    /// A mask: every sample of a pixel is `value(x, y)`, so that it is one as Alpha or as RGBA.
    pub fn mask(width: usize, height: usize, mut value: impl FnMut(usize, usize) -> f32) -> Self {
        Self::from_fn(width, height, |x, y| [value(x, y); 4])
    }

    /// Reads a PNG, JPEG, TIFF or EXR. Samples keep their encoding; integers become 0…1.
    pub fn read(path: &Path) -> Result<Self> {
        let fail = |source| Error::Picture { path: path.to_owned(), source };
        let decoded = image::open(path).map_err(fail)?.into_rgba32f();
        Ok(Picture { width: decoded.width() as usize, height: decoded.height() as usize, pixels: decoded.pixels().map(|p| p.0).collect() })
    }

    /// Writes an 8-bit PNG: RGB if alpha is 1 everywhere, else RGBA.
    pub fn write_png(&self, path: &Path) -> Result<()> {
        let fail = |source| Error::Picture { path: path.to_owned(), source };
        let opaque = self.pixels.iter().all(|p| p[3] >= 1.0);
        let samples = if opaque { 3 } else { 4 };
        let bytes: Vec<u8> =
            self.pixels.iter().flat_map(|p| p.iter().take(samples)).map(|v| (v.clamp(0.0, 1.0) * 255.0).round() as u8).collect();
        let colour = if opaque { image::ColorType::Rgb8 } else { image::ColorType::Rgba8 };
        let (width, height) = (self.width as u32, self.height as u32);
        image::save_buffer_with_format(path, &bytes, width, height, colour, image::ImageFormat::Png).map_err(fail)
    }

    /// Pixels a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// All pixels, top row first.
    pub fn pixels(&self) -> &[[f32; 4]] {
        &self.pixels
    }

    /// A pixel, `y` from the top.
    pub fn pixel(&self, x: usize, y: usize) -> [f32; 4] {
        self.pixels[y * self.width + x]
    }

    /// Changes a pixel.
    pub fn set_pixel(&mut self, x: usize, y: usize, colour: [f32; 4]) {
        self.pixels[y * self.width + x] = colour;
    }

    /// Row `y` from the top.
    pub fn row(&self, y: usize) -> &[[f32; 4]] {
        &self.pixels[y * self.width..(y + 1) * self.width]
    }

    /// Row `y` from the top.
    pub fn row_mut(&mut self, y: usize) -> &mut [[f32; 4]] {
        &mut self.pixels[y * self.width..(y + 1) * self.width]
    }

    /// Each pixel changed by a function.
    pub fn map(&self, colour: impl FnMut([f32; 4]) -> [f32; 4]) -> Self {
        Picture { pixels: self.pixels.iter().copied().map(colour).collect(), ..*self }
    }

    /// The part `x1..x2`, `y1..y2` from the top, as far as there is one.
    pub fn crop(&self, x1: usize, y1: usize, x2: usize, y2: usize) -> Self {
        let (x2, y2) = (x2.min(self.width), y2.min(self.height));
        let (x1, y1) = (x1.min(x2), y1.min(y2));
        Self::from_fn(x2 - x1, y2 - y1, |x, y| self.pixel(x1 + x, y1 + y))
    }

    /// Resampled to another size by averaging the area each new pixel covers, in premultiplied
    /// colour: what a host's proxy mode does.
    pub fn resized(&self, width: usize, height: usize) -> Self {
        if (width, height) == (self.width, self.height) {
            return self.clone();
        }
        let columns = coverage(self.width, width);
        let rows = coverage(self.height, height);
        Self::from_fn(width, height, |x, y| {
            let mut sum = [0.0f64; 4];
            for &(sy, wy) in &rows[y] {
                for &(sx, wx) in &columns[x] {
                    let [r, g, b, a] = self.pixel(sx, sy).map(f64::from);
                    let weight = wx * wy;
                    for (total, value) in sum.iter_mut().zip([r * a, g * a, b * a, a]) {
                        *total += weight * value;
                    }
                }
            }
            let [r, g, b, a] = sum;
            let straight = if a > 0.0 { 1.0 / a } else { 0.0 };
            [r * straight, g * straight, b * straight, a].map(|v| v as f32)
        })
    }

    /// The picture moved by a whole number of pixels (right and down are positive), its border
    /// repeated where nothing came from.
    pub fn shifted(&self, dx: i32, dy: i32) -> Self {
        let clamp = |v: i32, size: usize| v.clamp(0, size as i32 - 1) as usize;
        Self::from_fn(self.width, self.height, |x, y| self.pixel(clamp(x as i32 - dx, self.width), clamp(y as i32 - dy, self.height)))
    }

    /// The colour at a place between pixels (bilinear; pixel centres are at whole numbers).
    pub fn sample(&self, x: f32, y: f32) -> [f32; 4] {
        let (x, y) = (x.clamp(0.0, self.width as f32 - 1.0), y.clamp(0.0, self.height as f32 - 1.0));
        let (x1, y1) = (x as usize, y as usize);
        let (x2, y2) = ((x1 + 1).min(self.width - 1), (y1 + 1).min(self.height - 1));
        let (u, v) = (x - x1 as f32, y - y1 as f32);
        let [a, b] = [self.pixel(x1, y1), self.pixel(x2, y1)];
        let [c, d] = [self.pixel(x1, y2), self.pixel(x2, y2)];
        std::array::from_fn(|i| (a[i] * (1.0 - u) + b[i] * u) * (1.0 - v) + (c[i] * (1.0 - u) + d[i] * u) * v)
    }
}

/// For each of `to` cells over `from`: which old cells it covers, and by how much of itself.
fn coverage(from: usize, to: usize) -> Vec<Vec<(usize, f64)>> {
    let step = from as f64 / to as f64;
    (0..to)
        .map(|i| {
            let (start, end) = (i as f64 * step, (i + 1) as f64 * step);
            let cells = start.floor() as usize..(end.ceil() as usize).min(from);
            cells
                .map(|c| {
                    let overlap = end.min(c as f64 + 1.0) - start.max(c as f64);
                    (c, overlap / step)
                })
                .filter(|(_, weight)| *weight > 1e-12)
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halving_averages_four_pixels() {
        let picture = Picture::from_fn(4, 2, |x, y| [(x + 4 * y) as f32, 0.0, 0.0, 1.0]);
        let half = picture.resized(2, 1);
        assert_eq!(half.pixel(0, 0)[0], (0.0 + 1.0 + 4.0 + 5.0) / 4.0);
        assert_eq!(half.pixel(1, 0)[0], (2.0 + 3.0 + 6.0 + 7.0) / 4.0);
    }

    #[test]
    fn odd_sizes_keep_the_mean() {
        let picture = Picture::texture(37, 23, 1);
        let mean = |p: &Picture| p.pixels().iter().map(|p| f64::from(p[1])).sum::<f64>() / p.pixels().len() as f64;
        assert!((mean(&picture) - mean(&picture.resized(10, 7))).abs() < 1e-5);
    }

    #[test]
    fn shapes_must_fit() {
        assert!(Picture::from_rgb(2, 2, &[0.0; 12]).is_some());
        assert!(Picture::from_rgb(2, 2, &[0.0; 13]).is_none());
        assert!(Picture::from_rgba(2, 2, &[0.0; 12]).is_none());
    }
}
