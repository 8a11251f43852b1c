//! The host is proved by plugins that are not ours: two examples of the OpenFX repository, and a
//! probe that breaks one rule at a time.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use wakeframe_tests::{
    ClipOptions, Components, Connection, Context, Depth, Error, Frame, Host, HostOptions, Instance, InstanceOptions, MessageKind,
    MessageSupport, Omitted, OutsideRange, ParamKind, ParamValue, Picture, Premult, ProgressEvent, Rect, RenderRequest, Result, Rows,
    Scale, Sequence, Status, ThreadSafety, Uids, Watch, fixture, measure,
};

const NEGATIVE: Rows = Rows { negative: true, padding: 0 };
const PADDED: Rows = Rows { negative: false, padding: 20 };
const BOTH: Rows = Rows { negative: true, padding: 36 };

fn still() -> Picture {
    Picture::texture(40, 30, 11)
}

/// As the byte pixels a host hands out.
fn quantised(picture: &Picture) -> Picture {
    picture.map(|p| p.map(|v| (v * 255.0).round() / 255.0))
}

fn misbehave(options: HostOptions) -> Result<Host> {
    Host::load(&fixture::misbehave(), options)
}

/// A render of the probe doing one thing.
fn act(node: &Instance, what: &str) -> Result<Frame> {
    node.set("act", what)?;
    node.render(&RenderRequest::at(1.0))
}

#[test]
fn invert_is_described() -> Result<()> {
    let host = Host::load(&fixture::invert(), HostOptions::default())?;
    let [plugin] = host.plugins() else { panic!("one plugin: {:?}", host.plugins()) };
    assert_eq!(plugin.id, "uk.co.thefoundry.OfxInvertExample");
    assert_eq!(plugin.version, (1, 0));
    assert_eq!((plugin.label.as_str(), plugin.group.as_str()), ("OFX Invert Example", "OFX Example"));
    assert_eq!(plugin.contexts, [Context::Filter]);
    assert_eq!(plugin.depths, ["OfxBitDepthByte"]);
    assert_eq!(plugin.thread_safety, ThreadSafety::InstanceSafe);
    let described = host.describe_in_context(None, Context::Filter)?;
    let clips: Vec<&str> = described.clips.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(clips, ["Output", "Source"]);
    assert!(described.params.is_empty());
    Ok(())
}

#[test]
fn basic_is_described() -> Result<()> {
    let host = Host::load(&fixture::basic(), HostOptions::default())?;
    assert_eq!(host.plugins()[0].contexts, [Context::Filter, Context::General]);
    let general = host.describe_in_context(None, Context::General)?;
    let mask = general.clips.iter().find(|c| c.name == "Mask").expect("a mask clip in General");
    assert!(mask.optional && mask.components == ["OfxImageComponentAlpha"]);
    let scale = general.param("scale").expect("the gain");
    assert_eq!((&scale.kind, scale.default.clone()), (&ParamKind::Double, Some(1.0.into())));
    let red = general.param("scaleR").expect("the gain of red");
    assert_eq!((red.label.as_str(), red.parent.as_str()), ("red", "componentScales"));
    assert_eq!(red.display_range, Some((0.0, 100.0)));
    let page = general.param("Main").expect("the page");
    assert_eq!(page.kind, ParamKind::Page);
    assert_eq!(page.children.len(), 6);
    Ok(())
}

