//! The main job on a real photograph: bundle → node → engine → frames → timeline.

mod stage;

use std::process::Command;

use stage::{engine, host, node, options, photograph, small_still, stage};
use wakeframe_tests::{Frame, HostOptions, Instance, InstanceOptions, Picture, RenderRequest, measure};

/// 24 frames of a photograph, one second, scaled down so that the suite stays quick.
fn shot(host: &wakeframe_tests::Host, still: &Picture, pan: f64) -> Vec<Frame> {
    let options = InstanceOptions { values: Vec::new(), ..options(still.clone(), 5) };
    let options = options.value("prompt", "").value("seed", 5).value("duration", 1.0).value("pan", pan).value("inputTransfer", 1);
    let node = Instance::create(host, options).unwrap();
    let frames: Vec<Frame> = (1..=24).map(|t| node.render(&RenderRequest::at(f64::from(t))).unwrap()).collect();
    for frame in &frames {
        assert!(frame.is_clean() && frame.status.is_good(), "frame {}: {:?}, {:?}", frame.time, frame.status, node.messages());
    }
    frames
}

#[test]
fn a_photograph_moves_the_way_it_was_asked() {
    let (_stage, _turn) = stage();
    let still = Picture::read(&photograph("picosdeeuropa.jpg")).unwrap().resized(960, 540);
    let host = host(HostOptions::farm());
    let mut moved = Vec::new();
    for pan in [0.6, -0.6] {
        let frames = shot(&host, &still, pan);
        let psnr = measure::psnr(&still, &frames[0].picture);
        assert!(psnr >= 40.0, "frame 0 is {psnr:.1} dB from the still");
        let shift = measure::shift(&frames[0].picture, &frames[23].picture);
        moved.push(shift.dx);
        let darkest = frames[23].picture.pixels().iter().map(|p| p[0] + p[1] + p[2]).fold(f32::MAX, f32::min);
        let still_darkest = still.pixels().iter().map(|p| p[0] + p[1] + p[2]).fold(f32::MAX, f32::min);
        assert!(darkest >= still_darkest - 0.1, "black came in at a border");
    }
    println!("pan +0.6 moved the picture {:.1} px, pan -0.6 {:.1} px, of 960", moved[0], moved[1]);
    assert!(moved[0] < -4.0, "pan +0.6 must move the picture left, it moved {:.1} px", moved[0]);
    assert!(moved[1] > 4.0, "pan -0.6 must move the picture right, it moved {:.1} px", moved[1]);
}

#[test]
fn tilt_dolly_and_roll_have_their_signs() {
    let (_stage, _turn) = stage();
    let still = Picture::read(&photograph("picosdeeuropa.jpg")).unwrap().resized(640, 360);
    let host = host(HostOptions::farm());
    let last = |name: &str, value: f64| {
        let options = InstanceOptions { values: Vec::new(), ..options(still.clone(), 5) };
        let options = options.value("seed", 5).value("duration", 1.0).value(name, value).value("inputTransfer", 1);
        let node = Instance::create(&host, options).unwrap();
        let frame = node.render(&RenderRequest::at(24.0)).unwrap();
        assert!(frame.status.is_good(), "{:?}", node.messages());
        measure::motion(&still, &frame.picture)
    };
    for sign in [1.0, -1.0] {
        let tilt = last("tilt", 0.8 * sign);
        assert!(tilt.dy * sign > 2.0, "tilt {sign}: the picture moved {tilt:?}");
        let dolly = last("dolly", 0.8 * sign);
        assert!(dolly.growth * sign > 0.01, "dolly {sign}: {dolly:?}");
        let roll = last("roll", 0.8 * sign);
        assert!(roll.turn_clockwise * sign < -0.005, "roll {sign}: the picture must turn the other way: {roll:?}");
    }
}

