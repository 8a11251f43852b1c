//! Clip time: what moves how far at frame n.

use std::f64::consts::PI;

/// Seconds in which drift covers one unit.
const DRIFT_UNIT: f64 = 4.0;
/// Seconds of one sway at the base frequency.
const SWAY_PERIOD: f64 = 4.0;
/// Seconds over which motion sets in.
const ONSET: f64 = 0.5;
/// Part of the clip over which the camera sets in.
const CAMERA_ONSET: f64 = 0.2;
/// Part of the clip over which it comes to rest.
const CAMERA_REST: f64 = 0.2;
/// Seconds a looped sky drifts before it is faded back.
const SKY_CYCLE: f64 = 6.0;
/// Seconds water flows before it is faded back: falls and rapids stay where they are while the water runs through them.
const WATER_CYCLE: f64 = 2.5;
/// Part of a cycle in which nothing is faded.
const WATER_HOLD: f64 = 0.25;

/// How far a drift has come, and how much of it is seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Phase {
    /// Drift so far, units (negative: what will have come here later).
    pub drift: f64,
    /// 0…1; the weights of one moment add up to 1.
    pub weight: f64,
}

/// How far a sway has come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sway {
    /// Turns of the base frequency since frame 0.
    pub turns: f64,
    /// Part of its size that is seen.
    pub size: f64,
    /// Whether it comes back to frame 0, so that its pace there shows.
    pub looped: bool,
}

impl Sway {
    /// What the coefficients of a motion count now: sin, cos−1 of the base sway and of the doubled one. A looped sway sets
    /// out `start` turns along its way; frame 0 is where it is then.
    pub fn terms(&self, start: f64) -> [f64; 4] {
        let start = if self.looped { 2.0 * PI * start } else { 0.0 };
        let now = start + 2.0 * PI * self.turns;
        let (sin, cos) = (libm::sin, libm::cos);
        [sin(now) - sin(start), cos(now) - cos(start), sin(2.0 * now) - sin(2.0 * start), cos(2.0 * now) - cos(2.0 * start)]
            .map(|v| v * self.size)
    }
}

/// The state of every motion at one frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// How far everything that sways has come.
    pub sway: Sway,
    /// The sky's drift; a second phase is being faded in where weights differ from 1.
    pub sky: [Phase; 2],
    /// The water's drift.
    pub water: [Phase; 2],
    /// Drift of what is cut out and cannot be faded, units.
    pub body: f64,
    /// Path of camera and light, 0…1.
    pub camera: f64,
}

/// Maps frames to moments.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    frames: u32,
    fps: f64,
    looped: bool,
}

impl Clock {
    /// A clip of `frames` at `fps`; when `looped`, frame `frames` would be frame 0.
    pub fn new(frames: u32, fps: f64, looped: bool) -> Self {
        Self { frames: frames.max(1), fps, looped }
    }

    /// The most that anything drifts, units.
    pub fn longest_drift(&self) -> f64 {
        f64::from(self.frames) / self.fps / DRIFT_UNIT
    }

    /// What is where at frame `n`.
    pub fn moment(&self, n: u32) -> Moment {
        let clip = f64::from(self.frames) / self.fps;
        if self.looped {
            let n = n % self.frames;
            let turn = f64::from(n) / f64::from(self.frames);
            let t = turn * clip;
            let period = whole_part(clip, SWAY_PERIOD);
            let there_and_back = 0.5 * (1.0 - libm::cos(2.0 * PI * turn));
            Moment {
                // A loop shorter than half a sway would shake.
                sway: Sway { turns: t / period, size: (2.0 * period / SWAY_PERIOD).min(1.0), looped: true },
                sky: cycle(t, whole_part(clip, SKY_CYCLE), 0.0),
                water: cycle(t, whole_part(clip, WATER_CYCLE), WATER_HOLD),
                body: there_and_back * 0.5 * clip / DRIFT_UNIT,
                camera: there_and_back,
            }
        } else {
            let t = set_in(f64::from(n) / self.fps, ONSET.min(clip / 3.0));
            let part = f64::from(n) / f64::from(self.frames.saturating_sub(1).max(1));
            Moment {
                sway: Sway { turns: t / SWAY_PERIOD, size: 1.0, looped: false },
                sky: [Phase { drift: t / DRIFT_UNIT, weight: 1.0 }, Phase { drift: 0.0, weight: 0.0 }],
                water: cycle(t, WATER_CYCLE, WATER_HOLD),
                body: t / DRIFT_UNIT,
                camera: travelled(part),
            }
        }
    }
}

