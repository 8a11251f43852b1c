//! What is refused says which key, which value, and what would do.

use super::super::*;
use crate::noise::Generator;

fn refused(table: &str, plan: &Plan) -> String {
    match toml::from_str::<SchedulerConfig>(table).unwrap().open(plan) {
        Ok(_) => panic!("accepted: {table} {plan:?}"),
        Err(e) => e.to_string(),
    }
}

const WAN: &str = "class = \"UniPCMultistepScheduler\"\nprediction_type = \"flow_prediction\"\nuse_flow_sigmas = true\n";
const FLOW: &str = "class = \"FlowMatchEulerDiscreteScheduler\"\n";
const EULER: &str = "class = \"EulerDiscreteScheduler\"\n";
const DDIM: &str = "class = \"DDIMScheduler\"\n";
const COG: &str = "class = \"CogVideoXDPMScheduler\"\n";

#[test]
fn unknown_classes() {
    let message = refused("class = \"HeunDiscreteScheduler\"", &Plan::steps(4));
    assert!(message.contains("\"HeunDiscreteScheduler\"") && message.contains("UniPCMultistepScheduler, Flow"), "{message}");
    assert!(refused("", &Plan::steps(4)).contains("class \"\""));
}

#[test]
fn unsupported_values_by_key() {
    for (base, line, key) in [
        ("class = \"UniPCMultistepScheduler\"\n", "prediction_type = \"flow_prediction\"", "use_flow_sigmas"),
        ("class = \"UniPCMultistepScheduler\"\n", "use_flow_sigmas = true", "prediction_type"),
        (WAN, "solver_order = 3", "solver_order"),
        (WAN, "solver_type = \"bh1\"", "solver_type"),
        (WAN, "predict_x0 = false", "predict_x0"),
        (WAN, "lower_order_final = false", "lower_order_final"),
        (WAN, "final_sigmas_type = \"sigma_min\"", "final_sigmas_type"),
        (WAN, "use_karras_sigmas = true", "use_karras_sigmas"),
        (WAN, "thresholding = true", "thresholding"),
        (WAN, "use_dynamic_shifting = true", "use_dynamic_shifting"),
        (WAN, "shift_terminal = 0.1", "shift_terminal"),
        (WAN, "flow_shift = 0", "flow_shift"),
        (WAN, "flow_shift = nan", "flow_shift"),
        (WAN, "num_train_timesteps = 0", "num_train_timesteps"),
        (FLOW, "invert_sigmas = true", "invert_sigmas"),
        (FLOW, "use_beta_sigmas = true", "use_beta_sigmas"),
        (FLOW, "time_shift_type = \"cubic\"", "time_shift_type"),
        (FLOW, "shift_terminal = 1.5", "shift_terminal"),
        (EULER, "interpolation_type = \"log_linear\"", "interpolation_type"),
        (EULER, "use_exponential_sigmas = true", "use_exponential_sigmas"),
        (EULER, "timestep_spacing = \"even\"", "timestep_spacing"),
        (EULER, "timestep_type = \"other\"", "timestep_type"),
        (EULER, "use_karras_sigmas = true\nsigma_min = -1.0", "sigma_min"),
        (EULER, "beta_schedule = \"exp\"", "beta_schedule"),
        (EULER, "trained_betas = [0.1, 0.2]", "trained_betas"),
        (DDIM, "prediction_type = \"flow_prediction\"", "prediction_type"),
        (DDIM, "rescale_betas_zero_snr = true\ntimestep_spacing = \"trailing\"", "prediction_type"),
        (DDIM, "thresholding = true", "thresholding"),
        (DDIM, "steps_offset = 900", "steps_offset"),
        (DDIM, "beta_end = 2.0", "beta_end"),
        (COG, "beta_schedule = \"linear\"", "beta_schedule"),
        (COG, "snr_shift_scale = 0.0", "snr_shift_scale"),
    ] {
        let message = refused(&format!("{base}{line}"), &Plan::steps(4));
        assert!(message.contains(&format!(": {key} = ")), "{line}: {message}");
    }
    let message = refused(&format!("{DDIM}timestep_spacing = \"even\""), &Plan::steps(4));
    let wanted = "DDIMScheduler: timestep_spacing = \"even\" is not supported: \"linspace\" or \"leading\" or \"trailing\"";
    assert_eq!(message, wanted);
}

#[test]
fn unsupported_plans() {
    for base in [WAN, FLOW, EULER, DDIM, COG] {
        assert!(refused(base, &Plan::steps(0)).contains("0 denoise steps"));
        assert!(refused(base, &Plan::steps(5000)).contains("1 to 1000"));
    }
    for base in [WAN, EULER, DDIM, COG] {
        assert!(refused(base, &Plan::Sigmas { sigmas: vec![1.0], mu: None }).contains("not sigmas"));
        assert!(refused(base, &Plan::Timesteps { timesteps: vec![999.0], mu: None }).contains("not timesteps"));
    }
    assert!(refused(&format!("{FLOW}use_dynamic_shifting = true"), &Plan::steps(4)).contains("needs mu"));
    assert!(refused(FLOW, &Plan::Sigmas { sigmas: vec![], mu: None }).contains("0 denoise steps"));
    for sigmas in [vec![1.0, 0.0], vec![1.0, f32::NAN], vec![1.0, -0.5]] {
        assert!(refused(FLOW, &Plan::Sigmas { sigmas, mu: None }).contains("at step 1"));
    }
    // One step that is to end above 0: the reference divides 0 by 0.
    assert!(refused(&format!("{FLOW}shift_terminal = 0.1"), &Plan::steps(1)).contains("at step 0"));
}

