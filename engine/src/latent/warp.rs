//! The still moved the way camera and drift ask: the reference of dual-clock denoising.

use ndarray::{Array3, Array4, ArrayView3};
use wakeframe_take::request::{Camera, Drift};

use crate::camera::{self, Move};

/// Picture widths (heights) that a drift of 1 covers at the middle of the strength's range.
const DRIFT_TRAVEL: f64 = 0.15;
/// The planar warp has no depth: everything moves as what stands half-way does.
const DEPTH: f64 = 0.5;

/// What should move, how, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Motion {
    /// Camera, each −1…1.
    pub camera: Camera,
    /// Drift, each −1…1.
    pub drift: Drift,
    /// 0…1.
    pub strength: f64,
    /// Frames of the clip.
    pub frames: usize,
}

impl Motion {
    /// Whether nothing was asked for.
    pub fn is_still(&self) -> bool {
        let camera = self.camera.parts().iter().all(|(_, v)| *v == 0.0);
        self.strength == 0.0 || (camera && self.drift == Drift::default())
    }

    fn camera_moves(&self) -> bool {
        self.camera.parts().iter().any(|(_, v)| *v != 0.0)
    }
}

/// A moved still and where its motion is to be followed.
#[derive(Debug, Clone)]
pub struct Reference {
    /// [F, 3, H, W], −1…1.
    pub frames: Array4<f32>,
    /// [F, H, W]: 1 where the motion must be followed, 0 where the model is free.
    pub mask: Array3<f32>,
}

/// Warps `still` ([3, H, W], −1…1). `mask` ([H·W], 0…1) says what drifts; everything does where there is none.
///
/// What a camera move brings in from outside the still repeats its edge and is left to the model; so is what a
/// drifting thing leaves behind.
pub fn reference(still: ArrayView3<'_, f32>, mask: Option<&[f32]>, motion: &Motion) -> Reference {
    let (_, height, width) = still.dim();
    let size = camera::size(motion.strength);
    let c = motion.camera;
    let scaled = Camera { pan: c.pan * size, tilt: c.tilt * size, dolly: c.dolly * size, roll: c.roll * size };
    let moved = Move::new(width, height, 1.0, scaled, DEPTH);
    let travel = [motion.drift.x * size * DRIFT_TRAVEL * width as f64, motion.drift.y * size * DRIFT_TRAVEL * height as f64];
    let drifts = travel != [0.0, 0.0];
    let mut frames = Array4::zeros((motion.frames, 3, height, width));
    let mut followed = Array3::zeros((motion.frames, height, width));
    let plane = |c: usize| still.index_axis_move(ndarray::Axis(0), c);
    let planes = [plane(0), plane(1), plane(2)];
    let own =
        |x: f64, y: f64| mask.map_or(1.0, |m| f64::from(sample(|i, j| m.get(j * width + i).copied().unwrap_or(0.0), width, height, x, y)));
    for n in 0..motion.frames {
        let path = n as f64 / (motion.frames.max(2) - 1) as f64;
        let pose = moved.pose(path);
        let (dx, dy) = (travel[0] * path, travel[1] * path);
        for y in 0..height {
            for x in 0..width {
                let q = if motion.camera_moves() { pose.source(x as f64, y as f64, DEPTH) } else { [x as f64, y as f64] };
                let from = [q[0] - dx, q[1] - dy];
                let part = if drifts { own(from[0], from[1]) as f32 } else { 0.0 };
                for (c, plane) in planes.iter().enumerate() {
                    let at = |p: [f64; 2]| sample(|i, j| plane.get([j, i]).copied().unwrap_or(0.0), width, height, p[0], p[1]);
                    let v = if part > 0.0 { at(q) * (1.0 - part) + at(from) * part } else { at(q) };
                    if let Some(slot) = frames.get_mut([n, c, y, x]) {
                        *slot = v;
                    }
                }
                let inside = |p: [f64; 2]| (-0.5..=width as f64 - 0.5).contains(&p[0]) && (-0.5..=height as f64 - 0.5).contains(&p[1]);
                let follow = if motion.camera_moves() { f32::from(u8::from(inside(q))) } else { part * f32::from(u8::from(inside(from))) };
                if let Some(slot) = followed.get_mut([n, y, x]) {
                    *slot = follow;
                }
            }
        }
    }
    Reference { frames, mask: followed }
}