#[test]
fn invert_renders_bytes_in_every_row_order() -> Result<()> {
    let host = Host::load(&fixture::invert(), HostOptions::default())?;
    let still = Picture::noise(33, 17, 5);
    let inverted = quantised(&still).map(|p| p.map(|v| 1.0 - v));
    for source in [Rows::default(), NEGATIVE, PADDED, BOTH] {
        for output in [Rows::default(), NEGATIVE, PADDED, BOTH] {
            let options = InstanceOptions::filter(still.clone())
                .source(|clip| clip.rows(source).premult(Premult::Unpremultiplied))
                .output_rows(output);
            let frame = Instance::create(&host, options)?.render(&RenderRequest::at(1.0))?;
            assert_eq!(frame.status, Status::Ok);
            assert_eq!((frame.unwritten, frame.wrote_outside), (0, false), "{source:?} {output:?}");
            let off = measure::largest_difference(&frame.picture, &inverted);
            assert!(off < 1e-6, "{source:?} {output:?}: {off}");
            assert_eq!(frame.bytes.len(), 33 * 17 * 4);
        }
    }
    Ok(())
}

#[test]
fn the_leak_in_the_invert_example_is_seen() -> Result<()> {
    // Its `outputImg` is declared twice, so the output image is never released.
    let host = Host::load(&fixture::invert(), HostOptions::default())?;
    let node = Instance::create(&host, InstanceOptions::filter(still()))?;
    assert_eq!(node.render(&RenderRequest::at(1.0))?.leaked_images, 1);
    Ok(())
}

#[test]
fn basic_renders_every_depth_it_has() -> Result<()> {
    let host = Host::load(&fixture::basic(), HostOptions::default())?;
    for (depth, rendered) in [
        (Depth::Byte, Depth::Byte),
        (Depth::Short, Depth::Short),
        (Depth::Float, Depth::Float),
        // Not supported: HostSupport maps it to the next best.
        (Depth::Half, Depth::Float),
    ] {
        let options =
            InstanceOptions::general(still()).source(|clip| clip.depth(depth).rows(BOTH)).output_rows(NEGATIVE).value("scale", 0.5);
        let node = Instance::create(&host, options)?;
        let frame = node.render(&RenderRequest::at(1.0))?;
        assert_eq!((frame.status, frame.depth), (Status::Ok, rendered));
        assert!(frame.is_clean(), "{depth:?}: {frame:?}");
        let expected = still().map(|p| p.map(|v| v * 0.5));
        let off = measure::largest_difference(&frame.picture, &expected);
        assert!(off < if depth == Depth::Byte { 1.0 / 255.0 } else { 1e-3 }, "{depth:?}: {off}");
        assert_eq!(node.destroy()?, Status::Ok);
    }
    Ok(())
}

#[test]
fn alpha_only_clips_are_rendered() -> Result<()> {
    let host = Host::load(&fixture::basic(), HostOptions::default())?;
    let mask = Picture::mask(16, 8, |x, _| x as f32 / 15.0);
    let options = InstanceOptions::filter(mask.clone()).source(|clip| clip.components(Components::Alpha).depth(Depth::Float));
    let frame = Instance::create(&host, options)?.render(&RenderRequest::at(1.0))?;
    assert_eq!((frame.status, frame.components), (Status::Ok, Components::Alpha));
    assert_eq!(frame.picture, mask);
    Ok(())
}

#[test]
fn a_mask_limits_the_gain() -> Result<()> {
    let host = Host::load(&fixture::basic(), HostOptions::default())?;
    let mask = Picture::mask(40, 30, |x, _| if x < 20 { 0.0 } else { 1.0 });
    let mask = ClipOptions::still(mask).components(Components::Alpha).depth(Depth::Float);
    let options = InstanceOptions::general(still()).source(|clip| clip.depth(Depth::Float)).clip("Mask", mask).value("scale", 0.25);
    let frame = Instance::create(&host, options)?.render(&RenderRequest::at(1.0))?;
    assert!(frame.is_clean(), "{:?}", frame.status);
    assert_eq!(frame.picture.pixel(5, 5), still().pixel(5, 5));
    assert_eq!(frame.picture.pixel(30, 5)[0], still().pixel(30, 5)[0] * 0.25);
    Ok(())
}

