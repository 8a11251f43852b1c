//! One test per trap of the reference, so that whoever springs one reads its name.

use super::super::*;
use crate::noise::{Generator, NoiseSource};

fn open(table: &str, steps: usize) -> Box<dyn Scheduler> {
    toml::from_str::<SchedulerConfig>(table).unwrap().open(&Plan::steps(steps)).unwrap()
}

const WAN: &str = r#"
    class = "UniPCMultistepScheduler"
    prediction_type = "flow_prediction"
    use_flow_sigmas = true
    flow_shift = 5 # a whole number where a fraction may stand
    beta_start = 0.0001
    timestep_spacing = "linspace"
    some_key_of_later_days = true
"#;

fn svd(spacing: &str) -> Box<dyn Scheduler> {
    let table = r#"
        class = "EulerDiscreteScheduler"
        beta_schedule = "scaled_linear"
        prediction_type = "v_prediction"
        sigma_max = 700.0
        sigma_min = 0.002
        steps_offset = 1
        timestep_type = "continuous"
        use_karras_sigmas = true
    "#;
    open(&format!("{table}\ntimestep_spacing = \"{spacing}\""), 25)
}

fn cogvideox(shift: f64, zero_snr: bool) -> Box<dyn Scheduler> {
    let table = "class = \"CogVideoXDDIMScheduler\"\nprediction_type = \"v_prediction\"\ntimestep_spacing = \"trailing\"";
    open(&format!("{table}\nsnr_shift_scale = {shift:?}\nrescale_betas_zero_snr = {zero_snr}"), 50)
}

#[test]
fn wan_timesteps_are_whole_numbers() {
    let scheduler = open(WAN, 40);
    assert!(scheduler.timesteps().iter().all(|t| t.fract() == 0.0));
    // σ₁·1000 is 994.90…: towards zero, not to the nearest.
    assert_eq!(scheduler.timesteps()[..3], [999.0, 994.0, 989.0]);
}

#[test]
fn wan_first_sigma_is_lowered() {
    let scheduler = open(WAN, 40);
    assert_eq!(scheduler.sigmas()[0], 0.999_999);
    assert_eq!(scheduler.timesteps()[0], 999.0, "and not 1000");
}

#[test]
fn wan_euler_keeps_fractions_and_starts_at_1() {
    let config = toml::from_str::<SchedulerConfig>(WAN).unwrap().with_scheduler("euler").unwrap();
    assert_eq!((config.class.as_str(), config.shift), (FlowMatchEuler::CLASS, Some(5.0)));
    let scheduler = config.open(&Plan::steps(40)).unwrap();
    assert_eq!((scheduler.sigmas()[0], scheduler.timesteps()[0]), (1.0, 1000.0));
    assert!(scheduler.timesteps()[1].fract() != 0.0);
}

#[test]
fn svd_first_noise_depends_on_the_spacing() {
    assert_eq!(svd("leading").init_noise_sigma(), (700.0f32 * 700.0 + 1.0).sqrt());
    assert_eq!(svd("trailing").init_noise_sigma(), 700.0);
    assert_eq!(svd("linspace").init_noise_sigma(), 700.0);
}

#[test]
fn svd_timesteps_are_a_quarter_of_the_logarithm() {
    let scheduler = svd("leading");
    assert_eq!(scheduler.sigmas().last(), Some(&0.0));
    for (t, sigma) in scheduler.timesteps().iter().zip(scheduler.sigmas()) {
        assert!((t - 0.25 * sigma.ln()).abs() < 1e-6, "{t} at {sigma}");
    }
    assert!((scheduler.timesteps()[0] - 1.637_77).abs() < 1e-4);
}

#[test]
fn svd_input_is_scaled_to_unit_variance() {
    let mut input = [700.0, -1400.0];
    svd("leading").scale_model_input(0, &mut input).unwrap();
    assert!((input[0] - 1.0).abs() < 1e-5 && (input[1] + 2.0).abs() < 1e-5, "{input:?}");
}

