//! The node as each host treats it: depths, row orders, scales, threads, instances, contexts.

mod stage;

use stage::{host, node, options, small_still, stage};
use wakeframe_tests::{
    ClipOptions, Components, Connection, Depth, Host, HostOptions, Instance, InstanceOptions, MessageSupport, Picture, Premult,
    RenderRequest, Rows, Status, measure,
};

fn render(node: &Instance, time: f64) -> wakeframe_tests::Frame {
    let frame = node.render(&RenderRequest::at(time)).unwrap();
    assert!(
        frame.is_clean(),
        "frame {time}: {} pixels unwritten, outside: {}, leaked: {}",
        frame.unwritten,
        frame.wrote_outside,
        frame.leaked_images
    );
    frame
}

#[test]
fn every_depth_component_and_row_order_shows_the_same_shot() {
    let (_stage, _turn) = stage();
    let host = host(HostOptions { depths: vec![Depth::Byte, Depth::Short, Depth::Half, Depth::Float], ..HostOptions::farm() });
    let reference = render(&node(&host, small_still(), 11), 9.0).picture;
    for depth in [Depth::Byte, Depth::Short, Depth::Half, Depth::Float] {
        for components in [Components::Rgba, Components::Rgb] {
            for rows in [
                Rows { negative: false, padding: 0 },
                Rows { negative: true, padding: 0 },
                Rows { negative: false, padding: 52 },
                Rows { negative: true, padding: 20 },
            ] {
                let what = format!("{depth:?} {components:?} {rows:?}");
                let options = options(small_still(), 11).source(|c| c.depth(depth).components(components).rows(rows)).output_rows(rows);
                let node = Instance::create(&host, options).unwrap();
                let frame = render(&node, 9.0);
                assert_eq!(frame.status, Status::Ok, "{what}: {:?}", node.messages());
                let worst = measure::largest_difference(&reference, &frame.picture);
                // The still's 8-bit levels are the same in every depth, so the take is; half a level of rounding remains.
                assert!(worst < 1.01 / 255.0, "{what} differs by {worst}");
            }
        }
    }
}

#[test]
fn a_picture_that_lies_elsewhere_on_the_canvas_is_found() {
    let (_stage, _turn) = stage();
    let host = host(HostOptions::farm());
    let plain = render(&node(&host, small_still(), 11), 5.0).picture;
    let moved = Instance::create(&host, options(small_still(), 11).source(|c| c.origin(37, -20))).unwrap();
    let frame = render(&moved, 5.0);
    assert_eq!((frame.bounds.x1, frame.bounds.y1), (37, -20));
    assert!(measure::largest_difference(&plain, &frame.picture) < 0.5 / 255.0);
}

#[test]
fn alpha_is_carried_premultiplied_and_straight() {
    let (_stage, _turn) = stage();
    let host = host(HostOptions::farm());
    let base = small_still();
    let still = Picture::from_fn(320, 180, |x, y| {
        let p = base.pixel(x, y);
        [p[0], p[1], p[2], if x < 160 { 1.0 } else { 0.25 + 0.5 * (y as f32 / 180.0) }]
    });
    for premult in [Premult::Unpremultiplied, Premult::Premultiplied] {
        let options = options(still.clone(), 3).value("pan", 0.0).value("strength", 0.0).source(|c| c.depth(Depth::Float).premult(premult));
        let node = Instance::create(&host, options).unwrap();
        let given = render(&node, 0.0).picture;
        let later = render(&node, 8.0).picture;
        let worst = measure::largest_difference(&given, &later);
        assert!(worst < 2e-3, "{premult:?}: a still that stands still changed by {worst}");
    }
}