#[test]
fn half_scale_offsets_and_pixel_aspect_agree() -> Result<()> {
    let host = misbehave(HostOptions::default())?;
    let options = InstanceOptions::general(still()).source(|clip| clip.depth(Depth::Float).origin(-7, 4).pixel_aspect(2.0));
    let node = Instance::create(&host, options)?;
    let (_, rod) = node.get_rod(1.0, Scale::FULL)?;
    assert_eq!(rod, [-14.0, 4.0, 66.0, 34.0]);
    let full = node.render(&RenderRequest::at(1.0))?;
    assert_eq!(full.bounds, Rect { x1: -7, y1: 4, x2: 33, y2: 34 });
    assert_eq!(full.picture, still());
    let half = node.render(&RenderRequest::at(1.0).scale(0.5))?;
    assert_eq!(half.bounds, Rect { x1: -4, y1: 2, x2: 17, y2: 17 });
    assert!(half.is_clean());
    let off = measure::largest_difference(&half.picture, &still().resized(21, 15));
    assert!(off < 1e-6);
    Ok(())
}

#[test]
fn a_window_is_all_that_is_rendered() -> Result<()> {
    let host = misbehave(HostOptions::default())?;
    let node = Instance::create(&host, InstanceOptions::general(still()))?;
    let window = Rect { x1: 3, y1: 2, x2: 11, y2: 9 };
    let frame = node.render(&RenderRequest::at(1.0).window(window))?;
    assert_eq!((frame.unwritten, frame.wrote_outside), (0, false));
    assert_eq!(frame.bounds, Rect { x1: 0, y1: 0, x2: 40, y2: 30 });
    // Lower row 2 of the image is row 27 from the top.
    assert_eq!(frame.picture.pixel(3, 27), quantised(&still()).pixel(3, 27));
    Ok(())
}

#[test]
fn premultiplied_and_rgb_sources_are_what_they_say() -> Result<()> {
    let host = misbehave(HostOptions::default())?;
    let picture = Picture::filled(4, 4, [0.5, 1.0, 0.25, 0.5]);
    let render = |change: fn(ClipOptions) -> ClipOptions| {
        let options = InstanceOptions::general(picture.clone()).source(change);
        let frame = Instance::create(&host, options)?.render(&RenderRequest::at(1.0))?;
        Ok::<_, Error>((frame.picture.pixel(0, 0), frame.premult, frame.components))
    };
    assert_eq!(render(|clip| clip.depth(Depth::Float))?, ([0.25, 0.5, 0.125, 0.5], Premult::Premultiplied, Components::Rgba));
    assert_eq!(render(|clip| clip.depth(Depth::Float).premult(Premult::Unpremultiplied))?.0, [0.5, 1.0, 0.25, 0.5]);
    let (pixel, premult, components) = render(|clip| clip.depth(Depth::Half).components(Components::Rgb).premult(Premult::Opaque))?;
    assert_eq!((pixel, premult, components), ([0.5, 1.0, 0.25, 1.0], Premult::Opaque, Components::Rgb));
    Ok(())
}

#[test]
fn threads_render_out_of_order() -> Result<()> {
    let host = misbehave(HostOptions::default())?;
    let pictures: Vec<Picture> = (0..24).map(|i| Picture::texture(40, 30, i)).collect();
    let options = InstanceOptions::new(Context::General).clip("Source", ClipOptions::sequence(pictures.clone()).depth(Depth::Float));
    let node = Instance::create(&host, options)?;
    // 7 and 24 have no common divisor: every frame once, none in order; then the last again.
    let mut requests: Vec<RenderRequest> = (0..24).map(|i| RenderRequest::at(f64::from(i * 7 % 24 + 1))).collect();
    requests.push(RenderRequest::at(24.0));
    let frames = node.render_all(&requests, 4)?;
    assert_eq!(frames.len(), 25);
    for frame in &frames {
        assert!(frame.is_clean(), "{}", frame.time);
        assert_eq!(frame.picture, pictures[frame.time as usize - 1], "{}", frame.time);
        assert_eq!(frame.sequence_status, Some((Status::ReplyDefault, Status::ReplyDefault)));
    }
    Ok(())
}

