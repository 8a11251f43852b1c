//! A request becomes a take in the store: found, waited for, resumed or made.

mod frames;
mod models;
mod still_reader;
#[cfg(test)]
pub(crate) mod tests;
mod work;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use thiserror::Error;
use wakeframe_take::pack::Pack;
use wakeframe_take::request::Request;
use wakeframe_take::service::Event;
use wakeframe_take::store::{Store, StoreError, Take};

use crate::family::ModelError;
use crate::latent;
use crate::review;

pub use frames::{frames, threads};
pub use models::Models;
pub use still_reader::StillReader;
pub use work::Work;

/// How a caller follows and stops the work.
#[derive(Clone, Copy)]
pub struct Control<'a> {
    /// Set to stop at the next denoise step or frame.
    pub cancel: &'a AtomicBool,
    /// Hears what happens; may be called from several threads.
    pub report: &'a (dyn Fn(Event) + Sync),
}

/// A take whose frames are all there.
#[derive(Debug)]
pub struct Made {
    /// The take.
    pub take: Take,
    /// Whether it was there already, or was made elsewhere meanwhile.
    pub reused: bool,
    /// Seconds from the call to the last frame.
    pub seconds: f64,
    /// Seconds by stage, in order.
    pub stages: Vec<(String, f64)>,
}

/// A take was not made.
#[derive(Debug, Error)]
pub enum GenerateError {
    /// Somebody cancelled; what was finished is kept.
    #[error("cancelled; what was finished is kept and the next run goes on from there")]
    Cancelled,
    /// The model could not make it.
    #[error(transparent)]
    Model(ModelError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Frames went from the store while the take was made, and again.
    #[error("frames of {folder} were removed while the take was made; leave the take store alone until it is done, then press Generate")]
    Removed {
        /// The take's folder.
        folder: PathBuf,
    },
}

impl From<ModelError> for GenerateError {
    fn from(e: ModelError) -> Self {
        match e {
            ModelError::Cancelled => Self::Cancelled,
            ModelError::Store(e) => Self::Store(e),
            e => Self::Model(e),
        }
    }
}

/// How often a take made elsewhere is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// How often a take is begun whose frames somebody removes while it is made.
const ATTEMPTS: u32 = 2;

/// Makes the take of `request`, whose still is in `store`.
///
/// One process at a time makes a given take; others that ask for it wait for its frames here. A take left
/// unfinished goes on from its saved latents and frames, and so does one of which frames were removed meanwhile.
pub fn generate(models: &Models, request: &Request, pack: &Pack, store: &Store, control: &Control<'_>) -> Result<Made, GenerateError> {
    let start = Instant::now();
    for _ in 0..ATTEMPTS {
        let made = make_or_find(models, request, pack, store, control, start)?;
        if made.reused {
            return Ok(made);
        }
        if is_whole(&made.take, request) {
            // A take that cannot be looked at is still a take.
            let text = review::verdict(&made.take).map_or_else(|e| format!("the take could not be reviewed: {e}"), |v| v.to_string());
            (control.report)(Event::Note { text });
            return Ok(made);
        }
        (control.report)(Event::Note { text: "frames were removed from the take store meanwhile; they are made again".into() });
    }
    Err(GenerateError::Removed { folder: store.take(&request.take_hash()).folder().into() })
}

fn make_or_find(
    models: &Models,
    request: &Request,
    pack: &Pack,
    store: &Store,
    control: &Control<'_>,
    start: Instant,
) -> Result<Made, GenerateError> {
    let take = store.take(&request.take_hash());
    let reused = |take: Take| Made { take, reused: true, seconds: start.elapsed().as_secs_f64(), stages: Vec::new() };
    let mut told = false;
    let lease = loop {
        if is_whole(&take, request) {
            take.touch();
            return Ok(reused(take));
        }
        if control.cancel.load(Ordering::Relaxed) {
            return Err(GenerateError::Cancelled);
        }
        match take.try_lease()? {
            Some(lease) => break lease,
            None if told => report_elsewhere(&take, request, control),
            None => {
                (control.report)(Event::Elsewhere);
                told = true;
            }
        }
        std::thread::sleep(LOOK);
    };
    // It may have been finished between the look and the lease.
    if is_whole(&take, request) {
        return Ok(reused(take));
    }
    if take.manifest()?.is_none_or(|m| m.request != *request) {
        take.begin(request)?;
    }
    let work = Work::new(take.clone(), request, control);
    let stills = StillReader::new(store, request);
    match &request.latent {
        None => make(models, request, pack, &stills, &work)?,
        Some(latent) => {
            // Frames the model made for another size or rate serve this one too.
            let source = match store.take_with_model_frames(request) {
                Some(source) => source,
                None => {
                    make(models, request, pack, &stills, &work)?;
                    take.clone()
                }
            };
            latent::finish(request, latent, &source, &stills, &work)?;
        }
    }
    let stages = work.finish();
    take.complete(request)?;
    drop(lease);
    Ok(Made { take, reused: false, seconds: start.elapsed().as_secs_f64(), stages })
}

fn make(models: &Models, request: &Request, pack: &Pack, stills: &StillReader<'_>, work: &Work<'_>) -> Result<(), ModelError> {
    work.stage("load")?;
    let ready = models.get(pack)?;
    if let Some(note) = &ready.note {
        work.note(note);
    }
    work.stage("read")?;
    ready.model.make(request, stills, work).map_err(ModelError::settled)
}

/// Complete, and every frame still there and whole: a file lost to a cleaning script is made again.
fn is_whole(take: &Take, request: &Request) -> bool {
    take.is_complete() && (0..request.frames).all(|n| matches!(take.frame(n), Ok(Some(_))))
}

fn report_elsewhere(take: &Take, request: &Request, control: &Control<'_>) {
    let done = take.frames_done(request.frames);
    let fraction = f64::from(done) / f64::from(request.frames.max(1));
    (control.report)(Event::Progress { stage: "elsewhere".into(), done, of: request.frames, fraction, seconds_left: None });
}
