//! What is asked of which pack, and what names it.

use serde_json::Value;

use super::*;
use crate::pack::tests::{LATENT, PLAIN, parsed};
use crate::pack::{Control, Controls, Scheduler};
use crate::picture::Picture;

pub(crate) fn pack() -> Pack {
    parsed(PLAIN)
}

pub(crate) fn latent_pack() -> Pack {
    parsed(LATENT)
}

fn still(grey: f32) -> StillHash {
    StillHash::of(&Picture::filled(64, 36, &[grey, 0.2, 0.3]).unwrap())
}

fn stills() -> Stills {
    Stills::one(still(0.1), (64, 36), 1.0)
}

pub(crate) fn request() -> Request {
    Request::new(&Settings::default(), &pack(), &stills()).unwrap().0
}

/// Asks for everything.
fn everything() -> (Settings, Stills) {
    let settings = Settings {
        prompt: "waves".into(),
        negative_prompt: "people".into(),
        camera: Camera { pan: 0.5, tilt: 0.1, dolly: -0.2, roll: 0.3 },
        drift: Drift { x: 0.25, y: -0.5 },
        looped: true,
        steps: 7,
        guidance: 2.0,
        guidance_low: 3.0,
        guidance_first: 1.5,
        dynamic_guidance: true,
        scheduler: Some(Scheduler::Euler),
        shift: 4.0,
        motion_bucket: 9,
        noise_aug: Some(0.1),
        degradation: 29,
        frames: 49,
        fps: 24.0,
        ..Settings::default()
    };
    let stills = Stills {
        last: Some(still(0.2)),
        keyframes: vec![Keyframe { frame: 24, still: still(0.3), strength: 0.5 }],
        mask: Some(still(0.4)),
        ..stills()
    };
    (settings, stills)
}

pub(crate) fn latent_request() -> Request {
    let (settings, stills) = everything();
    Request::new(&settings, &latent_pack(), &stills).unwrap().0
}

fn asked(change: impl Fn(&mut Settings, &mut Stills)) -> Result<(Request, Vec<Note>), RequestError> {
    asked_of(&latent_pack(), change)
}

fn asked_of(pack: &Pack, change: impl Fn(&mut Settings, &mut Stills)) -> Result<(Request, Vec<Note>), RequestError> {
    let (mut settings, mut stills) = (Settings::default(), Stills::one(still(0.1), (1920, 1080), 1.0));
    change(&mut settings, &mut stills);
    Request::new(&settings, pack, &stills)
}

fn told(change: impl Fn(&mut Settings, &mut Stills)) -> LatentRequest {
    asked(change).unwrap().0.latent.unwrap()
}

/// Every leaf of a JSON value, as a path.
fn leaves(value: &Value, at: &str, out: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(k, v)| leaves(v, &format!("{at}/{k}"), out)),
        Value::Array(items) => items.iter().enumerate().for_each(|(i, v)| leaves(v, &format!("{at}/{i}"), out)),
        Value::Null => panic!("{at} is null: the test must set it"),
        _ => out.push(at.into()),
    }
}

fn another(value: &Value) -> Value {
    match value {
        Value::String(s) if s == "euler" => "unipc".into(),
        Value::String(s) if s == "model" => "crop".into(),
        Value::String(s) if s.len() == 64 => "f".repeat(64).into(),
        Value::String(s) => format!("{s}x").into(),
        Value::Bool(b) => (!b).into(),
        Value::Number(n) if n.is_u64() => (n.as_u64().unwrap() + 1).into(),
        n => (n.as_f64().unwrap() + 1.0).into(),
    }
}

#[test]
fn equal_requests_have_equal_hashes_and_every_field_counts() {
    let base = latent_request();
    assert_eq!(base.take_hash(), latent_request().take_hash());
    let json = serde_json::to_value(&base).unwrap();
    let mut all = Vec::new();
    leaves(&json, "", &mut all);
    assert!(all.len() > 40 && all.contains(&"/latent/keyframes/0/still".to_string()));
    let finish = ["/frames", "/fps", "/width", "/height", "/pixel_aspect"];
    for leaf in all {
        let mut other = json.clone();
        let v = other.pointer_mut(&leaf).unwrap();
        *v = if leaf == "/model" { "other".into() } else { another(v) };
        let other: Request = serde_json::from_value(other).unwrap();
        assert_ne!(other.take_hash(), base.take_hash(), "{leaf} does not count");
        let finished = finish.contains(&leaf.as_str());
        assert_eq!(other.generation_hash() == base.generation_hash(), finished, "{leaf} and the model's frames");
    }
}