#[test]
fn highlights_above_one_survive() {
    let (_stage, _turn) = stage();
    let host = host(HostOptions::natron());
    let still = small_still().map(|p| [p[0] * 6.0, p[1] * 6.0, p[2] * 6.0, 1.0]);
    let options = options(still.clone(), 3).value("inputTransfer", 0).source(|c| c.depth(Depth::Float));
    let node = Instance::create(&host, options).unwrap();
    assert!(node.press("generate").unwrap().is_good(), "{:?}", node.messages());
    let brightest = |p: &Picture| p.pixels().iter().map(|p| p[1]).fold(0.0, f32::max);
    let frame = render(&node, 9.0);
    assert!(brightest(&frame.picture) > 0.9 * brightest(&still), "{} of {}", brightest(&frame.picture), brightest(&still));
}

#[test]
fn half_scale_shows_the_full_scale_take() {
    let (stage, _turn) = stage();
    let host = host(HostOptions::natron());
    let node = node(&host, small_still(), 21);
    assert!(node.press("generate").unwrap().is_good());
    let full = node.render(&RenderRequest::viewer(12.0)).unwrap();
    let half = node.render(&RenderRequest::viewer(12.0).scale(0.5)).unwrap();
    assert!(half.is_clean() && half.status == Status::Ok);
    assert_eq!((half.picture.width(), half.picture.height()), (160, 90));
    let psnr = measure::psnr(&full.picture.resized(160, 90), &half.picture);
    assert!(psnr > 35.0, "half scale is {psnr:.1} dB from full scale");
    stage.expect_one_take(21);
}

#[test]
fn four_threads_out_of_order_see_one_take() {
    let (stage, _turn) = stage();
    let host = host(HostOptions::farm());
    let node = node(&host, small_still(), 31);
    let times = [12.0, 3.0, 7.0, 1.0, 12.0, 12.0, 5.0, 2.0, 9.0, 11.0, 4.0, 12.0];
    let requests: Vec<_> = times.iter().map(|t| RenderRequest::at(*t)).collect();
    let frames = node.render_all(&requests, 4).unwrap();
    for frame in &frames {
        assert!(frame.is_clean() && frame.status == Status::Ok, "{:?}", node.messages());
        assert!(frame.bytes == render(&node, frame.time).bytes, "frame {} differs", frame.time);
    }
    stage.expect_one_take(31);
}

#[test]
fn a_new_instance_for_every_frame_as_mlt_makes_them() {
    let (stage, _turn) = stage();
    let mut last = Vec::new();
    for time in [0.0, 1.0, 6.0, 12.0, 12.0, 12.0] {
        let host = Host::load(&stage::bundle(), HostOptions::mlt()).unwrap();
        let options = InstanceOptions { context: wakeframe_tests::Context::Filter, ..options(small_still(), 41) };
        let node = Instance::create(&host, options).unwrap();
        let frame = render(&node, time);
        assert_eq!(frame.status, Status::Ok, "{:?}", node.messages());
        assert!(node.param_writes().is_empty(), "a parameter was set while rendering: MLT crashes");
        last.push(frame.bytes);
    }
    assert!(last[3] == last[4] && last[4] == last[5]);
    assert!(last[1] != last[2]);
    stage.expect_one_take(41);
}

#[test]
fn the_sequence_actions_per_frame_and_as_a_whole() {
    let (_stage, _turn) = stage();
    let host = host(HostOptions::farm());
    let node = node(&host, small_still(), 51);
    assert!(node.begin_sequence(1.0, 12.0, &RenderRequest::at(1.0)).unwrap().is_good());
    for t in 1..=3 {
        assert_eq!(node.render(&RenderRequest::at(f64::from(t)).in_sequence()).unwrap().status, Status::Ok);
    }
    assert!(node.end_sequence(1.0, 12.0, &RenderRequest::at(1.0)).unwrap().is_good());
    let frame = render(&node, 2.0);
    assert!(frame.sequence_status.is_some_and(|(begin, end)| begin.is_good() && end.is_good()));
}

