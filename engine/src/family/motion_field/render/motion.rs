//! How one layer's content moves, over the whole picture.

use std::f64::consts::PI;

use super::grid::Grid;
use super::lattice::{Lattice, SPACING, interpolated};
use super::time::Sway;

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
    /// Turns along its sway at which its pace is no more than the mean.
    start: f64,
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
        let start = start(&nodes);
        Self { width, height, nodes, start }
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
    /// drift is in units.
    pub fn source(&self, view: Option<&Lattice>, drift: f64, sway: &Sway) -> Lattice {
        const STEPS: usize = 6;
        let (columns, rows) = Lattice::size(self.width, self.height);
        let (d, s) = (drift as f32, sway.terms(self.start).map(|v| v as f32));
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

/// The turn nearest to 0 at which the sway of all `nodes` together is no faster than on its whole way.
fn start(nodes: &[[f32; 10]]) -> f64 {
    const STEPS: usize = 24;
    let pace = |step: usize| -> f64 {
        let a = 2.0 * PI * step as f64 / STEPS as f64;
        let speed = [libm::cos(a), -libm::sin(a), 2.0 * libm::cos(2.0 * a), -2.0 * libm::sin(2.0 * a)];
        let along = |n: &[f32; 10], k: usize| (0..4).map(|i| f64::from(n[2 + 2 * i + k]) * speed[i]).sum::<f64>();
        nodes.iter().map(|n| libm::hypot(along(n, 0), along(n, 1))).sum()
    };
    let paces: [f64; STEPS] = std::array::from_fn(pace);
    let mean = paces.iter().sum::<f64>() / STEPS as f64;
    let nearest = (0..=STEPS / 2).flat_map(|k| [k, (STEPS - k) % STEPS]).find(|k| paces[*k] <= mean);
    nearest.unwrap_or(0) as f64 / STEPS as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grids(values: [f32; 10]) -> [Grid; 10] {
        values.map(|v| Grid::new(2, 2, &[v; 4], -10.0, 10.0))
    }

    fn turned(turns: f64, looped: bool) -> Sway {
        Sway { turns, size: 1.0, looped }
    }

    #[test]
    fn a_looped_sway_is_not_fastest_at_the_cut() {
        for values in
            [[1.0, 0.5, 0.0, 0.0, 0.4, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.3, 0.0, -1.0, 0.0, 0.0, 0.0, 0.0, -0.4]]
        {
            let mut all = [0.0; 10];
            all[2..].copy_from_slice(&values);
            let m = Motion::new(&grids(all), 200, 100, 1.0);
            let at = |n: u32| m.source(None, 0.0, &turned(f64::from(n % 96) / 96.0, true)).shifts[0];
            let step = |n: u32| (at(n + 1)[0] - at(n)[0]).hypot(at(n + 1)[1] - at(n)[1]);
            let mean = (0..96).map(step).sum::<f32>() / 96.0;
            assert_eq!(at(0), [0.0; 2]);
            assert!(step(95) < 1.15 * mean, "{values:?} {}", step(95) / mean);
        }
    }

    #[test]
    fn drift_and_sway_have_the_agreed_units_and_signs() {
        let m = Motion::new(&grids([1.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]), 200, 100, 1.0);
        let l = m.source(None, 1.0, &turned(0.25, false));
        // Content moved right by 10 pixels and down by 4: it comes from the left, from above.
        let s = l.shifts[6 * l.columns + 12];
        assert!((s[0] + 10.0).abs() < 1e-4 && (s[1] + 4.0).abs() < 1e-4, "{s:?}");
        assert!(!m.is_still() && Motion::new(&grids([0.0; 10]), 200, 100, 1.0).is_still());
    }

    #[test]
    fn vertical_motion_is_as_long_on_screen_on_wide_pixels() {
        let m = Motion::new(&grids([0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]), 200, 100, 2.0);
        assert!((m.source(None, 1.0, &turned(0.0, false)).shifts[0][1] + 20.0).abs() < 1e-4);
    }
}
