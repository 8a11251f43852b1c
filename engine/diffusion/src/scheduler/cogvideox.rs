//! What CogVideoX's two schedulers share: a schedule in fp64 with shifted signal-to-noise ratio and none at the end.

use super::alphas::beta_range;
use super::config::{Reader, SchedulerConfig};
use super::error::SchedulerError;
use super::plan::{Plan, linspace};
use super::prediction::Prediction;
use super::spacing::Spacing;

/// The schedule of a run.
pub struct Schedule {
    /// Whole numbers.
    pub timesteps: Vec<f32>,
    /// ᾱ at each step.
    pub alphas: Vec<f64>,
    /// ᾱ at the level each step goes to; `None`: beyond the training schedule, where [`end`](Self::end) stands.
    next: Vec<Option<f64>>,
    /// ᾱ after the last step.
    end: f64,
    /// √(1−ᾱ) at each step and after the last.
    pub sigmas: Vec<f32>,
    /// What the model predicts.
    pub prediction: Prediction,
}

impl Schedule {
    /// Read from the configuration.
    pub fn new(class: &'static str, config: &SchedulerConfig, plan: &Plan) -> Result<Self, SchedulerError> {
        let read = Reader::new(class);
        read.word("beta_schedule", &config.beta_schedule, "scaled_linear", &[("scaled_linear", ())])?;
        let prediction = Prediction::read(&read, config)?;
        let spacing = Spacing::read(&read, config, "leading")?;
        let train = read.train_timesteps(config.num_train_timesteps)?;
        let count = read.count(plan, train)?;
        let training = training(&read, config, train)?;
        let indices = spacing.indices(&read, count, train, config.steps_offset.unwrap_or(0))?;
        let end = if config.set_alpha_to_one.unwrap_or(true) { 1.0 } else { training[0] };
        let stride = train / count;
        let next: Vec<_> = indices.iter().map(|t| t.checked_sub(stride).map(|t| training[t])).collect();
        let alphas: Vec<_> = indices.iter().map(|t| training[*t]).collect();
        prediction.check(&read, alphas.contains(&0.0))?;
        let levels = alphas.iter().copied().chain(next.last().map(|n| n.unwrap_or(end)));
        let sigmas = levels.map(|alpha| (1.0 - alpha).sqrt() as f32).collect();
        let timesteps = indices.iter().map(|t| *t as f32).collect();
        Ok(Self { timesteps, alphas, next, end, sigmas, prediction })
    }

    /// ᾱ at the level that `step` goes to, and whether that is the end.
    pub fn next(&self, step: usize) -> (f64, bool) {
        (self.next[step].unwrap_or(self.end), self.next[step].is_none())
    }

    /// The clean latent as `step` estimates it.
    pub fn clean(&self, step: usize, prediction: &[f32], x: &[f32]) -> Vec<f32> {
        let alpha = self.alphas[step];
        self.prediction.clean(prediction, x, alpha.sqrt() as f32, (1.0 - alpha).sqrt() as f32)
    }

    /// The clean latent with noise at the level of `step`; rounds ᾱ to fp32 first, as the reference's `add_noise` does.
    pub fn add_noise(&self, x0: &[f32], noise: &[f32], step: usize) -> Result<Vec<f32>, SchedulerError> {
        let steps = self.alphas.len();
        if step == steps {
            return Ok(x0.to_vec());
        }
        let alpha = *self.alphas.get(step).ok_or(SchedulerError::Step { step, steps })? as f32;
        super::mixed(x0, alpha.sqrt(), noise, (1.0 - alpha).sqrt())
    }
}

/// ᾱ at every training timestep.
fn training(read: &Reader, config: &SchedulerConfig, train: usize) -> Result<Vec<f64>, SchedulerError> {
    let (start, end) = beta_range(read, config, 0.00085, 0.012)?;
    let shift = read.number("snr_shift_scale", config.snr_shift_scale, 3.0, 1e-3, 1e3)?;
    let mut product = 1.0;
    let mut alphas: Vec<f64> = linspace(libm::sqrt(start), libm::sqrt(end), train)
        .into_iter()
        .map(|root| {
            product *= 1.0 - root * root;
            product / (shift + (1.0 - shift) * product)
        })
        .collect();
    if config.rescale_betas_zero_snr.unwrap_or(false) {
        // `rescale_zero_terminal_snr`, here on ᾱ itself.
        let (first, last) = (alphas[0].sqrt(), alphas[train - 1].sqrt());
        let scale = first / (first - last);
        for alpha in &mut alphas {
            let root = (alpha.sqrt() - last) * scale;
            *alpha = root * root;
        }
    }
    Ok(alphas)
}
