//! The node played through against a fake host and a fake engine.

mod engine;
mod latent;

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use once_cell::sync::Lazy;
use wakeframe_take::store::{Store, Take};
use wakeframe_take::transfer::Transfer;

use crate::bridge::ffi::{Change, HostFacts, Range, RenderCall};
use crate::fake::{FakeHost, latent_pack};
use crate::node::Node;
use crate::render::render;
use crate::still::Still;
use crate::{ofx, press, settings, wording};
use engine::{FakeEngine, grey};

struct World {
    _folder: tempfile::TempDir,
    store: PathBuf,
}

const PACK: &str = r#"
format = 1
name = "mini"
title = "Mini"
family = "motion_field"
best_for = "any still"
licence = "Apache-2.0"
commercial_use = true
[limits]
min_duration = 0.5
max_duration = 10.0
default_fps = 24.0
max_width = 4096
"#;

/// One store, one socket and one engine for all scenes; each scene has a still of its own, so takes never meet.
static WORLD: Lazy<World> = Lazy::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let (store, socket, packs) = (folder.path().join("store"), folder.path().join("socket/engine.sock"), folder.path().join("packs"));
    std::fs::create_dir_all(packs.join("mini")).unwrap();
    std::fs::write(packs.join("mini/pack.toml"), PACK).unwrap();
    std::fs::create_dir_all(packs.join("wide")).unwrap();
    std::fs::write(packs.join("wide/pack.toml"), latent_pack("wide", latent::CONTROLS)).unwrap();
    for (name, value) in [("WAKEFRAME_STORE", &store), ("WAKEFRAME_SOCKET", &socket), ("WAKEFRAME_PACKS", &packs)] {
        // SAFETY: other tests of this process read the environment through the standard library's lock only.
        unsafe { std::env::set_var(name, value) };
    }
    FakeEngine::start(&socket);
    World { store, _folder: folder }
});

/// A still of its own for each scene, a prompt for the engine, a take of 12 frames.
fn host(level: u8, prompt: &str) -> FakeHost {
    Lazy::force(&WORLD);
    let host = FakeHost::with_still(64, 36, f32::from(level) / 255.0);
    host.put_text("prompt", prompt);
    host.put_number("duration", 0.5);
    host.put_number("startFrame", 1.0);
    host
}

fn node(background: bool) -> Node {
    Lazy::force(&WORLD);
    Node::new(&HostFacts { is_background: background, ..Default::default() }, ofx::CONTEXT_GENERAL)
}

fn at(time: f64) -> RenderCall {
    RenderCall { time, scale_x: 1.0, scale_y: 1.0, interactive: true, ..Default::default() }
}

fn press_generate(node: &Node, host: &FakeHost) {
    let change = Change { of_parameter: true, name: "generate".into(), by_user: true, time: 1.0 };
    assert_eq!(press::changed(node, host, &change), ofx::OK);
}

/// The takes made of the host's still.
fn takes_of(host: &FakeHost) -> Vec<Take> {
    let still = Still::fetch(host, 1.0, Transfer::Srgb).unwrap();
    let still = still.known().unwrap();
    let all = Store::open(&WORLD.store).unwrap().takes();
    all.into_iter().filter(|t| t.manifest().unwrap().is_some_and(|m| m.request.still == still.hash)).collect()
}

fn shows_still(host: &FakeHost) -> bool {
    *host.output.lock() == *host.still.as_ref().unwrap()
}

fn shows_frame(host: &FakeHost, n: u32) -> bool {
    host.output.lock().chunks(4).all(|p| *p == [grey(n), grey(n), grey(n), 255])
}

#[test]
fn a_background_host_gets_its_frames_made() {
    let (node, host) = (node(true), host(10, "move"));
    for (time, n) in [(1.0, 0), (5.0, 4), (12.0, 11), (40.0, 11)] {
        assert_eq!(render(&node, &host, &at(time)), ofx::OK, "{:?}", host.said());
        assert!(shows_frame(&host, n), "at {time}");
    }
    assert_eq!(render(&node, &host, &at(0.0)), ofx::OK);
    assert!(shows_still(&host), "before the take");
    assert!(host.said().is_empty(), "{:?}", host.said());
}

#[test]
fn a_sequence_that_is_written_counts_as_background_and_a_viewer_does_not() {
    let (node, host) = (node(false), host(12, "move"));
    assert_eq!(render(&node, &host, &at(3.0)), ofx::OK);
    assert!(shows_still(&host));
    assert_eq!(host.said(), [wording::NOT_MADE]);
    let written = RenderCall { interactive: false, sequential: true, ..at(3.0) };
    assert_eq!(render(&node, &host, &written), ofx::OK);
    assert!(shows_frame(&host, 2));
    assert_eq!(host.said(), [wording::NOT_MADE, ""], "the message goes when the take is there");
}