/// The length nearest to `wanted` of which `clip` holds a whole number.
fn whole_part(clip: f64, wanted: f64) -> f64 {
    clip / libm::round(clip / wanted).max(1.0)
}

/// Time that starts at rest and runs at full speed from `onset` on, half of `onset` behind.
fn set_in(t: f64, onset: f64) -> f64 {
    if t >= onset { t - 0.5 * onset } else { t * t * t / (onset * onset) * (1.0 - 0.5 * t / onset) }
}

/// The camera's path, 0…1, at the `part` of the clip: from rest, at an even pace, to rest.
fn travelled(part: f64) -> f64 {
    let whole = 1.0 - 0.5 * (CAMERA_ONSET + CAMERA_REST);
    let gone = if part <= 1.0 - CAMERA_REST { set_in(part, CAMERA_ONSET) } else { whole - set_in(1.0 - part, CAMERA_REST) };
    gone / whole
}

/// Drift that is faded into itself one `length` earlier, from the part `hold` of each cycle on.
fn cycle(t: f64, length: f64, hold: f64) -> [Phase; 2] {
    let turns = t / length;
    let x = turns - libm::floor(turns);
    let f = ((x - hold) / (1.0 - hold)).clamp(0.0, 1.0);
    let fade = f * f * (3.0 - 2.0 * f);
    [Phase { drift: x * length / DRIFT_UNIT, weight: 1.0 - fade }, Phase { drift: (x - 1.0) * length / DRIFT_UNIT, weight: fade }]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(m: Moment) -> Vec<f64> {
        let mut v = m.sway.terms(0.3).to_vec();
        for p in [m.sky, m.water] {
            v.push(p[0].drift * p[0].weight + p[1].drift * p[1].weight);
        }
        v.extend([m.body, m.camera]);
        v
    }

    #[test]
    fn every_clip_starts_at_rest_where_the_still_is() {
        for looped in [false, true] {
            for (frames, fps) in [(1, 24.0), (2, 24.0), (96, 24.0), (300, 30.0), (12, 24.0)] {
                let c = Clock::new(frames, fps, looped);
                assert!(flat(c.moment(0)).iter().all(|v| *v == 0.0));
                assert!(flat(c.moment(frames - 1)).iter().all(|v| v.is_finite()));
            }
        }
        let c = Clock::new(96, 24.0, false);
        let (a, b) = (flat(c.moment(1)), flat(c.moment(50)));
        let c49 = flat(c.moment(49));
        for i in 0..a.len() {
            assert!(a[i].abs() < 0.25 * (b[i] - c49[i]).abs().max(0.004), "{i}");
        }
    }

    #[test]
    fn the_camera_leaves_from_rest_and_comes_to_rest() {
        let c = Clock::new(101, 24.0, false);
        let path: Vec<f64> = (0..=100).map(|n| c.moment(n).camera).collect();
        assert!(path[0] == 0.0 && (path[100] - 1.0).abs() < 1e-12);
        let pace: Vec<f64> = path.windows(2).map(|p| p[1] - p[0]).collect();
        assert!(pace.iter().all(|p| *p > 0.0));
        assert!(pace[0] < 0.1 * pace[50] && pace[99] < 0.1 * pace[50], "{pace:?}");
        assert!(pace.windows(2).all(|p| (p[1] - p[0]).abs() < 0.1 * pace[50]), "no jolt");
        assert_eq!(Clock::new(1, 24.0, false).moment(0).camera, 0.0);
    }

    #[test]
    fn a_loop_closes() {
        for frames in [12, 96, 240] {
            let c = Clock::new(frames, 24.0, true);
            let path: Vec<_> = (0..=frames).map(|n| flat(c.moment(n))).collect();
            for i in 0..path[0].len() {
                let step = |n: usize| (path[n + 1][i] - path[n][i]).abs();
                let most = (0..path.len() - 2).map(step).fold(0.0, f64::max);
                assert!(step(path.len() - 2) <= 1.01 * most, "{frames} {i}");
            }
            assert_eq!(c.moment(frames), c.moment(0));
        }
    }

    #[test]
    fn a_long_clip_does_not_sway_in_slow_motion() {
        let (short, long) = (Clock::new(96, 24.0, false), Clock::new(240, 24.0, false));
        assert_eq!(short.moment(60).sway, long.moment(60).sway);
        assert_eq!(short.moment(60).sky, long.moment(60).sky);
    }
}
