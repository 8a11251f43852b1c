//! A file that grows beside its place.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::OutputError;

static COUNTER: AtomicU64 = AtomicU64::new(0);

/// An open file under a hidden name, in the folder of the one it will become.
#[derive(Debug)]
pub(super) struct PartFile {
    file: File,
    waiting: Waiting,
}

/// A whole file that waits under its hidden name. Dropped before [`Waiting::commit`], it is removed.
#[derive(Debug)]
pub(super) struct Waiting {
    hidden: PathBuf,
    place: PathBuf,
    placed: bool,
}

impl PartFile {
    /// Makes the hidden file for `place`.
    pub(super) fn create(place: &Path) -> Result<Self, OutputError> {
        let name = place.file_name().unwrap_or_default().to_string_lossy();
        let hidden = place.with_file_name(format!(".{name}.{}.{}.part", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed)));
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&hidden).map_err(|e| OutputError::io(place, e))?;
        Ok(Self { file, waiting: Waiting { hidden, place: place.into(), placed: false } })
    }

    /// The open file; `&File` reads, writes and seeks.
    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Flushes to disk and closes.
    pub(super) fn close(self) -> Result<Waiting, OutputError> {
        self.file.sync_data().map_err(|e| OutputError::io(&self.waiting.place, e))?;
        Ok(self.waiting)
    }

    /// Flushes to disk and puts the file at its place.
    pub(super) fn commit(self) -> Result<(), OutputError> {
        self.close()?.commit().map(drop)
    }
}

impl Waiting {
    /// Puts the file at its place, over what was there, and names the place.
    pub(super) fn commit(mut self) -> Result<PathBuf, OutputError> {
        fs::rename(&self.hidden, &self.place).map_err(|e| OutputError::io(&self.place, e))?;
        self.placed = true;
        Ok(std::mem::take(&mut self.place))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if !self.placed {
            let _ = fs::remove_file(&self.hidden);
        }
    }
}