#[test]
fn the_embedded_models_frames_depend_on_everything() {
    let base = request();
    for other in [Request { frames: 5, ..base.clone() }, Request { fps: 7.0, ..base.clone() }, Request { width: 5, ..base.clone() }] {
        assert_ne!(other.generation_hash(), base.generation_hash());
    }
}

#[test]
fn a_request_survives_json_with_its_hash() {
    let mut r = request();
    r.camera.pan = 0.1 + 0.2;
    r.fps = 24000.0 / 1001.0;
    for r in [r, latent_request()] {
        let back: Request = serde_json::from_str(&serde_json::to_string(&r).unwrap()).unwrap();
        assert_eq!(back.take_hash(), r.take_hash());
    }
}

#[test]
fn scale_changes_the_take_but_not_the_settings() {
    let at = |pack: &Pack, side: (u32, u32), grey: f32| {
        let (mut settings, mut all) = everything();
        if pack.latent.is_none() {
            (settings, all) = (Settings::default(), stills());
        } else {
            (all.last, all.mask, all.keyframes[0].still) = (Some(still(grey)), Some(still(grey)), still(grey));
        }
        (all.still, all.size) = (still(grey), side);
        Request::new(&settings, pack, &all).unwrap().0
    };
    for pack in [pack(), latent_pack()] {
        let (a, b) = (at(&pack, (64, 36), 0.1), at(&pack, (32, 18), 0.2));
        assert_ne!(a.take_hash(), b.take_hash());
        assert_eq!(a.settings_hash(), b.settings_hash());
        let other = Request { seed: 9, ..a.clone() };
        assert_ne!(other.settings_hash(), a.settings_hash());
    }
}

#[test]
fn what_cannot_be_done_is_refused_with_what_can() {
    let with = |f: &dyn Fn(&mut Settings)| asked_of(&pack(), |s, _| f(s));
    assert!(with(&|s| s.duration = 20.0).unwrap_err().to_string().contains("set Duration to 10"));
    assert!(matches!(with(&|s| s.camera.pan = f64::NAN), Err(RequestError::Range { name: "pan", .. })));
    assert!(matches!(with(&|s| s.strength = 1.5), Err(RequestError::Range { .. })));
    assert!(matches!(with(&|s| s.size = Some((9000, 100))), Err(RequestError::Size { .. })));
    assert!(matches!(with(&|s| s.prompt = "x".repeat(5000)), Err(RequestError::PromptTooLong(5000))));
    assert_eq!(with(&|s| s.duration = 4.0).unwrap().0.frames, 96);
    let range = |f: &dyn Fn(&mut Settings)| match asked(|s, _| f(s)) {
        Err(RequestError::Range { name, .. }) => name,
        other => panic!("{other:?}"),
    };
    assert_eq!(range(&|s| s.drift.y = 1.5), "driftY");
    assert_eq!(range(&|s| s.guidance = 31.0), "guidance");
    assert_eq!(range(&|s| s.steps = 201), "steps");
    assert_eq!(range(&|s| s.motion_bucket = 256), "motionBucket");
    assert_eq!(range(&|s| s.degradation = 52), "degradation");
    assert_eq!(range(&|s| s.noise_aug = Some(1.1)), "noiseAug");
    assert_eq!(range(&|s| s.frames = 1001), "frames");
}

#[test]
fn minus_zero_is_zero() {
    let minus = asked_of(&pack(), |s, _| (s.camera.roll, s.drift.x) = (-0.0, -0.0)).unwrap().0;
    assert_eq!(minus.take_hash(), asked_of(&pack(), |_, _| {}).unwrap().0.take_hash());
}

#[test]
fn every_value_left_open_is_the_packs_own() {
    let l = told(|_, _| {});
    assert_eq!((l.frames, l.fps, l.width, l.height), (65, 16.0, 848, 480));
    assert_eq!((l.prompt.as_str(), l.negative_prompt.as_str()), ("", "static, blurred"));
    assert_eq!((l.steps, l.guidance, l.guidance_low, l.guidance_first), (40, 5.0, Some(3.5), Some(1.0)));
    assert_eq!((l.dynamic_guidance, l.scheduler, l.shift), (false, Scheduler::Unipc, Some(5.0)));
    assert_eq!((l.motion_bucket, l.noise_aug, l.degradation), (Some(127), Some(0.02), 0));
    assert_eq!((l.keyframes.len(), l.last, l.mask), (0, None, None));
}