#[test]
fn words_that_do_not_fit_the_class() {
    let config = |class: &str| SchedulerConfig { class: class.into(), ..SchedulerConfig::default() };
    for (class, words) in [
        (UniPc::CLASS, &["unipc", "euler"][..]),
        (FlowMatchEuler::CLASS, &["euler"]),
        (Euler::CLASS, &["euler"]),
        (Ddim::CLASS, &["ddim"]),
        (CogVideoXDdim::CLASS, &["ddim", "dpm"]),
        (CogVideoXDpm::CLASS, &["ddim", "dpm"]),
    ] {
        for word in ["unipc", "euler", "ddim", "dpm", ""] {
            let chosen = config(class).with_scheduler(word);
            assert_eq!(chosen.is_ok(), words.contains(&word), "{class} {word}: {chosen:?}");
        }
    }
    assert!(matches!(config("Other").with_scheduler("euler"), Err(SchedulerError::Class { .. })));
    assert_eq!(config(CogVideoXDpm::CLASS).with_scheduler("ddim").unwrap().class, CogVideoXDdim::CLASS);
}

#[test]
fn steps_out_of_range_or_order() {
    let mut noise = Generator::new(0);
    for base in [WAN, FLOW, EULER, DDIM, COG] {
        let mut scheduler = toml::from_str::<SchedulerConfig>(base).unwrap().open(&Plan::steps(4)).unwrap();
        let x = [0.5; 4];
        assert_eq!(scheduler.step(4, &x, &x, &mut noise), Err(SchedulerError::Step { step: 4, steps: 4 }));
        assert_eq!(scheduler.scale_model_input(4, &mut [0.0]), Err(SchedulerError::Step { step: 4, steps: 4 }));
        assert_eq!(scheduler.add_noise(&x, &x, 5), Err(SchedulerError::Step { step: 5, steps: 4 }));
        assert!(matches!(scheduler.step(0, &x[..3], &x, &mut noise), Err(SchedulerError::Size { found: 3, expected: 4, .. })));
        assert!(matches!(scheduler.add_noise(&x, &x[..3], 0), Err(SchedulerError::Size { found: 3, expected: 4, .. })));
        scheduler.step(0, &x, &x, &mut noise).unwrap();
        let later = scheduler.step(2, &x, &x, &mut noise);
        let in_order = matches!(later, Err(SchedulerError::Order { step: 2, expected: 1, .. }));
        assert_eq!(in_order, base == WAN || base == COG, "{later:?}");
        if in_order {
            assert!(matches!(scheduler.step(1, &x[..3], &x[..3], &mut noise), Err(SchedulerError::Size { .. })));
        }
    }
}

#[test]
fn states_of_other_schedulers() {
    let open = |base: &str| toml::from_str::<SchedulerConfig>(base).unwrap().open(&Plan::steps(4)).unwrap();
    let mut noise = Generator::new(0);
    let states: Vec<_> = [WAN, COG]
        .map(|base| {
            let mut scheduler = open(base);
            scheduler.step(0, &[0.5; 4], &[0.5; 4], &mut noise).unwrap();
            scheduler.state()
        })
        .into();
    for (base, own) in [(WAN, Some(0)), (COG, Some(1)), (FLOW, None), (EULER, None), (DDIM, None)] {
        for (n, state) in states.iter().enumerate() {
            assert_eq!(open(base).restore(state).is_ok(), own == Some(n), "{base} {n}");
        }
        open(base).restore(&State::default()).unwrap();
    }
    // A step that this schedule does not have.
    let late = State { numbers: vec![9, 1, 1], ..states[0].clone() };
    assert!(open(WAN).restore(&late).is_err());
    let order = State { numbers: vec![1, 2, 2], ..states[0].clone() };
    assert!(open(WAN).restore(&order).is_err());
}

#[test]
fn tokens_that_do_not_divide_the_latent_and_stochastic_tokens() {
    let open = |line: &str| {
        let config = toml::from_str::<SchedulerConfig>(&format!("{FLOW}{line}")).unwrap();
        FlowMatchEuler::new(&config, &Plan::steps(4)).unwrap()
    };
    let x = [0.5; 6];
    assert!(matches!(open("").step_per_token(0, &x, &[1000.0; 4], &x), Err(SchedulerError::Size { .. })));
    assert!(matches!(open("").step_per_token(0, &x, &[], &x), Err(SchedulerError::Size { .. })));
    let stochastic = open("stochastic_sampling = true").step_per_token(0, &x, &[1000.0; 3], &x);
    assert_eq!(stochastic, Err(SchedulerError::StochasticTokens));
}
