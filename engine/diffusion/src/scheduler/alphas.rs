//! Beta schedules of models trained to denoise in discrete steps, in fp32 as `DDIMScheduler` and `EulerDiscreteScheduler` hold them.

use super::config::{Reader, SchedulerConfig};
use super::error::SchedulerError;
use super::plan::linspace;

#[derive(Clone, Copy)]
enum Schedule {
    Linear,
    ScaledLinear,
    Cosine,
}

/// ᾱ at every training timestep: the share of signal in the variance.
pub fn alphas_cumprod(read: &Reader, config: &SchedulerConfig) -> Result<Vec<f32>, SchedulerError> {
    let words = [("linear", Schedule::Linear), ("scaled_linear", Schedule::ScaledLinear), ("squaredcos_cap_v2", Schedule::Cosine)];
    let schedule = read.word("beta_schedule", &config.beta_schedule, "linear", &words)?;
    let train = read.train_timesteps(config.num_train_timesteps)?;
    let (start, end) = beta_range(read, config, 0.0001, 0.02)?;
    let mut betas: Vec<f32> = match schedule {
        Schedule::Linear => linspace(start, end, train).into_iter().map(|b| b as f32).collect(),
        Schedule::ScaledLinear => {
            let roots = linspace(libm::sqrt(start), libm::sqrt(end), train);
            roots.into_iter().map(|b| b as f32).map(|b| b * b).collect()
        }
        Schedule::Cosine => cosine(train),
    };
    if config.rescale_betas_zero_snr.unwrap_or(false) {
        zero_terminal_snr(&mut betas);
    }
    Ok(cumulative(betas.iter().map(|b| 1.0 - b)))
}

/// `beta_start` and `beta_end`; `trained_betas` are not read.
pub fn beta_range(read: &Reader, config: &SchedulerConfig, start: f64, end: f64) -> Result<(f64, f64), SchedulerError> {
    read.absent("trained_betas", &config.trained_betas)?;
    let start = read.number("beta_start", config.beta_start, start, 1e-9, 0.999)?;
    Ok((start, read.number("beta_end", config.beta_end, end, start, 0.999)?))
}

/// `betas_for_alpha_bar`: ᾱ falls as a squared cosine (Nichol and Dhariwal, 2021).
fn cosine(train: usize) -> Vec<f32> {
    let alpha_bar = |n: usize| {
        let t = n as f64 / train as f64;
        let c = libm::cos((t + 0.008) / 1.008 * std::f64::consts::PI / 2.0);
        c * c
    };
    (0..train).map(|n| (1.0 - alpha_bar(n + 1) / alpha_bar(n)).min(0.999) as f32).collect()
}

/// `rescale_zero_terminal_snr`: the last training timestep holds no signal at all (Lin et al., 2023, algorithm 1).
fn zero_terminal_snr(betas: &mut [f32]) {
    let mut roots: Vec<f32> = cumulative(betas.iter().map(|b| 1.0 - b)).into_iter().map(f32::sqrt).collect();
    let (Some(&first), Some(&last)) = (roots.first(), roots.last()) else { return };
    let scale = first / (first - last);
    roots.iter_mut().for_each(|r| *r = (*r - last) * scale);
    let mut before = 1.0;
    for (beta, root) in betas.iter_mut().zip(roots) {
        let alpha_bar = root * root;
        *beta = 1.0 - alpha_bar / before;
        before = alpha_bar;
    }
}

/// `torch.cumprod` of fp32 values: multiplied in fp64, each result rounded.
fn cumulative(alphas: impl Iterator<Item = f32>) -> Vec<f32> {
    alphas
        .scan(1.0f64, |product, alpha| {
            *product *= f64::from(alpha);
            Some(*product as f32)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alphas(zero_snr: bool) -> Vec<f32> {
        let config = SchedulerConfig {
            beta_schedule: Some("squaredcos_cap_v2".into()),
            rescale_betas_zero_snr: Some(zero_snr),
            ..SchedulerConfig::default()
        };
        alphas_cumprod(&Reader::new("test"), &config).unwrap()
    }

    #[test]
    fn the_last_timestep_holds_no_signal_after_rescaling() {
        assert_eq!(alphas(true).last(), Some(&0.0));
        assert!(*alphas(false).last().unwrap() > 0.0);
    }

    #[test]
    fn rescaling_keeps_the_first_timestep() {
        assert!((alphas(true)[0] - alphas(false)[0]).abs() < 1e-6);
    }
}
