//! What goes wrong must not hurt the host: a message, every pixel written, and the next press works.

mod stage;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use stage::{Stage, Variable, binaries, engine, host, node, options, signal, small_still, stage, wait_until};
use wakeframe_take::service::{FromClient, FromEngine, Hello, Listener};
use wakeframe_take::store::{Store, Take};
use wakeframe_tests::{HostOptions, Instance, OnProgress, Picture, RenderRequest, Status, Watch, measure};

fn status_text(node: &Instance) -> String {
    format!("{:?}", node.get("status").unwrap())
}

/// A take long enough to be interrupted: 8 s at 24 frames/s, 960×540.
fn long_shot(still: Picture, seed: i32) -> wakeframe_tests::InstanceOptions {
    options(still, seed).value("duration", 8.0)
}

fn large_still() -> Picture {
    small_still().resized(960, 540)
}

/// Frames of the unfinished take of that seed.
fn frames_kept(store: &Store, seed: u32) -> u32 {
    let takes = store.takes();
    let unfinished = |t: &&Take| t.manifest().unwrap().is_some_and(|m| !m.complete && m.request.seed == seed);
    takes.iter().find(unfinished).map_or(0, |t| t.frames_done(192))
}

fn script(stage: &Stage, name: &str, text: &str) -> PathBuf {
    let path = stage.folder.join(name);
    std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn the_engine_killed_under_a_rendering_host() {
    let (stage, _turn) = stage();
    let host = host(HostOptions::farm());
    let killed = Arc::new(AtomicBool::new(false));
    let watch = {
        let (killed, store, client) = (killed.clone(), stage.store(), stage.client());
        Watch {
            on_abort_poll: Some(Box::new(move |_| {
                let frames = frames_kept(&store, 101);
                if frames >= 3 && !killed.swap(true, Ordering::SeqCst) {
                    signal(client.running().unwrap().pid, "KILL");
                }
            })),
            ..Watch::default()
        }
    };
    let still = large_still();
    let node = Instance::create(&host, long_shot(still.clone(), 101).watch(watch)).unwrap();
    let frame = node.render(&RenderRequest::at(192.0)).unwrap();
    assert!(killed.load(Ordering::SeqCst), "the engine was never caught at work");
    assert_eq!(frame.status, Status::Failed);
    assert_eq!(frame.unwritten, 0);
    assert!(measure::psnr(&still, &frame.picture) > 45.0, "the still must be shown");
    assert!(node.messages().iter().any(|m| m.text.contains("stopped unexpectedly")), "{:?}", node.messages());

    assert!(frames_kept(&stage.store(), 101) >= 3, "what was finished must be kept");
    let again = node.render(&RenderRequest::at(192.0)).unwrap();
    assert_eq!(again.status, Status::Ok, "{:?}", node.messages());
}

#[test]
fn a_press_cancelled_by_the_user_keeps_what_was_done() {
    let (stage, _turn) = stage();
    let host = host(HostOptions::natron());
    let watch = Watch { cancel_at: Some(0.3), ..Watch::default() };
    let node = Instance::create(&host, long_shot(large_still(), 111).watch(watch)).unwrap();
    node.press("generate").unwrap();
    assert!(status_text(&node).to_lowercase().contains("cancel"), "{}", status_text(&node));
    let take = stage.store().takes().into_iter().find(|t| t.manifest().unwrap().is_some_and(|m| m.request.seed == 111)).unwrap();
    assert!(!take.is_complete());
    wait_until("the engine lets go of the take", || !take.is_leased());
    let kept = take.frames_done(192);
    assert!(kept > 0 && kept < 192, "{kept} frames were kept");
    let node = Instance::create(&host, long_shot(large_still(), 111)).unwrap();
    node.press("generate").unwrap();
    assert!(take.is_complete(), "{}", status_text(&node));
}

#[test]
fn abort_while_generating_comes_back_at_once_with_the_still() {
    let (_stage, _turn) = stage();
    let host = host(HostOptions::farm());
    let still = large_still();
    let watch = Watch { abort_after_polls: Some(2), ..Watch::default() };
    let node = Instance::create(&host, long_shot(still.clone(), 121).watch(watch)).unwrap();
    let frame = node.render(&RenderRequest::at(192.0)).unwrap();
    assert_eq!(frame.unwritten, 0);
    assert!(node.abort_polls() < 60, "{} polls", node.abort_polls());
    assert!(measure::psnr(&still, &frame.picture) > 45.0);
}

#[test]
fn no_engine() {
    let (stage, _turn) = stage();
    stage.stop_engine();
    let host = host(HostOptions::natron());
    let node = node(&host, small_still(), 131);
    {
        let _missing = Variable::set("WAKEFRAME_ENGINE", stage.folder.join("nothing here"));
        node.press("generate").unwrap();
        assert!(status_text(&node).contains("missing"), "{}", status_text(&node));
        assert!(node.render(&RenderRequest::viewer(3.0)).unwrap().is_clean());
    }
    {
        let _broken = Variable::set("WAKEFRAME_ENGINE", script(stage, "exits", "exit 3"));
        let _impatient = Variable::set("WAKEFRAME_ENGINE_START_PATIENCE_S", "1");
        node.press("generate").unwrap();
        assert!(status_text(&node).contains("doctor"), "{}", status_text(&node));
    }
    node.press("generate").unwrap();
    assert!(node.persistent_message().is_none(), "the next press must work: {}", status_text(&node));
    assert!(measure::psnr(&small_still(), &node.render(&RenderRequest::viewer(12.0)).unwrap().picture) < 40.0);
}

#[test]
fn an_engine_of_another_version() {
    let (stage, _turn) = stage();
    stage.stop_engine();
    let socket = stage.socket();
    let asked_to_stop = Arc::new(AtomicBool::new(false));
    let old = {
        let asked = asked_to_stop.clone();
        let listener = Listener::bind(&socket).unwrap().unwrap();
        std::thread::spawn(move || {
            while !asked.load(Ordering::SeqCst) {
                let Some(mut stream) = listener.accept().unwrap() else {
                    std::thread::sleep(Duration::from_millis(5));
                    continue;
                };
                let patience = Duration::from_secs(10);
                let Ok(Some(FromClient::Hello(_))) = stream.receive(patience) else { continue };
                stream.send(&FromEngine::Hello(Hello { version: "0.0.1".into(), ..Hello::here() }), patience).unwrap();
                if let Ok(Some(FromClient::Shutdown)) = stream.receive(patience) {
                    asked.store(true, Ordering::SeqCst);
                }
            }
        })
    };
    let host = host(HostOptions::natron());
    let node = node(&host, small_still(), 141);
    node.press("generate").unwrap();
    assert!(status_text(&node).contains("0.0.1"), "{}", status_text(&node));
    old.join().unwrap();
    node.press("generate").unwrap();
    assert!(node.persistent_message().is_none(), "the next press must work: {}", status_text(&node));
}

#[test]
fn an_engine_that_hangs() {
    let (stage, _turn) = stage();
    let stopped = Arc::new(AtomicU32::new(0));
    let on_progress: OnProgress = {
        let (stopped, client) = (stopped.clone(), stage.client());
        Box::new(move |_, value| {
            if value > 0.25 && stopped.load(Ordering::SeqCst) == 0 {
                let pid = client.running().unwrap().pid;
                stopped.store(pid, Ordering::SeqCst);
                signal(pid, "STOP");
            }
            true
        })
    };
    let host = host(HostOptions::natron());
    let watch = Watch { on_progress: Some(on_progress), ..Watch::default() };
    let node = Instance::create(&host, long_shot(large_still(), 151).watch(watch)).unwrap();
    node.press("generate").unwrap();
    assert!(stopped.load(Ordering::SeqCst) > 0, "the engine was never caught at work");
    assert!(status_text(&node).contains("did not answer"), "{}", status_text(&node));
    node.press("generate").unwrap();
    assert!(node.persistent_message().is_none(), "the next press must work: {}", status_text(&node));
}

#[test]
fn a_full_disk() {
    let (stage, _turn) = stage();
    stage.stop_engine();
    let host = host(HostOptions::natron());
    let node = node(&host, large_still(), 161);
    {
        // A limit on file sizes gives the engine the very error a full disk gives, without needing one.
        let limited = script(stage, "limited", &format!("trap '' XFSZ; ulimit -f 100; exec '{}' \"$@\"", engine().display()));
        let _limited = Variable::set("WAKEFRAME_ENGINE", limited);
        node.press("generate").unwrap();
        assert!(status_text(&node).contains("disk") && status_text(&node).contains("full"), "{}", status_text(&node));
        assert!(node.render(&RenderRequest::viewer(3.0)).unwrap().is_clean());
        stage.stop_engine();
    }
    let torn: Vec<_> =
        walk(&stage.folder.join("store")).into_iter().filter(|p| p.file_name().unwrap().to_string_lossy().starts_with('.')).collect();
    assert!(torn.is_empty(), "left behind: {torn:?}");
    node.press("generate").unwrap();
    assert!(node.persistent_message().is_none(), "the next press must work: {}", status_text(&node));
}

#[test]
fn two_hosts_ask_for_the_same_take_at_once() {
    let (stage, _turn) = stage();
    let host = host(HostOptions::farm());
    let nodes: Vec<_> = (0..2).map(|_| node(&host, small_still(), 171)).collect();
    // A third, another process with an engine of its own on the same store: the command line.
    let path = stage.folder.join("two.png");
    small_still().write_png(&path).unwrap();
    std::fs::create_dir_all(stage.folder.join("two")).unwrap();
    let mut command_line = Command::new(engine())
        .args(["render".as_ref(), path.as_os_str()])
        .args(["--prompt", "clouds drift left", "--seed", "171", "--duration", "0.5", "--pan", "0.5"])
        .args(["--store".as_ref(), stage.folder.join("store").as_os_str()])
        .args(["-o".as_ref(), stage.folder.join("two/frame.####.png").as_os_str()])
        .stderr(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    std::thread::scope(|scope| {
        for node in &nodes {
            scope.spawn(move || {
                let frame = node.render(&RenderRequest::at(12.0)).unwrap();
                assert!(frame.status.is_good(), "{:?}", node.messages());
            });
        }
    });
    assert!(command_line.wait().unwrap().success());
    stage.expect_one_take(171);
    let a = nodes[0].render(&RenderRequest::at(9.0)).unwrap();
    let b = nodes[1].render(&RenderRequest::at(9.0)).unwrap();
    assert!(a.bytes == b.bytes);
}

#[test]
fn a_corrupt_pack() {
    let (stage, _turn) = stage();
    let bundled = binaries().join("../Resources/models/mini");
    let copy = stage.folder.join("packs/mini");
    std::fs::create_dir_all(&copy).unwrap();
    for entry in std::fs::read_dir(&bundled).unwrap().flatten() {
        std::fs::copy(entry.path(), copy.join(entry.file_name())).unwrap();
    }
    let text = std::fs::read_to_string(copy.join("pack.toml")).unwrap();
    std::fs::write(copy.join("pack.toml"), format!("{text}\n# another pack of the same name\n")).unwrap();
    let denoiser = copy.join("denoiser.onnx");
    let mut bytes = std::fs::read(&denoiser).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&denoiser, bytes).unwrap();
    let host_with = |_: &Path| host(HostOptions::natron());
    {
        let _packs = Variable::set("WAKEFRAME_PACKS", stage.folder.join("packs"));
        let host = host_with(&copy);
        let node = node(&host, small_still(), 181);
        node.press("generate").unwrap();
        assert!(status_text(&node).contains("denoiser.onnx"), "{}", status_text(&node));
        assert!(node.render(&RenderRequest::viewer(3.0)).unwrap().is_clean());
    }
    let host = host_with(&bundled);
    let node = node(&host, small_still(), 181);
    node.press("generate").unwrap();
    assert!(node.persistent_message().is_none(), "the sound pack must work: {}", status_text(&node));
}

#[test]
fn safe_mode_passes_the_still_through_and_says_so() {
    let (stage, _turn) = stage();
    stage.stop_engine();
    let _safe = Variable::set("WAKEFRAME_SAFE_MODE", "1");
    let host = host(HostOptions::farm());
    let still = small_still();
    let node = node(&host, still.clone(), 191);
    let frame = node.render(&RenderRequest::at(12.0)).unwrap();
    assert!(frame.is_clean());
    assert!(measure::psnr(&still, &frame.picture) > 45.0);
    node.press("generate").unwrap();
    assert!(status_text(&node).to_lowercase().contains("safe mode"), "{}", status_text(&node));
    assert_eq!(stage.engine_pid(), None, "safe mode must not start the engine");
}

#[test]
fn a_killed_command_line_goes_on_from_where_it_was() {
    let (stage, _turn) = stage();
    let path = stage.folder.join("resume.png");
    large_still().write_png(&path).unwrap();
    let store = stage.folder.join("resume store");
    let render = || {
        let mut command = Command::new(engine());
        command
            .args(["render".as_ref(), path.as_os_str()])
            .args(["--prompt", "clouds drift left", "--duration", "6", "--pan", "0.3"])
            .args(["--store".as_ref(), store.as_os_str()])
            .args(["-o".as_ref(), stage.folder.join("resume.mp4").as_os_str()])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null());
        command
    };
    let mut first = render().spawn().unwrap();
    let open = || wakeframe_take::store::Store::open(&store).unwrap();
    wait_until("some frames are there", || open().takes().iter().any(|t| t.frames_done(144) >= 5));
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(!stage.folder.join("resume.mp4").exists());
    let take = &open().takes()[0];
    let kept: Vec<u32> = (0..144).filter(|n| take.has_frame(*n)).collect();
    let times = || -> Vec<_> {
        let path = |n: &u32| take.folder().join(format!("frames/{n:04}.frame"));
        kept.iter().map(|n| std::fs::metadata(path(n)).unwrap().modified().unwrap()).collect()
    };
    let before = times();
    assert!(before.len() >= 5 && before.len() < 144, "{} frames were kept", before.len());
    assert!(render().status().unwrap().success());
    assert_eq!(before, times(), "finished frames were made again");
    assert!(take.is_complete() && stage.folder.join("resume.mp4").exists());
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path());
    entries.flat_map(|p| if p.is_dir() { walk(&p) } else { vec![p] }).collect()
}
