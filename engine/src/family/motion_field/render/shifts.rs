//! Shifts of whole layers under a camera move.

use super::lattice::{Lattice, interpolated};
use crate::camera::Pose;

/// Shift from every lattice point of a width × height picture to the still position of a flat layer at `depth`.
pub fn flat(pose: &Pose, width: usize, height: usize, depth: f64) -> Lattice {
    Lattice::from_fn(width, height, |x, y| {
        let q = pose.source(f64::from(x), f64::from(y), depth);
        [(q[0] - f64::from(x)) as f32, (q[1] - f64::from(y)) as f32]
    })
}

/// The same for a layer whose depth is `depths` at every lattice point of the still.
pub fn relief(pose: &Pose, width: usize, height: usize, depths: &[f32]) -> Lattice {
    const STEPS: usize = 6;
    let (columns, rows) = Lattice::size(width, height);
    let depth_at = |q: [f64; 2]| f64::from(interpolated(depths, columns, rows, q[0] as f32, q[1] as f32, |a, b, f| a + (b - a) * f));
    Lattice::from_fn(width, height, |x, y| {
        let p = [f64::from(x), f64::from(y)];
        let mut q = p;
        for _ in 0..STEPS {
            q = pose.source(p[0], p[1], depth_at(q));
        }
        [(q[0] - p[0]) as f32, (q[1] - p[1]) as f32]
    })
}

#[cfg(test)]
mod tests {
    use wakeframe_take::request::Camera;

    use super::*;
    use crate::camera::Move;

    #[test]
    fn nothing_is_shifted_at_the_start() {
        let camera = Camera { pan: 1.0, tilt: -1.0, dolly: 1.0, roll: 1.0 };
        let pose = Move::new(64, 48, 1.0, camera, 0.5).pose(0.0);
        for l in [flat(&pose, 64, 48, 0.3), relief(&pose, 64, 48, &[0.5; 9 * 7])] {
            assert!(l.shifts.iter().flatten().all(|v| v.abs() < 1e-5));
        }
    }
}
