//! Noise → motion field: Euler steps along the flow from noise (t = 0) to motion (t = 1).

use ndarray::{Array1, ArrayD, IxDyn};

use super::intent::Intent;
use super::manner;
use super::noise::normal;
use super::scene::SceneMap;
use super::wander;
use super::{CHANNELS, CLASSES, INTENT, ModelError, SamplerConfig};
use crate::generate::Work;
use crate::pack::Validated;
use crate::runtime::{Input, Session};

/// The parameter's 0…1 covers paces of 0 to 1.6; the field is sampled at pace 1 and scaled, so that more strength is
/// always more of the same motion.
const STRENGTH_SCALE: f64 = 1.6;
/// Latents are kept every so many denoise steps.
const KEEP_EVERY: u32 = 4;

pub struct Sampler {
    denoiser: Session,
    config: SamplerConfig,
    pack: String,
}

impl Sampler {
    pub fn open(pack: &Validated, config: SamplerConfig) -> Result<Self, ModelError> {
        let denoiser = Session::open(pack.component("denoiser")?)?;
        denoiser.expect(&["x", "t", "features", "probs", "intent_map"], &["x1"])?;
        Ok(Self { denoiser, config, pack: pack.pack().name.clone() })
    }

    /// Denoise steps in all.
    pub fn steps(&self) -> u32 {
        self.config.steps
    }

    /// Field coefficients [10][h][w] in motion units, rounded to 1/4096.
    pub fn sample(&self, scene: &SceneMap, intent: &Intent, strength: f64, seed: u32, work: &Work<'_>) -> Result<Vec<f32>, ModelError> {
        let cells = scene.width * scene.height;
        let values = CHANNELS * cells;
        let pace = (strength * STRENGTH_SCALE) as f32;
        let steps = self.config.steps;
        if pace == 0.0 || intent.0.iter().flatten().all(|v| *v == 0.0) {
            work.progress(steps, steps);
            return Ok(vec![0.0; values]);
        }
        let map = intent_map(scene, &sided(&manner::sampled(intent), seed));
        let (done, mut x) = self.kept(work, values).unwrap_or_else(|| (0, normal(seed, 0, values)));
        work.progress(done, steps);
        for step in done..steps {
            work.check()?;
            let x1 = self.step(scene, &map, step, &x)?;
            // t goes 0, 1/N, … ; x moves towards the estimate by Δt/(1 − t), which is the whole way at the last.
            let part = 1.0 / (steps - step) as f32;
            for (x, x1) in x.iter_mut().zip(&x1) {
                *x += (x1 - *x) * part;
            }
            let now = step + 1;
            if now % KEEP_EVERY == 0 || now == steps {
                let bytes: Vec<u8> = x.iter().flat_map(|v| v.to_le_bytes()).collect();
                work.keep_latents(now, &bytes)?;
            }
            work.progress(now, steps);
        }
        x.iter_mut().for_each(|v| *v /= self.config.state_scale);
        wander::apply(&mut x, scene, seed);
        manner::add(&mut x, scene, intent, seed);
        Ok(x.into_iter().map(|v| if v.is_finite() { (v * pace * 4096.0).round() / 4096.0 } else { 0.0 }).collect())
    }

    fn kept(&self, work: &Work<'_>, values: usize) -> Option<(u32, Vec<f32>)> {
        let (step, bytes) = work.kept_latents()?;
        let fits = step <= self.config.steps && bytes.len() == values * size_of::<f32>();
        fits.then(|| (step, bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect()))
    }

    pub(super) fn step(&self, scene: &SceneMap, map: &ArrayD<f32>, step: u32, x: &[f32]) -> Result<Vec<f32>, ModelError> {
        let wrong = |what: String| ModelError::Shape { pack: self.pack.clone(), what };
        let grid = |channels: usize, v: Vec<f32>| {
            ArrayD::from_shape_vec(IxDyn(&[1, channels, scene.height, scene.width]), v).map_err(|e| wrong(e.to_string()))
        };
        let x = grid(CHANNELS, x.to_vec())?;
        let probs = grid(CLASSES, scene.probabilities.clone())?;
        let t = Array1::from_elem(1, step as f32 / self.config.steps as f32);
        let mut outputs = self.denoiser.run(vec![
            ("x", Input::Float(x.view())),
            ("t", Input::Float(t.view().into_dyn())),
            ("features", Input::Float(scene.features.view())),
            ("probs", Input::Float(probs.view())),
            ("intent_map", Input::Float(map.view())),
        ])?;
        match outputs.remove("x1") {
            Some(x1) if x1.len() == x.len() => Ok(x1.into_iter().collect()),
            other => Err(wrong(format!("an estimate of shape {:?}", other.map(|a| a.shape().to_vec())))),
        }
    }
}

/// A region that should move and was told neither a direction nor to move in place takes its side from the seed;
/// else the network may send parts of one sky both ways.
fn sided(intent: &Intent, seed: u32) -> Intent {
    let mut sided = intent.clone();
    for [drift_x, drift_y, sway, turbulence, pulse, live] in &mut sided.0 {
        let in_place = sway.max(*turbulence).max(*pulse);
        if *live > 0.0 && libm::hypotf(*drift_x, *drift_y) < manner::UNDIRECTED * *live && in_place < 0.5 * *live {
            *drift_x = if seed % 2 == 1 { *live } else { -*live };
        }
    }
    sided
}

/// Σ over classes of probability × intent: [1, 6, h, w].
pub(super) fn intent_map(scene: &SceneMap, intent: &Intent) -> ArrayD<f32> {
    let cells = scene.width * scene.height;
    ArrayD::from_shape_fn(IxDyn(&[1, INTENT, scene.height, scene.width]), |i| {
        let cell = i[2] * scene.width + i[3];
        let at = |class: usize| scene.probabilities.get(class * cells + cell).copied().unwrap_or(0.0);
        intent.0.iter().enumerate().map(|(class, asked)| at(class) * asked[i[1]]).sum::<f32>()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_undirected_motion_takes_its_side_from_the_seed() {
        let mut asked = Intent([[0.0; INTENT]; CLASSES]);
        asked.0[1] = [0.1, 0.0, 0.0, 0.0, 0.0, 1.0];
        let directed_or_in_place = [
            [-0.8, 0.0, 0.1, 0.0, 0.0, 1.0],
            [0.0, 0.0, 0.9, 0.0, 0.0, 1.0],
            [0.0, 0.0, 0.0, 0.6, 0.0, 1.0],
            [0.0, 0.0, 0.0, 0.0, 0.6, 1.0],
        ];
        asked.0[2..6].copy_from_slice(&directed_or_in_place);
        let odd = sided(&asked, 7);
        assert_eq!(odd.0[1], [1.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
        assert_eq!(sided(&asked, 8).0[1], [-1.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
        assert_eq!((odd.0[0], &odd.0[2..6]), ([0.0; INTENT], &directed_or_in_place[..]));
    }
}
