//! `UniPCMultistepScheduler` as Wan configures it: flow sigmas, x0 prediction, `bh2`, order 2, lower order at the end, final σ 0.
//!
//! "UniPC: A Unified Predictor-Corrector Framework", Zhao et al., 2023; the code path is that of `scheduling_unipc_multistep.py`,
//! whose scalars are fp32 tensors: the same roundings are made here.

use super::config::{Reader, SchedulerConfig};
use super::error::{SchedulerError, same_size};
use super::plan::{Plan, linspace};
use super::state::State;
use super::{Scheduler, Stepped, mixed};
use crate::noise::NoiseSource;

/// The scheduler.
pub struct UniPc {
    timesteps: Vec<f32>,
    sigmas: Vec<f32>,
    order: usize,
    disable_corrector: Vec<u32>,
    history: History,
}

/// What the next step builds on.
#[derive(Default)]
struct History {
    /// The step due; `None` before the first.
    next: Option<usize>,
    /// Order of the last predictor, which is that of the next corrector.
    order: usize,
    /// How many steps were taken, up to the solver's order.
    steps: usize,
    /// Estimates of x0, the newest first.
    estimates: Vec<Vec<f32>>,
    /// The latent from which the last predictor started.
    start: Vec<f32>,
}

impl UniPc {
    /// The class in diffusers.
    pub const CLASS: &str = "UniPCMultistepScheduler";

    /// With its schedule made.
    pub fn new(config: &SchedulerConfig, plan: &Plan) -> Result<Self, SchedulerError> {
        let read = Reader::new(Self::CLASS);
        read.only("use_flow_sigmas", config.use_flow_sigmas, false, true)?;
        read.word("prediction_type", &config.prediction_type, "epsilon", &[("flow_prediction", ())])?;
        read.word("solver_type", &config.solver_type, "bh2", &[("bh2", ())])?;
        read.word("final_sigmas_type", &config.final_sigmas_type, "zero", &[("zero", ())])?;
        read.only("predict_x0", config.predict_x0, true, true)?;
        read.only("lower_order_final", config.lower_order_final, true, true)?;
        read.only("thresholding", config.thresholding, false, false)?;
        read.only("use_karras_sigmas", config.use_karras_sigmas, false, false)?;
        read.only("use_exponential_sigmas", config.use_exponential_sigmas, false, false)?;
        read.only("use_beta_sigmas", config.use_beta_sigmas, false, false)?;
        read.only("use_dynamic_shifting", config.use_dynamic_shifting, false, false)?;
        read.absent("shift_terminal", &config.shift_terminal)?;
        read.absent("solver_p", &config.solver_p)?;
        let order = match config.solver_order.unwrap_or(2) {
            order @ 1..=2 => order as usize,
            order => return Err(read.refuse("solver_order", order, "1 or 2")),
        };
        let train = read.train_timesteps(config.num_train_timesteps)?;
        let shift = read.number("flow_shift", config.flow_shift, 1.0, 1e-3, 1e3)?;
        let count = read.count(plan, train)?;

        let mut sigmas = linspace(1.0, 1.0 / train as f64, count + 1);
        sigmas.truncate(count);
        sigmas.iter_mut().for_each(|s| *s = shift * *s / (1.0 + (shift - 1.0) * *s));
        // At σ = 1 the logarithm of 1 − σ would be infinite. This also turns the first timestep into 999.
        if let Some(first) = sigmas.first_mut()
            && (*first - 1.0).abs() < 1e-6
        {
            *first -= 1e-6;
        }
        // int64: towards zero.
        let timesteps = sigmas.iter().map(|s| (s * train as f64).trunc() as f32).collect();
        let sigmas = sigmas.into_iter().map(|s| s as f32).chain([0.0]).collect();
        let disable_corrector = config.disable_corrector.clone().unwrap_or_default();
        Ok(Self { timesteps, sigmas, order, disable_corrector, history: History::default() })
    }

    /// ln((1−σ)/σ), as fp32 tensors give it.
    fn lambda(&self, step: usize) -> f32 {
        let sigma = self.sigmas[step];
        log(1.0 - sigma) - log(sigma)
    }

    /// Coefficients from the noise level of step `from` to that of `to`.
    fn coefficients(&self, from: usize, to: usize) -> Coefficients {
        let (sigma_from, sigma_to) = (self.sigmas[from], self.sigmas[to]);
        let h = self.lambda(to) - self.lambda(from);
        let phi = expm1(-h);
        let alpha = 1.0 - sigma_to;
        Coefficients { h, phi, keep: sigma_to / sigma_from, renew: alpha * phi }
    }

    /// UniP-2's and UniC-2's ratio of log-SNR steps: the one before over the one ahead.
    fn ratio(&self, before: usize, from: usize, h: f32) -> f32 {
        (self.lambda(before) - self.lambda(from)) / h
    }

    /// The latent of `step`, corrected with the estimate made there (UniC).
    fn correct(&self, step: usize, estimate: &[f32]) -> Vec<f32> {
        let from = step - 1;
        let c = self.coefficients(from, step);
        let start = self.history.start.iter();
        match (self.history.order, self.history.estimates.as_slice()) {
            (2, [last, before]) => {
                let ratio = self.ratio(from - 1, from, c.h);
                let (rho_before, rho_new) = corrector(ratio, &c);
                let change = before.iter().zip(last).map(|(before, last)| rho_before * ((before - last) / ratio));
                let new = estimate.iter().zip(last).map(|(new, last)| rho_new * (new - last));
                start.zip(last).zip(change.zip(new)).map(|((x, last), (a, b))| c.apply(*x, *last, a + b)).collect()
            }
            (_, [last, ..]) => start.zip(last).zip(estimate).map(|((x, last), new)| c.apply(*x, *last, 0.5 * (new - last))).collect(),
            // The first step has nothing to correct.
            _ => self.history.start.clone(),
        }
    }