/// Bilinear, the edge repeated outside.
fn sample(at: impl Fn(usize, usize) -> f32, width: usize, height: usize, x: f64, y: f64) -> f32 {
    let (x, y) = (x.clamp(0.0, (width - 1) as f64), y.clamp(0.0, (height - 1) as f64));
    let (i, j) = (x.floor() as usize, y.floor() as usize);
    let (fx, fy) = ((x - i as f64) as f32, (y - j as f64) as f32);
    let (i1, j1) = ((i + 1).min(width - 1), (j + 1).min(height - 1));
    let top = at(i, j) + (at(i1, j) - at(i, j)) * fx;
    let bottom = at(i, j1) + (at(i1, j1) - at(i, j1)) * fx;
    top + (bottom - top) * fy
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ramp to the right in red, down in green.
    fn ramp(width: usize, height: usize) -> Array3<f32> {
        Array3::from_shape_fn((3, height, width), |(c, y, x)| match c {
            0 => x as f32 / width as f32,
            1 => y as f32 / height as f32,
            _ => 0.0,
        })
    }

    fn motion(camera: Camera, drift: Drift) -> Motion {
        Motion { camera, drift, strength: 0.5, frames: 5 }
    }

    #[test]
    fn the_first_frame_is_the_still_and_the_last_has_moved_the_right_way() {
        let still = ramp(40, 20);
        let none = (Camera::default(), Drift::default());
        let middle = |r: &Reference, c: usize| r.frames[[4, c, 10, 20]] - still[[c, 10, 20]];
        let right = reference(still.view(), None, &motion(Camera { pan: 1.0, ..none.0 }, none.1));
        assert!(right.frames.index_axis(ndarray::Axis(0), 0).iter().zip(&still).all(|(a, b)| (a - b).abs() < 1e-6));
        // The camera goes right: what stood further right is seen in the middle.
        assert!(middle(&right, 0) > 0.02);
        let up = reference(still.view(), None, &motion(Camera { tilt: 1.0, ..none.0 }, none.1));
        assert!(middle(&up, 1) < -0.02);
        // Drift carries the picture itself to the right: what stood further left is seen in the middle.
        let drifted = reference(still.view(), None, &motion(none.0, Drift { x: 1.0, y: 0.0 }));
        assert!(middle(&drifted, 0) < -0.1);
    }

    #[test]
    fn only_what_the_mask_marks_drifts_and_is_followed() {
        let still = ramp(40, 20);
        let mask: Vec<f32> = (0..800).map(|i| if i % 40 < 10 { 1.0 } else { 0.0 }).collect();
        let r = reference(still.view(), Some(&mask), &motion(Camera::default(), Drift { x: 1.0, y: 0.0 }));
        // 0.15 of 40 pixels: the marked columns 0…9 have come to 6…15.
        assert_eq!(r.mask[[4, 10, 12]], 1.0);
        assert_eq!(r.mask[[4, 10, 20]], 0.0);
        assert_eq!(r.frames[[4, 0, 10, 20]], still[[0, 10, 20]]);
        assert!((r.frames[[4, 0, 10, 12]] - still[[0, 10, 6]]).abs() < 1e-5);
    }

    #[test]
    fn what_comes_in_from_outside_is_left_to_the_model() {
        let still = ramp(40, 20);
        let r = reference(still.view(), None, &motion(Camera { dolly: -1.0, ..Camera::default() }, Drift::default()));
        assert_eq!(r.mask[[0, 0, 0]], 1.0);
        assert_eq!(r.mask[[4, 10, 20]], 1.0);
        let still_motion = Motion { strength: 0.0, ..motion(Camera { pan: 1.0, ..Camera::default() }, Drift::default()) };
        assert!(still_motion.is_still());
    }
}