#[test]
fn zero_snr_leaves_no_signal_at_the_first_step() {
    assert_eq!(cogvideox(1.0, true).sigmas()[0], 1.0);
    assert!(cogvideox(1.0, false).sigmas()[0] < 1.0);
    let ddim =
        "class = \"DDIMScheduler\"\nbeta_schedule = \"scaled_linear\"\nprediction_type = \"v_prediction\"\ntimestep_spacing = \"trailing\"";
    assert_eq!(open(&format!("{ddim}\nrescale_betas_zero_snr = true"), 50).sigmas()[0], 1.0);
    assert!(open(ddim, 50).sigmas()[0] < 1.0);
}

#[test]
fn snr_shift_makes_every_level_noisier() {
    let (one, three) = (cogvideox(1.0, false), cogvideox(3.0, false));
    let steps = one.timesteps().len();
    // The signal-to-noise ratio is divided by the shift.
    for (a, b) in one.sigmas().iter().zip(three.sigmas()).take(steps) {
        let ratio = |sigma: &f32| f64::from(1.0 - sigma * sigma) / f64::from(sigma * sigma);
        assert!((ratio(a) / ratio(b) / 3.0 - 1.0).abs() < 0.02, "{a} {b}");
    }
}

/// Hands out one number, and counts how often it is asked.
struct Counting(usize);

impl NoiseSource for Counting {
    fn fill(&mut self, out: &mut [f32]) {
        self.0 += 1;
        out.fill(self.0 as f32);
    }
}

#[test]
fn cogvideox_dpm_draws_twice_from_the_second_step_on_but_not_at_the_end() {
    let table = "class = \"CogVideoXDPMScheduler\"\nprediction_type = \"v_prediction\"\ntimestep_spacing = \"trailing\"";
    let mut scheduler = open(table, 4);
    let mut counting = Counting(0);
    let draws: Vec<_> = (0..4)
        .map(|step| {
            scheduler.step(step, &[0.1; 16], &[0.2; 16], &mut counting).unwrap();
            std::mem::take(&mut counting.0)
        })
        .collect();
    assert_eq!(draws, [1, 2, 2, 1]);
}

#[test]
fn other_schedulers_draw_no_noise() {
    let mut counting = Counting(0);
    for mut scheduler in [open(WAN, 3), svd("leading"), cogvideox(1.0, true)] {
        scheduler.step(0, &[0.1; 16], &[0.2; 16], &mut counting).unwrap();
    }
    assert_eq!(counting.0, 0);
}

#[test]
fn unipc_remembers_the_step_before() {
    let (mut a, mut b) = (open(WAN, 4), open(WAN, 4));
    let mut noise = Generator::new(0);
    a.step(0, &[0.5; 2], &[1.0, 2.0], &mut noise).unwrap();
    b.step(0, &[-0.5; 2], &[1.0, 2.0], &mut noise).unwrap();
    let next = |s: &mut Box<dyn Scheduler>| s.step(1, &[0.5; 2], &[0.9, 1.9], &mut Generator::new(0)).unwrap();
    let (a, b) = (next(&mut a), next(&mut b));
    assert_eq!(a.x0, b.x0, "the estimate is the step's own");
    assert_ne!(a.x, b.x);
}

#[test]
fn timesteps_that_are_given_reach_the_model_unshifted() {
    let config = SchedulerConfig { class: FlowMatchEuler::CLASS.into(), shift: Some(3.0), ..SchedulerConfig::default() };
    let plan = Plan::Timesteps { timesteps: vec![909.4, 421.9], mu: None };
    let scheduler = config.open(&plan).unwrap();
    assert_eq!(scheduler.timesteps(), [909.4, 421.9]);
    assert!(scheduler.sigmas()[1] > 0.6, "the noise level is shifted");
}

#[test]
fn trailing_timesteps_never_run_past_the_end() {
    for count in [61, 103, 121, 122] {
        let table = "class = \"DDIMScheduler\"\ntimestep_spacing = \"trailing\"";
        let scheduler = open(table, count);
        assert_eq!(scheduler.timesteps().len(), count);
        assert!(scheduler.timesteps().iter().all(|t| *t >= 0.0));
    }
}
