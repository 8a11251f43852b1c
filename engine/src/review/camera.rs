//! What the camera does: the similarity (shift, growth, turn) that most of the picture follows.

use serde::Serialize;

use super::flow::Grid;

/// A camera's move between two frames, of the parameters' signs: pan + is to the right, so that the picture moves left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Camera {
    /// To the right, picture widths.
    pub pan: f64,
    /// Up, picture heights.
    pub tilt: f64,
    /// Growth of the picture − 1: towards the subject is +.
    pub dolly: f64,
    /// Clockwise, degrees.
    pub roll: f64,
}

/// A point farther than this from where it was has moved, small pixels.
const MOVED: f32 = 0.35;
/// Where this part of the picture's points stands still the camera does, whatever the rest does.
const RESTS: f64 = 0.3;
/// Rounds of reweighting, and the residual at which a point counts half, small pixels (Cauchy's weight).
const ROUNDS: usize = 12;
const HALF: f64 = 0.5;

/// Content → picture: p ↦ centre + a·(p − centre) − b·⊥ + shift.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Similarity {
    centre: [f64; 2],
    a: f64,
    b: f64,
    shift: [f64; 2],
}

impl Similarity {
    fn none(width: usize, height: usize) -> Self {
        Self { centre: [width as f64 / 2.0 - 0.5, height as f64 / 2.0 - 0.5], a: 1.0, b: 0.0, shift: [0.0; 2] }
    }

    /// How far the point goes.
    pub(super) fn moves(&self, (x, y): (f32, f32)) -> [f32; 2] {
        let (u, v) = (f64::from(x) - self.centre[0], f64::from(y) - self.centre[1]);
        [(self.a * u - self.b * v + self.shift[0] - u) as f32, (self.b * u + self.a * v + self.shift[1] - v) as f32]
    }

    /// In the words of the parameters.
    pub(super) fn camera(&self, width: usize, height: usize) -> Camera {
        let plain = |v: f64| if v == 0.0 { 0.0 } else { v };
        Camera {
            pan: plain(-self.shift[0] / width as f64),
            tilt: plain(self.shift[1] / height as f64),
            dolly: self.a.hypot(self.b) - 1.0,
            // Rows go down: a positive angle turns the picture clockwise, the camera the other way.
            roll: plain(-self.b.atan2(self.a).to_degrees()),
        }
    }

    /// What most points of the field follow.
    pub(super) fn of(grid: &Grid, field: &[Option<[f32; 2]>], width: usize, height: usize) -> Self {
        let none = Self::none(width, height);
        let known: Vec<((f32, f32), [f32; 2])> = grid.points.iter().copied().zip(field).filter_map(|(p, v)| Some((p, (*v)?))).collect();
        let resting = known.iter().filter(|(_, v)| v[0].hypot(v[1]) < MOVED).count();
        if known.len() < 6 || resting as f64 >= RESTS * known.len() as f64 {
            return none;
        }
        let middle = [0, 1].map(|k| {
            let mut all: Vec<f32> = known.iter().map(|(_, v)| v[k]).collect();
            all.sort_by(f32::total_cmp);
            f64::from(all.get(all.len() / 2).copied().unwrap_or(0.0))
        });
        let mut fit = Self { shift: middle, ..none };
        for _ in 0..ROUNDS {
            fit = fit.refined(&known).unwrap_or(fit);
        }
        fit
    }

    /// One weighted least-squares fit (Umeyama's for two dimensions, in closed form).
    fn refined(&self, known: &[((f32, f32), [f32; 2])]) -> Option<Self> {
        let weighted: Vec<(f64, [f64; 2], [f64; 2])> = known
            .iter()
            .map(|(p, v)| {
                let own = self.moves(*p);
                let r = f64::from((v[0] - own[0]).hypot(v[1] - own[1])) / HALF;
                let from = [f64::from(p.0) - self.centre[0], f64::from(p.1) - self.centre[1]];
                (1.0 / (1.0 + r * r), from, [from[0] + f64::from(v[0]), from[1] + f64::from(v[1])])
            })
            .collect();
        let all: f64 = weighted.iter().map(|(w, ..)| w).sum();
        let mean = |k: usize, to: bool| weighted.iter().map(|(w, p, q)| w * if to { q[k] } else { p[k] }).sum::<f64>() / all;
        let (mp, mq) = ([mean(0, false), mean(1, false)], [mean(0, true), mean(1, true)]);
        let (mut dot, mut cross, mut square) = (0.0, 0.0, 0.0);
        for (w, p, q) in &weighted {
            let (p, q) = ([p[0] - mp[0], p[1] - mp[1]], [q[0] - mq[0], q[1] - mq[1]]);
            dot += w * (p[0] * q[0] + p[1] * q[1]);
            cross += w * (p[0] * q[1] - p[1] * q[0]);
            square += w * (p[0] * p[0] + p[1] * p[1]);
        }
        let (a, b) = (dot / square, cross / square);
        let shift = [mq[0] - (a * mp[0] - b * mp[1]), mq[1] - (b * mp[0] + a * mp[1])];
        [a, b, shift[0], shift[1]].iter().all(|v| v.is_finite()).then_some(Self { centre: self.centre, a, b, shift })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(grid: &Grid, of: impl Fn(f32, f32) -> [f32; 2]) -> Vec<Option<[f32; 2]>> {
        grid.points.iter().map(|(x, y)| Some(of(*x, *y))).collect()
    }

    #[test]
    fn every_move_has_the_parameters_sign() {
        let grid = Grid::over(320, 180);
        let of = |f: Vec<Option<[f32; 2]>>| Similarity::of(&grid, &f, 320, 180).camera(320, 180);
        let pan = of(field(&grid, |_, _| [-16.0, 0.0]));
        assert!((pan.pan - 0.05).abs() < 1e-3 && pan.dolly.abs() < 1e-4, "{pan:?}");
        assert!((of(field(&grid, |_, _| [0.0, 9.0])).tilt - 0.05).abs() < 1e-3);
        let dolly = of(field(&grid, |x, y| [(x - 159.5) * 0.1, (y - 89.5) * 0.1]));
        assert!((dolly.dolly - 0.1).abs() < 1e-3, "{dolly:?}");
        // The picture turns anticlockwise: what is right of the centre goes up.
        let roll = of(field(&grid, |x, y| [(y - 89.5) * 0.05, -(x - 159.5) * 0.05]));
        assert!(roll.roll > 2.0 && roll.pan.abs() < 1e-3, "{roll:?}");
    }

    #[test]
    fn a_third_at_rest_is_a_camera_at_rest_and_outliers_are_left_out() {
        let grid = Grid::over(320, 180);
        let sky = field(&grid, |_, y| if y < 110.0 { [6.0, 0.0] } else { [0.0, 0.0] });
        assert_eq!(Similarity::of(&grid, &sky, 320, 180).camera(320, 180), Camera::default());
        let walker = field(&grid, |x, _| if x < 80.0 { [9.0, 3.0] } else { [-4.0, 0.0] });
        let pan = Similarity::of(&grid, &walker, 320, 180).camera(320, 180);
        assert!((pan.pan - 4.0 / 320.0).abs() < 2e-3, "{pan:?}");
    }
}