#[test]
fn a_new_instance_for_every_frame_works() -> Result<()> {
    let host = misbehave(HostOptions::mlt())?;
    for time in [0.0, 1.0, 2.0, 2.0, 2.0] {
        let node = Instance::create(&host, InstanceOptions::filter(still()).frames(0.0, 2.0))?;
        assert_eq!(node.create_status(), Status::Ok);
        assert!(node.render(&RenderRequest::at(time))?.is_clean());
        let names: Vec<String> = node.actions().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names[0], "OfxActionCreateInstance");
        assert_eq!(node.destroy()?, Status::Ok);
    }
    Ok(())
}

#[test]
fn sequences_are_per_frame_or_whole() -> Result<()> {
    let host = misbehave(HostOptions::default())?;
    let node = Instance::create(&host, InstanceOptions::general(still()))?;
    let request = RenderRequest::at(1.0).in_sequence();
    assert_eq!(request.sequence, Sequence::ByCaller);
    node.clear_records();
    node.begin_sequence(1.0, 2.0, &request)?;
    node.render(&request)?;
    node.render(&RenderRequest::at(2.0).in_sequence())?;
    node.end_sequence(1.0, 2.0, &request)?;
    let count = |name: &str| node.actions().iter().filter(|(action, _)| action == name).count();
    assert_eq!(count("OfxImageEffectActionBeginSequenceRender"), 1);
    assert_eq!(count("OfxImageEffectActionRender"), 2);
    assert_eq!(count("OfxImageEffectActionEndSequenceRender"), 1);
    Ok(())
}

#[test]
fn clips_that_are_not_there_give_no_images() -> Result<()> {
    let host = misbehave(HostOptions::default())?;
    for connection in [Connection::Unconnected, Connection::ClaimsConnected] {
        let options = InstanceOptions::general(still()).source(|clip| clip.connection(connection));
        let node = Instance::create(&host, options)?;
        assert_eq!(node.fetches("Source"), 0);
        let frame = node.render(&RenderRequest::at(1.0))?;
        // A fetch that never reached the pixels is none.
        assert_eq!(node.fetches("Source"), usize::from(connection != Connection::Unconnected));
        assert_eq!(frame.status, Status::Ok);
        // The probe writes black where it has no source.
        assert_eq!(frame.picture, Picture::filled(40, 30, [0.0; 4]), "{connection:?}");
    }
    let options = InstanceOptions::general(still()).source(|clip| clip.outside(OutsideRange::NoImage));
    let node = Instance::create(&host, options)?;
    assert_eq!(node.render(&RenderRequest::at(1.0))?.picture, quantised(&still()));
    assert_eq!(node.render(&RenderRequest::at(2.0))?.picture.pixel(0, 0), [0.0; 4]);
    Ok(())
}

#[test]
fn a_button_reports_progress_and_bumps_the_revision() -> Result<()> {
    let host = misbehave(HostOptions::default())?;
    let options = InstanceOptions::general(still()).source(|clip| clip.uids(Uids::Random));
    let node = Instance::create(&host, options)?;
    assert_eq!(node.press("work")?, Status::Ok);
    assert_eq!(node.get("revision")?, ParamValue::Int(1));
    let progress = node.progress();
    assert_eq!(progress[0].event, ProgressEvent::Start { label: "Working".into(), id: "work-id".into() });
    assert_eq!(progress[0].action, "OfxActionInstanceChanged");
    assert_eq!(progress[11].event, ProgressEvent::Update { value: 1.0, go_on: true });
    assert_eq!(progress[12].event, ProgressEvent::End);
    let [write] = &node.param_writes()[..] else { panic!("{:?}", node.param_writes()) };
    assert!(write.legal && write.evaluates && write.name == "revision");
    // The plugin's own edit came back to it.
    let changed = |(action, _): &(String, Status)| action == "OfxActionInstanceChanged";
    assert_eq!(node.actions().iter().filter(|a| changed(a)).count(), 2);
    assert!(node.param("revision")?.secret);
    assert_eq!((node.fetches("Source"), node.held_images()?), (1, 0));
    Ok(())
}

