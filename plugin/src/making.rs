//! Having a take made, and waiting for it. No threads: the caller's own waits, so that none can outlive the plugin.

use std::time::{Duration, Instant};

use once_cell::sync::Lazy;
use parking_lot::Mutex;
use wakeframe_take::pack::Pack;
use wakeframe_take::request::{Request, TakeHash};
use wakeframe_take::service::{Client, Event, Job};
use wakeframe_take::store::{Store, StoreError, Take};

use crate::{log, wording};

/// The longest wait between two looks at the host.
const LOOK: Duration = Duration::from_millis(50);
/// How long the engine may take to stop at a step's end after a cancel.
const CANCEL_PATIENCE: Duration = Duration::from_secs(10);

/// Jobs of takes whose wanted frame came before the take was whole. Closing a job's connection withdraws the
/// interest and the engine would stop between two frames of a render, so it is kept for the next frame.
static KEPT: Lazy<Mutex<Vec<(TakeHash, Job)>>> = Lazy::new(Default::default);
const KEPT_AT_MOST: usize = 8;

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// That frame; the rest may follow.
    Frame(u32),
    /// Every frame.
    Whole,
}

/// How waiting ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ended {
    /// It is in the store; seconds the engine says it took.
    There(f64),
    /// The caller stopped.
    Stopped,
    /// It failed; what to say.
    Failed(String),
}

/// What came while waiting.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// Nothing.
    None,
    /// The fraction done.
    Progress(f64),
    /// A denoise step's pictures are in the store.
    Preview,
    /// Something a person should know.
    Note(String),
}

/// One look at the host while waiting. False stops.
pub type Watch<'a> = &'a mut dyn FnMut(News) -> bool;

/// Submits `request`, whose still is in `store`, and waits.
pub fn make(client: &Client, store: &Store, request: &Request, pack: &Pack, want: Want, watch: Watch) -> Ended {
    let hash = request.take_hash();
    let take = store.take(&hash);
    if let Err(fault) = repair(&take, request) {
        return Ended::Failed(fault.to_string());
    }
    let (job, ended) = match on_kept_job(&take, want, watch) {
        Some(ended) => ended,
        None => match client.submit(request, pack, store) {
            Ok(mut job) => {
                let ended = wait(&mut job, &take, want, watch);
                (job, ended)
            }
            Err(fault) => return Ended::Failed(fault.to_string()),
        },
    };
    log::note(&format!("take {hash} {want:?}: {ended:?}"));
    match ended {
        Ended::There(_) if !take.is_complete() => keep(hash, job),
        Ended::Stopped => stop(job, want),
        _ => {}
    }
    ended
}

/// What a kept job has to say may be old: its engine may be gone, its take evicted. Failures are believed of a fresh
/// one only.
fn on_kept_job(take: &Take, want: Want, watch: Watch) -> Option<(Job, Ended)> {
    let mut job = kept(take.hash())?;
    let ended = wait(&mut job, take, want, watch);
    (!matches!(ended, Ended::Failed(_))).then_some((job, ended))
}

fn wait(job: &mut Job, take: &Take, want: Want, watch: Watch) -> Ended {
    let there = || matches!(want, Want::Frame(n) if take.has_frame(n));
    loop {
        if there() {
            return Ended::There(0.0);
        }
        if !watch(News::None) {
            return Ended::Stopped;
        }
        let event = match job.next(LOOK) {
            Ok(event) => event,
            // A frame that is there is shown, whatever became of the engine.
            Err(_) if there() => return Ended::There(0.0),
            Err(fault) => return Ended::Failed(fault.to_string()),
        };
        match event {
            Some(Event::Done { seconds, .. }) if want == Want::Whole || there() => return Ended::There(seconds),
            Some(Event::Done { .. }) => return Ended::Failed(wording::FRAME_LOST.into()),
            Some(Event::Failed(failure)) => return Ended::Failed(failure.message),
            Some(Event::Cancelled) => return Ended::Failed(wording::CANCELLED_ELSEWHERE.into()),
            Some(event) if !news(&event).is_none_or(&mut *watch) => return Ended::Stopped,
            _ => {}
        }
    }
}

fn news(event: &Event) -> Option<News> {
    match event {
        Event::Progress { fraction, .. } => Some(News::Progress(*fraction)),
        Event::Preview { .. } => Some(News::Preview),
        Event::Note { text } => Some(News::Note(text.clone())),
        _ => None,
    }
}

/// A person who cancels wants to know that it ended; a render that is aborted must return at once, and closing the
/// connection tells the engine.
fn stop(mut job: Job, want: Want) {
    if want != Want::Whole || job.cancel().is_err() {
        return;
    }
    let deadline = Instant::now() + CANCEL_PATIENCE;
    while Instant::now() < deadline {
        match job.next(LOOK) {
            Ok(Some(event)) if event.is_last() => return,
            Ok(_) => {}
            Err(_) => return,
        }
    }
}

/// A take that says it is whole and is not (frames deleted or damaged on disk) is thrown away, to be made again.
fn repair(take: &Take, request: &Request) -> Result<(), StoreError> {
    if take.is_complete() && !is_whole(take, request) {
        log::note(&format!("take {} is damaged and is made again", take.hash()));
        return take.remove();
    }
    Ok(())
}

/// Whether every frame can be opened.
pub fn is_whole(take: &Take, request: &Request) -> bool {
    take.is_complete() && (0..request.frames).all(|n| matches!(take.frame(n), Ok(Some(_))))
}

fn keep(hash: TakeHash, job: Job) {
    let mut all = KEPT.lock();
    all.retain(|(h, _)| *h != hash);
    all.insert(0, (hash, job));
    all.truncate(KEPT_AT_MOST);
}

fn kept(hash: &TakeHash) -> Option<Job> {
    let mut all = KEPT.lock();
    let at = all.iter().position(|(h, _)| h == hash)?;
    Some(all.remove(at).1)
}

/// Nobody here waits for that take any more.
pub fn withdraw(hash: &TakeHash) {
    drop(kept(hash));
}

/// Nobody here waits for anything any more.
pub fn forget() {
    KEPT.lock().clear();
}
