//! What a family sees of the world: its take's folder, progress, cancel.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use parking_lot::Mutex;
use wakeframe_take::picture::Picture;
use wakeframe_take::request::Request;
use wakeframe_take::service::Event;
use wakeframe_take::store::Take;

use super::Control;
use crate::family::ModelError;

/// Share of the whole that lies before each stage, and the stage's own, as a progress bar should show it.
const SHARES: [(&str, f64, f64); 4] = [("load", 0.0, 0.05), ("read", 0.05, 0.05), ("denoise", 0.1, 0.15), ("frames", 0.25, 0.75)];
/// The same for latent families, whose time goes into denoising.
const LATENT_SHARES: [(&str, f64, f64); 5] =
    [("load", 0.0, 0.02), ("read", 0.02, 0.06), ("denoise", 0.08, 0.72), ("decode", 0.8, 0.14), ("frames", 0.94, 0.06)];

/// One take in the making.
pub struct Work<'a> {
    take: Take,
    frames: u32,
    latent: bool,
    control: &'a Control<'a>,
    clock: Mutex<Clock>,
}

struct Clock {
    start: Instant,
    stage: Option<(String, Instant)>,
    past: Vec<(String, f64)>,
    first_done: Option<u32>,
}

impl<'a> Work<'a> {
    pub(super) fn new(take: Take, request: &Request, control: &'a Control<'a>) -> Self {
        let clock = Clock { start: Instant::now(), stage: None, past: Vec::new(), first_done: None };
        Self { take, frames: request.frames, latent: request.latent.is_some(), control, clock: Mutex::new(clock) }
    }

    /// `Err(Cancelled)` once nobody wants the take any more.
    pub fn check(&self) -> Result<(), ModelError> {
        if self.control.cancel.load(Ordering::Relaxed) { Err(ModelError::Cancelled) } else { Ok(()) }
    }

    /// Set once nobody wants the take any more; for what can stop in the middle.
    pub fn cancel(&self) -> &AtomicBool {
        self.control.cancel
    }

    /// Something a person should know.
    pub fn note(&self, text: &str) {
        (self.control.report)(Event::Note { text: text.into() });
    }

    /// Work of another kind begins.
    pub fn stage(&self, name: &str) -> Result<(), ModelError> {
        self.check()?;
        self.clock.lock().begin(Some(name));
        (self.control.report)(Event::Stage { name: name.into() });
        Ok(())
    }

    /// `done` of `of` steps or frames of the current stage are done; 0 at its start, so that what was kept from
    /// an earlier run does not count as speed.
    pub fn progress(&self, done: u32, of: u32) {
        let mut clock = self.clock.lock();
        let Some((stage, since)) = clock.stage.clone() else { return };
        let first = *clock.first_done.get_or_insert(done);
        let made = done.saturating_sub(first);
        let part = f64::from(done) / f64::from(of.max(1));
        let shares: &[(&str, f64, f64)] = if self.latent { &LATENT_SHARES } else { &SHARES };
        let (_, before, own) = shares.iter().copied().find(|(n, _, _)| *n == stage).unwrap_or(("", 0.0, 1.0));
        let fraction = before + own * part;
        let in_stage = since.elapsed().as_secs_f64();
        let seconds_left = match stage.as_str() {
            "frames" | "denoise" if made > 0 && (self.latent || stage == "frames") => {
                Some(in_stage / f64::from(made) * f64::from(of.saturating_sub(done)))
            }
            _ if fraction > 0.1 => Some(clock.start.elapsed().as_secs_f64() / fraction * (1.0 - fraction)),
            _ => None,
        };
        drop(clock);
        (self.control.report)(Event::Progress { stage, done, of, fraction, seconds_left });
    }

    /// Whether frame `n` was kept from an earlier run, whole.
    pub fn has_frame(&self, n: u32) -> bool {
        n < self.frames && matches!(self.take.frame(n), Ok(Some(_)))
    }

    /// Keeps frame `n`.
    pub fn keep_frame(&self, n: u32, picture: &Picture) -> Result<(), ModelError> {
        Ok(self.take.put_frame(n, picture)?)
    }

    /// Keeps the model's own frame `n`: [height][width][3], 0…1.
    pub fn keep_model_frame(&self, n: u32, width: usize, height: usize, rgb: &[f32]) -> Result<(), ModelError> {
        Ok(self.take.put_model_frame(n, width, height, rgb)?)
    }

    /// Keeps small pictures of where denoising stands after `step` of `of` steps, and says that they are there.
    pub fn keep_preview(&self, step: u32, of: u32, pictures: &[Picture]) -> Result<(), ModelError> {
        self.take.put_preview(step, of, pictures)?;
        (self.control.report)(Event::Preview { step, of });
        Ok(())
    }

    /// Keeps the sampler's state after `step` denoise steps.
    pub fn keep_latents(&self, step: u32, bytes: &[u8]) -> Result<(), ModelError> {
        Ok(self.take.put_latents(step, bytes)?)
    }

    /// The sampler's state an earlier run left: (denoise steps done, bytes).
    pub fn kept_latents(&self) -> Option<(u32, Vec<u8>)> {
        self.take.latents()
    }

    pub(super) fn finish(self) -> Vec<(String, f64)> {
        let mut clock = self.clock.lock();
        clock.begin(None);
        std::mem::take(&mut clock.past)
    }
}

impl Clock {
    fn begin(&mut self, name: Option<&str>) {
        if let Some((stage, since)) = self.stage.take() {
            self.past.push((stage, since.elapsed().as_secs_f64()));
        }
        self.stage = name.map(|n| (n.to_string(), Instant::now()));
        self.first_done = None;
    }
}
