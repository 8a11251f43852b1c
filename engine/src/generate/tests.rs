//! `generate` with a model of its own, so that every turn can be forced.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use parking_lot::Mutex;
use wakeframe_take::pack::{Limits, Precision};
use wakeframe_take::picture::Picture;
use wakeframe_take::request::{Settings, Stills};

use super::*;
use crate::family::{Model, ModelError};

/// Writes flat frames; keeps one latent per step; counts what it did.
#[derive(Default)]
struct Counting {
    steps: AtomicU32,
    frames: AtomicU32,
    cancel_after: Option<u32>,
}

impl Model for Counting {
    fn make(&self, request: &Request, stills: &StillReader<'_>, work: &Work<'_>) -> Result<(), ModelError> {
        let still = &stills.of_take()?;
        work.stage("denoise")?;
        let first = work.kept_latents().map_or(0, |(step, _)| step);
        for step in first..4 {
            work.check()?;
            work.keep_latents(step + 1, &[step as u8])?;
            self.steps.fetch_add(1, Ordering::Relaxed);
            if self.cancel_after == Some(step + 1) {
                return Err(ModelError::Cancelled);
            }
        }
        work.stage("frames")?;
        for n in (0..request.frames).filter(|n| !work.has_frame(*n)) {
            work.keep_frame(n, still)?;
            self.frames.fetch_add(1, Ordering::Relaxed);
            work.progress(n + 1, request.frames);
        }
        Ok(())
    }

    fn check(&self) -> Result<(), ModelError> {
        Ok(())
    }
}

/// A pack that is nowhere on disk: its model must be in memory already.
pub(crate) fn pack() -> Pack {
    Pack {
        name: "mini".into(),
        title: "Mini".into(),
        family: "test".into(),
        version: String::new(),
        best_for: "tests".into(),
        licence: "Apache-2.0".into(),
        licence_url: String::new(),
        commercial_use: true,
        exporter: String::new(),
        precision: Precision::default(),
        limits: Limits { min_duration: 0.1, max_duration: 10.0, default_fps: 24.0, max_width: 4096 },
        latent: None,
        digest: "c".repeat(64),
        folder: "/nowhere".into(),
    }
}

struct Bench {
    _dir: tempfile::TempDir,
    store: Store,
    pack: Pack,
    request: Request,
}

fn bench() -> Bench {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let pack = pack();
    let still = Picture::filled(64, 32, &[0.25, 0.5, 0.75]).unwrap();
    let hash = store.put_still(&still).unwrap();
    let settings = Settings { duration: 0.25, ..Settings::default() };
    let (request, _) = Request::new(&settings, &pack, &Stills::one(hash, (64, 32), 1.0)).unwrap();
    Bench { _dir: dir, store, pack, request }
}

impl Bench {
    fn models(&self, model: Arc<Counting>) -> Models {
        Models::with(&self.pack, model)
    }

    fn run(&self, models: &Models) -> (Result<Made, GenerateError>, Vec<Event>) {
        let events = Mutex::new(Vec::new());
        let cancel = AtomicBool::new(false);
        let report = |e: Event| events.lock().push(e);
        let made = generate(models, &self.request, &self.pack, &self.store, &Control { cancel: &cancel, report: &report });
        (made, events.into_inner())
    }
}

#[test]
fn a_take_is_made_once_and_then_found() {
    let b = bench();
    let model = Arc::new(Counting::default());
    let models = b.models(model.clone());
    let (made, events) = b.run(&models);
    let made = made.unwrap();
    assert!(!made.reused && made.take.is_complete());
    assert_eq!(made.stages.iter().map(|s| s.0.as_str()).collect::<Vec<_>>(), ["load", "read", "denoise", "frames"]);
    let [.., Event::Progress { done: 6, of: 6, .. }, Event::Note { text }] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(text, "Looks steady: nothing moves, as asked");
    assert!(b.run(&models).0.unwrap().reused);
    assert_eq!((model.steps.load(Ordering::Relaxed), model.frames.load(Ordering::Relaxed)), (4, 6));
}

#[test]
fn a_lost_or_torn_frame_is_made_again_alone() {
    let b = bench();
    let model = Arc::new(Counting::default());
    let models = b.models(model.clone());
    let take = b.run(&models).0.unwrap().take;
    std::fs::remove_file(take.folder().join("frames/0002.frame")).unwrap();
    std::fs::write(take.folder().join("frames/0004.frame"), b"torn").unwrap();
    assert!(!b.run(&models).0.unwrap().reused);
    assert_eq!(model.frames.load(Ordering::Relaxed), 8);
}

#[test]
fn frames_removed_while_the_take_is_made_are_made_again() {
    let b = bench();
    for (times, whole) in [(1, true), (2, false)] {
        let model = Arc::new(Counting::default());
        let take = b.store.take(&b.request.take_hash());
        take.remove().unwrap();
        let removed = AtomicU32::new(0);
        let report = |e: Event| {
            if matches!(e, Event::Progress { done: 3, .. }) && removed.fetch_add(1, Ordering::Relaxed) < times {
                take.remove().unwrap();
            }
        };
        let cancel = AtomicBool::new(false);
        let made = generate(&b.models(model.clone()), &b.request, &b.pack, &b.store, &Control { cancel: &cancel, report: &report });
        match made {
            Ok(made) => assert!(whole && is_whole(&made.take, &b.request)),
            Err(e) => assert!(!whole && matches!(e, GenerateError::Removed { .. }), "{e}"),
        }
    }
}

#[test]
fn a_cancelled_take_goes_on_from_its_latents_in_the_same_process() {
    let b = bench();
    let stopping = Arc::new(Counting { cancel_after: Some(3), ..Counting::default() });
    assert!(matches!(b.run(&b.models(stopping)).0, Err(GenerateError::Cancelled)));
    let going_on = Arc::new(Counting::default());
    assert!(!b.run(&b.models(going_on.clone())).0.unwrap().reused);
    assert_eq!(going_on.steps.load(Ordering::Relaxed), 1);
}

#[test]
fn who_waits_for_anothers_lease_can_cancel_and_is_told() {
    let b = bench();
    let models = b.models(Arc::default());
    let lease = b.store.take(&b.request.take_hash()).try_lease().unwrap().unwrap();
    let cancel = AtomicBool::new(false);
    let report = |e: Event| {
        if e == Event::Elsewhere {
            cancel.store(true, Ordering::Relaxed);
        }
    };
    let waited = generate(&models, &b.request, &b.pack, &b.store, &Control { cancel: &cancel, report: &report });
    assert!(matches!(waited, Err(GenerateError::Cancelled)));
    drop(lease);
    assert!(b.run(&models).0.is_ok());
}

#[test]
fn a_still_missing_from_the_store_is_named() {
    let mut b = bench();
    b.request.still = String::from("0").repeat(64).try_into().unwrap();
    let e = b.run(&b.models(Arc::default())).0.unwrap_err();
    assert!(e.to_string().contains("stills"), "{e}");
}