#[test]
fn every_value_set_reaches_the_model() {
    let r = latent_request();
    let l = r.latent.unwrap();
    assert_eq!((l.steps, l.guidance, l.guidance_low, l.guidance_first, l.dynamic_guidance), (7, 2.0, Some(3.0), Some(1.5), true));
    assert_eq!((l.scheduler, l.shift, l.motion_bucket), (Scheduler::Euler, Some(4.0), Some(9)));
    assert_eq!((l.noise_aug, l.degradation, l.negative_prompt.as_str()), (Some(0.1), 29, "people"));
    assert_eq!((l.last, l.mask), (Some(still(0.2)), Some(still(0.4))));
    assert_eq!(r.drift, Drift { x: 0.25, y: -0.5 });
    assert!(l.prompt.starts_with("waves. The camera pans right slowly, tilts up very slowly") && l.prompt.contains("The subject moves"));
}

#[test]
fn guidance_of_the_low_noise_expert_follows_the_users() {
    assert_eq!(told(|s, _| s.guidance = 2.0).guidance_low, Some(2.0));
    assert_eq!(told(|s, _| (s.guidance, s.guidance_low) = (2.0, 4.0)).guidance_low, Some(4.0));
    assert_eq!(told(|s, _| s.guidance_low = 4.0).guidance, 5.0);
}

#[test]
fn the_bucket_follows_the_strength_unless_it_is_set() {
    let bucket = |strength, bucket| told(|s, _| (s.strength, s.motion_bucket) = (strength, bucket)).motion_bucket;
    assert_eq!([bucket(0.5, 0), bucket(1.0, 0), bucket(0.0, 0), bucket(0.5, 200)], [Some(127), Some(255), Some(0), Some(200)]);
}

#[test]
fn the_prompt_as_sent_is_shown_and_is_the_users_own_without_motion() {
    let (r, notes) = asked(|s, _| s.prompt = " waves ".into()).unwrap();
    assert_eq!(r.latent.unwrap().prompt, "waves");
    assert!(!notes.iter().any(|n| matches!(n, Note::Prompt { .. })));
    let (r, notes) = asked(|s, _| (s.prompt, s.camera.pan) = ("waves".into(), 1.0)).unwrap();
    assert_eq!((r.prompt.as_str(), r.latent.unwrap().prompt.as_str()), ("waves", "waves. The camera pans right."));
    let shown: Vec<String> = notes.iter().map(Note::to_string).collect();
    assert!(shown.contains(&"prompt as sent: “waves. The camera pans right.”".to_string()), "{shown:?}");
}

#[test]
fn a_mask_counts_only_where_something_is_moved() {
    let mask = |pan, strength| {
        told(|s, all| {
            (s.camera.pan, s.strength) = (pan, strength);
            all.mask = Some(still(0.4));
        })
        .mask
    };
    assert_eq!(mask(0.5, 0.5), Some(still(0.4)));
    assert_eq!([mask(0.0, 0.5), mask(0.5, 0.0)], [None, None]);
    assert!(asked_of(&pack(), |_, all| all.mask = Some(still(0.4))).is_ok(), "every take can be masked");
}

#[test]
fn what_a_pack_has_no_control_for_is_refused_by_name() {
    let (settings, stills) = everything();
    let settings = Settings { model_size: Some((640, 368)), ..settings };
    let asks = |control: Control| {
        // Everything but this control is there.
        let mut p = latent_pack();
        p.latent.as_mut().unwrap().controls = Control::ALL.into_iter().filter(|c| *c != control).collect();
        Request::new(&settings, &p, &stills)
    };
    for control in Control::ALL {
        match asks(control) {
            Err(RequestError::Lacks { control: lacking, .. }) => assert_eq!(lacking, control),
            other => panic!("{control:?}: {other:?}"),
        }
    }
    let said = asked_of(&pack(), |s, _| s.scheduler = Some(Scheduler::Ddim)).unwrap_err().to_string();
    assert_eq!(said, "the model mini takes no scheduler; it takes: prompt, negative prompt, camera direction, seamless loop");
    let mut p = latent_pack();
    p.latent.as_mut().unwrap().controls = Controls::default();
    assert!(asked_of(&p, |_, _| {}).is_ok(), "nothing was asked for");
    let l = asked_of(&p, |_, _| {}).unwrap().0.latent.unwrap();
    assert_eq!((l.negative_prompt.as_str(), l.shift, l.motion_bucket, l.guidance_low), ("", None, None, None));
}

#[test]
fn a_scheduler_the_pack_does_not_have_is_refused_with_those_it_has() {
    let said = asked(|s, _| s.scheduler = Some(Scheduler::Dpm)).unwrap_err().to_string();
    assert_eq!(said, "the model all is not stepped with dpm; choose one of unipc, euler");
}

