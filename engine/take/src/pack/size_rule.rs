//! Which sizes a model can work at, and which suits a still.

/// How much a size is held against missing the native area, beside missing the proportions (both as logarithms);
/// more above it than below it, where memory is at stake.
const BELOW: f64 = 0.25;
const ABOVE: f64 = 0.3;

/// Sizes a model can work at, pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SizeRule {
    /// Width and height are multiples of this.
    pub multiple: u32,
    /// Sizes it was trained at (width, height); the first gives the usual area.
    pub native: Vec<(u32, u32)>,
    /// Whether it works at its native sizes alone (learned positions).
    pub only_native: bool,
    /// Longest side.
    pub max: u32,
}

impl SizeRule {
    /// Whether the model works at this size.
    pub fn holds(&self, width: u32, height: u32) -> bool {
        let m = self.multiple.max(1);
        let side = |n: u32| n >= m && n <= self.max && n.is_multiple_of(m);
        side(width) && side(height) && (!self.only_native || self.native.contains(&(width, height)))
    }

    /// Good sizes closest to one that is not: the next smaller and the next larger, or the native ones.
    pub fn near(&self, width: u32, height: u32) -> Vec<(u32, u32)> {
        if self.only_native {
            return self.native.clone();
        }
        let m = self.multiple.max(1);
        let top = self.max / m * m;
        let down = |n: u32| (n / m * m).clamp(m, top.max(m));
        let up = |n: u32| n.div_ceil(m).saturating_mul(m).clamp(m, top.max(m));
        let mut near = vec![(down(width), down(height)), (up(width), up(height))];
        near.dedup();
        near
    }

    /// The size for a picture `ratio` times as wide as high: the nearest proportions at about the first native
    /// size's area, never above it by more than one step of one side.
    pub fn for_ratio(&self, ratio: f64) -> (u32, u32) {
        let m = self.multiple.max(1);
        let first = self.native.first().copied().unwrap_or((m, m));
        let off = |w: u32, h: u32| (f64::from(w) / f64::from(h) / ratio).ln().abs();
        if self.only_native {
            return self.native.iter().copied().min_by(|a, b| off(a.0, a.1).total_cmp(&off(b.0, b.1))).unwrap_or(first);
        }
        let area = f64::from(first.0) * f64::from(first.1);
        let product = |w: u32, h: u32| f64::from(w) * f64::from(h);
        let fits = |w: u32, h: u32| product(w - m, h) <= area || product(w, h - m) <= area;
        let cost = |w: u32, h: u32| {
            let over = (product(w, h) / area).ln();
            off(w, h) + if over > 0.0 { ABOVE * over } else { -BELOW * over }
        };
        let steps = (self.max / m).max(1);
        let candidates = (1..=steps).flat_map(|i| {
            let w = i * m;
            let h = (f64::from(w) / ratio / f64::from(m)).floor() as u32;
            [h, h.saturating_add(1)].map(|h| (w, h.clamp(1, steps) * m))
        });
        candidates.filter(|(w, h)| fits(*w, *h)).min_by(|a, b| cost(a.0, a.1).total_cmp(&cost(b.0, b.1))).unwrap_or(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wan() -> SizeRule {
        SizeRule { multiple: 16, native: vec![(832, 480)], only_native: false, max: 1280 }
    }

    #[test]
    fn stills_of_every_shape_get_a_size_near_the_native_area() {
        let r = wan();
        assert_eq!(r.for_ratio(832.0 / 480.0), (832, 480));
        assert_eq!(r.for_ratio(16.0 / 9.0), (848, 480));
        assert_eq!(r.for_ratio(9.0 / 16.0), (480, 848));
        assert_eq!(r.for_ratio(3.0 / 2.0), (768, 512));
        assert_eq!(r.for_ratio(2.0 / 3.0), (512, 768));
        assert_eq!(r.for_ratio(1.0), (624, 624));
        assert_eq!(r.for_ratio(100.0), (1280, 16));
    }

    #[test]
    fn no_size_is_above_the_native_area_by_more_than_a_step() {
        let r = wan();
        for i in 0..400 {
            let ratio = 0.2 * 1.012f64.powi(i);
            let (w, h) = r.for_ratio(ratio);
            assert!(r.holds(w, h), "{w}×{h}");
            assert!((w - 16) * h <= 832 * 480 || w * (h - 16) <= 832 * 480, "{w}×{h} for {ratio}");
            let reached = f64::from(w) / f64::from(h) / ratio;
            assert!(!(0.3..3.2).contains(&ratio) || (0.97..1.03).contains(&reached), "{w}×{h} for {ratio}");
        }
    }

    #[test]
    fn other_sizes_are_refused_with_the_nearest() {
        let r = wan();
        assert!(r.holds(832, 464) && !r.holds(833, 464) && !r.holds(1296, 464) && !r.holds(0, 464));
        assert_eq!(r.near(833, 464), [(832, 464), (848, 464)]);
        assert_eq!(r.near(5000, 3), [(1280, 16)]);
        let fixed = SizeRule { native: vec![(720, 480), (480, 720)], only_native: true, ..wan() };
        assert!(fixed.holds(720, 480) && !fixed.holds(736, 480));
        assert_eq!(fixed.near(736, 480), [(720, 480), (480, 720)]);
        assert_eq!((fixed.for_ratio(1.9), fixed.for_ratio(0.5)), ((720, 480), (480, 720)));
    }
}
