//! `FlowMatchEulerDiscreteScheduler`: straight steps along a flow's velocity (LTX-Video, and Wan's `euler`).

use ndarray::NdFloat;

use super::config::{Reader, SchedulerConfig};
use super::error::{SchedulerError, same_size};
use super::plan::{Plan, linspace};
use super::state::State;
use super::{Scheduler, Stepped, mixed, restore_nothing};
use crate::noise::NoiseSource;

/// The scheduler.
pub struct FlowMatchEuler {
    timesteps: Vec<f32>,
    sigmas: Vec<f32>,
    train: f32,
    stochastic: bool,
}

impl FlowMatchEuler {
    /// The class in diffusers.
    pub const CLASS: &str = "FlowMatchEulerDiscreteScheduler";

    /// With its schedule made.
    pub fn new(config: &SchedulerConfig, plan: &Plan) -> Result<Self, SchedulerError> {
        let read = Reader::new(Self::CLASS);
        read.only("invert_sigmas", config.invert_sigmas, false, false)?;
        read.only("use_karras_sigmas", config.use_karras_sigmas, false, false)?;
        read.only("use_exponential_sigmas", config.use_exponential_sigmas, false, false)?;
        read.only("use_beta_sigmas", config.use_beta_sigmas, false, false)?;
        let train = read.train_timesteps(config.num_train_timesteps)? as f64;
        let dynamic = config.use_dynamic_shifting.unwrap_or(false);
        let shift = read.number("shift", config.shift, 1.0, 1e-3, 1e3)?;
        let linear = read.word("time_shift_type", &config.time_shift_type, "exponential", &[("exponential", false), ("linear", true)])?;
        // Python tells no 0 from none here.
        let terminal = read.number("shift_terminal", config.shift_terminal, 0.0, 0.0, 0.999)?;
        let with = |mu: Option<f64>| -> Result<Shift, SchedulerError> {
            let by = match (dynamic, mu) {
                (false, _) => By::Constant(shift),
                (true, None) => return Err(SchedulerError::Mu),
                (true, Some(mu)) => By::Odds(if linear { mu } else { libm::exp(mu) }),
            };
            Ok(Shift { by, terminal })
        };

        let (mut sigmas, given) = match plan {
            Plan::Steps { count, mu } => {
                if !(1..=train as usize).contains(count) {
                    return Err(SchedulerError::Steps { class: Self::CLASS, steps: *count, most: train as usize });
                }
                // The ends of the training schedule, which is fp32 and already shifted where the shift is constant; the steps
                // between them are shifted once more below.
                let end = |n: f32| {
                    let sigma = n / train as f32;
                    f64::from(if dynamic { sigma } else { shift as f32 * sigma / (1.0 + (shift - 1.0) as f32 * sigma) })
                };
                let mut sigmas = linspace(end(train as f32) * train, end(1.0) * train, *count);
                sigmas.iter_mut().for_each(|s| *s /= train);
                with(*mu)?.apply(&mut sigmas);
                (sigmas.into_iter().map(|s| s as f32).collect::<Vec<_>>(), None)
            }
            // From here on in fp32, as numpy keeps what it is given.
            Plan::Sigmas { sigmas, mu } => {
                let mut sigmas = sigmas.clone();
                with(*mu)?.apply(&mut sigmas);
                (sigmas, None)
            }
            Plan::Timesteps { timesteps, mu } => {
                let mut sigmas: Vec<f32> = timesteps.iter().map(|t| t / train as f32).collect();
                with(*mu)?.apply(&mut sigmas);
                (sigmas, Some(timesteps.clone()))
            }
        };
        if sigmas.is_empty() {
            return Err(SchedulerError::Steps { class: Self::CLASS, steps: 0, most: train as usize });
        }
        let timesteps = given.unwrap_or_else(|| sigmas.iter().map(|s| s * train as f32).collect());
        let usable = |(s, t): (&f32, &f32)| if *s > 0.0 && s.is_finite() && t.is_finite() { None } else { Some(*s) };
        if let Some((step, value)) = sigmas.iter().zip(&timesteps).map(usable).enumerate().find_map(|(n, v)| Some((n, v?))) {
            return Err(SchedulerError::Schedule { step, value });
        }
        sigmas.push(0.0);
        Ok(Self { timesteps, sigmas, train: train as f32, stochastic: config.stochastic_sampling.unwrap_or(false) })
    }

    /// The `mu` of dynamic shifting for that many tokens: `calculate_shift` of the LTX pipelines.
    pub fn mu(config: &SchedulerConfig, tokens: usize) -> f64 {
        let (least, most) = (f64::from(config.base_image_seq_len.unwrap_or(256)), f64::from(config.max_image_seq_len.unwrap_or(4096)));
        let (base, max) = (config.base_shift.unwrap_or(0.5), config.max_shift.unwrap_or(1.15));
        let slope = (max - base) / (most - least);
        tokens as f64 * slope + (base - slope * least)
    }

