//! The node with a latent model: its panel, pictures beside the still, the command line's frames, and an engine killed
//! between two denoise steps.

mod stage;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use stage::{Stage, Variable, engine, host, options, signal, small_still, stage};
use wakeframe_take::pack::Pack;
use wakeframe_take::store::Take;
use wakeframe_tests::{ClipOptions, Host, HostOptions, Instance, InstanceOptions, ParamValue, Picture, RenderRequest, Watch, measure};

fn packs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/packs").canonicalize().unwrap()
}

/// The menu's line that begins with `title`.
fn line(node: &Instance, title: &str) -> i32 {
    let choices = node.param("model").unwrap().choices;
    let at = choices.iter().position(|c| c.starts_with(title));
    i32::try_from(at.unwrap_or_else(|| panic!("{title} is not among {choices:?}"))).unwrap()
}

const STILL: (usize, usize) = (48, 32);
const SIZE: &str = "48x32";
const FIRST_AND_LAST: &str = "Wan 2.1 first and last frame";

/// A node on two pictures: the still at frame 1, the one to end on at frame 2.
fn two_pictures(host: &Host, seed: i32, steps: i32, watch: Watch) -> Instance {
    let still = small_still().resized(STILL.0, STILL.1);
    let options = InstanceOptions { values: Vec::new(), ..options(still.clone(), seed) };
    let options = options.source(|_| ClipOptions::sequence(vec![still.clone(), last_picture()])).watch(watch);
    let node = Instance::create(host, options).unwrap();
    for (name, value) in [
        ("model", ParamValue::Int(line(&node, FIRST_AND_LAST))),
        ("prompt", ParamValue::String("waves roll in".into())),
        ("seed", ParamValue::Int(seed)),
        ("steps", ParamValue::Int(steps)),
        ("duration", ParamValue::Double(0.5)),
        ("pan", ParamValue::Double(0.5)),
        ("modelSize", ParamValue::String(SIZE.into())),
        ("inputTransfer", ParamValue::Int(1)),
        ("useLast", ParamValue::Bool(true)),
        ("lastFrame", ParamValue::Double(2.0)),
    ] {
        node.edit(name, value).unwrap();
    }
    node
}

fn last_picture() -> Picture {
    let still = small_still().resized(STILL.0, STILL.1);
    let turned = |x: usize, y: usize| still.pixel(STILL.0 - 1 - x, y).map(|v| (v * 255.0).round() / 255.0);
    Picture::from_fn(STILL.0, STILL.1, turned)
}

/// The same on the command line, from files and into a store of its own: 8-bit frames 1…12.
fn command_line(stage: &Stage, seed: i32, steps: i32) -> Vec<Picture> {
    let folder = stage.folder.join("cli");
    std::fs::create_dir_all(&folder).unwrap();
    small_still().resized(STILL.0, STILL.1).write_png(&folder.join("still.png")).unwrap();
    last_picture().write_png(&folder.join("last.png")).unwrap();
    let out = Command::new(engine())
        .args(["render", "still.png", "--last", "last.png", "--model"])
        .arg(packs().join("wan21-flf2v"))
        .args([
            "--prompt",
            "waves roll in",
            "--pan",
            "0.5",
            "--model-size",
            SIZE,
            "--duration",
            "0.5",
            "--fps",
            "24",
            "--store",
            "store",
            "-o",
            "frame.####.png",
        ])
        .args(["--seed", &seed.to_string(), "--steps", &steps.to_string()])
        .current_dir(&folder)
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    (1..=12).map(|n| Picture::read(&folder.join(format!("frame.{n:04}.png"))).unwrap()).collect()
}

fn assert_same(node: &Instance, expected: &[Picture]) {
    for (n, expected) in expected.iter().enumerate() {
        let frame = node.render(&RenderRequest::at(n as f64 + 1.0)).unwrap();
        assert!(frame.is_clean() && frame.status.is_good(), "frame {n}: {:?}", node.messages());
        let worst = measure::largest_difference(expected, &frame.picture);
        assert!(worst < 0.51 / 255.0, "frame {n} differs by {worst}");
    }
}

