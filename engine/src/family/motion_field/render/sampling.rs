//! Resampling at fractional positions, mirrored at the picture's edges: Lanczos-3, sharpened where it would blur.

use std::f64::consts::PI;

use super::plane::Plane;

/// Positions between two pixels that are told apart.
const PHASES: usize = 512;
/// Pixels read along one axis.
pub const TAPS: usize = 6;
/// Pixels read before the one at or left of the position.
pub const BEFORE: isize = 2;

/// Weights of the six pixels around every position between two pixels.
#[derive(Debug, Clone)]
pub struct Kernel(Vec<[f32; TAPS]>);

impl Kernel {
    /// How much the kernel is sharpened halfway between pixels, where it loses most.
    const SHARPENING: f64 = 0.08;

    /// Weights add up to 1, and are exactly the pixel itself on whole positions.
    pub fn new() -> Self {
        Self(
            (0..=PHASES)
                .map(|i| {
                    let f = i as f64 / PHASES as f64;
                    let e = Self::SHARPENING * 4.0 * f * (1.0 - f);
                    let at = |k: usize| f + BEFORE as f64 - k as f64;
                    let total: f64 = (0..TAPS).map(|k| lanczos3(at(k))).sum();
                    std::array::from_fn(|k| ((1.0 + e) * lanczos3(at(k)) / total - e * spline(at(k))) as f32)
                })
                .collect(),
        )
    }

    fn weights(&self, fraction: f32) -> &[f32; TAPS] {
        let i = (fraction * PHASES as f32 + 0.5) as usize;
        &self.0[i.min(PHASES)]
    }

    /// Colour of `plane` at pixel position (x, y); unused channels are meaningless.
    #[inline]
    pub fn colour(&self, plane: &Plane, x: f32, y: f32) -> [f32; 4] {
        let (w, h, c) = (plane.width(), plane.height(), plane.channels());
        let (xf, yf) = (x.floor(), y.floor());
        let (xi, yi) = (xf as isize, yf as isize);
        let (wx, wy) = (self.weights(x - xf), self.weights(y - yf));
        let data = plane.padded();
        let mut out = [0f32; 4];
        if xi >= BEFORE && yi >= BEFORE && xi + 4 <= w as isize && yi + 4 <= h as isize {
            let mut at = ((yi - BEFORE) as usize * w + (xi - BEFORE) as usize) * c;
            for wy in wy {
                let span = &data[at..at + (TAPS - 1) * c + 4];
                let mut row = [0f32; 4];
                for (k, wx) in wx.iter().enumerate() {
                    let pixel = &span[k * c..k * c + 4];
                    for (r, v) in row.iter_mut().zip(pixel) {
                        *r += v * wx;
                    }
                }
                for (o, r) in out.iter_mut().zip(row) {
                    *o += r * wy;
                }
                at += w * c;
            }
        } else {
            for (j, wy) in wy.iter().enumerate() {
                let line = mirrored(yi - BEFORE + j as isize, h) * w;
                let mut row = [0f32; 4];
                for (k, wx) in wx.iter().enumerate() {
                    let at = (line + mirrored(xi - BEFORE + k as isize, w)) * c;
                    for (r, v) in row.iter_mut().zip(&data[at..at + 4]) {
                        *r += v * wx;
                    }
                }
                for (o, r) in out.iter_mut().zip(row) {
                    *o += r * wy;
                }
            }
        }
        out
    }

    /// Value 0…1 of a plane of bytes [height][width] at pixel position (x, y).
    pub fn coverage(&self, bytes: &[u8], width: usize, height: usize, x: f32, y: f32) -> f32 {
        let (xf, yf) = (x.floor(), y.floor());
        let (xi, yi) = (xf as isize, yf as isize);
        let (wx, wy) = (self.weights(x - xf), self.weights(y - yf));
        let mut columns = [0usize; TAPS];
        for (k, c) in columns.iter_mut().enumerate() {
            *c = mirrored(xi - BEFORE + k as isize, width);
        }
        let mut out = 0f32;
        for (j, wy) in wy.iter().enumerate() {
            let line = mirrored(yi - BEFORE + j as isize, height) * width;
            let mut row = 0f32;
            for (c, wx) in columns.iter().zip(wx) {
                row += f32::from(bytes[line + c]) * wx;
            }
            out += row * wy;
        }
        out * (1.0 / 255.0)
    }
}

/// Index inside 0…n of a position reflected at the first and last pixel, any distance outside.
#[inline]
pub fn mirrored(i: isize, n: usize) -> usize {
    let n = n as isize;
    if i >= 0 && i < n {
        return i as usize;
    }
    let period = 2 * (n - 1);
    if period == 0 {
        return 0;
    }
    let m = i.rem_euclid(period);
    m.min(period - m) as usize
}

/// Cubic B-spline: what the kernel is sharpened against.
fn spline(x: f64) -> f64 {
    let x = x.abs();
    if x < 1.0 {
        (0.5 * x - 1.0) * x * x + 2.0 / 3.0
    } else if x < 2.0 {
        let y = 2.0 - x;
        y * y * y / 6.0
    } else {
        0.0
    }
}

fn lanczos3(x: f64) -> f64 {
    if x == 0.0 {
        1.0
    } else if x == libm::floor(x) || x.abs() >= 3.0 {
        0.0
    } else {
        let a = PI * x;
        3.0 * libm::sin(a) * libm::sin(a / 3.0) / (a * a)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_positions_give_the_pixels_and_flat_stays_flat() {
        let k = Kernel::new();
        let mut p = Plane::zeros(9, 7, 3);
        p.values_mut().iter_mut().enumerate().for_each(|(i, v)| *v = (i * 37 % 101) as f32 * 0.031 - 0.4);
        for y in 0..7 {
            for x in 0..9 {
                let at = (y * 9 + x) * 3;
                assert_eq!(k.colour(&p, x as f32, y as f32)[..3], p.values()[at..at + 3]);
            }
        }
        p.values_mut().fill(2.5);
        for i in 0..200 {
            let v = k.colour(&p, i as f32 * 0.37 - 30.0, 40.0 - i as f32 * 0.53);
            assert!(v[..3].iter().all(|v| (v - 2.5).abs() < 1e-5));
        }
    }

    #[test]
    fn positions_mirror_at_any_distance() {
        assert_eq!((-7..9).map(|i| mirrored(i, 3)).collect::<Vec<_>>(), [1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1, 0].map(|v: usize| v));
        assert_eq!(mirrored(-100, 1), 0);
    }
}
