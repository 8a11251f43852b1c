//! Frames per second as a fraction.

use std::fmt;

/// Frames per second, exact: 24000/1001 is not 23.976.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameRate {
    num: u32,
    den: u32,
}

impl FrameRate {
    /// The rate meant by `fps` (1 to 240): a whole number, a multiple of 1000/1001 written to three decimals or
    /// more (23.976, 29.97, 59.94), or else the nearest fraction with a small denominator.
    pub fn from_fps(fps: f64) -> Self {
        let fps = if fps.is_finite() { fps.clamp(0.01, 1000.0) } else { 24.0 };
        let whole = fps.round();
        if (fps - whole).abs() < 1e-6 {
            return Self { num: whole as u32, den: 1 };
        }
        let ntsc = (fps * 1.001).round();
        if (fps - ntsc / 1.001).abs() < 5e-4 {
            return Self { num: ntsc as u32 * 1000, den: 1001 };
        }
        nearest_fraction(fps)
    }

    /// Numerator: ticks of a clock per second.
    pub fn num(self) -> u32 {
        self.num
    }

    /// Denominator: ticks per frame.
    pub fn den(self) -> u32 {
        self.den
    }

    /// Frames per second.
    pub fn fps(self) -> f64 {
        f64::from(self.num) / f64::from(self.den)
    }
}

impl fmt::Display for FrameRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.den {
            1 => write!(f, "{}", self.num),
            _ => write!(f, "{:.3}", self.fps()),
        }
    }
}

/// The continued fraction of `x`, as far as denominators stay small.
fn nearest_fraction(x: f64) -> FrameRate {
    let (mut before, mut best) = ((1u64, 0u64), (x.floor() as u64, 1u64));
    let mut rest = x - x.floor();
    while rest > 1e-9 {
        let next = 1.0 / rest;
        let digit = next.floor();
        let term = (digit as u64 * best.0 + before.0, digit as u64 * best.1 + before.1);
        if term.1 > 10_000 {
            break;
        }
        (before, best) = (best, term);
        rest = next - digit;
    }
    FrameRate { num: best.0.max(1) as u32, den: best.1.max(1) as u32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_what_they_mean() {
        for (fps, num, den) in [
            (24.0, 24, 1),
            (25.0, 25, 1),
            (24000.0 / 1001.0, 24000, 1001),
            (23.976, 24000, 1001),
            (29.97, 30000, 1001),
            (59.94, 60000, 1001),
            (119.88, 120000, 1001),
            (12.5, 25, 2),
            (23.98, 1199, 50),
            (1.0, 1, 1),
        ] {
            let rate = FrameRate::from_fps(fps);
            assert_eq!((rate.num(), rate.den()), (num, den), "{fps}");
        }
    }

    #[test]
    fn any_rate_is_met_closely() {
        for i in 0..2000 {
            let fps = 1.0 + i as f64 * 0.119_37;
            assert!((FrameRate::from_fps(fps).fps() - fps).abs() < 1e-3, "{fps}");
        }
    }
}
