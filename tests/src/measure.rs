//! Measuring pictures: how alike they are, and how one moved to become the other.
//!
//! Motion is that of the picture, in pixels, right and down positive. A camera that pans to the
//! right moves the picture to the left: `dx` is negative. One that tilts up moves it down.
//!
//! Pictures of different sizes cannot be compared: every function here panics on them, as an
//! assertion on their sizes would.

use rustfft::{Fft, FftPlanner, num_complex::Complex};

use wakeframe_take::picture::rec709;

use crate::Picture;

/// Peak signal to noise ratio of red, green and blue in decibels, for samples of 0…1; infinite
/// for equal pictures.
pub fn psnr(a: &Picture, b: &Picture) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for (a, b) in pairs(a, b) {
        for (a, b) in a.iter().zip(b).take(3) {
            let difference = f64::from(a - b);
            sum += difference * difference;
            count += 1.0;
        }
    }
    if sum == 0.0 { f64::INFINITY } else { -10.0 * (sum / count).log10() }
}

/// The largest difference of any sample, alpha too.
pub fn largest_difference(a: &Picture, b: &Picture) -> f32 {
    pairs(a, b)
        .flat_map(|(a, b)| a.iter().zip(b).map(|(a, b)| (a - b).abs()))
        // NaN is different from everything.
        .map(|d| if d.is_nan() { f32::INFINITY } else { d })
        .fold(0.0, f32::max)
}

/// The mean of the absolute differences of red, green and blue.
pub fn mean_difference(a: &Picture, b: &Picture) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0f64);
    for (a, b) in pairs(a, b) {
        for (a, b) in a.iter().zip(b).take(3) {
            sum += f64::from((a - b).abs());
            count += 1.0;
        }
    }
    sum / count.max(1.0)
}

fn pairs<'a>(a: &'a Picture, b: &'a Picture) -> impl Iterator<Item = (&'a [f32; 4], &'a [f32; 4])> {
    assert_same_size(a, b);
    a.pixels().iter().zip(b.pixels())
}

fn assert_same_size(a: &Picture, b: &Picture) {
    let (a, b) = ((a.width(), a.height()), (b.width(), b.height()));
    assert_eq!(a, b, "pictures of different sizes cannot be compared");
}

/// A shift of the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shift {
    /// To the right, in pixels.
    pub dx: f64,
    /// Down, in pixels.
    pub dy: f64,
    /// How sure: 1 for a pure shift, near 0 for pictures that have nothing in common.
    pub peak: f64,
}

/// The shift from `a` to `b` by phase correlation, to a fraction of a pixel. What moved further
/// than half of the picture is not found. Pictures have to be at least 8 pixels wide and high.
pub fn shift(a: &Picture, b: &Picture) -> Shift {
    assert_same_size(a, b);
    let (width, height) = (a.width(), a.height());
    assert!(width >= 8 && height >= 8, "{width}x{height} is too small to measure motion in");
    let mut planner = FftPlanner::new();
    let mut a = windowed_luma(a);
    let mut b = windowed_luma(b);
    let rows = planner.plan_fft_forward(width);
    let columns = planner.plan_fft_forward(height);
    transform(&mut a, width, height, &*rows, &*columns);
    transform(&mut b, width, height, &*rows, &*columns);
    // Frequencies without energy have no phase to speak of.
    let floor = a.iter().zip(&b).map(|(a, b)| (a.conj() * b).norm()).fold(0.0, f64::max) * 1e-12;
    let mut cross: Vec<Complex<f64>> = a
        .iter()
        .zip(&b)
        .map(|(a, b)| {
            let product = a.conj() * b;
            product / product.norm().max(floor.max(f64::MIN_POSITIVE))
        })
        .collect();
    let rows = planner.plan_fft_inverse(width);
    let columns = planner.plan_fft_inverse(height);
    transform(&mut cross, width, height, &*rows, &*columns);

    let size = (width * height) as f64;
    let surface: Vec<f64> = cross.iter().map(|c| c.re / size).collect();
    let best = surface.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(i, _)| i);
    let (x, y) = (best % width, best / width);
    let at = |x: usize, y: usize| surface[(y % height) * width + x % width];
    let dx = vertex(at(x + width - 1, y), at(x, y), at(x + 1, y));
    let dy = vertex(at(x, y + height - 1), at(x, y), at(x, y + 1));
    let signed = |v: usize, n: usize| if v > n / 2 { v as f64 - n as f64 } else { v as f64 };
    Shift { dx: signed(x, width) + dx, dy: signed(y, height) + dy, peak: at(x, y) }
}

/// The shift of each quarter: upper left, upper right, lower left, lower right.
pub fn quadrant_shifts(a: &Picture, b: &Picture) -> [Shift; 4] {
    assert_same_size(a, b);
    let (w, h) = (a.width() / 2, a.height() / 2);
    let quarter = |x: usize, y: usize| {
        let crop = |p: &Picture| p.crop(x * w, y * h, x * w + w, y * h + h);
        shift(&crop(a), &crop(b))
    };
    [quarter(0, 0), quarter(1, 0), quarter(0, 1), quarter(1, 1)]
}

/// How the whole picture moved: the best shift, growth and turn for its quarters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Motion {
    /// To the right, in pixels.
    pub dx: f64,
    /// Down, in pixels.
    pub dy: f64,
    /// Growth from the centre: 0.1 is ten per cent. A camera that dollies in makes it positive.
    pub growth: f64,
    /// Radians, clockwise as seen. A camera that rolls clockwise turns the picture the other way:
    /// negative.
    pub turn_clockwise: f64,
}