#[test]
fn a_press_makes_the_take_and_has_the_host_render_again() {
    let (node, host) = (node(false), host(14, "move"));
    press_generate(&node, &host);
    assert!(host.status().starts_with("Done: 12 frames in 1.5 s, seed 1. The still is only 64×36"), "{}", host.status());
    assert_eq!(host.ints.borrow()["revision"], 1);
    assert!(!host.progress_open.load(Ordering::Relaxed) && host.updates.load(Ordering::Relaxed) > 0);
    render(&node, &host, &at(2.0));
    assert!(shows_frame(&host, 1));
    press_generate(&node, &host);
    assert!(host.status().starts_with("Already made: 12 frames, seed 1."), "{}", host.status());
    let change = Change { of_parameter: true, name: "prompt".into(), by_user: true, time: 1.0 };
    press::changed(&node, &host, &change);
    assert!(host.status().starts_with(wording::CHANGED), "{}", host.status());
}

#[test]
fn a_host_without_progress_bar_still_generates() {
    let (node, mut host) = (node(false), host(16, "move"));
    host.no_progress = true;
    press_generate(&node, &host);
    assert!(host.status().starts_with("Done"), "{}", host.status());
    assert_eq!(host.updates.load(Ordering::Relaxed), 0);
}

#[test]
fn cancel_keeps_what_was_done() {
    let (node, mut host) = (node(false), host(18, "slow"));
    host.cancel_after = Some(6);
    press_generate(&node, &host);
    assert!(host.status().starts_with("Cancelled"), "{}", host.status());
    assert!(!host.progress_open.load(Ordering::Relaxed));
    assert_eq!(host.ints.borrow().get("revision"), None, "nothing new to render");
    host.cancel_after = None;
    press_generate(&node, &host);
    assert!(host.status().starts_with("Done"), "{}", host.status());
}

#[test]
fn a_failure_says_why_and_shows_the_still() {
    let (background, host) = (node(true), host(20, "fail"));
    assert_eq!(render(&background, &host, &at(3.0)), ofx::FAILED);
    assert!(shows_still(&host));
    assert_eq!(host.said(), ["Failed: the disk is 100% full: free some space."]);

    let viewer = node(false);
    press_generate(&viewer, &host);
    assert_eq!(host.status(), "Failed: the disk is 100% full: free some space.");
    assert_eq!(render(&viewer, &host, &at(3.0)), ofx::OK);
    assert_eq!(host.said().last().unwrap(), "Failed: the disk is 100% full: free some space.", "the viewer must not talk over the reason");
}

#[test]
fn a_host_that_cannot_keep_a_message_shows_it_once() {
    let (node, mut host) = (node(false), host(22, "fail"));
    host.no_persistent = true;
    assert_eq!(render(&node, &host, &at(3.0)), ofx::OK);
    assert!(host.boxes().is_empty(), "no box for every frame of a viewer");
    press_generate(&node, &host);
    assert_eq!(host.boxes().len(), 1);
}

#[test]
fn an_engine_that_dies_is_survived_and_the_next_press_works() {
    let (node, host) = (node(false), host(24, "die"));
    press_generate(&node, &host);
    assert!(host.status().contains("stopped unexpectedly"), "{}", host.status());
    host.put_text("prompt", "move");
    press_generate(&node, &host);
    assert!(host.status().starts_with("Done"), "{}", host.status());
    assert_eq!(host.said().last().unwrap(), "");
}

#[test]
fn an_engine_that_lies_is_found_out() {
    let (node, host) = (node(true), host(26, "lose"));
    assert_eq!(render(&node, &host, &at(3.0)), ofx::FAILED);
    assert!(shows_still(&host) && host.said()[0].contains("not in the take store"), "{:?}", host.said());
}

#[test]
fn an_aborted_render_comes_back_with_the_still() {
    let (node, host) = (node(true), host(28, "slow"));
    host.abort.store(true, Ordering::Relaxed);
    assert_eq!(render(&node, &host, &at(12.0)), ofx::OK);
    assert!(shows_still(&host));
}

#[test]
fn four_threads_share_one_take() {
    let level = 30;
    drop(host(level, "slow"));
    let node = node(true);
    std::thread::scope(|scope| {
        for thread in 0..4u32 {
            let node = &node;
            scope.spawn(move || {
                for i in 0..12u32 {
                    let n = (i * 5 + thread * 3) % 12;
                    let host = host(level, "slow");
                    assert_eq!(render(node, &host, &at(f64::from(n + 1))), ofx::OK, "{:?}", host.said());
                    assert!(shows_frame(&host, n), "frame {n}");
                }
            });
        }
    });
    assert_eq!(takes_of(&host(level, "slow")).len(), 1);
}

#[test]
fn no_source_is_black_and_said() {
    for background in [false, true] {
        let (node, mut host) = (node(background), host(32, "move"));
        host.source.connected = false;
        let status = render(&node, &host, &at(3.0));
        assert_eq!(status, if background { ofx::FAILED } else { ofx::OK });
        assert!(host.output.lock().iter().all(|b| *b == 0));
        assert!(host.said()[0].contains("Source"), "{:?}", host.said());
        press_generate(&node, &host);
        assert!(host.status().contains("Connect"), "{}", host.status());
    }
}