#[test]
fn the_prompt_and_the_seed_move_the_sky_and_leave_the_rock() {
    let (_stage, _turn) = stage();
    let still = Picture::read(&photograph("picosdeeuropa.jpg")).unwrap().resized(960, 540);
    let host = host(HostOptions::farm());
    let last = |prompt: &str, seed: i32| {
        let options = InstanceOptions { values: Vec::new(), ..options(still.clone(), seed) };
        let options = options.value("prompt", prompt).value("seed", seed).value("duration", 2.0).value("inputTransfer", 1);
        let node = Instance::create(&host, options).unwrap();
        let frame = node.render(&RenderRequest::at(48.0)).unwrap();
        assert!(frame.status.is_good(), "{:?}", node.messages());
        frame.picture
    };
    let cloud = |p: &Picture| p.crop(80, 40, 336, 168);
    let rock = |p: &Picture| p.crop(480, 190, 740, 400);
    let (left, right) = (last("clouds drift left", 3), last("clouds drift right", 3));
    let (to_left, to_right) = (measure::shift(&cloud(&still), &cloud(&left)).dx, measure::shift(&cloud(&still), &cloud(&right)).dx);
    assert!(to_left < -3.0 && to_right > 3.0, "the clouds moved {to_left:.1} and {to_right:.1} px");
    for moved in [&left, &right] {
        let worst = measure::largest_difference(&rock(&still), &rock(moved));
        assert!(worst < 0.51 / 255.0, "the rock changed by {worst}, more than rounding to 8 bit");
    }
    let other = measure::mean_difference(&cloud(&left), &cloud(&last("clouds drift left", 4)));
    assert!(other > 1.0 / 255.0, "two seeds differ by {other}");
    assert!(measure::psnr(&still, &last("nothing moves, static scene", 3)) > 45.0);
}

#[test]
fn the_command_line_and_the_node_make_the_same_frames() {
    let (stage, _turn) = stage();
    let folder = stage.folder.join("cli");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("still.png");
    small_still().write_png(&path).unwrap();
    let still = Picture::read(&path).unwrap();

    let host = host(HostOptions::farm());
    let node = node(&host, still, 77);
    let in_node: Vec<Frame> = [1.0, 7.0, 12.0].iter().map(|t| node.render(&RenderRequest::at(*t)).unwrap()).collect();

    let out = Command::new(engine())
        .args(["render".as_ref(), path.as_os_str()])
        .args(["--prompt", "clouds drift left", "--seed", "77", "--duration", "0.5", "--fps", "24", "--pan", "0.5"])
        .arg("--store")
        .arg(folder.join("store of its own"))
        .args(["-o".as_ref(), folder.join("frame.####.png").as_os_str()])
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    for (frame, number) in in_node.iter().zip([1, 7, 12]) {
        let in_file = Picture::read(&folder.join(format!("frame.{number:04}.png"))).unwrap();
        assert_eq!(in_file.width(), frame.picture.width());
        let worst = measure::largest_difference(&in_file, &frame.picture);
        assert!(worst < 0.5 / 255.0, "frame {number} differs by {worst}");
    }
}

#[test]
fn a_seed_gives_the_same_bytes_again_on_any_number_of_threads() {
    let (stage, _turn) = stage();
    let path = stage.folder.join("threads.png");
    small_still().write_png(&path).unwrap();
    let frames = |threads: &str, run: &str| {
        let folder = stage.folder.join(format!("threads {threads} {run}"));
        std::fs::create_dir_all(&folder).unwrap();
        let out = Command::new(engine())
            .env("WAKEFRAME_THREADS", threads)
            .args(["render".as_ref(), path.as_os_str()])
            .args([
                "--prompt",
                "clouds drift left, water ripples, leaves sway",
                "--seed",
                "3",
                "--duration",
                "0.5",
                "--dolly",
                "0.4",
                "--roll",
                "-0.3",
            ])
            .arg("--store")
            .arg(folder.join("store"))
            .args(["-o".as_ref(), folder.join("frame.####.png").as_os_str()])
            .output()
            .unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let takes: Vec<_> = std::fs::read_dir(folder.join("store/takes")).unwrap().flatten().map(|e| e.path()).collect();
        assert_eq!(takes.len(), 1);
        let mut files: Vec<_> = std::fs::read_dir(takes[0].join("frames")).unwrap().flatten().map(|e| e.path()).collect();
        files.sort();
        assert_eq!(files.len(), 12);
        files.iter().map(|f| std::fs::read(f).unwrap()).collect::<Vec<_>>()
    };
    let one = frames("1", "a");
    assert!(one == frames("1", "b"), "two runs differ");
    assert!(one == frames("5", "a"), "one thread and five differ");
    assert!(one[0] != one[11], "nothing moved");
}
