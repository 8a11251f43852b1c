//! What a family sees of the world: its take's folder, progress, cancel.

use std::sync::atomic::Ordering;
use std::time::Instant;

use parking_lot::Mutex;
use wakeframe_take::picture::Picture;
use wakeframe_take::service::Event;
use wakeframe_take::store::Take;

use super::Control;
use crate::family::ModelError;

/// Share of the whole that lies before each stage, and the stage's own, as a progress bar should show it.
const SHARES: [(&str, f64, f64); 4] = [("load", 0.0, 0.05), ("read", 0.05, 0.05), ("denoise", 0.1, 0.15), ("frames", 0.25, 0.75)];

/// One take in the making.
pub struct Work<'a> {
    take: Take,
    frames: u32,
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
    pub(super) fn new(take: Take, frames: u32, control: &'a Control<'a>) -> Self {
        let clock = Clock { start: Instant::now(), stage: None, past: Vec::new(), first_done: None };
        Self { take, frames, control, clock: Mutex::new(clock) }
    }

    /// `Err(Cancelled)` once nobody wants the take any more.
    pub fn check(&self) -> Result<(), ModelError> {
        if self.control.cancel.load(Ordering::Relaxed) { Err(ModelError::Cancelled) } else { Ok(()) }
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
        let (_, before, own) = SHARES.into_iter().find(|(n, _, _)| *n == stage).unwrap_or(("", 0.0, 1.0));
        let fraction = before + own * part;
        let in_stage = since.elapsed().as_secs_f64();
        let seconds_left = match stage.as_str() {
            "frames" if made > 0 => Some(in_stage / f64::from(made) * f64::from(of.saturating_sub(done))),
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
