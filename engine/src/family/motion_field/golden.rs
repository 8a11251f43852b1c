//! The embedded pack against the numbers its training recorded (`tests/fixtures/mini/golden.json`).

use std::path::{Path, PathBuf};

use serde::Deserialize;
use wakeframe_take::pack::Pack;

use super::intent::{Intent, LIVE, PromptReader};
use super::sampler::{Sampler, intent_map};
use super::scene::SceneReader;
use super::{CHANNELS, CLASSES, INTENT, SHOT, Section};
use crate::pack::Validated;

#[derive(Deserialize)]
struct Golden {
    still: String,
    grid: (usize, usize),
    positions: Vec<(usize, usize)>,
    probs: Vec<[f32; CLASSES]>,
    depth: Vec<[f32; 1]>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    prompt: String,
    intent: Vec<f32>,
    shot: [f32; SHOT],
    x1: Vec<[f32; CHANNELS]>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn close(what: &str, got: f32, want: f32, within: f32) {
    assert!((got - want).abs() <= within, "{what}: {got}, recorded {want}");
}

#[test]
fn the_embedded_pack_gives_the_recorded_numbers() {
    let fixtures = root().join("tests/fixtures/mini");
    let golden: Golden = serde_json::from_slice(&std::fs::read(fixtures.join("golden.json")).unwrap()).unwrap();
    let pack = Validated::open(&Pack::open(&root().join("resources/models/mini")).unwrap()).unwrap();
    let config = Section::of(&pack).unwrap().sampler;
    let (height, width) = golden.grid;

    let still = crate::still::read(&fixtures.join(&golden.still)).unwrap().picture;
    let scene = SceneReader::open(&pack, config.grid_width).unwrap().read(&still).unwrap();
    assert_eq!((scene.height, scene.width), (height, width));
    let cell = |(row, column): (usize, usize)| row * width + column;
    for ((at, probs), depth) in golden.positions.iter().zip(&golden.probs).zip(&golden.depth) {
        close(&format!("depth at {at:?}"), scene.depth[cell(*at)], depth[0], 1e-3);
        for (class, want) in probs.iter().enumerate() {
            close(&format!("class {class} at {at:?}"), scene.probabilities[class * width * height + cell(*at)], *want, 1e-3);
        }
    }

    let prompts = PromptReader::open(&pack).unwrap();
    let sampler = Sampler::open(&pack, config).unwrap();
    let x: Vec<f32> = (0..CHANNELS * height * width)
        .map(|n| {
            let (c, i, j) = (n / (height * width), n / width % height, n % width);
            libm::sin(0.37 * c as f64 + 0.11 * i as f64 + 0.07 * j as f64) as f32
        })
        .collect();
    for case in &golden.cases {
        let read = prompts.read(&case.prompt, "").unwrap();
        let mut recorded = Intent([[0.0; INTENT]; CLASSES]);
        for (n, want) in case.intent.iter().enumerate() {
            let got = read.intent.0[n / INTENT][n % INTENT];
            // The text graph is int8, whose sums differ a little by processor; then both are rounded to 1/64.
            close(&format!("intent {n} of “{}”", case.prompt), got, *want, 0.05);
            recorded.0[n / INTENT][n % INTENT] = *want;
        }
        for (n, (got, want)) in read.shot.0.iter().zip(case.shot).enumerate() {
            close(&format!("shot {n} of “{}”", case.prompt), *got, want, 0.05);
        }
        let x1 = sampler.step(&scene, &intent_map(&scene, &recorded), 0, &x).unwrap();
        for (at, want) in golden.positions.iter().zip(&case.x1) {
            for (channel, want) in want.iter().enumerate() {
                let got = x1[channel * width * height + cell(*at)];
                close(&format!("x1 channel {channel} at {at:?} of “{}”", case.prompt), got, *want, 5e-3);
            }
        }
    }
}

#[test]
fn a_region_named_in_the_negative_prompt_stays_still() {
    let pack = Validated::open(&Pack::open(&root().join("resources/models/mini")).unwrap()).unwrap();
    let prompts = PromptReader::open(&pack).unwrap();
    let live = |prompt: &str, negative: &str| prompts.read(prompt, negative).unwrap().intent.0.map(|class| class[LIVE]);
    let (sky, foliage) = (1, 3);
    let both = live("clouds drift left, leaves sway in the wind", "");
    assert!(both[sky] > 0.5 && both[foliage] > 0.5, "{both:?}");
    let without = live("clouds drift left, leaves sway in the wind", "clouds drift");
    assert!(without[sky] < 0.2 && without[foliage] > 0.5, "{without:?}");
    assert_eq!(live("", ""), [0.0; CLASSES]);
}