#[test]
fn before_within_and_after_the_take() {
    let (_stage, _turn) = stage();
    let host = host(HostOptions::farm());
    let still = small_still();
    let node = Instance::create(&host, options(still.clone(), 61).value("startFrame", 10.0)).unwrap();
    let at = |t: f64| render(&node, t).picture;
    let (first, second, last) = (at(10.0), at(11.0), at(21.0));
    assert!(measure::psnr(&still, &at(2.0)) > 45.0, "before the take the still is shown");
    assert!(measure::psnr(&still, &first) > 40.0);
    assert_eq!(at(500.0), last, "hold");
    node.edit("afterEnd", 1).unwrap();
    assert_eq!(at(22.0), first, "loop");
    assert_eq!(at(23.0), second);
    node.edit("afterEnd", 2).unwrap();
    assert_eq!(at(22.0), at(20.0), "ping-pong");
    node.edit("afterEnd", 3).unwrap();
    assert!(at(22.0).pixels().iter().all(|p| p[..3] == [0.0; 3]), "black");
    let (_, domain) = node.get_time_domain().unwrap();
    assert_eq!(domain, Some((10.0, 21.0)));
    assert!(node.preferences().frame_varying, "Natron would show one frame for ever");
    let needed = node.get_frames_needed(15.0).unwrap().1;
    assert!(needed.iter().any(|(clip, a, b)| clip == "Source" && (*a, *b) == (1.0, 1.0)), "{needed:?}");
}

#[test]
fn the_still_frame_is_the_still() {
    let (_stage, _turn) = stage();
    let host = host(HostOptions::farm());
    let frames: Vec<Picture> = (0..4).map(|i| small_still().map(|p| [p[0], p[1] * (1.0 - 0.2 * i as f32), p[2], 1.0])).collect();
    let options =
        options(frames[0].clone(), 71).clip("Source", ClipOptions::sequence(frames.clone()).depth(Depth::Byte)).value("stillFrame", 3.0);
    let node = Instance::create(&host, options).unwrap();
    for t in [1.0, 4.0] {
        assert!(measure::psnr(&frames[2], &render(&node, t).picture) > 20.0);
    }
    assert!(measure::psnr(&frames[2], &render(&node, 1.0).picture) > 40.0);
}

#[test]
fn outside_the_mask_the_stills_own_pixels_come_back() {
    let (_stage, _turn) = stage();
    let host = host(HostOptions::farm());
    let still = small_still();
    let mask = Picture::mask(320, 180, |x, _| if x < 160 { 1.0 } else { 0.0 });
    let mask = ClipOptions::still(mask).components(Components::Alpha).depth(Depth::Byte);
    let options = options(still.clone(), 81).clip("Mask", mask);
    let node = Instance::create(&host, options).unwrap();
    let still_bytes = |frame: &wakeframe_tests::Frame, x: usize, y: usize| frame.picture.pixel(x, y);
    let off = render(&node, 12.0);
    assert_ne!(still_bytes(&off, 300, 90), still.pixel(300, 90), "the mask was used without being asked for");
    node.edit("useMask", true).unwrap();
    let on = render(&node, 12.0);
    for y in 0..180 {
        for x in 160..320 {
            let (a, b) = (still.pixel(x, y), on.picture.pixel(x, y));
            assert!((0..3).all(|c| (a[c] - b[c]).abs() < 0.51 / 255.0), "({x},{y}): {a:?} became {b:?}");
        }
    }
    assert_eq!(on.picture.crop(0, 0, 158, 180), off.picture.crop(0, 0, 158, 180));
}

#[test]
fn resolves_connected_mask_without_an_image_is_no_mask() {
    let (_stage, _turn) = stage();
    let host = host(HostOptions { background: true, ..HostOptions::resolve() });
    let mask = ClipOptions::unconnected().connection(Connection::ClaimsConnected);
    // A seed of its own: an engine that still makes another test's take of this name writes to a folder that is gone.
    let node = Instance::create(&host, options(small_still(), 82).clip("Mask", mask).value("useMask", true)).unwrap();
    let frame = render(&node, 12.0);
    assert!(frame.status.is_good());
}

