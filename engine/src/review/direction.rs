//! Where the picture's content goes.

use std::fmt;

use serde::Serialize;

use super::camera::Camera;
use super::finding::TRAVEL;

/// Share of all motion that goes one way, from which on it has a direction.
const ONE_WAY: f64 = 0.5;
/// A camera's move that counts, of picture sides: VBench's factor.
pub(super) const MOVE: f64 = 0.005;

/// Where the picture's content goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Nowhere.
    None,
    /// To the right.
    Right,
    /// Down and to the right.
    DownRight,
    /// Down.
    Down,
    /// Down and to the left.
    DownLeft,
    /// To the left.
    Left,
    /// Up and to the left.
    UpLeft,
    /// Up.
    Up,
    /// Up and to the right.
    UpRight,
    /// Away from the middle.
    Outwards,
    /// Towards the middle.
    Inwards,
    /// More than one way.
    Several,
}

impl Direction {
    /// Of a rose whose sector 0 goes to the right, clockwise.
    pub(super) fn of(travel: f64, rose: &[f64], camera: &Camera) -> Self {
        const WAYS: [Direction; 8] = [
            Direction::Right,
            Direction::DownRight,
            Direction::Down,
            Direction::DownLeft,
            Direction::Left,
            Direction::UpLeft,
            Direction::Up,
            Direction::UpRight,
        ];
        if travel < TRAVEL {
            return Direction::None;
        }
        let turn = |i: usize| i as f64 / rose.len() as f64 * std::f64::consts::TAU;
        let sum = |f: fn(f64) -> f64| rose.iter().enumerate().map(|(i, v)| v * f(turn(i))).sum::<f64>();
        let (x, y) = (sum(f64::cos), sum(f64::sin));
        if x.hypot(y) >= ONE_WAY {
            let eighth = (y.atan2(x) / std::f64::consts::TAU * 8.0).round() as i64;
            return WAYS.get(eighth.rem_euclid(8) as usize).copied().unwrap_or(Direction::Several);
        }
        match camera.dolly {
            d if d > MOVE => Direction::Outwards,
            d if d < -MOVE => Direction::Inwards,
            _ => Direction::Several,
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Direction::None => "no motion",
            Direction::Right => "motion to the right",
            Direction::DownRight => "motion down to the right",
            Direction::Down => "motion down",
            Direction::DownLeft => "motion down to the left",
            Direction::Left => "motion to the left",
            Direction::UpLeft => "motion up to the left",
            Direction::Up => "motion up",
            Direction::UpRight => "motion up to the right",
            Direction::Outwards => "motion outwards",
            Direction::Inwards => "motion inwards",
            Direction::Several => "motion in several directions",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_are_read_off_the_rose() {
        let of = |rose: [f64; 16], dolly| Direction::of(4.0, &rose, &Camera { dolly, ..Camera::default() });
        let one = |i: usize| std::array::from_fn(|k| if k == i { 1.0 } else { 0.0 });
        assert_eq!(
            [0, 4, 8, 12, 14].map(|i| of(one(i), 0.0)),
            [Direction::Right, Direction::Down, Direction::Left, Direction::Up, Direction::UpRight]
        );
        assert_eq!(of([1.0 / 16.0; 16], 0.05), Direction::Outwards);
        assert_eq!(of([1.0 / 16.0; 16], 0.0), Direction::Several);
        assert_eq!(Direction::of(0.1, &one(3), &Camera::default()), Direction::None);
    }
}