    /// The latent of the next noise level (UniP).
    fn predict(&self, step: usize, x: &[f32], order: usize) -> Vec<f32> {
        let c = self.coefficients(step, step + 1);
        match (order, self.history.estimates.as_slice()) {
            (2, [last, before]) => {
                let ratio = self.ratio(step - 1, step, c.h);
                let change = before.iter().zip(last).map(|(before, last)| 0.5 * ((before - last) / ratio));
                x.iter().zip(last).zip(change).map(|((x, last), change)| c.apply(*x, *last, change)).collect()
            }
            (_, [last, ..]) => x.iter().zip(last).map(|(x, last)| c.apply(*x, *last, 0.0)).collect(),
            _ => x.to_vec(),
        }
    }
}

impl Scheduler for UniPc {
    fn timesteps(&self) -> &[f32] {
        &self.timesteps
    }

    fn sigmas(&self) -> &[f32] {
        &self.sigmas
    }

    /// The latent that comes out is built on the last one that went in (UniC starts there anew), so a change made to `x` between
    /// two steps reaches the result through the prediction only: the reference's behaviour.
    fn step(&mut self, step: usize, prediction: &[f32], x: &[f32], _: &mut dyn NoiseSource) -> Result<Stepped, SchedulerError> {
        self.check_step(step)?;
        same_size("the prediction", prediction.len(), x.len())?;
        match self.history.next {
            Some(expected) if expected != step => return Err(SchedulerError::Order { class: Self::CLASS, step, expected }),
            Some(_) => same_size("the latent", x.len(), self.history.start.len())?,
            None => {}
        }
        let sigma = self.sigmas[step];
        let x0: Vec<f32> = x.iter().zip(prediction).map(|(x, v)| x - sigma * v).collect();
        let corrected = match self.history.next {
            Some(_) if !self.disable_corrector.contains(&(step as u32 - 1)) => self.correct(step, &x0),
            _ => x.to_vec(),
        };
        self.history.estimates.insert(0, x0.clone());
        self.history.estimates.truncate(self.order);
        let order = self.order.min(self.timesteps.len() - step).min(self.history.steps + 1);
        let next = self.predict(step, &corrected, order);
        self.history.steps = self.order.min(self.history.steps + 1);
        self.history.order = order;
        self.history.next = Some(step + 1);
        self.history.start = corrected;
        Ok(Stepped { x: next, x0 })
    }

    fn add_noise(&self, x0: &[f32], noise: &[f32], step: usize) -> Result<Vec<f32>, SchedulerError> {
        let steps = self.timesteps.len();
        let sigma = *self.sigmas.get(step).ok_or(SchedulerError::Step { step, steps })?;
        mixed(x0, 1.0 - sigma, noise, sigma)
    }

    fn state(&self) -> State {
        let Some(next) = self.history.next else { return State::default() };
        let numbers = vec![next as u32, self.history.order as u32, self.history.steps as u32];
        State { numbers, tensors: [std::slice::from_ref(&self.history.start), &self.history.estimates].concat() }
    }

    fn restore(&mut self, state: &State) -> Result<(), SchedulerError> {
        let error = SchedulerError::State { class: Self::CLASS };
        self.history = match (state.numbers.as_slice(), state.tensors.as_slice()) {
            ([], []) => History::default(),
            (&[next, order, steps], [start, estimates @ ..]) => {
                let (next, order, steps) = (next as usize, order as usize, steps as usize);
                let fits = (1..=self.timesteps.len()).contains(&next)
                    && (1..=self.order).contains(&order)
                    && order <= steps
                    && steps == estimates.len()
                    && steps <= self.order.min(next)
                    && estimates.iter().all(|e| e.len() == start.len());
                if !fits {
                    return Err(error);
                }
                History { next: Some(next), order, steps, estimates: estimates.to_vec(), start: start.clone() }
            }
            _ => return Err(error),
        };
        Ok(())
    }
}

/// Between two noise levels, with e^(−h) − 1 both as φ₁ and as B(h), as `bh2` has it.
struct Coefficients {
    /// Step in log-SNR.
    h: f32,
    phi: f32,
    keep: f32,
    renew: f32,
}

impl Coefficients {
    fn apply(&self, x: f32, estimate: f32, residual: f32) -> f32 {
        self.keep * x - self.renew * estimate - self.renew * residual
    }
}

/// UniC-2's weights: the solution of [[1, 1], [ratio, 1]]·ρ = b, with partial pivoting as LAPACK has it.
fn corrector(ratio: f32, c: &Coefficients) -> (f32, f32) {
    let hh = -c.h;
    let phi_2 = c.phi / hh - 1.0;
    let b1 = phi_2 / c.phi;
    let phi_3 = phi_2 / hh - 0.5;
    let b2 = phi_3 * 2.0 / c.phi;
    if ratio.abs() > 1.0 {
        let factor = 1.0 / ratio;
        let new = (b1 - factor * b2) / (1.0 - factor);
        ((b2 - new) / ratio, new)
    } else {
        let new = (b2 - ratio * b1) / (1.0 - ratio);
        (b1 - new, new)
    }
}

/// Rounded once from fp64, which is what torch's fp32 functions give but for rare last bits.
fn log(x: f32) -> f32 {
    libm::log(f64::from(x)) as f32
}

fn expm1(x: f32) -> f32 {
    libm::expm1(f64::from(x)) as f32
}
