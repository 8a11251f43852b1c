//! One take's folder.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::{Lease, StoreError, write_atomically};
use crate::frame_file::{self, Frame};
use crate::picture::Picture;
use crate::request::{Request, TakeHash};

/// What `take.json` says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the engine that made the take.
    pub engine: String,
    /// The request it answers.
    pub request: Request,
    /// Whether every frame is there.
    pub complete: bool,
}

/// A take's folder, made or not.
#[derive(Debug, Clone)]
pub struct Take {
    folder: PathBuf,
    hash: TakeHash,
}

impl Take {
    pub(super) fn new(folder: PathBuf, hash: TakeHash) -> Self {
        Self { folder, hash }
    }

    /// The take's name.
    pub fn hash(&self) -> &TakeHash {
        &self.hash
    }

    /// The take's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// `take.json`; `None` where the take was never begun or its description is damaged (then it is begun anew).
    pub fn manifest(&self) -> Result<Option<Manifest>, StoreError> {
        let path = self.folder.join("take.json");
        match fs::read(&path) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(StoreError::io(&path, e)),
        }
    }

    /// Whether every frame is there.
    pub fn is_complete(&self) -> bool {
        matches!(self.manifest(), Ok(Some(m)) if m.complete)
    }

    /// Writes down what the folder is for, before its first frame.
    pub fn begin(&self, request: &Request) -> Result<(), StoreError> {
        self.write_manifest(request, false)
    }

    /// Says that every frame is there, and drops what only its making needed; the model's own frames stay.
    pub fn complete(&self, request: &Request) -> Result<(), StoreError> {
        self.write_manifest(request, true)?;
        self.touch();
        self.drop_working_state();
        Ok(())
    }

    /// Drops the sampler's state and the previews: a take that goes on begins at its first step or at its frames.
    pub(super) fn drop_working_state(&self) {
        for folder in ["latents", "preview"] {
            let _ = fs::remove_dir_all(self.folder.join(folder));
        }
    }

    fn write_manifest(&self, request: &Request, complete: bool) -> Result<(), StoreError> {
        let manifest = Manifest { engine: crate::VERSION.into(), request: request.clone(), complete };
        write_atomically(&self.folder.join("take.json"), |out| {
            serde_json::to_writer_pretty(&mut *out, &manifest)?;
            out.write_all(b"\n")
        })
    }

    fn frame_path(&self, n: u32) -> PathBuf {
        self.folder.join("frames").join(format!("{n:04}.frame"))
    }

    /// Whether frame `n` is there.
    pub fn has_frame(&self, n: u32) -> bool {
        self.frame_path(n).is_file()
    }

    /// Frame `n`, if it is there and whole.
    pub fn frame(&self, n: u32) -> Result<Option<Frame>, StoreError> {
        let path = self.frame_path(n);
        if !path.is_file() {
            return Ok(None);
        }
        Ok(Some(Frame::open(&path)?))
    }

    /// Keeps frame `n`.
    pub fn put_frame(&self, n: u32, picture: &Picture) -> Result<(), StoreError> {
        write_atomically(&self.frame_path(n), |out| frame_file::write(picture, out))
    }

    /// How many of the first `frames` frames are there.
    pub fn frames_done(&self, frames: u32) -> u32 {
        (0..frames).filter(|&n| self.has_frame(n)).count() as u32
    }

    /// Keeps the sampler's state after `step` denoise steps, and drops older states.
    pub fn put_latents(&self, step: u32, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.folder.join("latents").join(format!("{step:04}.bin"));
        write_atomically(&path, |out| {
            out.write_all(blake3::hash(bytes).as_bytes())?;
            out.write_all(bytes)
        })?;
        for (older, path) in self.latent_files() {
            if older < step {
                let _ = fs::remove_file(path);
            }
        }
        Ok(())
    }

    /// The latest whole sampler state: (denoise steps done, bytes).
    pub fn latents(&self) -> Option<(u32, Vec<u8>)> {
        let mut files = self.latent_files();
        files.sort();
        files.into_iter().rev().find_map(|(step, path)| {
            let mut all = fs::read(path).ok()?;
            let bytes = all.split_off(32.min(all.len()));
            (all.as_slice() == blake3::hash(&bytes).as_bytes()).then_some((step, bytes))
        })
    }

    fn latent_files(&self) -> Vec<(u32, PathBuf)> {
        let entries = fs::read_dir(self.folder.join("latents")).into_iter().flatten().flatten();
        entries.filter_map(|e| Some((e.file_name().to_str()?.strip_suffix(".bin")?.parse().ok()?, e.path()))).collect()
    }

    /// Notes that the take was used now, at most once a minute. Failure is of no matter: a read-only store works.
    pub fn touch(&self) {
        let path = self.folder.join("used");
        let fresh = fs::metadata(&path).and_then(|m| m.modified()).ok().and_then(|t| SystemTime::now().duration_since(t).ok());
        if fresh.is_none_or(|age| age > Duration::from_secs(60)) {
            let _ = fs::write(&path, b"");
        }
    }

    /// When the take was last used.
    pub fn last_used(&self) -> SystemTime {
        let time = |p: PathBuf| fs::metadata(p).and_then(|m| m.modified()).ok();
        time(self.folder.join("used")).or_else(|| time(self.folder.join("take.json"))).unwrap_or(SystemTime::UNIX_EPOCH)
    }

    /// Takes the lease, if nobody living holds it.
    pub fn try_lease(&self) -> Result<Option<Lease>, StoreError> {
        fs::create_dir_all(&self.folder).map_err(|e| StoreError::io(&self.folder, e))?;
        Ok(Lease::try_acquire(&self.folder.join("lease"))?)
    }

    /// Whether somebody seems to hold the lease.
    pub fn is_leased(&self) -> bool {
        Lease::is_held(&self.folder.join("lease"))
    }

    /// Throws the take away.
    pub fn remove(&self) -> Result<(), StoreError> {
        match fs::remove_dir_all(&self.folder) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(StoreError::io(&self.folder, e)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::tests::request;
    use crate::store::Store;

    fn take() -> (tempfile::TempDir, Take, Request) {
        let dir = tempfile::tempdir().unwrap();
        let r = request();
        let take = Store::open(dir.path()).unwrap().take(&r.take_hash());
        (dir, take, r)
    }

    #[test]
    fn a_take_grows_frame_by_frame() {
        let (_dir, take, r) = take();
        assert!(take.manifest().unwrap().is_none());
        take.begin(&r).unwrap();
        assert!(take.frame(0).unwrap().is_none());
        let p = Picture::filled(3, 2, &[0.5; 3]).unwrap();
        take.put_frame(0, &p).unwrap();
        take.put_frame(2, &p).unwrap();
        assert_eq!(take.frames_done(r.frames), 2);
        assert!(!take.is_complete());
        take.put_latents(1, b"state").unwrap();
        take.put_preview(1, 4, std::slice::from_ref(&p)).unwrap();
        take.put_model_frame(0, 1, 1, &[0.5; 3]).unwrap();
        take.complete(&r).unwrap();
        assert!(take.is_complete());
        assert_eq!((take.latents(), take.preview(), take.model_frames_done(1)), (None, None, 1));
        assert_eq!(take.manifest().unwrap().unwrap().request, r);
    }

    #[test]
    fn latents_are_checked_and_only_the_latest_kept() {
        let (_dir, take, _) = take();
        assert!(take.latents().is_none());
        take.put_latents(4, b"four").unwrap();
        take.put_latents(8, b"eight").unwrap();
        assert_eq!(take.latents(), Some((8, b"eight".to_vec())));
        assert_eq!(take.latent_files().len(), 1);
        fs::write(take.folder().join("latents/0009.bin"), b"torn").unwrap();
        assert_eq!(take.latents(), Some((8, b"eight".to_vec())));
    }

    #[test]
    fn a_damaged_description_counts_as_none() {
        let (_dir, take, r) = take();
        take.begin(&r).unwrap();
        fs::write(take.folder().join("take.json"), b"{").unwrap();
        assert!(take.manifest().unwrap().is_none() && !take.is_complete());
    }
}
