//! The sway of a camera held in the hand.

use std::f64::consts::TAU;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// Farthest that content goes to either side at 1, picture widths; an ordinary 0.6 reaches 0.4 %.
const TRAVEL: f64 = 0.0065;
/// Farthest that it turns at 1, radians; an ordinary 0.6 reaches 0.15°.
const TURN: f64 = 0.0044;
/// Swings a second, and each one's part of the whole: no common measure, so that nothing is seen to repeat.
const SWINGS: [(f64, f64); 3] = [(0.37, 0.58), (0.83, 0.3), (1.43, 0.12)];
/// Seconds over which a clip that does not loop sets in.
const ONSET: f64 = 1.2;
/// Part of what the sway uncovers that the overscan hides; a stretch of the borders the rest.
const COVER: f64 = 0.7;
/// Told apart from the seed's other random numbers.
const STREAM: u64 = 0x6861_6e64;

/// The sway of one take's camera.
#[derive(Debug, Clone, Copy)]
pub struct Handheld {
    amount: f64,
    frames: u32,
    fps: f64,
    looped: bool,
    /// Of each of across, down and turn: where in its round each swing begins, in turns.
    starts: [[f64; SWINGS.len()]; 3],
    /// Times the usual pace.
    pace: f64,
}

/// How far from its place the camera is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sway {
    /// Where content goes, picture widths.
    pub travel: [f64; 2],
    /// Turn, radians.
    pub turn: f64,
    /// Growth that covers it.
    pub overscan: f64,
}

impl Handheld {
    /// As much as `amount` (0…1 times the move's size) over a clip of `frames` at `fps`.
    pub fn new(amount: f64, seed: u32, frames: u32, fps: f64, looped: bool) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(u64::from(seed));
        random.set_stream(STREAM);
        let mut uniform = || f64::from(random.next_u32()) / 4_294_967_296.0;
        let starts = std::array::from_fn(|_| std::array::from_fn(|_| uniform()));
        Self { amount, frames: frames.max(1), fps, looped, starts, pace: 0.9 + 0.2 * uniform() }
    }

    /// Whether the camera stands on something.
    pub fn is_still(&self) -> bool {
        self.amount == 0.0
    }

    /// The sway at frame `n`; none at frame 0.
    pub fn at(&self, n: u32) -> Option<Sway> {
        let n = if self.looped { n % self.frames } else { n };
        if self.is_still() || n == 0 {
            return None;
        }
        let (clip, t) = (f64::from(self.frames) / self.fps, f64::from(n) / self.fps);
        let swung = |starts: &[f64; SWINGS.len()]| -> f64 {
            SWINGS
                .iter()
                .zip(starts)
                .map(|((often, part), start)| {
                    let wanted = often * self.pace * clip;
                    if !self.looped {
                        return part * libm::sin(TAU * (wanted * t / clip + start));
                    }
                    // A loop holds a whole number of each swing and begins where the still is; one too short for a swing would shake.
                    let rounds = libm::round(wanted).max(1.0);
                    let swing = libm::sin(TAU * (rounds * t / clip + start)) - libm::sin(TAU * start);
                    0.5 * part * (wanted / rounds).min(1.0) * swing
                })
                .sum()
        };
        let there = if self.looped { 0.5 * (1.0 - libm::cos(TAU * t / clip)) } else { eased(t / ONSET.min(clip)) };
        let held = self.amount * if self.looped { 1.0 } else { there };
        let [across, down, turn] = self.starts.each_ref().map(swung);
        Some(Sway {
            travel: [across * held * TRAVEL, down * held * TRAVEL],
            turn: turn * held * TURN,
            overscan: 1.0 + COVER * self.amount * there * (2.0 * TRAVEL + TURN),
        })
    }
}

/// 0 to 1, at rest at both ends.
fn eased(part: f64) -> f64 {
    let p = part.clamp(0.0, 1.0);
    p * p * (3.0 - 2.0 * p)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(s: Option<Sway>) -> [f64; 4] {
        s.map_or([0.0, 0.0, 0.0, 1.0], |s| [s.travel[0], s.travel[1], s.turn, s.overscan])
    }

    fn path(h: &Handheld, frames: u32) -> Vec<[f64; 4]> {
        (0..=frames).map(|n| numbers(h.at(n))).collect()
    }

    #[test]
    fn it_starts_at_rest_stays_small_and_smooth_and_is_the_seeds() {
        for looped in [false, true] {
            let h = Handheld::new(0.6, 7, 96, 24.0, looped);
            let p = path(&h, 96);
            assert_eq!(p[0], [0.0, 0.0, 0.0, 1.0]);
            for k in 0..3 {
                let most = p.iter().map(|v| v[k].abs()).fold(0.0, f64::max);
                let limit = 0.6 * [TRAVEL, TRAVEL, TURN][k];
                assert!((0.25 * limit..=limit).contains(&most), "{looped} {k}: {most} of {limit}");
                assert!(p.windows(2).all(|w| (w[1][k] - w[0][k]).abs() < 0.3 * limit), "{looped} {k}");
            }
            assert_ne!(path(&Handheld::new(0.6, 8, 96, 24.0, looped), 96), p);
        }
        let p = path(&Handheld::new(0.6, 7, 96, 24.0, false), 96);
        assert!((p[1][0] - p[0][0]).abs() < 0.05 * (0..95).map(|n| (p[n + 1][0] - p[n][0]).abs()).fold(0.0, f64::max));
        assert!(Handheld::new(0.0, 7, 96, 24.0, false).at(50).is_none());
    }

    #[test]
    fn a_loop_closes() {
        for frames in [12, 96, 240] {
            let h = Handheld::new(1.0, 3, frames, 24.0, true);
            let p = path(&h, frames);
            assert_eq!(p[0], p[frames as usize]);
            for k in 0..4 {
                let step = |n: usize| (p[n + 1][k] - p[n][k]).abs();
                let most = (0..p.len() - 2).map(step).fold(0.0, f64::max);
                assert!(step(p.len() - 2) <= 1.01 * most, "{frames} {k}");
                let swings = |n: usize| p[n + 1][k] - p[n][k];
                let bend = |a: usize, b: usize| (swings(b) - swings(a)).abs();
                let sharpest = (0..p.len() - 2).map(|n| bend(n, n + 1)).fold(0.0, f64::max);
                assert!(bend(p.len() - 2, 0) <= 1.3 * sharpest, "{frames} {k}: the cut bends the path");
            }
        }
    }
}