#[test]
fn progress_can_be_cancelled_three_ways() -> Result<()> {
    let host = misbehave(HostOptions { progress_suite: 1, ..HostOptions::default() })?;
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    let scripts = [
        Watch { cancel_at: Some(0.35), ..Watch::default() },
        Watch { cancel_after_updates: Some(4), ..Watch::default() },
        Watch {
            on_progress: Some(Box::new(move |label, _| {
                assert_eq!(label, "Working");
                count.fetch_add(1, Ordering::SeqCst) < 4
            })),
            ..Watch::default()
        },
        Watch { abort_after_polls: Some(4), ..Watch::default() },
    ];
    for (i, watch) in scripts.into_iter().enumerate() {
        let node = Instance::create(&host, InstanceOptions::general(still()).watch(watch))?;
        assert_eq!(node.press("work")?, Status::Ok);
        assert_eq!(node.get("revision")?, ParamValue::Int(0));
        // Start, five updates, end.
        assert_eq!(node.progress().len(), 7, "script {i}");
        let [message] = &node.messages()[..] else { panic!("{:?}", node.messages()) };
        assert_eq!((message.text.as_str(), &message.kind), ("cancelled at 100%", &MessageKind::Message));
        assert!(!message.uses_arguments());
    }
    assert_eq!(seen.load(Ordering::SeqCst), 5);
    Ok(())
}

#[test]
fn abort_comes_from_another_thread() -> Result<()> {
    let host = misbehave(HostOptions::default())?;
    let node = Instance::create(&host, InstanceOptions::general(still()))?;
    node.set("act", "poll abort")?;
    let frame = std::thread::scope(|scope| {
        let render = scope.spawn(|| node.render(&RenderRequest::at(1.0)));
        while node.abort_polls() < 3 {
            std::thread::yield_now();
        }
        node.abort();
        render.join().expect("the render ends")
    })?;
    assert_eq!(frame.status, Status::ReplyDefault);
    assert!(node.abort_polls() > 3);
    node.clear_abort();
    assert!(act(&node, "behave")?.is_clean());
    Ok(())
}

#[test]
fn an_abort_script_runs_once() -> Result<()> {
    let host = misbehave(HostOptions::default())?;
    let watch = Watch { abort_after_polls: Some(9), ..Watch::default() };
    let node = Instance::create(&host, InstanceOptions::general(still()).watch(watch))?;
    assert_eq!(act(&node, "poll abort")?.status, Status::ReplyDefault);
    assert_eq!(node.abort_polls(), 10);
    assert_eq!(act(&node, "poll abort")?.status, Status::ReplyDefault);
    assert_eq!(node.abort_polls(), 11);
    node.clear_abort();
    node.press("work")?;
    assert_eq!(node.get("revision")?, ParamValue::Int(0), "the button's polls count anew");
    Ok(())
}

#[test]
fn a_watchers_panic_reaches_the_test() -> Result<()> {
    let host = misbehave(HostOptions::default())?;
    let watch = Watch { on_progress: Some(Box::new(|_, _| panic!("seen"))), ..Watch::default() };
    let node = Instance::create(&host, InstanceOptions::general(still()).watch(watch))?;
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| node.press("work")));
    let payload = caught.expect_err("the panic is thrown again");
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"seen"));
    Ok(())
}