#[test]
fn an_unconnected_source_is_said_and_every_pixel_written() {
    let (_stage, _turn) = stage();
    for host_options in [HostOptions::farm(), HostOptions::natron(), HostOptions::resolve()] {
        let host = host(host_options);
        let options = InstanceOptions { project_size: Some((320.0, 180.0)), ..options(small_still(), 1) };
        let options = options.clip("Source", ClipOptions::unconnected());
        let node = Instance::create(&host, options).unwrap();
        node.press("generate").unwrap();
        assert!(format!("{:?}", node.get("status").unwrap()).to_lowercase().contains("connect"), "{:?}", node.get("status"));
        let frame = node.render(&RenderRequest::at(1.0)).unwrap();
        assert_eq!(frame.unwritten, 0);
    }
}

#[test]
fn a_viewer_shows_the_still_until_generate_is_pressed() {
    let (stage, _turn) = stage();
    let host = host(HostOptions::natron());
    let still = small_still();
    let node = node(&host, still.clone(), 91);
    let frame = node.render(&RenderRequest::viewer(12.0)).unwrap();
    assert!(frame.is_clean() && frame.status == Status::Ok);
    assert!(measure::psnr(&still, &frame.picture) > 45.0);
    assert!(node.persistent_message().is_some_and(|m| m.text.contains("Generate")), "{:?}", node.messages());
    assert_eq!(stage.whole_takes(91), 0, "looking must not generate");

    let revision = node.get("revision").unwrap();
    assert!(node.press("generate").unwrap().is_good());
    assert_ne!(node.get("revision").unwrap(), revision, "the host would not render again");
    assert!(node.progress().len() > 3, "{:?}", node.progress());
    assert!(node.param_writes().iter().all(|w| w.legal), "{:?}", node.param_writes());
    let after = node.render(&RenderRequest::viewer(12.0)).unwrap();
    assert!(measure::psnr(&still, &after.picture) < 40.0, "nothing moved");
    assert!(node.persistent_message().is_none(), "{:?}", node.persistent_message());
    node.press("generate").unwrap();
    stage.expect_one_take(91);
}

#[test]
fn a_thumbnail_never_generates() {
    let (stage, _turn) = stage();
    let host = host(HostOptions { thumbnails: true, background: true, ..HostOptions::resolve() });
    let node = node(&host, small_still(), 95);
    let frame = node.render(&RenderRequest::at(6.0).thumbnail()).unwrap();
    assert!(frame.is_clean());
    let begun = stage.store().takes().iter().any(|t| t.manifest().unwrap().is_some_and(|m| m.request.seed == 95));
    assert!(!begun);
}

#[test]
fn hosts_with_few_suites_get_the_same_shot() {
    let (_stage, _turn) = stage();
    let poor = [
        HostOptions {
            messages: MessageSupport::None,
            progress_suite: 0,
            timeline_suite: false,
            multi_thread_suite: false,
            ..HostOptions::natron()
        },
        HostOptions { messages: MessageSupport::V1, progress_suite: 1, ..HostOptions::natron() },
        HostOptions { messages: MessageSupport::V2WithoutPersistent, progress_suite: 2, ..HostOptions::natron() },
    ];
    let mut seen: Vec<Vec<u8>> = Vec::new();
    for options in poor {
        let what = format!("{:?}, progress {}", options.messages, options.progress_suite);
        let host = host(options);
        let node = node(&host, small_still(), 201);
        assert!(node.render(&RenderRequest::viewer(12.0)).unwrap().is_clean(), "{what}");
        assert!(node.press("generate").unwrap().is_good(), "{what}");
        assert!(format!("{:?}", node.get("status").unwrap()).contains("12 frames"), "{what}: {:?}", node.get("status"));
        assert!(node.messages().iter().all(|m| !m.uses_arguments()), "{what}: Natron misuses arguments: {:?}", node.messages());
        seen.push(node.render(&RenderRequest::viewer(12.0)).unwrap().bytes);
    }
    assert!(seen.windows(2).all(|w| w[0] == w[1]));
}
