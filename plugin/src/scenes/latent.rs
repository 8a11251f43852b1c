//! A model with more to be told: pictures beside the still, previews, notes, greyed-out controls.

use super::*;
use crate::host::Host;
use crate::render::ask;

/// What the pack “wide” can be told.
pub const CONTROLS: &str = r#""prompt", "negative", "steps", "guidance", "camera", "drift", "last", "keyframes""#;

/// Frames of the take: 0.5 s at the host's 24.
const FRAMES: u32 = 12;

fn wide(level: u8, prompt: &str) -> FakeHost {
    let host = host(level, prompt);
    host.put_int("model", 1);
    host
}

fn grey_picture(level: u8) -> Vec<u8> {
    [level, level, level, 255].repeat(64 * 36)
}

fn request_of(node: &Node, host: &FakeHost) -> wakeframe_take::request::Request {
    let settings = settings::read(host, 1.0);
    let still = Still::fetch(host, settings.still_frame, settings.transfer).unwrap();
    ask(node, host, &settings, &still).map(|a| a.request).unwrap()
}

#[test]
fn pictures_beside_the_still_reach_the_engine() {
    let (node, mut host) = (node(false), wide(60, "move"));
    host.others.insert(40, grey_picture(200));
    host.others.insert(20, grey_picture(100));
    host.mask = Some([0u8, 255].repeat(64 * 36 / 2));
    host.put_int("useLast", 1);
    host.put_number("lastFrame", 40.0);
    host.put_text("keyframes", "6:20:0.5");
    host.put_int("useMask", 1);
    // A mask says what moves: where nothing is asked to, it is not part of the take.
    host.put_number("driftX", 0.5);
    press_generate(&node, &host);
    assert!(host.status().starts_with("Done: 12 frames"), "{}", host.status());
    let request = request_of(&node, &host);
    let latent = request.latent.clone().unwrap();
    let store = Store::open(&WORLD.store).unwrap();
    let level = |hash: &_| (store.still(hash).unwrap().picture().unwrap().pixel(0, 0)[0] * 255.0).round();
    assert_eq!(level(latent.last.as_ref().unwrap()), 200.0);
    assert_eq!((latent.keyframes.len(), latent.keyframes[0].strength, level(&latent.keyframes[0].still)), (1, 0.5, 100.0));
    let mask = store.still(latent.mask.as_ref().unwrap()).unwrap().picture().unwrap();
    assert_eq!([mask.pixel(0, 0)[0], mask.pixel(1, 0)[0]], [0.0, 1.0]);
    assert!(store.take(&request.take_hash()).is_complete());
}

#[test]
fn what_a_person_should_know_follows_the_status() {
    let (node, host) = (node(false), wide(62, "water ripples"));
    host.put_number("pan", 1.0);
    press_generate(&node, &host);
    assert!(host.status().contains(" Prompt as sent: “water ripples. The camera pans right.”."), "{}", host.status());
    assert!(host.status().ends_with(" Runs on the CPU."), "{}", host.status());
    assert_eq!(host.ints.borrow()["revision"], 2, "once for the preview, once for the take");
}

#[test]
fn a_take_under_way_shows_its_latest_step() {
    let (viewer, host) = (node(false), wide(64, "move"));
    let request = request_of(&viewer, &host);
    let take = Store::open(&WORLD.store).unwrap().take(&request.take_hash());
    take.begin(&request).unwrap();
    take.put_preview(3, 9, &[engine::preview(60), engine::preview(90), engine::preview(120)]).unwrap();
    for (time, level) in [(1.0, 60), (7.0, 90), (f64::from(FRAMES), 120)] {
        assert_eq!(render(&viewer, &host, &at(time)), ofx::OK);
        assert!(host.output.lock().chunks(4).all(|p| p[0].abs_diff(level) <= 1), "at {time}");
    }
    assert_eq!(host.said(), [wording::preview(3, 9)]);
    assert_eq!(render(&node(true), &host, &at(1.0)), ofx::OK);
    assert!(shows_frame(&host, 0), "a farm waits for the frame itself");
}

