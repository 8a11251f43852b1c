//! Luma of a picture, as the checks see it.

use crate::picture::{Picture, rec709};

/// Rec.709 luma of the display range over black, in 8-bit levels 0…255, not rounded.
pub(super) struct Luma {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) levels: Vec<f32>,
}

impl Luma {
    pub(super) fn of(picture: &Picture) -> Self {
        let shown = |v: f32| if v.is_finite() { v.clamp(0.0, 1.0) } else { 0.0 };
        let level = |p: &[f32]| match *p {
            [r, g, b, ref alpha @ ..] => {
                let grey = rec709([r, g, b].map(shown));
                255.0 * grey * alpha.first().map_or(1.0, |a| shown(*a))
            }
            _ => 0.0,
        };
        let levels = picture.data().chunks_exact(picture.channels()).map(level).collect();
        Self { width: picture.width(), height: picture.height(), levels }
    }

    pub(super) fn row(&self, y: usize) -> &[f32] {
        self.levels.get(y * self.width..(y + 1) * self.width).unwrap_or(&[])
    }

    /// Rows become columns: what is measured along rows is measured along columns of the turned plane.
    pub(super) fn turned(&self) -> Self {
        let mut levels = vec![0.0; self.levels.len()];
        for (y, row) in self.levels.chunks_exact(self.width).enumerate() {
            for (x, v) in row.iter().enumerate() {
                if let Some(to) = levels.get_mut(x * self.height + y) {
                    *to = *v;
                }
            }
        }
        Self { width: self.height, height: self.width, levels }
    }

    /// Area averages over whole squares of `by` pixels.
    pub(super) fn reduced(&self, by: usize) -> Self {
        let by = by.max(1);
        let (width, height) = ((self.width / by).max(1), (self.height / by).max(1));
        let mut levels = vec![0.0; width * height];
        for y in 0..(height * by).min(self.height) {
            let row = self.row(y);
            for (x, v) in row.iter().take(width * by).enumerate() {
                if let Some(to) = levels.get_mut(y / by * width + x / by) {
                    *to += v / (by * by) as f32;
                }
            }
        }
        Self { width, height, levels }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_lumas_over_black_and_turn_and_shrink() {
        let p = Picture::new(2, 1, 4, vec![1.0, 1.0, 1.0, 0.5, 0.0, 2.0, f32::NAN, 1.0]).unwrap();
        let l = Luma::of(&p);
        assert!((l.levels[0] - 127.5).abs() < 1e-3 && (l.levels[1] - 182.376).abs() < 1e-3);
        assert_eq!((l.turned().width, l.turned().height, l.turned().levels == l.levels), (1, 2, true));
        let four = Luma { width: 4, height: 2, levels: (0..8).map(|v| v as f32).collect() };
        assert_eq!(four.reduced(2).levels, [2.5, 4.5]);
        assert_eq!(four.turned().row(1), [1.0, 5.0]);
    }
}
