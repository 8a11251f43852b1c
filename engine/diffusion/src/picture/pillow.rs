//! `PIL.Image.resize` of 8-bit pictures: `Resample.c` of Pillow, in its fixed-point arithmetic.
//!
//! Two passes, along rows and along columns, each rounded to 8 bits; a direction whose size does not change is left alone. Which
//! pass is first can be seen in the last bits. Pillow 13 begins with the columns where that is faster; versions before 13 always
//! begin with the rows.

use super::{PictureError, Rgb8};

/// Bits after the point of a weight.
const PRECISION: u32 = 32 - 8 - 2;

/// Which pixels of the source count for one of the result, and how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// `PIL.Image.BOX`.
    Box,
    /// `PIL.Image.BILINEAR`.
    Bilinear,
    /// `PIL.Image.BICUBIC`.
    Bicubic,
    /// `PIL.Image.LANCZOS`.
    Lanczos,
}

impl Filter {
    /// By Pillow's number, as a checkpoint's `preprocessor_config.json` has it under `resample`. 0 (nearest) and 5 (Hamming) are
    /// not supported.
    pub fn from_pillow(number: u32) -> Option<Self> {
        match number {
            1 => Some(Self::Lanczos),
            2 => Some(Self::Bilinear),
            3 => Some(Self::Bicubic),
            4 => Some(Self::Box),
            _ => None,
        }
    }

    /// Reach on either side, in pixels of the coarser picture.
    fn support(self) -> f64 {
        match self {
            Self::Box => 0.5,
            Self::Bilinear => 1.0,
            Self::Bicubic => 2.0,
            Self::Lanczos => 3.0,
        }
    }

    fn weight(self, x: f64) -> f64 {
        let d = x.abs();
        match self {
            Self::Box if x > -0.5 && x <= 0.5 => 1.0,
            Self::Bilinear if d < 1.0 => 1.0 - d,
            // Keys' cubic with a = −0.5.
            Self::Bicubic if d < 1.0 => (1.5 * d - 2.5) * d * d + 1.0,
            Self::Bicubic if d < 2.0 => (((d - 5.0) * d + 8.0) * d - 4.0) * -0.5,
            Self::Lanczos if (-3.0..3.0).contains(&x) => sinc(x) * sinc(x / 3.0),
            _ => 0.0,
        }
    }
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        return 1.0;
    }
    let x = x * std::f64::consts::PI;
    libm::sin(x) / x
}

/// The weights of one pixel of the result.
struct Taps {
    first: usize,
    weights: Vec<i32>,
}

impl Taps {
    /// `precompute_coeffs` and `normalize_coeffs_8bpc`, for every pixel of a row or column.
    fn all(filter: Filter, source: usize, target: usize) -> Vec<Self> {
        let scale = source as f64 / target as f64;
        let stretch = scale.max(1.0);
        let support = filter.support() * stretch;
        let one = |n: usize| {
            let center = (n as f64 + 0.5) * scale;
            // The casts cut towards zero and stop at 0, as Pillow's do.
            let first = (center - support + 0.5) as usize;
            let end = ((center + support + 0.5) as usize).min(source);
            let weights: Vec<f64> =
                (first..end).map(|p| filter.weight(((p - first) as f64 + first as f64 - center + 0.5) * (1.0 / stretch))).collect();
            let mut sum = 0.0;
            weights.iter().for_each(|w| sum += w);
            let fixed = |w: &f64| {
                let w = if sum == 0.0 { *w } else { w / sum };
                (w * f64::from(1 << PRECISION) + if w < 0.0 { -0.5 } else { 0.5 }) as i32
            };
            Self { first, weights: weights.iter().map(fixed).collect() }
        };
        (0..target).map(one).collect()
    }

    /// One pixel from a row of pixels.
    fn pixel(&self, row: &[[u8; 3]]) -> [u8; 3] {
        let mut sum = HALF;
        for (pixel, weight) in row.iter().skip(self.first).zip(&self.weights) {
            add(&mut sum, pixel, *weight);
        }
        rounded(sum)
    }

    /// One row from rows of `sums.len()` pixels.
    fn row(&self, pixels: &[[u8; 3]], sums: &mut [[i32; 3]], out: &mut Vec<[u8; 3]>) {
        sums.fill(HALF);
        for (row, weight) in pixels.chunks_exact(sums.len()).skip(self.first).zip(&self.weights) {
            sums.iter_mut().zip(row).for_each(|(sum, pixel)| add(sum, pixel, *weight));
        }
        out.extend(sums.iter().copied().map(rounded));
    }
}

/// Half of a grey level, so that cutting rounds.
const HALF: [i32; 3] = [1 << (PRECISION - 1); 3];

fn add(sum: &mut [i32; 3], pixel: &[u8; 3], weight: i32) {
    for (sum, value) in sum.iter_mut().zip(pixel) {
        *sum = sum.wrapping_add(i32::from(*value).wrapping_mul(weight));
    }
}

fn rounded(sum: [i32; 3]) -> [u8; 3] {
    sum.map(|sum| (sum >> PRECISION).clamp(0, 255) as u8)
}

impl Rgb8 {
    /// `resize((width, height), resample=filter)`.
    pub fn resized(&self, width: usize, height: usize, filter: Filter) -> Result<Self, PictureError> {
        if width == 0 || height == 0 {
            return Err(PictureError::Empty { width, height });
        }
        // `ImagingResampleInner`: the height shrinks, and by more than twice as many pixels as the width.
        let shrinks = |from: usize, to: usize| from as i64 - to as i64;
        let columns_first = height < self.height && shrinks(self.height, height) > 2 * shrinks(self.width, width);
        let picture = if columns_first { self.with_height(height, filter) } else { self.with_width(width, filter) };
        Ok(if columns_first { picture.with_width(width, filter) } else { picture.with_height(height, filter) })
    }

    fn with_width(&self, width: usize, filter: Filter) -> Self {
        if width == self.width {
            return self.clone();
        }
        let taps = Taps::all(filter, self.width, width);
        let rows = self.pixels.chunks_exact(self.width);
        let pixels = rows.flat_map(|row| taps.iter().map(|taps| taps.pixel(row))).collect();
        Self { width, height: self.height, pixels }
    }

    fn with_height(&self, height: usize, filter: Filter) -> Self {
        if height == self.height {
            return self.clone();
        }
        let width = self.width;
        let (mut sums, mut pixels) = (vec![HALF; width], Vec::with_capacity(width * height));
        Taps::all(filter, self.height, height).iter().for_each(|taps| taps.row(&self.pixels, &mut sums, &mut pixels));
        Self { width, height, pixels }
    }
}
