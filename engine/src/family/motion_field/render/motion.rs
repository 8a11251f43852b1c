//! How one layer's content moves, over the whole picture.

use super::grid::Grid;
use super::lattice::{Lattice, SPACING, interpolated};

/// Picture widths a drift coefficient of 1 covers in one drift unit.
const DRIFT: f32 = 0.05;
/// Picture widths a sway coefficient of 1 reaches.
const SWAY: f32 = 0.01;
/// Picture widths below which all motion counts as none: less is the model's noise.
const STILL: f32 = 1e-4;

/// Motion coefficients at every lattice point, in pixels.
#[derive(Debug, Clone)]
pub struct Motion {
    width: usize,
    height: usize,
    nodes: Vec<[f32; 10]>,
}

impl Motion {
    /// Smooth motion over a width × height picture from 10 coefficient grids, each in the units of [`super::Field::coefficients`];
    /// a vertical unit is as long on screen as a horizontal one.
    pub fn new(grids: &[Grid; 10], width: usize, height: usize, pixel_aspect: f64) -> Self {
        let (columns, rows) = Lattice::size(width, height);
        let mut nodes = Vec::with_capacity(columns * rows);
        for r in 0..rows {
            let v = ((r * SPACING) as f32 + 0.5) / height as f32;
            for c in 0..columns {
                let u = ((c * SPACING) as f32 + 0.5) / width as f32;
                nodes.push(std::array::from_fn(|k| {
                    let unit = if k < 2 { DRIFT } else { SWAY } * width as f32;
                    let across = if k % 2 == 0 { 1.0 } else { pixel_aspect as f32 };
                    grids[k].at(u.min(1.0), v.min(1.0)) * unit * across
                }));
            }
        }
        Self { width, height, nodes }
    }

    /// Whether nothing visibly moves.
    pub fn is_still(&self) -> bool {
        self.nodes.iter().flatten().all(|v| v.abs() < STILL * self.width as f32)
    }

    /// Pixels the farthest content may move under so many units of drift.
    pub fn greatest(&self, drift: f64) -> f32 {
        let one = |n: &[f32; 10], k: usize| {
            n[k].abs() * drift as f32 + n[2 + k].abs() + 2.0 * n[4 + k].abs() + n[6 + k].abs() + 2.0 * n[8 + k].abs()
        };
        self.nodes.iter().map(|n| one(n, 0).max(one(n, 1))).fold(0.0, f32::max)
    }

    /// Holds content back: `weights`, 0…1, at every lattice point.
    pub fn hold(&mut self, weights: &[f32]) {
        for (n, w) in self.nodes.iter_mut().zip(weights) {
            n.iter_mut().for_each(|v| *v *= w);
        }
    }

    /// Where the content seen at every lattice point comes from, as a shift: `view` leads from the picture to the still,
    /// drift is in units and sway holds sin, cos−1 and the same doubled.
    pub fn source(&self, view: Option<&Lattice>, drift: f64, sway: &[f64; 4]) -> Lattice {
        const STEPS: usize = 6;
        let (columns, rows) = Lattice::size(self.width, self.height);
        let (d, s) = (drift as f32, sway.map(|v| v as f32));
        let moved: Vec<[f32; 2]> = self
            .nodes
            .iter()
            .map(|n| std::array::from_fn(|k| n[k] * d + n[2 + k] * s[0] + n[4 + k] * s[1] + n[6 + k] * s[2] + n[8 + k] * s[3]))
            .collect();
        let at = |x: f32, y: f32| {
            interpolated(&moved, columns, rows, x, y, |a: [f32; 2], b, f| [a[0] + (b[0] - a[0]) * f, a[1] + (b[1] - a[1]) * f])
        };
        let mut i = 0;
        Lattice::from_fn(self.width, self.height, |x, y| {
            let v = view.map_or([0.0; 2], |v| v.shifts[i]);
            i += 1;
            let q = [x + v[0], y + v[1]];
            let mut u = at(q[0], q[1]);
            for _ in 0..STEPS {
                if u == [0.0; 2] {
                    break;
                }
                u = at(q[0] - u[0], q[1] - u[1]);
            }
            [v[0] - u[0], v[1] - u[1]]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grids(values: [f32; 10]) -> [Grid; 10] {
        values.map(|v| Grid::new(2, 2, &[v; 4], -10.0, 10.0))
    }

    #[test]
    fn drift_and_sway_have_the_agreed_units_and_signs() {
        let m = Motion::new(&grids([1.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]), 200, 100, 1.0);
        let l = m.source(None, 1.0, &[1.0, 0.0, 0.0, 0.0]);
        // Content moved right by 10 pixels and down by 4: it comes from the left, from above.
        let s = l.shifts[6 * l.columns + 12];
        assert!((s[0] + 10.0).abs() < 1e-4 && (s[1] + 4.0).abs() < 1e-4, "{s:?}");
        assert!(!m.is_still() && Motion::new(&grids([0.0; 10]), 200, 100, 1.0).is_still());
    }

    #[test]
    fn vertical_motion_is_as_long_on_screen_on_wide_pixels() {
        let m = Motion::new(&grids([0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]), 200, 100, 2.0);
        assert!((m.source(None, 1.0, &[0.0; 4]).shifts[0][1] + 20.0).abs() < 1e-4);
    }
}
