//! Where a camera move takes content, and back: the same move for every model that is shown one.

use std::f64::consts::PI;

use wakeframe_take::request::Camera;

/// Travel of the far plane under a move of 1, picture widths.
const FAR_TRAVEL: f64 = 0.04;
/// What nearness adds to it.
const NEAR_TRAVEL: f64 = 0.05;
/// A tilt travels as far as a pan, but at most as on a picture this much wider than high.
const TILT_SIDE: f64 = 1.15;
/// Logarithm of the far plane's growth under a dolly in of 1.
const FAR_GROWTH: f64 = 0.066;
/// What nearness adds to it.
const NEAR_GROWTH: f64 = 0.085;
/// Logarithm of the far plane's shrinking under a dolly out of 1.
const FAR_SHRINK: f64 = 0.06;
/// What nearness adds to it.
const NEAR_SHRINK: f64 = 0.09;
/// Turn of a roll of 1, radians.
const ROLL: f64 = 5.0 * PI / 180.0;
/// Part of what a move uncovers that the overscan zoom hides; a stretch of the borders the rest.
const COVER: f64 = 0.55;

/// How large a move is at `strength` (0…1): 1 at the middle, 1.6 at the whole, always growing.
pub fn size(strength: f64) -> f64 {
    strength * (2.4 - 0.8 * strength)
}

/// A camera move over a picture.
#[derive(Debug, Clone, Copy)]
pub struct Move {
    width: f64,
    height: f64,
    pixel_aspect: f64,
    camera: Camera,
    /// Depth the overscan is measured at.
    typical_depth: f64,
}

/// The camera at one moment: content ↔ picture for any depth.
#[derive(Debug, Clone, Copy)]
pub struct Pose {
    centre: [f64; 2],
    pixel_aspect: f64,
    /// Travel of content in display units (pixel heights): far, and what nearness adds.
    travel: [[f64; 2]; 2],
    growth: [f64; 2],
    turn: [f64; 2],
    overscan: f64,
}

impl Move {
    /// `camera` (each −1…1 times its [`size`]) over a picture of that size; pixels are `pixel_aspect` times as wide as high.
    pub fn new(width: usize, height: usize, pixel_aspect: f64, camera: Camera, typical_depth: f64) -> Self {
        Self { width: width as f64, height: height as f64, pixel_aspect, camera, typical_depth }
    }

    /// Whether the camera does anything.
    pub fn is_still(&self) -> bool {
        self.camera.parts().iter().all(|(_, v)| *v == 0.0)
    }

    /// Whether near and far things move differently.
    pub fn has_parallax(&self) -> bool {
        self.camera.pan != 0.0 || self.camera.tilt != 0.0 || self.camera.dolly != 0.0
    }

    /// Pixels by which the nearest content moves farther than the farthest over the whole move, at most.
    pub fn parallax(&self) -> f64 {
        let c = &self.camera;
        let wide = self.width * self.pixel_aspect;
        let travel = (c.pan.abs() + c.tilt.abs()) * NEAR_TRAVEL * wide;
        let growth = c.dolly.abs() * NEAR_GROWTH.max(NEAR_SHRINK) * 0.5 * wide.max(self.height);
        (travel + growth) / self.pixel_aspect.min(1.0)
    }

    /// The pose at the part `path` (0…1) of the move.
    pub fn pose(&self, path: f64) -> Pose {
        let c = &self.camera;
        let wide = self.width * self.pixel_aspect;
        let across = -c.pan * path * wide;
        let down = c.tilt * path * wide.min(TILT_SIDE * self.height);
        let travel = [[across * FAR_TRAVEL, down * FAR_TRAVEL], [across * NEAR_TRAVEL, down * NEAR_TRAVEL]];
        let g = c.dolly * path;
        let growth = if g >= 0.0 { [g * FAR_GROWTH, g * NEAR_GROWTH] } else { [g * FAR_SHRINK, g * NEAR_SHRINK] };
        let angle = c.roll * path * ROLL;
        let turn = [libm::cos(angle), libm::sin(angle)];
        let shift = |k: usize| (travel[0][k] + travel[1][k] * self.typical_depth).abs();
        let borders = 1.0 + (2.0 * shift(0) / wide).max(2.0 * shift(1) / self.height);
        let corners = turn[0] + (wide / self.height).max(self.height / wide) * turn[1].abs();
        let grown = libm::exp(growth[0] + growth[1] * self.typical_depth).max(1.0);
        let overscan = 1.0 + COVER * (borders * corners / grown - 1.0).max(0.0);
        Pose {
            centre: [0.5 * (self.width - 1.0), 0.5 * (self.height - 1.0)],
            pixel_aspect: self.pixel_aspect,
            travel,
            growth,
            turn,
            overscan,
        }
    }
}

impl Pose {
    /// Still position of the content of `depth` (0 far … 1 near) seen at picture position (x, y); pixels.
    pub fn source(&self, x: f64, y: f64, depth: f64) -> [f64; 2] {
        let u = (x - self.centre[0]) * self.pixel_aspect / self.overscan - (self.travel[0][0] + self.travel[1][0] * depth);
        let v = (y - self.centre[1]) / self.overscan - (self.travel[0][1] + self.travel[1][1] * depth);
        let shrink = libm::exp(-(self.growth[0] + self.growth[1] * depth));
        let [c, s] = self.turn;
        [self.centre[0] + (u * c - v * s) * shrink / self.pixel_aspect, self.centre[1] + (u * s + v * c) * shrink]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(camera: Camera, aspect: f64, x: f64, y: f64) -> [f64; 2] {
        Move::new(201, 101, aspect, camera, 0.5).pose(1.0).source(x, y, 0.5)
    }

    #[test]
    fn directions_are_the_ones_asked_for() {
        let none = Camera::default();
        // Content seen in the middle comes from the side the camera goes to.
        assert!(source(Camera { pan: 1.0, ..none }, 1.0, 100.0, 50.0)[0] > 110.0);
        assert!(source(Camera { tilt: 1.0, ..none }, 1.0, 100.0, 50.0)[1] < 45.0);
        assert!(source(Camera { dolly: 1.0, ..none }, 1.0, 200.0, 50.0)[0] < 190.0);
        assert!(source(Camera { dolly: -1.0, ..none }, 1.0, 200.0, 50.0)[0] > 203.0);
        // Content turns anticlockwise: what is seen on the right came from below.
        assert!(source(Camera { roll: 1.0, ..none }, 1.0, 200.0, 50.0)[1] > 55.0);
    }

    #[test]
    fn a_roll_keeps_circles_round_on_wide_pixels() {
        let camera = Camera { roll: 1.0, ..Camera::default() };
        let (c, q) = ([100.0, 50.0], source(camera, 2.0, 120.0, 50.0));
        let r = source(camera, 2.0, 100.0, 90.0);
        let length = |q: [f64; 2]| ((q[0] - c[0]) * 2.0).hypot(q[1] - c[1]);
        assert!((length(q) - length(r)).abs() < 1e-9);
    }

    #[test]
    fn the_start_is_the_still() {
        let camera = Camera { pan: 1.0, tilt: -1.0, dolly: 1.0, roll: 1.0 };
        let [x, y] = Move::new(64, 48, 1.0, camera, 0.5).pose(0.0).source(7.0, 40.0, 0.3);
        assert!((x - 7.0).abs() < 1e-9 && (y - 40.0).abs() < 1e-9);
    }
}