#[test]
fn the_panel_follows_the_model() {
    let (_stage, _turn) = stage();
    let _packs = Variable::set("WAKEFRAME_PACKS", packs());
    let host = host(HostOptions::natron());
    let node = Instance::create(&host, options(small_still(), 1)).unwrap();
    let enabled = |name: &str| node.param(name).unwrap().enabled;
    let models = node.param("model").unwrap().choices;
    assert!(models[0].starts_with("Mini") && models.len() >= 12, "{models:?}");
    assert!(models.iter().all(|m| m.contains(" — ")), "each says what it is best for: {models:?}");
    // Named beforehand: what Mini has no use for is greyed out on a new node.
    assert!(enabled("pan") && !enabled("steps") && !enabled("useLast"));
    node.edit("model", line(&node, "Stable Video Diffusion")).unwrap();
    assert!(enabled("motionBucket") && enabled("guidanceFirst") && !enabled("prompt") && !enabled("shift"));
    assert!(node.param("prompt").unwrap().hint.contains("Greyed out: Stable Video Diffusion has no prompt."));
    node.edit("model", line(&node, FIRST_AND_LAST)).unwrap();
    assert!(enabled("useLast") && enabled("prompt") && enabled("shift") && !enabled("motionBucket"));
    assert!(!node.param("prompt").unwrap().hint.contains("Greyed out"));
    let name = Pack::open(&packs().join("wan21-flf2v")).unwrap().name;
    assert_eq!(node.get("modelName").unwrap(), ParamValue::String(format!("{} {name}", line(&node, FIRST_AND_LAST))));
}

#[test]
fn node_and_command_line_make_the_same_frames_of_two_pictures() {
    let (stage, _turn) = stage();
    let _packs = Variable::set("WAKEFRAME_PACKS", packs());
    let host = host(HostOptions::natron());
    let node = two_pictures(&host, 301, 3, Watch::default());
    node.press("generate").unwrap();
    let ParamValue::String(status) = node.get("status").unwrap() else { panic!("status is text") };
    assert!(status.starts_with("Done: 12 frames"), "{status}");
    assert!(status.contains("Prompt as sent: “waves roll in. The camera pans right slowly.”"), "{status}");
    assert!(status.contains("GB of memory"), "{status}");
    let (_, needed) = node.get_frames_needed(5.0).unwrap();
    let source: Vec<_> = needed.iter().filter(|c| c.0 == "Source").map(|c| (c.1, c.2)).collect();
    assert_eq!(source, [(1.0, 1.0), (2.0, 2.0)]);
    assert_same(&node, &command_line(stage, 301, 3));
}

#[test]
fn an_engine_killed_between_two_steps_loses_nothing() {
    let (stage, _turn) = stage();
    let _packs = Variable::set("WAKEFRAME_PACKS", packs());
    const STEPS: i32 = 150;
    let killed = Arc::new(AtomicBool::new(false));
    let step_kept = |take: &Take| take.latents().map_or(0, |(step, _)| step);
    let watch = {
        let (killed, store, client) = (killed.clone(), stage.store(), stage.client());
        Watch {
            on_abort_poll: Some(Box::new(move |_| {
                let caught = store.takes().iter().any(|t| (3..STEPS as u32 - 5).contains(&step_kept(t)));
                if caught && !killed.swap(true, Ordering::SeqCst) {
                    signal(client.running().unwrap().pid, "KILL");
                }
            })),
            ..Watch::default()
        }
    };
    let host = host(HostOptions::farm());
    let node = two_pictures(&host, 302, STEPS, watch);
    let frame = node.render(&RenderRequest::at(3.0)).unwrap();
    assert!(killed.load(Ordering::SeqCst), "the engine was never caught between two steps");
    assert!(!frame.status.is_good() && frame.unwritten == 0);
    assert!(node.messages().iter().any(|m| m.text.contains("stopped unexpectedly")), "{:?}", node.messages());
    let kept = stage.store().takes().iter().map(step_kept).max().unwrap();
    assert!(kept >= 3, "latents of {kept} steps were kept");
    assert_same(&node, &command_line(stage, 302, STEPS));
}
