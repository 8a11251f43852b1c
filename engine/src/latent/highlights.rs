//! Values above 1, carried around a model that only knows 0…1.
//!
//! Below the knee nothing changes. Above it, up to the still's largest value, a rational curve with the slope 1 at the
//! knee brings values under 1, and its inverse brings the model's frames back: highlights keep their order and their
//! brightness, and move with what they belong to. A still without values above 1 is not touched.

/// Where compression begins (sRGB-encoded).
const KNEE: f32 = 0.8;

/// The curve of one still.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Highlights {
    top: f32,
}

impl Highlights {
    /// The curve for a picture whose values are `data`.
    pub fn of(data: &[f32]) -> Self {
        Self { top: data.iter().copied().filter(|v| v.is_finite()).fold(1.0, f32::max) }
    }

    fn bend(self) -> f32 {
        (self.top - KNEE) / (1.0 - KNEE) - 1.0
    }

    /// Still value → 0…1 (what lies below 0 stays).
    pub fn compressed(self, v: f32) -> f32 {
        if self.top <= 1.0 || v <= KNEE {
            return v;
        }
        let u = (v - KNEE) / (self.top - KNEE);
        let a = self.bend();
        KNEE + (1.0 - KNEE) * u * (1.0 + a) / (1.0 + a * u)
    }

    /// Its inverse.
    pub fn expanded(self, v: f32) -> f32 {
        if self.top <= 1.0 || v <= KNEE {
            return v;
        }
        let w = (v - KNEE) / (1.0 - KNEE);
        let a = self.bend();
        KNEE + (self.top - KNEE) * w / (1.0 + a - a * w)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_trip_changes_nothing_and_ordinary_stills_are_untouched() {
        let plain = Highlights::of(&[0.0, 0.5, 1.0]);
        let bright = Highlights::of(&[0.1, 6.5, f32::NAN]);
        for i in 0..=650 {
            let v = i as f32 / 100.0;
            assert!((bright.expanded(bright.compressed(v)) - v).abs() < 1e-4 * v.max(1.0), "{v}");
            assert!(bright.compressed(v) <= 1.0 + 1e-6);
            assert_eq!((plain.compressed(v), plain.expanded(v)), (v, v));
        }
        let slope = (bright.compressed(KNEE + 1e-2) - KNEE) / 1e-2;
        assert!((slope - 1.0).abs() < 0.06, "{slope}");
    }
}