#[test]
fn settings_that_cannot_be_honoured_name_what_can() {
    let host = host(34, "move");
    host.put_number("duration", 60.0);
    assert_eq!(render(&node(true), &host, &at(3.0)), ofx::FAILED);
    assert!(shows_still(&host) && host.said()[0].contains("set Duration to 10"), "{:?}", host.said());
    assert_eq!(render(&node(false), &host, &at(3.0)), ofx::OK);
    host.put_int("model", 7);
    press_generate(&node(false), &host);
    assert!(host.status().contains("Choose another Model"), "{}", host.status());
}

#[test]
fn a_thumbnail_is_the_still_and_makes_nothing() {
    let host = host(36, "move");
    assert_eq!(render(&node(true), &host, &RenderCall { thumbnail: true, ..at(3.0) }), ofx::OK);
    assert!(shows_still(&host) && takes_of(&host).is_empty());
}

#[test]
fn a_take_damaged_on_disk_is_made_again() {
    let (node, host) = (node(false), host(38, "move"));
    press_generate(&node, &host);
    std::fs::write(takes_of(&host)[0].folder().join("frames/0004.frame"), b"torn").unwrap();
    assert_eq!(render(&node, &host, &at(5.0)), ofx::OK);
    assert!(shows_still(&host));
    press_generate(&node, &host);
    assert!(host.status().starts_with("Done"), "{}", host.status());
    render(&node, &host, &at(5.0));
    assert!(shows_frame(&host, 4));
    let request = takes_of(&host)[0].manifest().unwrap().unwrap().request;
    assert_eq!(request.frames, settings::frames(&settings::read(&host, 1.0).take), "the clock and the take must agree on the length");
}

/// The host with a picture of half the width and height, as a proxy view has it.
fn halved(full: &FakeHost, prompt: &str) -> FakeHost {
    let (w, h) = ((full.size.0 / 2) as usize, (full.size.1 / 2) as usize);
    let still = full.still.clone().unwrap();
    let mean = |x: usize, y: usize, c: usize| {
        let at = |dx: usize, dy: usize| u32::from(still[((2 * y + dy) * 2 * w + 2 * x + dx) * 4 + c]);
        ((at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1) + 2) / 4) as u8
    };
    let mut half = host(0, prompt);
    half.size = (full.size.0 / 2, full.size.1 / 2);
    half.still = Some((0..w * h).flat_map(|i| [0, 1, 2, 3].map(|c| mean(i % w, i / w, c))).collect());
    half.output = parking_lot::Mutex::new(vec![0xAB; w * h * 4]);
    half
}

#[test]
fn half_scale_shows_the_full_take_and_makes_none() {
    let full = host(40, "move");
    press_generate(&node(false), &full);
    let half = halved(&full, "move");
    for background in [false, true] {
        let call = RenderCall { scale_x: 0.5, scale_y: 0.5, ..at(5.0) };
        assert_eq!(render(&node(background), &half, &call), ofx::OK);
        assert!(shows_frame(&half, 4), "{:?}", half.said());
        assert!(half.said().is_empty() && takes_of(&half).is_empty());
    }
}

#[test]
fn a_half_size_take_is_a_preview_and_no_final() {
    let full = host(41, "move twice");
    let half = halved(&full, "move twice");
    press_generate(&node(false), &half);
    assert_eq!(render(&node(false), &full, &at(5.0)), ofx::OK);
    assert!(shows_frame(&full, 4) && full.said()[0].contains("32×18"), "{:?}", full.said());
    assert!(takes_of(&full).is_empty());
    assert_eq!(render(&node(true), &full, &at(5.0)), ofx::OK);
    assert_eq!(takes_of(&full).len(), 1);
}

#[test]
fn a_moved_still_frame_is_said() {
    let (node, mut host) = (node(false), host(42, "move"));
    host.source.has_range = true;
    host.source.range = Range { first: 1.0, last: 1.0 };
    host.put_number("stillFrame", 9.0);
    press_generate(&node, &host);
    assert!(host.status().contains("Still frame 9 is outside Source; frame 1 was used."), "{}", host.status());
}

#[test]
fn a_mask_that_is_wanted_and_missing_is_said() {
    let (node, mut host) = (node(true), host(44, "move"));
    host.put_int("useMask", 1);
    assert_eq!(render(&node, &host, &at(3.0)), ofx::OK);
    assert!(shows_frame(&host, 2));
    assert_eq!(host.said(), [wording::NO_MASK]);
    host.mask = Some([0u8, 255].repeat(64 * 36 / 2));
    assert_eq!(render(&node, &host, &at(3.0)), ofx::OK);
    assert_eq!(host.said().last().unwrap(), "");
    let still = host.still.clone().unwrap();
    for (i, p) in host.output.lock().chunks(4).enumerate() {
        if i % 2 == 0 {
            assert_eq!(p, &still[i * 4..i * 4 + 4], "outside the mask");
        } else {
            assert_eq!(p[0], grey(2), "inside the mask");
        }
    }
}

#[test]
fn black_after_the_end() {
    let (node, host) = (node(true), host(46, "move"));
    host.put_int("afterEnd", 3);
    assert_eq!(render(&node, &host, &at(40.0)), ofx::OK);
    assert!(host.output.lock().chunks(4).all(|p| *p == [0, 0, 0, 255]));
}
