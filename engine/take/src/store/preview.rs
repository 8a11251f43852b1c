//! Small pictures of the latest denoise step: `preview/0004.0040.0013.frame` is step 4 of 40, 13 pictures side by side.

use std::fs;
use std::io;
use std::path::PathBuf;

use super::{StoreError, Take, write_atomically};
use crate::frame_file::{self, Frame};
use crate::picture::Picture;

/// What the clip looks like after a denoise step.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// Denoise steps done.
    pub step: u32,
    /// Denoise steps in all.
    pub of: u32,
    /// Small pictures of one size, spread evenly over the clip.
    pub pictures: Vec<Picture>,
}

impl Take {
    /// Keeps the pictures of a step, all of one size, in one file, and drops those of other steps.
    pub fn put_preview(&self, step: u32, of: u32, pictures: &[Picture]) -> Result<(), StoreError> {
        let path = self.folder().join("preview").join(format!("{step:04}.{of:04}.{:04}.frame", pictures.len()));
        let strip = strip(pictures).ok_or_else(|| {
            let reason = "a preview needs pictures of one size and kind, side by side within the longest side";
            StoreError::io(&path, io::Error::new(io::ErrorKind::InvalidInput, reason))
        })?;
        write_atomically(&path, |out| frame_file::write(&strip, out))?;
        for (_, older) in self.preview_files() {
            if older != path {
                let _ = fs::remove_file(older);
            }
        }
        Ok(())
    }

    /// The latest whole preview.
    pub fn preview(&self) -> Option<Preview> {
        let mut files = self.preview_files();
        files.sort();
        files.into_iter().rev().find_map(|((step, of, count), path)| {
            let strip = Frame::open(&path).ok()?.picture().ok()?;
            Some(Preview { step, of, pictures: cut(&strip, count)? })
        })
    }

    fn preview_files(&self) -> Vec<((u32, u32, usize), PathBuf)> {
        let entries = fs::read_dir(self.folder().join("preview")).into_iter().flatten().flatten();
        let parse = |name: &str| {
            let mut numbers = name.strip_suffix(".frame")?.split('.');
            let parts = (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?);
            numbers.next().is_none().then_some(parts)
        };
        entries.filter_map(|e| Some((parse(e.file_name().to_str()?)?, e.path()))).collect()
    }
}

/// The pictures side by side.
fn strip(pictures: &[Picture]) -> Option<Picture> {
    let first = pictures.first()?;
    let (width, height, channels) = (first.width(), first.height(), first.channels());
    if pictures.iter().any(|p| (p.width(), p.height(), p.channels()) != (width, height, channels)) {
        return None;
    }
    let row = width * channels;
    let data = (0..height).flat_map(|y| pictures.iter().flat_map(move |p| p.data().iter().skip(y * row).take(row).copied()));
    Picture::new(width * pictures.len(), height, channels, data.collect()).ok()
}

fn cut(strip: &Picture, count: usize) -> Option<Vec<Picture>> {
    let whole = count > 0 && strip.width().is_multiple_of(count);
    if !whole {
        return None;
    }
    let (width, height, channels) = (strip.width() / count, strip.height(), strip.channels());
    let row = width * channels;
    let one = |i: usize| {
        let rows = strip.data().chunks_exact(row * count);
        Picture::new(width, height, channels, rows.flat_map(|r| r.iter().skip(i * row).take(row).copied()).collect()).ok()
    };
    (0..count).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::tests::latent_request;
    use crate::store::Store;

    fn pictures(count: usize, grey: f32) -> Vec<Picture> {
        let one = |i: usize| (0..18).map(|k| grey + (i * 18 + k) as f32 / 256.0).collect();
        (0..count).map(|i| Picture::new(3, 2, 3, one(i)).unwrap()).collect()
    }

    #[test]
    fn only_the_latest_preview_is_kept_and_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let take = Store::open(dir.path()).unwrap().take(&latent_request().take_hash());
        assert_eq!(take.preview(), None);
        take.put_preview(9, 40, &pictures(4, 0.25)).unwrap();
        take.put_preview(10, 40, &pictures(3, 0.5)).unwrap();
        assert_eq!(take.preview(), Some(Preview { step: 10, of: 40, pictures: pictures(3, 0.5) }));
        assert_eq!(take.preview_files().len(), 1);
        fs::write(take.folder().join("preview/0011.0040.0003.frame"), b"torn").unwrap();
        assert_eq!(take.preview().unwrap().step, 10);
    }

    #[test]
    fn pictures_that_make_no_strip_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let take = Store::open(dir.path()).unwrap().take(&latent_request().take_hash());
        let other = Picture::filled(2, 2, &[0.5; 3]).unwrap();
        let mixed = [pictures(1, 0.5), vec![other]].concat();
        for wrong in [Vec::new(), mixed, vec![Picture::filled(Picture::MAX_SIDE, 1, &[0.0; 3]).unwrap(); 2]] {
            assert!(take.put_preview(1, 4, &wrong).unwrap_err().to_string().contains("preview"), "{} pictures", wrong.len());
        }
        assert_eq!(take.preview(), None);
    }
}
