//! `--preview DIR`: a strip of small pictures after every denoise step.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::Mutex;
use wakeframe_take::store::Take;

use super::super::Failure;
use crate::output::{OutputError, contact_sheet, write_png};

/// Writes strips as steps are done.
pub(super) struct Strips {
    folder: PathBuf,
    take: Take,
    written: AtomicU32,
    /// What went wrong first; a preview is no reason to stop.
    fault: Mutex<Option<String>>,
}

impl Strips {
    /// Makes the folder where it is missing.
    pub(super) fn new(folder: &Path, take: Take) -> Result<Self, Failure> {
        let fault = |e| Failure::Failed(format!("the folder {} for previews cannot be made: {e}", folder.display()));
        std::fs::create_dir_all(folder).map_err(fault)?;
        Ok(Self { folder: folder.into(), take, written: AtomicU32::new(0), fault: Mutex::new(None) })
    }

    /// The preview of the step just done is in the take's folder.
    pub(super) fn step(&self) {
        // One newer than was announced is as good; one thrown away meanwhile is missed.
        let Some(preview) = self.take.preview() else { return };
        let path = self.folder.join(format!("step.{:04}.png", preview.step));
        let width = preview.pictures.first().map_or(1, |p| p.width());
        let strip = contact_sheet(&preview.pictures, preview.pictures.len(), width);
        match strip.map_err(|e| e.to_string()).and_then(|s| write_png(&path, &s).map_err(|e: OutputError| e.to_string())) {
            Ok(()) => {
                self.written.fetch_add(1, Ordering::Relaxed);
            }
            Err(e) => {
                self.fault.lock().get_or_insert(e);
            }
        }
    }

    /// What a person should know at the end.
    pub(super) fn note(&self, reused: bool) -> Option<String> {
        if let Some(fault) = self.fault.lock().as_ref() {
            return Some(format!("not every preview was written: {fault}"));
        }
        match self.written.load(Ordering::Relaxed) {
            0 if reused => Some("no preview was written: the take was there already".into()),
            0 => Some("no preview was written: nothing was denoised, the still is small, or this model shows none".into()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::finished;
    use super::*;
    use crate::still;
    use wakeframe_take::picture::Picture;

    #[test]
    fn every_step_is_a_strip() {
        let dir = tempfile::tempdir().unwrap();
        let (take, _) = finished(&dir.path().join("store"));
        let folder = dir.path().join("a/b");
        let strips = Strips::new(&folder, take.clone()).unwrap();
        strips.step();
        assert!(strips.note(true).unwrap().contains("there already"));
        assert!(strips.note(false).unwrap().contains("shows none"));
        for step in 1..=2 {
            take.put_preview(step, 2, &vec![Picture::filled(8, 4, &[0.5; 3]).unwrap(); 3]).unwrap();
            strips.step();
        }
        let names: Vec<String> = (1..=2).map(|n| format!("step.{n:04}.png")).collect();
        let mut found: Vec<String> = std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        found.sort();
        assert_eq!(found, names);
        assert!(still::read(&folder.join("step.0002.png")).unwrap().picture.width() >= 3 * 8);
        assert_eq!(strips.note(false), None);
    }

    #[test]
    fn a_preview_that_cannot_be_written_is_told_once() {
        let dir = tempfile::tempdir().unwrap();
        let (take, _) = finished(&dir.path().join("store"));
        let folder = dir.path().join("strips");
        let strips = Strips::new(&folder, take.clone()).unwrap();
        std::fs::remove_dir(&folder).unwrap();
        take.put_preview(1, 2, &[Picture::filled(8, 4, &[0.5; 3]).unwrap()]).unwrap();
        strips.step();
        let note = strips.note(false).unwrap();
        assert!(note.contains("not every preview") && note.contains("step.0001.png"), "{note}");
        std::fs::write(dir.path().join("file"), b"").unwrap();
        let Err(failure) = Strips::new(&dir.path().join("file/x"), take) else { panic!("made in a file") };
        assert!(failure.message().contains("for previews cannot be made"));
    }
}
