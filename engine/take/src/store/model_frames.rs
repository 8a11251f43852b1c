//! A model's own frames, before they are brought to the take's size, rate and number: fp32, because half floats would
//! lose 2e-4. `model/0000.npy` … of shape [height, width, 3], sRGB-encoded 0…1.

use std::fs;
use std::io;

use super::{Store, StoreError, Take, write_atomically};
use crate::npy;
use crate::picture::Picture;
use crate::request::Request;

/// One frame as the model made it.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelFrame {
    /// Width, pixels.
    pub width: usize,
    /// Height, pixels.
    pub height: usize,
    /// [height][width][3], sRGB-encoded 0…1.
    pub values: Vec<f32>,
}

impl Take {
    /// Keeps the model's frame `n`: `rgb` is [height][width][3].
    pub fn put_model_frame(&self, n: u32, width: usize, height: usize, rgb: &[f32]) -> Result<(), StoreError> {
        let path = self.model_frame_path(n);
        let fits = width > 0 && height > 0 && rgb.len() == width * height * 3;
        if !fits {
            let reason = format!("{} values came for {width}×{height} pixels", rgb.len());
            return Err(StoreError::io(&path, io::Error::new(io::ErrorKind::InvalidInput, reason)));
        }
        write_atomically(&path, |out| {
            npy::write_header(&[height, width, 3], out)?;
            npy::write_values(rgb, out)
        })
    }

    /// The model's frame `n`; `None` where it is not there. A damaged one is an error that names it.
    pub fn model_frame(&self, n: u32) -> Result<Option<ModelFrame>, StoreError> {
        let path = self.model_frame_path(n);
        let damaged = |what: String| StoreError::ModelFrame { path: path.clone(), what };
        let (shape, values) = match npy::read(&path) {
            Ok(array) => array,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) if matches!(e.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) => return Err(damaged(e.to_string())),
            Err(e) => return Err(StoreError::io(&path, e)),
        };
        match shape.as_slice() {
            &[height, width, 3] if is_size(width, height) => Ok(Some(ModelFrame { width, height, values })),
            _ => Err(damaged(format!("its shape is {shape:?}, not [height, width, 3]"))),
        }
    }

    /// Whether the model's frame `n` is there, has a shape and the length of it. Its values are not read.
    pub fn has_model_frame(&self, n: u32) -> bool {
        matches!(npy::shape(&self.model_frame_path(n)).as_deref(), Ok(&[height, width, 3]) if is_size(width, height))
    }

    /// How many of the model's first `frames` frames are there.
    pub fn model_frames_done(&self, frames: u32) -> u32 {
        (0..frames).filter(|n| self.has_model_frame(*n)).count() as u32
    }

    fn model_frame_path(&self, n: u32) -> std::path::PathBuf {
        self.folder().join("model").join(format!("{n:04}.npy"))
    }
}

impl Store {
    /// A take whose model's frames are all there and are those `request` needs, its own or one of another number, rate
    /// or size of frames; the most recently used where there are several.
    pub fn take_with_model_frames(&self, request: &Request) -> Option<Take> {
        let frames = request.latent.as_ref()?.frames;
        let whole = |take: &Take| (0..frames).all(|n| take.has_model_frame(n));
        let own = self.take(&request.take_hash());
        if whole(&own) {
            return Some(own);
        }
        let wanted = request.generation_hash();
        let same = |take: &Take| matches!(take.manifest(), Ok(Some(m)) if m.request.generation_hash() == wanted);
        // A folder without model frames need not be asked what it is.
        let others = self.takes().into_iter().filter(|take| fs::metadata(take.folder().join("model")).is_ok());
        others.filter(|take| same(take) && whole(take)).max_by_key(Take::last_used)
    }
}

fn is_size(width: usize, height: usize) -> bool {
    (1..=Picture::MAX_SIDE).contains(&width) && (1..=Picture::MAX_SIDE).contains(&height)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::tests::{latent_request, request};

    fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        (dir, store)
    }

    fn put_all(take: &Take, request: &Request) {
        take.begin(request).unwrap();
        let frames = request.latent.as_ref().unwrap().frames;
        (0..frames).for_each(|n| take.put_model_frame(n, 2, 1, &[0.1; 6]).unwrap());
    }

    #[test]
    fn model_frames_come_back_to_the_bit() {
        let (_dir, store) = store();
        let take = store.take(&latent_request().take_hash());
        assert_eq!(take.model_frame(3).unwrap(), None);
        let values: Vec<f32> = (0..18).map(|i| (i as f32 * 0.7).cos()).collect();
        take.put_model_frame(3, 3, 2, &values).unwrap();
        assert_eq!(take.model_frame(3).unwrap(), Some(ModelFrame { width: 3, height: 2, values }));
        assert_eq!((take.model_frames_done(3), take.model_frames_done(4)), (0, 1));
        let wrong = take.put_model_frame(4, 3, 2, &[0.0; 17]).unwrap_err().to_string();
        assert!(wrong.contains("17 values came for 3×2 pixels") && wrong.contains("0004.npy"), "{wrong}");
    }

    #[test]
    fn a_damaged_model_frame_is_named_and_does_not_count() {
        let (_dir, store) = store();
        let take = store.take(&latent_request().take_hash());
        take.put_model_frame(0, 2, 2, &[0.0; 12]).unwrap();
        let path = take.folder().join("model/0000.npy");
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 4]).unwrap();
        let said = take.model_frame(0).unwrap_err().to_string();
        assert!(said.contains("0000.npy") && said.contains("generate again"), "{said}");
        assert_eq!(take.model_frames_done(1), 0);
        let mut file = std::fs::File::create(&path).unwrap();
        npy::write_header(&[12], &mut file).unwrap();
        npy::write_values(&[0.0; 12], &mut file).unwrap();
        assert!(take.model_frame(0).unwrap_err().to_string().contains("[12], not [height, width, 3]"));
    }

    #[test]
    fn another_rate_or_size_finds_the_frames_that_were_made() {
        let (_dir, store) = store();
        let made = latent_request();
        let take = store.take(&made.take_hash());
        let other = Request { frames: 5, fps: 60.0, width: 640, height: 360, ..made.clone() };
        assert!(store.take_with_model_frames(&other).is_none());
        put_all(&take, &made);
        assert_eq!(store.take_with_model_frames(&other).unwrap().hash(), take.hash());
        assert_eq!(store.take_with_model_frames(&made).unwrap().hash(), take.hash());
        let another_seed = Request { seed: 99, ..made.clone() };
        assert!(store.take_with_model_frames(&another_seed).is_none());
        std::fs::remove_file(take.folder().join("model/0001.npy")).unwrap();
        assert!(store.take_with_model_frames(&other).is_none(), "one is gone");
        assert!(store.take_with_model_frames(&request()).is_none(), "no latent family");
    }
}
