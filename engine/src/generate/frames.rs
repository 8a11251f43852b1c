//! A take's frames, on all cores.

use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::Mutex;

use wakeframe_take::picture::Picture;

use super::Work;
use crate::family::ModelError;

/// Makes the frames that are not there yet, earliest first. What `frame` gives may depend on the number alone, so that
/// the number of threads changes nothing but the time.
pub fn frames(frames: u32, work: &Work<'_>, frame: impl Fn(u32) -> Result<Picture, ModelError> + Sync) -> Result<(), ModelError> {
    let missing: Vec<u32> = (0..frames).filter(|n| !work.has_frame(*n)).collect();
    let done = AtomicU32::new(frames - missing.len() as u32);
    let next = AtomicU32::new(0);
    let fault = Mutex::new(None);
    work.progress(done.load(Ordering::Relaxed), frames);
    std::thread::scope(|scope| {
        for _ in 0..threads().min(missing.len()) {
            scope.spawn(|| {
                while let Some(&n) = missing.get(next.fetch_add(1, Ordering::Relaxed) as usize) {
                    if let Err(e) = work.check().and_then(|()| work.keep_frame(n, &frame(n)?)) {
                        fault.lock().get_or_insert(e);
                        next.store(frames, Ordering::Relaxed);
                        return;
                    }
                    work.progress(done.fetch_add(1, Ordering::Relaxed) + 1, frames);
                }
            });
        }
    });
    match fault.into_inner() {
        Some(e) => Err(e),
        None => Ok(()),
    }
}

/// `WAKEFRAME_THREADS` (1 to 256), or the machine's cores.
pub fn threads() -> usize {
    let set = std::env::var("WAKEFRAME_THREADS").ok().and_then(|v| v.trim().parse::<usize>().ok());
    set.filter(|n| (1..=256).contains(n)).unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
}