#[test]
fn every_broken_rule_is_noticed() -> Result<()> {
    let host = misbehave(HostOptions::default())?;
    for depth in [Depth::Byte, Depth::Short, Depth::Half, Depth::Float] {
        let options = InstanceOptions::general(still()).source(|clip| clip.depth(depth)).output_rows(PADDED);
        let node = Instance::create(&host, options)?;
        assert!(act(&node, "behave")?.is_clean(), "{depth:?}");
        assert_eq!(act(&node, "leave half")?.unwritten, 40 * 15, "{depth:?}");
        assert!(act(&node, "write outside")?.wrote_outside, "{depth:?}");
        assert_eq!(act(&node, "leak image")?.leaked_images, 1, "{depth:?}");
        assert!(node.param_writes().is_empty());
    }
    let node = Instance::create(&host, InstanceOptions::general(still()))?;
    act(&node, "set param")?;
    act(&node, "set param thread")?;
    let [in_render, off_thread] = &node.param_writes()[..] else { panic!("{:?}", node.param_writes()) };
    assert_eq!((in_render.legal, in_render.action.as_str()), (false, "OfxImageEffectActionRender"));
    assert_eq!((off_thread.legal, off_thread.action.as_str()), (false, ""));
    Ok(())
}

#[test]
fn strings_are_gone_after_the_next_call() -> Result<()> {
    let host = misbehave(HostOptions::default())?;
    let node = Instance::create(&host, InstanceOptions::general(still()).value("first", "ä"))?;
    act(&node, "hold string")?;
    let [message] = &node.messages()[..] else { panic!("{:?}", node.messages()) };
    assert_eq!(message.text, "ä became two");
    assert!(message.uses_arguments());
    Ok(())
}

#[test]
fn persistent_messages_are_kept_until_cleared() -> Result<()> {
    let host = misbehave(HostOptions::default())?;
    let node = Instance::create(&host, InstanceOptions::general(still()))?;
    let frame = act(&node, "fail")?;
    assert_eq!((frame.status, frame.unwritten), (Status::Failed, 0));
    let message = node.persistent_message().expect("a message");
    assert_eq!((message.text.as_str(), &message.kind), ("frame 1 failed", &MessageKind::Error));
    assert_eq!(message.action, "OfxImageEffectActionRender");
    node.press("work")?;
    assert_eq!(node.persistent_message(), None);
    Ok(())
}

#[test]
fn hosts_without_suites_hand_out_none() -> Result<()> {
    for messages in [MessageSupport::None, MessageSupport::V1, MessageSupport::V2WithoutPersistent] {
        let host = misbehave(HostOptions {
            messages,
            progress_suite: 0,
            timeline_suite: false,
            multi_thread_suite: false,
            ..HostOptions::default()
        })?;
        let node = Instance::create(&host, InstanceOptions::general(still()))?;
        assert_eq!(act(&node, "fail")?.status, Status::Failed);
        assert_eq!(node.persistent_message(), None);
        assert_eq!(node.press("work")?, Status::Ok);
        assert!(node.progress().is_empty());
    }
    Ok(())
}

#[test]
fn omitted_properties_are_unknown() -> Result<()> {
    // The probe is frame varying if it can read the project's size.
    let varying = |omitted| {
        let host = misbehave(HostOptions { omitted, ..HostOptions::default() })?;
        let node = Instance::create(&host, InstanceOptions::general(still()))?;
        Ok::<_, Error>(node.preferences().frame_varying)
    };
    assert!(varying(Vec::new())?);
    assert!(varying(vec![Omitted::on_clip("OfxImageEffectPropProjectSize")])?);
    assert!(!varying(vec![Omitted::on_instance("OfxImageEffectPropProjectSize")])?);
    Ok(())
}

#[test]
fn thumbnails_are_announced_where_the_host_does() -> Result<()> {
    for (options, black) in [(HostOptions::resolve(), true), (HostOptions::default(), false)] {
        let host = misbehave(options)?;
        let node = Instance::create(&host, InstanceOptions::general(still()))?;
        node.set("act", "report thumbnail")?;
        let thumbnail = node.render(&RenderRequest::at(1.0).thumbnail())?;
        assert_eq!(thumbnail.picture.pixel(0, 0) == [0.0; 4], black);
        assert_ne!(node.render(&RenderRequest::at(1.0))?.picture.pixel(0, 0), [0.0; 4]);
    }
    Ok(())
}

