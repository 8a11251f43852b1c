//! What a run asks of a scheduler: a number of steps, or the schedule itself.

/// How the schedule is chosen, as the reference's `set_timesteps` is called.
#[derive(Debug, Clone, PartialEq)]
pub enum Plan {
    /// `set_timesteps(num_inference_steps, mu=…)`.
    Steps {
        /// Denoise steps.
        count: usize,
        /// Dynamic shift; see [`FlowMatchEuler::mu`](super::FlowMatchEuler::mu).
        mu: Option<f64>,
    },
    /// `set_timesteps(sigmas=…, mu=…)`: falling noise levels without the final 0, shifted by the scheduler.
    Sigmas {
        /// Each above 0.
        sigmas: Vec<f32>,
        /// Dynamic shift.
        mu: Option<f64>,
    },
    /// `set_timesteps(timesteps=…)`: handed to the model as they are, while the noise levels made from them are shifted.
    Timesteps {
        /// 0…1000, falling.
        timesteps: Vec<f32>,
        /// Dynamic shift.
        mu: Option<f64>,
    },
}

impl Plan {
    /// A number of steps and nothing else.
    pub fn steps(count: usize) -> Self {
        Self::Steps { count, mu: None }
    }

    /// The plan of `LTXImageToVideoPipeline`: σ falls evenly from 1 to 1/count, then is shifted by `mu`.
    pub fn ltx(count: usize, mu: f64) -> Self {
        let sigmas = linspace(1.0, 1.0 / count as f64, count).into_iter().map(|s| s as f32).collect();
        Self::Sigmas { sigmas, mu: Some(mu) }
    }

    /// The plan of `LTXConditionPipeline` where it is given no timesteps.
    pub fn linear_quadratic(count: usize) -> Self {
        Self::Timesteps { timesteps: linear_quadratic(count).into_iter().map(|s| s * 1000.0).collect(), mu: None }
    }
}

/// `linear_quadratic_schedule` of `pipeline_ltx_condition.py` with its own threshold: σ falls slowly and evenly by 0.025 over the
/// first half of the steps, and ever faster after it.
pub fn linear_quadratic(count: usize) -> Vec<f32> {
    const THRESHOLD: f64 = 0.025;
    if count < 2 {
        return vec![1.0; count];
    }
    let (steps, linear) = (count as f64, (count / 2) as f64);
    let difference = linear - THRESHOLD * steps;
    let quadratic = steps - linear;
    let a = difference / (linear * quadratic * quadratic);
    let b = THRESHOLD / linear - 2.0 * difference / (quadratic * quadratic);
    let c = a * (linear * linear);
    let progress = |n: usize| {
        let i = n as f64;
        if n < count / 2 { i * THRESHOLD / linear } else { a * (i * i) + b * i + c }
    };
    (0..count).map(|n| (1.0 - progress(n)) as f32).collect()
}

/// `numpy.linspace(start, stop, count)`.
pub(super) fn linspace(start: f64, stop: f64, count: usize) -> Vec<f64> {
    let step = (stop - start) / count.saturating_sub(1).max(1) as f64;
    let mut out: Vec<f64> = (0..count).map(|n| n as f64 * step + start).collect();
    if let [_, .., last] = out.as_mut_slice() {
        *last = stop;
    }
    out
}
