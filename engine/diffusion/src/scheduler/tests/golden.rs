//! Every scheduler against the reference: whole schedules, and runs along them.

use serde_json::Value;

use super::super::*;
use crate::golden::{Golden, Worst};
use crate::noise::Generator;

/// Values of a run's latent, unless its tokens have timesteps of their own.
const VALUES: usize = 18;
const LIMIT: f32 = 1e-5;

struct Case<'a> {
    golden: &'a Golden,
    json: &'a Value,
}

impl Case<'_> {
    fn number(&self, key: &str) -> usize {
        self.json[key].as_u64().unwrap() as usize
    }

    fn config(&self) -> SchedulerConfig {
        let mut config = self.json["config"].clone();
        config["class"] = self.json["class"].clone();
        serde_json::from_value(config).unwrap()
    }

    fn plan(&self) -> Plan {
        let plan = &self.json["plan"];
        let mu = plan["mu"].as_f64();
        let list = |key: &str| plan[key].as_array().map(|l| l.iter().map(|v| v.as_f64().unwrap() as f32).collect());
        let count = plan["num_inference_steps"].as_u64().map(|n| n as usize);
        if let Some(tokens) = plan["tokens"].as_u64() {
            let ours = FlowMatchEuler::mu(&self.config(), tokens as usize);
            assert_eq!(Some(ours), mu);
            return Plan::ltx(count.unwrap(), ours);
        }
        match (list("sigmas"), list("timesteps"), plan["linear_quadratic"].as_u64()) {
            (Some(sigmas), ..) => Plan::Sigmas { sigmas, mu },
            (_, Some(timesteps), _) => Plan::Timesteps { timesteps, mu },
            (.., Some(count)) => Plan::linear_quadratic(count as usize),
            _ => Plan::Steps { count: count.unwrap(), mu },
        }
    }

    fn open(&self) -> Box<dyn Scheduler> {
        self.config().open(&self.plan()).unwrap_or_else(|e| panic!("{}: {e}", self.json))
    }

    fn tensor(&self, key: &str) -> Option<Vec<f32>> {
        self.golden.find(&format!("{}.{key}", self.json["name"].as_str().unwrap()))
    }

    /// The reference's numbers under `key` against ours.
    fn compare(&self, worst: &mut Worst, key: &str, ours: &[f32]) {
        let reference = self.tensor(key).unwrap_or_else(|| panic!("no {key}: {}", self.json));
        assert_eq!(ours.len(), reference.len(), "{key}: {}", self.json);
        worst.see(ours, &reference, &format!("{key}: {}", self.json));
    }

    fn masks(&self) -> Option<Vec<f32>> {
        self.json["masks"].as_array().map(|l| l.iter().map(|v| v.as_f64().unwrap() as f32).collect())
    }
}

fn cases(golden: &Golden) -> impl Iterator<Item = Case<'_>> {
    golden.cases().iter().map(move |json| Case { golden, json })
}

/// The numbers of a run, in the script's order of draws.
struct Draws {
    clean: Vec<f32>,
    noise: Vec<f32>,
    first: Vec<f32>,
    predictions: Vec<Vec<f32>>,
}

impl Draws {
    fn new(case: &Case<'_>, scheduler: &dyn Scheduler) -> Self {
        let values = case.masks().map_or(VALUES, |m| m.len() * 3);
        let mut generator = Generator::new(case.number("seed") as u64);
        let mut draw = || generator.normal(values);
        let (clean, noise) = (draw(), draw());
        let first = draw().into_iter().map(|v| v * scheduler.init_noise_sigma()).collect();
        let steps = scheduler.timesteps().len() - case.number("start");
        Self { clean, noise, first, predictions: (0..steps).map(|_| draw()).collect() }
    }
}