#[test]
fn sizes_are_the_takes_the_models_or_both() {
    let of = |change: &dyn Fn(&mut Settings, &mut Stills)| {
        let (r, notes) = asked(change).unwrap();
        let l = r.latent.unwrap();
        ((l.width, l.height), (r.width, r.height), notes)
    };
    let (model, take, notes) = of(&|_, _| {});
    assert_eq!((model, take), ((848, 480), (1920, 1080)));
    assert!(notes.contains(&Note::Resized { model, take }));
    let (model, take, notes) = of(&|s, _| (s.size, s.frames) = (Some((832, 480)), 81));
    assert_eq!((model, take, notes.len()), ((832, 480), (832, 480), 0));
    let (model, take, _) = of(&|s, _| s.model_size = Some((832, 464)));
    assert_eq!((model, take), ((832, 464), (1920, 1080)));
    let (model, take, _) = of(&|s, _| (s.model_size, s.size) = (Some((832, 464)), Some((1000, 562))));
    assert_eq!((model, take), ((832, 464), (1000, 562)));
    // Anamorphic pixels: the model sees the picture as it is shown.
    assert_eq!(of(&|_, all| (all.size, all.pixel_aspect) = ((960, 1080), 2.0)).0, (848, 480));
    let said = asked(|s, _| s.size = Some((850, 480))).unwrap_err().to_string();
    assert_eq!(said, "the model all cannot work at 850×480: sides must be multiples of 16, up to 1280. Nearest are 848×480 and 864×480");
    assert!(matches!(asked(|s, _| s.size = Some((1296, 480))), Err(RequestError::ModelSize { .. })));
    assert!(matches!(asked(|_, all| all.size = (20_000, 1000)), Err(RequestError::Size { .. })));
    let mut p = latent_pack();
    p.latent.as_mut().unwrap().sizes.only_native = true;
    assert!(
        asked_of(&p, |s, _| s.size = Some((848, 480)))
            .unwrap_err()
            .to_string()
            .contains("trained at alone. Nearest are 832×480 and 1280×720")
    );
}

#[test]
fn a_cropped_take_has_the_models_proportions() {
    let (r, notes) = asked(|s, _| (s.fit, s.model_size) = (Fit::Crop, Some((480, 480)))).unwrap();
    assert_eq!((r.width, r.height, r.fit), (1080, 1080, Fit::Crop));
    assert!(notes.contains(&Note::Cropped { take: (1080, 1080) }));
    let stretched = asked(|s, _| (s.fit, s.model_size) = (Fit::Stretch, Some((480, 480)))).unwrap().0;
    assert_eq!((stretched.width, stretched.height), (1920, 1080));
}

#[test]
fn pictures_come_to_the_takes_size_as_asked() {
    let wide = Picture::new(4, 1, 3, [0.0, 0.25, 0.75, 1.0].into_iter().flat_map(|v| [v; 3]).collect()).unwrap();
    let first = |mut r: Request, fit: Fit| {
        (r.width, r.height, r.fit) = (2, 1, fit);
        r.fitted(&wide).unwrap().data()[0]
    };
    for (fit, plain, latent) in [(Fit::Crop, 0.25, 0.25), (Fit::Stretch, 0.125, 0.125), (Fit::Model, 0.25, 0.125)] {
        assert_eq!((first(request(), fit), first(latent_request(), fit)), (plain, latent), "{fit:?}");
    }
}

#[test]
fn keyframes_come_to_the_models_frames() {
    let at = |frames: Vec<u32>| {
        asked(|s, all| {
            (s.duration, s.fps) = (4.0, 24.0);
            all.keyframes = frames.iter().map(|f| Keyframe { frame: *f, still: still(0.3), strength: 1.0 }).collect();
        })
    };
    let (r, notes) = at(vec![48, 95]).unwrap();
    assert_eq!(r.latent.unwrap().keyframes.iter().map(|k| k.frame).collect::<Vec<_>>(), [32, 63]);
    assert!(notes.contains(&Note::KeyframeMoved { frame: 95, model_frame: 63 }));
    assert!(!notes.iter().any(|n| matches!(n, Note::KeyframeMoved { frame: 48, .. })));
    assert_eq!(at(vec![0]).unwrap_err(), RequestError::KeyframeOutside { frame: 0, last: 95 });
    assert!(at(vec![96]).unwrap_err().to_string().contains("frames go from 1 to 95"));
    assert_eq!(at(vec![49, 50]).unwrap_err(), RequestError::KeyframeTwice(33));
    let weak = |strength| asked(|_, all| all.keyframes = vec![Keyframe { frame: 1, still: still(0.3), strength }]);
    assert!(matches!(weak(1.5), Err(RequestError::Range { name: "keyframe strength", .. })));
    assert!(weak(0.0).is_ok());
}

#[test]
fn every_picture_a_request_needs_is_named() {
    let r = latent_request();
    assert_eq!(r.stills(), [&still(0.1), &still(0.2), &still(0.4), &still(0.3)]);
    assert_eq!(request().stills(), [&still(0.1)]);
}
