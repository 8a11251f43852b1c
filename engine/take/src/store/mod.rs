//! Takes on disk.
//!
//! ```text
//! <root>/stills/<still hash>.frame      the stills of a request: still, last frame, keyframes, mask
//! <root>/takes/<take hash>/take.json    the request, and whether the take is whole
//! <root>/takes/<take hash>/frames/0000.frame …
//! <root>/takes/<take hash>/model/0000.npy …   the model's own frames, of latent families
//! <root>/takes/<take hash>/latents/0004.bin   sampler state after so many denoise steps
//! <root>/takes/<take hash>/preview/…      small pictures of the latest denoise step
//! <root>/takes/<take hash>/lease        who generates it now
//! ```
//!
//! Every file is written beside its place, flushed and renamed, so a reader sees a whole file or none. One
//! process at a time holds a take's lease and generates; any number read.

mod atomic;
mod evict;
mod lease;
mod model_frames;
mod preview;
mod root;
mod take;

pub use atomic::write_atomically;
pub use evict::Usage;
pub use lease::{Lease, LeaseError};
pub use model_frames::ModelFrame;
pub use preview::Preview;
pub use root::{default_limit, default_root};
pub use take::{Manifest, Take};

use std::path::{Path, PathBuf};
use std::{fs, io};

use thiserror::Error;

use crate::frame_file::{Frame, FrameFileError};
use crate::picture::Picture;
use crate::request::{Request, SettingsHash, StillHash, TakeHash};

/// A store that cannot be used.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The disk holding the store is full.
    #[error("the disk holding the take store is full ({}): free some space, or point WAKEFRAME_STORE to another disk, and generate again; what was finished is kept", path.display())]
    DiskFull {
        /// The file being written.
        path: PathBuf,
    },
    /// Reading or writing failed.
    #[error("the take store could not be used: {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A damaged frame.
    #[error(transparent)]
    Frame(#[from] FrameFileError),
    /// A damaged frame of the model's.
    #[error("{} is not a whole frame of the model's ({what}); delete its take folder and generate again", path.display())]
    ModelFrame {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The lease could not be had.
    #[error(transparent)]
    Lease(#[from] LeaseError),
}

impl StoreError {
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        let full = matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge);
        if full { Self::DiskFull { path: path.into() } } else { Self::Io { path: path.into(), source } }
    }
}

/// The folder that holds stills and takes. Cheap to clone; safe to use from several threads, processes and
/// machines at once.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
}

impl Store {
    /// The store at `root`, made if missing. Its permissions are the user's to set: a farm may share it.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        for folder in [root.to_path_buf(), root.join("stills"), root.join("takes")] {
            fs::create_dir_all(&folder).map_err(|e| StoreError::io(&folder, e))?;
        }
        Ok(Self { root: root.into() })
    }

    /// The user's store: `WAKEFRAME_STORE`, or the system's cache folder.
    pub fn open_default() -> Result<Self, StoreError> {
        Self::open(&default_root())
    }

    /// The store's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Keeps `still` and returns its name. Writing one that is there already costs a hash.
    pub fn put_still(&self, still: &Picture) -> Result<StillHash, StoreError> {
        let hash = StillHash::of(still);
        let path = self.still_path(&hash);
        if !path.exists() {
            write_atomically(&path, |out| crate::frame_file::write(still, out))?;
        }
        Ok(hash)
    }

    /// The still of that name.
    pub fn still(&self, hash: &StillHash) -> Result<Frame, StoreError> {
        Ok(Frame::open(&self.still_path(hash))?)
    }

    fn still_path(&self, hash: &StillHash) -> PathBuf {
        self.root.join("stills").join(format!("{hash}.frame"))
    }

    /// The take of that name, made or not.
    pub fn take(&self, hash: &TakeHash) -> Take {
        Take::new(self.root.join("takes").join(hash.as_str()), hash.clone())
    }

    /// The whole takes of the same settings, whatever the still and its size; newest first.
    pub fn takes_of_settings(&self, settings: &SettingsHash) -> Vec<(Take, Request)> {
        let mut found: Vec<_> = self
            .takes()
            .into_iter()
            .filter_map(|take| {
                let manifest = take.manifest().ok()??;
                let request = manifest.request;
                (manifest.complete && request.settings_hash() == *settings).then_some((take, request))
            })
            .collect();
        found.sort_by_key(|(take, _)| std::cmp::Reverse(take.last_used()));
        found
    }

    /// Every take folder.
    pub fn takes(&self) -> Vec<Take> {
        let entries = fs::read_dir(self.root.join("takes")).into_iter().flatten().flatten();
        entries.filter_map(|e| Some(self.take(&TakeHash::try_from(e.file_name().into_string().ok()?).ok()?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::tests::request;

    #[test]
    fn stills_are_kept_once_and_come_back() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let still = Picture::filled(4, 3, &[0.5, 0.25, 2.0]).unwrap();
        let a = store.put_still(&still).unwrap();
        assert_eq!(store.put_still(&still).unwrap(), a);
        assert_eq!(store.still(&a).unwrap().picture().unwrap(), still);
    }

    #[test]
    fn takes_are_found_by_settings_only_when_whole() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let r = request();
        let take = store.take(&r.take_hash());
        take.begin(&r).unwrap();
        assert!(store.takes_of_settings(&r.settings_hash()).is_empty());
        take.complete(&r).unwrap();
        assert_eq!(store.takes_of_settings(&r.settings_hash()).len(), 1);
    }
}