#[test]
fn a_picture_that_is_not_to_be_had_is_named() {
    let (node, host) = (node(false), wide(66, "move"));
    host.put_text("keyframes", "6:20\nsoon");
    press_generate(&node, &host);
    assert!(host.status().contains("“soon”") && host.status().contains("FRAME:SOURCEFRAME"), "{}", host.status());
    host.put_text("keyframes", "");
    host.put_text("modelSize", "wide");
    press_generate(&node, &host);
    assert!(host.status().contains("Model size is “wide”"), "{}", host.status());
}

#[test]
fn a_last_frame_outside_the_source_is_said() {
    let (node, mut host) = (node(false), wide(68, "move"));
    host.source.has_range = true;
    host.source.range = Range { first: 1.0, last: 1.0 };
    host.put_int("useLast", 1);
    host.put_number("lastFrame", 40.0);
    press_generate(&node, &host);
    assert!(host.status().contains("Last frame 40 is outside Source; frame 1 was used."), "{}", host.status());
}

#[test]
fn a_take_with_another_last_frame_does_not_stand_in() {
    let mut full = wide(70, "move");
    full.others.insert(40, grey_picture(200));
    full.put_int("useLast", 1);
    full.put_number("lastFrame", 40.0);
    // The size is the request's own, so that both takes have one settings hash.
    full.put_text("modelSize", "64x32");
    press_generate(&node(false), &full);
    let mut half = halved(&full, "move");
    half.put_int("model", 1);
    half.put_int("useLast", 1);
    half.put_number("lastFrame", 40.0);
    half.put_text("modelSize", "64x32");
    half.others.insert(40, [200, 200, 200, 255].repeat(32 * 18));
    assert_eq!(render(&node(false), &half, &at(5.0)), ofx::OK);
    assert!(shows_frame(&half, 4), "{:?}", half.said());
    half.others.insert(40, [90, 90, 90, 255].repeat(32 * 18));
    assert_eq!(render(&node(false), &half, &at(5.0)), ofx::OK);
    assert!(shows_still(&half), "another last frame is another shot");
}

#[test]
fn the_panel_follows_the_model() {
    let (node, host) = (node(false), host(72, "move"));
    host.put_int("useLast", 1);
    let change = |name: &str| Change { of_parameter: true, name: name.into(), by_user: true, time: 1.0 };
    press::changed(&node, &host, &change("model"));
    assert!(!host.enabled.borrow()["useLast"] && host.enabled.borrow()["prompt"]);
    press_generate(&node, &host);
    assert!(host.status().contains(" Mini has no last frame: it is left out."), "{}", host.status());
    host.put_int("model", 1);
    press::changed(&node, &host, &change("model"));
    assert!(host.enabled.borrow()["useLast"] && !host.enabled.borrow()["shift"]);
    assert!(host.hints.borrow()["shift"].ends_with("Greyed out: Wide has no flow shift."));
    assert_eq!(host.text("modelName", 0.0).unwrap(), "1 wide");
}

#[test]
fn a_host_is_told_every_frame_that_is_read() {
    let (node, host) = (node(false), wide(74, "move"));
    let needed = || crate::domain::frames_needed(&node, &host, 5.0);
    assert_eq!(needed(), (vec![1.0], vec![5.0]));
    host.put_int("useLast", 1);
    host.put_number("lastFrame", 40.0);
    host.put_text("keyframes", "6:20\n8:21");
    host.put_int("useMask", 1);
    assert_eq!(needed(), (vec![1.0, 40.0, 20.0, 21.0], vec![5.0, 1.0]));
    host.put_int("model", 0);
    assert_eq!(needed(), (vec![1.0], vec![5.0]), "Mini reads the still alone");
}