#[test]
fn temporal_actions_answer() -> Result<()> {
    let host = misbehave(HostOptions::default())?;
    let node = Instance::create(&host, InstanceOptions::general(still()))?;
    assert_eq!(node.get_time_domain()?, (Status::Ok, Some((1.0, 24.0))));
    let (status, frames) = node.get_frames_needed(12.0)?;
    assert_eq!(status, Status::Ok);
    assert!(frames.contains(&("Source".to_owned(), 1.0, 1.0)), "{frames:?}");
    let (status, regions) = node.get_roi(1.0, Scale::FULL, [0.0, 0.0, 4.0, 4.0])?;
    // No tiles: the whole of the source.
    assert_eq!((status, regions["Source"]), (Status::Ok, [0.0, 0.0, 40.0, 30.0]));
    assert_eq!(node.is_identity(&RenderRequest::at(1.0))?, (Status::ReplyDefault, None));
    assert_eq!(node.connect("Source", false)?, Status::ReplyDefault);
    assert_eq!(node.sync_private_data()?, Status::ReplyDefault);
    assert_eq!(node.purge_caches()?, Status::ReplyDefault);
    assert_eq!((node.begin_edit()?, node.end_edit()?), (Status::ReplyDefault, Status::ReplyDefault));
    Ok(())
}

#[test]
fn values_of_every_kind_are_set_and_read() -> Result<()> {
    let host = misbehave(HostOptions::default())?;
    let node = Instance::create(&host, InstanceOptions::general(still()))?;
    node.edit("first", "a\nprompt, 100% \"quoted\"")?;
    assert_eq!(node.get("first")?, "a\nprompt, 100% \"quoted\"".into());
    node.set("colour", "0.25, 0.5, 1")?;
    assert_eq!(node.get("colour")?, ParamValue::Numbers(vec![0.25, 0.5, 1.0]));
    node.set("point", ParamValue::Numbers(vec![1.0, -2.0]))?;
    assert_eq!(node.get("point")?, ParamValue::Numbers(vec![1.0, -2.0]));
    node.set("act", "Leak Image")?;
    assert_eq!(node.get("act")?, ParamValue::Int(3));
    assert!(matches!(node.set("act", "nothing of the kind"), Err(Error::Param { .. })));
    assert!(matches!(node.set("first", 1.0), Err(Error::Param { .. })));
    assert!(matches!(node.set("colour", 1.0), Err(Error::Host(_))));
    assert!(matches!(node.get("no such thing"), Err(Error::Host(_))));
    assert!(matches!(node.press("first"), Err(Error::Param { .. })));
    Ok(())
}

#[test]
fn what_is_no_plugin_is_an_error() -> Result<()> {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let bundle = dir.path().join("Nothing.ofx.bundle");
    let arch = bundle.join("Contents/Linux-x86-64");
    std::fs::create_dir_all(&arch).expect("a folder");
    assert!(matches!(Host::load(&bundle, HostOptions::default()), Err(Error::NoBinary(_))));
    std::fs::write(arch.join("Nothing.ofx"), "not a library").expect("a file");
    assert!(matches!(Host::load(&bundle, HostOptions::default()), Err(Error::Dlopen(_))));
    // A failed load leaves room for the next one; a loaded host leaves none on its thread.
    let host = misbehave(HostOptions::default())?;
    assert!(matches!(misbehave(HostOptions::default()), Err(Error::SecondHost)));
    assert!(matches!(host.plugin(Some("org.none")), Err(Error::NoPlugin(_))));
    assert!(host.describe_in_context(None, Context::Paint).is_err());
    assert!(host.messages()?.is_empty());
    Ok(())
}