/// The motion from `a` to `b`, fitted to the shifts of the quarters by least squares.
pub fn motion(a: &Picture, b: &Picture) -> Motion {
    let shifts = quadrant_shifts(a, b);
    let (rx, ry) = (a.width() as f64 / 4.0, a.height() as f64 / 4.0);
    let centres = [(-rx, -ry), (rx, -ry), (-rx, ry), (rx, ry)];
    let mean = |value: fn(&Shift) -> f64| shifts.iter().map(value).sum::<f64>() / 4.0;
    let (dx, dy) = (mean(|s| s.dx), mean(|s| s.dy));
    let (mut outward, mut around) = (0.0, 0.0);
    for (shift, (x, y)) in shifts.iter().zip(centres) {
        outward += x * shift.dx + y * shift.dy;
        // y points down, so this is positive for a turn that is clockwise to the eye.
        around += x * shift.dy - y * shift.dx;
    }
    let norm = 4.0 * (rx * rx + ry * ry);
    Motion { dx, dy, growth: outward / norm, turn_clockwise: around / norm }
}

/// Brightness without its mean, faded out to the border, whose edges would be a motion of zero.
fn windowed_luma(picture: &Picture) -> Vec<Complex<f64>> {
    let luma: Vec<f64> = picture.pixels().iter().map(|[r, g, b, _]| f64::from(rec709([*r, *g, *b]))).collect();
    let mean = luma.iter().sum::<f64>() / luma.len() as f64;
    let hann = |i: usize, n: usize| 0.5 - 0.5 * (std::f64::consts::TAU * (i as f64 + 0.5) / n as f64).cos();
    let (width, height) = (picture.width(), picture.height());
    luma.iter()
        .enumerate()
        .map(|(i, v)| (v - mean) * hann(i % width, width) * hann(i / width, height))
        .map(|v| Complex::new(v, 0.0))
        .collect()
}

/// A two-dimensional transform in place.
fn transform(data: &mut [Complex<f64>], width: usize, height: usize, rows: &dyn Fft<f64>, columns: &dyn Fft<f64>) {
    rows.process(data); // each chunk of `width` is a row
    let mut turned = vec![Complex::default(); data.len()];
    for y in 0..height {
        for x in 0..width {
            turned[x * height + y] = data[y * width + x];
        }
    }
    columns.process(&mut turned);
    for y in 0..height {
        for x in 0..width {
            data[y * width + x] = turned[x * height + y];
        }
    }
}

/// Where the parabola through three neighbours has its top, from the middle one.
fn vertex(before: f64, at: f64, after: f64) -> f64 {
    let bend = before - 2.0 * at + after;
    if bend.abs() < f64::EPSILON { 0.0 } else { (0.5 * (before - after) / bend).clamp(-0.5, 0.5) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The picture a camera would see: `at` says where in the old picture a new pixel was.
    fn moved(picture: &Picture, at: impl Fn(f32, f32) -> (f32, f32)) -> Picture {
        let (cx, cy) = (picture.width() as f32 / 2.0, picture.height() as f32 / 2.0);
        Picture::from_fn(picture.width(), picture.height(), |x, y| {
            let (x, y) = at(x as f32 - cx, y as f32 - cy);
            picture.sample(x + cx, y + cy)
        })
    }

    #[test]
    fn equal_pictures_have_no_difference() {
        let picture = Picture::texture(32, 16, 1);
        assert_eq!(psnr(&picture, &picture), f64::INFINITY);
        assert_eq!(largest_difference(&picture, &picture), 0.0);
        let off = picture.map(|[r, g, b, a]| [r + 0.1, g + 0.1, b + 0.1, a]);
        assert!((psnr(&picture, &off) - 20.0).abs() < 1e-3);
    }

    #[test]
    #[should_panic(expected = "different sizes")]
    fn sizes_must_agree() {
        psnr(&Picture::gradient(2, 3), &Picture::gradient(3, 2));
    }

    #[test]
    fn whole_shifts_are_found() {
        let picture = Picture::texture(96, 64, 7);
        for (dx, dy) in [(0, 0), (5, 0), (-5, 0), (0, 4), (3, -7)] {
            let found = shift(&picture, &picture.shifted(dx, dy));
            assert!((found.dx - f64::from(dx)).abs() < 0.5, "{dx},{dy}: {found:?}");
            assert!((found.dy - f64::from(dy)).abs() < 0.5, "{dx},{dy}: {found:?}");
            assert!(found.peak > 0.1, "{found:?}");
        }
    }

    #[test]
    fn unrelated_pictures_have_no_peak() {
        let found = shift(&Picture::noise(96, 64, 1), &Picture::noise(96, 64, 2));
        assert!(found.peak < 0.1, "{found:?}");
    }

    #[test]
    fn zoom_and_rotation_have_their_signs() {
        let picture = Picture::texture(160, 120, 3);
        let grown = moved(&picture, |x, y| (x / 1.05, y / 1.05));
        let found = motion(&picture, &grown);
        assert!((found.growth - 0.05).abs() < 0.02, "{found:?}");
        assert!(found.turn_clockwise.abs() < 0.01, "{found:?}");
        let (sin, cos) = 0.05f32.sin_cos();
        // Clockwise to the eye: what is right of the centre goes down.
        let turned = moved(&picture, |x, y| (x * cos + y * sin, -x * sin + y * cos));
        let found = motion(&picture, &turned);
        assert!((found.turn_clockwise - 0.05).abs() < 0.02, "{found:?}");
        assert!(found.growth.abs() < 0.01, "{found:?}");
    }
}