#[test]
fn schedules_equal_the_reference() {
    let golden = Golden::read("schedulers");
    let mut worst = Worst::default();
    for case in cases(&golden) {
        let scheduler = case.open();
        case.compare(&mut worst, "timesteps", scheduler.timesteps());
        assert_eq!(scheduler.sigmas().len(), scheduler.timesteps().len() + 1);
        if case.tensor("sigmas").is_some() {
            case.compare(&mut worst, "sigmas", scheduler.sigmas());
        }
        let sigma = case.json["init_noise_sigma"].as_f64().unwrap() as f32;
        worst.see(&[scheduler.init_noise_sigma()], &[sigma], &format!("init_noise_sigma: {}", case.json));
        if case.json["int64"].as_bool().unwrap() {
            assert_eq!(case.tensor("timesteps").unwrap(), scheduler.timesteps(), "{}", case.json);
        }
    }
    worst.check(LIMIT, "schedules");
}

#[test]
fn runs_equal_the_reference() {
    let golden = Golden::read("schedulers");
    let mut by_class = std::collections::BTreeMap::<String, Worst>::new();
    for case in cases(&golden).filter(|c| c.json["run"].as_bool().unwrap()) {
        let class = case.json["class"].as_str().unwrap();
        let worst = by_class.entry(class.to_owned()).or_default();
        let mut scheduler = case.open();
        let draws = Draws::new(&case, &*scheduler);
        let mut own = Generator::new(case.number("seed") as u64 + 1);
        let (mut noised, mut scaled, mut latents, mut estimates) = (vec![], vec![], vec![], vec![]);
        for step in 0..scheduler.timesteps().len() {
            noised.extend(scheduler.add_noise(&draws.clean, &draws.noise, step).unwrap());
        }
        let mut x = draws.first.clone();
        for (step, prediction) in (case.number("start")..).zip(&draws.predictions) {
            let mut input = x.clone();
            scheduler.scale_model_input(step, &mut input).unwrap();
            scaled.extend(input);
            let stepped = match case.masks() {
                Some(masks) => {
                    let t = scheduler.timesteps()[step];
                    let tokens: Vec<_> = masks.iter().map(|m| t.min((1.0 - m) * 1000.0)).collect();
                    let flow = FlowMatchEuler::new(&case.config(), &case.plan()).unwrap();
                    flow.step_per_token(step, prediction, &tokens, &x).unwrap()
                }
                None => scheduler.step(step, prediction, &x, &mut own).unwrap(),
            };
            latents.extend_from_slice(&stepped.x);
            estimates.extend(stepped.x0);
            x = stepped.x;
        }
        case.compare(worst, "noised", &noised);
        case.compare(worst, "x", &latents);
        case.compare(worst, "x0", &estimates);
        if case.tensor("scaled").is_some() {
            case.compare(worst, "scaled", &scaled);
        } else {
            let inputs = [draws.first.as_slice(), &latents[..latents.len() - x.len()]].concat();
            assert_eq!(scaled, inputs, "a scheduler that scales no input");
        }
        assert_eq!(scheduler.add_noise(&draws.clean, &draws.noise, scheduler.timesteps().len()).unwrap(), draws.clean);
    }
    assert_eq!(by_class.len(), 6);
    by_class.iter().for_each(|(class, worst)| worst.check(LIMIT, class));
}

#[test]
fn a_run_goes_on_from_its_state() {
    let golden = Golden::read("schedulers");
    for case in cases(&golden).filter(|c| c.json["run"].as_bool().unwrap() && c.json["masks"].is_null()) {
        let mut whole = case.open();
        let start = case.number("start");
        if whole.timesteps().len() > 12 {
            continue;
        }
        let draws = Draws::new(&case, &*whole);
        let mut own = Generator::new(3);
        let mut x = draws.first.clone();
        let mut kept = Vec::new();
        for (step, prediction) in (start..).zip(&draws.predictions) {
            kept.push((step, x.clone(), whole.state().to_bytes(), own.state()));
            x = whole.step(step, prediction, &x, &mut own).unwrap().x;
        }
        for (first, mut resumed, state, generator) in kept {
            let mut scheduler = case.open();
            scheduler.restore(&State::from_bytes(&state).unwrap()).unwrap();
            let mut own = Generator::restore(&generator).unwrap();
            for (step, prediction) in (start..).zip(&draws.predictions).skip(first - start) {
                resumed = scheduler.step(step, prediction, &resumed, &mut own).unwrap().x;
            }
            assert_eq!(resumed, x, "resumed at step {first}: {}", case.json);
        }
    }
}
