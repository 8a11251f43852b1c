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
/// What nearness adds to the travel of an orbit of 1, picture widths; what lies as deep as its pivot stays.
const ORBIT_TRAVEL: f64 = 0.08;
/// Part by which an orbit of 1 brings nearer what lies half a picture beside the middle, on the side the camera goes to.
const ORBIT_TURN: f64 = 0.025;
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
    orbit: f64,
    /// Depth the orbit goes around.
    pivot: f64,
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
    /// How much larger content is, for each display unit it lies right of the middle.
    keystone: f64,
    overscan: f64,
}

impl Move {
    /// `camera` (each −1…1 times its [`size`]) over a picture of that size; pixels are `pixel_aspect` times as wide as high.
    pub fn new(width: usize, height: usize, pixel_aspect: f64, camera: Camera, typical_depth: f64) -> Self {
        Self { width: width as f64, height: height as f64, pixel_aspect, camera, typical_depth, orbit: 0.0, pivot: 0.0 }
    }

    /// The same with an orbit (−1…1 times its [`size`], + to the right) around what lies at the depth `pivot`, which it looks at.
    pub fn around(self, orbit: f64, pivot: f64) -> Self {
        Self { orbit, pivot, ..self }
    }

    /// Whether the camera does anything.
    pub fn is_still(&self) -> bool {
        self.camera.parts().iter().all(|(_, v)| *v == 0.0) && self.orbit == 0.0
    }

    /// Whether near and far things move differently.
    pub fn has_parallax(&self) -> bool {
        self.camera.pan != 0.0 || self.camera.tilt != 0.0 || self.camera.dolly != 0.0 || self.orbit != 0.0
    }

    /// Pixels by which the nearest content moves farther than the farthest over the whole move, at most.
    pub fn parallax(&self) -> f64 {
        let c = &self.camera;
        let wide = self.width * self.pixel_aspect;
        let travel = ((c.pan.abs() + c.tilt.abs()) * NEAR_TRAVEL + self.orbit.abs() * ORBIT_TRAVEL) * wide;
        let growth = c.dolly.abs() * NEAR_GROWTH.max(NEAR_SHRINK) * 0.5 * wide.max(self.height);
        (travel + growth) / self.pixel_aspect.min(1.0)
    }

    /// The pose at the part `path` (0…1) of the move.
    pub fn pose(&self, path: f64) -> Pose {
        let c = &self.camera;
        let wide = self.width * self.pixel_aspect;
        let across = -c.pan * path * wide;
        let down = c.tilt * path * wide.min(TILT_SIDE * self.height);
        // A camera that goes to the right moves all content left, nearer things farther; that it turns back to the pivot
        // moves all content right alike.
        let around = self.orbit * path * wide * ORBIT_TRAVEL;
        let travel = [[across * FAR_TRAVEL + around * self.pivot, down * FAR_TRAVEL], [across * NEAR_TRAVEL - around, down * NEAR_TRAVEL]];
        let turned = self.orbit * path * ORBIT_TURN;
        let g = c.dolly * path;
        let growth = if g >= 0.0 { [g * FAR_GROWTH, g * NEAR_GROWTH] } else { [g * FAR_SHRINK, g * NEAR_SHRINK] };
        let angle = c.roll * path * ROLL;
        let turn = [libm::cos(angle), libm::sin(angle)];
        let shift = |k: usize| (travel[0][k] + travel[1][k] * self.typical_depth).abs();
        let borders = 1.0 + (2.0 * shift(0) / wide).max(2.0 * shift(1) / self.height);
        let corners = turn[0] + (wide / self.height).max(self.height / wide) * turn[1].abs();
        let grown = libm::exp(growth[0] + growth[1] * self.typical_depth).max(1.0);
        let overscan = 1.0 + COVER * (borders * corners / (1.0 - turned.abs()) / grown - 1.0).max(0.0);
        Pose {
            centre: [0.5 * (self.width - 1.0), 0.5 * (self.height - 1.0)],
            pixel_aspect: self.pixel_aspect,
            travel,
            growth,
            turn,
            keystone: 2.0 * turned / wide,
            overscan,
        }
    }
}

impl Pose {
    /// The same pose, the camera moved a little in the hand: all content travels (display units) and turns (radians) alike,
    /// and the picture is `overscan` times as large to cover it.
    pub fn shaken(self, travel: [f64; 2], angle: f64, overscan: f64) -> Self {
        let ([[far_x, far_y], near], [c, s]) = (self.travel, self.turn);
        let (dc, ds) = (libm::cos(angle), libm::sin(angle));
        Self {
            travel: [[far_x + travel[0], far_y + travel[1]], near],
            turn: [c * dc - s * ds, s * dc + c * ds],
            overscan: self.overscan * overscan,
            ..self
        }
    }

    /// Still position of the content of `depth` (0 far … 1 near) seen at picture position (x, y); pixels.
    pub fn source(&self, x: f64, y: f64, depth: f64) -> [f64; 2] {
        let (u, v) = ((x - self.centre[0]) * self.pixel_aspect / self.overscan, (y - self.centre[1]) / self.overscan);
        let turned = 1.0 / (1.0 + self.keystone * u);
        let u = u * turned - (self.travel[0][0] + self.travel[1][0] * depth);
        let v = v * turned - (self.travel[0][1] + self.travel[1][1] * depth);
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
    fn an_orbit_parts_near_from_far_and_its_pivot_stays() {
        let still = Move::new(201, 101, 1.0, Camera::default(), 0.5);
        assert!(still.is_still() && !still.has_parallax());
        let m = still.around(1.0, 0.6);
        assert!(!m.is_still() && m.has_parallax() && m.parallax() > 10.0);
        let at = |m: &Move, x: f64, depth: f64| m.pose(1.0).source(x, 50.0, depth)[0];
        // Seen in the middle: what is near came from the right and went left, what is far came from the left.
        assert!((at(&m, 100.0, 0.6) - 100.0).abs() < 1e-9);
        assert!(at(&m, 100.0, 0.9) > 103.0 && at(&m, 100.0, 0.1) < 93.0);
        let back = still.around(-1.0, 0.6);
        assert!(at(&back, 100.0, 0.9) < 97.0 && at(&back, 100.0, 0.1) > 107.0);
        // The side the camera goes to comes nearer: it shows less of the still than the other.
        assert!(at(&m, 180.0, 0.6) - 100.0 < 100.0 - at(&m, 20.0, 0.6) - 1.0);
    }

    #[test]
    fn a_shaken_pose_moves_near_and_far_alike() {
        let m = Move::new(201, 101, 1.0, Camera::default(), 0.5).pose(0.0);
        assert_eq!(m.shaken([0.0; 2], 0.0, 1.0).source(7.0, 40.0, 0.3), m.source(7.0, 40.0, 0.3));
        for depth in [0.0, 1.0] {
            let q = m.shaken([3.0, -2.0], 0.0, 1.0).source(100.0, 50.0, depth);
            assert!((q[0] - 97.0).abs() < 1e-9 && (q[1] - 52.0).abs() < 1e-9, "{q:?}");
        }
        assert!(m.shaken([0.0; 2], 0.01, 1.0).source(200.0, 50.0, 0.5)[1] > 50.5, "turned like a roll");
        assert!(m.shaken([0.0; 2], 0.0, 1.1).source(200.0, 50.0, 0.5)[0] < 192.0);
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