    /// A step where every token stands at a noise level of its own: `step(-prediction, …, per_token_timesteps=…)` of
    /// `LTXConditionPipeline`, which hands the scheduler the model's velocity with the sign turned; here it comes unturned.
    ///
    /// `token_timesteps`: `[B·S]` (or `[B]`), 0…1000, what the model was given; `prediction` and `x`: `[B, S, C]`. A token goes to the
    /// schedule's next lower level.
    pub fn step_per_token(&self, step: usize, prediction: &[f32], token_timesteps: &[f32], x: &[f32]) -> Result<Stepped, SchedulerError> {
        self.check_step(step)?;
        same_size("the prediction", prediction.len(), x.len())?;
        if self.stochastic {
            return Err(SchedulerError::StochasticTokens);
        }
        let values = x.len() / token_timesteps.len().max(1);
        same_size("the latent", x.len(), values * token_timesteps.len())?;
        let mut stepped = Stepped { x: Vec::with_capacity(x.len()), x0: Vec::with_capacity(x.len()) };
        if values == 0 {
            return Ok(stepped);
        }
        for ((t, v), x) in token_timesteps.iter().zip(prediction.chunks(values)).zip(x.chunks(values)) {
            let sigma = t / self.train;
            let next = self.sigmas.iter().copied().filter(|s| *s < sigma - 1e-6).fold(0.0, f32::max);
            let dt = sigma - next;
            stepped.x.extend(x.iter().zip(v).map(|(x, v)| x + dt * -v));
            stepped.x0.extend(x.iter().zip(v).map(|(x, v)| x - sigma * v));
        }
        Ok(stepped)
    }
}

impl Scheduler for FlowMatchEuler {
    fn timesteps(&self) -> &[f32] {
        &self.timesteps
    }

    fn sigmas(&self) -> &[f32] {
        &self.sigmas
    }

    fn step(&mut self, step: usize, prediction: &[f32], x: &[f32], noise: &mut dyn NoiseSource) -> Result<Stepped, SchedulerError> {
        self.check_step(step)?;
        same_size("the prediction", prediction.len(), x.len())?;
        let (sigma, next) = (self.sigmas[step], self.sigmas[step + 1]);
        let x0: Vec<f32> = x.iter().zip(prediction).map(|(x, v)| x - sigma * v).collect();
        let x = if self.stochastic {
            let mut fresh = vec![0.0; x.len()];
            noise.fill(&mut fresh);
            mixed(&x0, 1.0 - next, &fresh, next)?
        } else {
            let dt = next - sigma;
            x.iter().zip(prediction).map(|(x, v)| x + dt * v).collect()
        };
        Ok(Stepped { x, x0 })
    }

    /// `scale_noise`.
    fn add_noise(&self, x0: &[f32], noise: &[f32], step: usize) -> Result<Vec<f32>, SchedulerError> {
        let steps = self.timesteps.len();
        let sigma = *self.sigmas.get(step).ok_or(SchedulerError::Step { step, steps })?;
        mixed(x0, 1.0 - sigma, noise, sigma)
    }

    fn restore(&mut self, state: &State) -> Result<(), SchedulerError> {
        restore_nothing(Self::CLASS, state)
    }
}

/// How a schedule is bent towards its noisy end, and where it ends.
struct Shift {
    by: By,
    /// The last σ; 0: as it comes.
    terminal: f64,
}

enum By {
    /// s·σ/(1 + (s−1)·σ).
    Constant(f64),
    /// o/(o + (1/σ − 1)): `time_shift` with an exponent of 1.
    Odds(f64),
}

impl Shift {
    /// In the precision of the schedule, with Python's scalars rounded to it first.
    fn apply<T: NdFloat + From<f32>>(&self, sigmas: &mut [T])
    where
        f64: Rounded<T>,
    {
        let one = T::one();
        for s in sigmas.iter_mut() {
            *s = match self.by {
                By::Constant(shift) => shift.rounded() * *s / (one + (shift - 1.0).rounded() * *s),
                By::Odds(odds) => odds.rounded() / (odds.rounded() + (one / *s - one)),
            };
        }
        if self.terminal > 0.0
            && let Some(last) = sigmas.last().copied()
        {
            let scale = (one - last) / (1.0 - self.terminal).rounded();
            sigmas.iter_mut().for_each(|s| *s = one - (one - *s) / scale);
        }
    }
}

/// An fp64 number in the precision of a schedule.
trait Rounded<T> {
    fn rounded(self) -> T;
}

impl Rounded<f32> for f64 {
    fn rounded(self) -> f32 {
        self as f32
    }
}

impl Rounded<f64> for f64 {
    fn rounded(self) -> f64 {
        self
    }
}
