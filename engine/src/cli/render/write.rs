//! The frames that are written, and their contact sheet.

use std::path::Path;

use wakeframe_take::picture::Picture;
use wakeframe_take::request::{Request, StillHash};
use wakeframe_take::store::{Store, Take};

use super::super::Failure;
use super::of_output;
use crate::output::{OutputError, contact_sheet, evenly_spaced, write_png};

/// Frames on a contact sheet, how many stand in a row, and how wide each is in pixels.
const SHEET_FRAMES: u32 = 8;
const SHEET_COLUMNS: usize = 4;
const SHEET_WIDTH: usize = 480;

/// Where frames come from.
pub(super) enum Frames {
    /// The take's own, masked where a mask was given.
    Finished { take: Take, count: u32, mask: Option<Masked> },
    /// The model's, before they were brought to the take's size and rate.
    OfModel { take: Take, count: u32 },
}

/// The still and where it may move.
pub(super) struct Masked {
    still: Picture,
    /// 0…1 per pixel.
    moves: Vec<f32>,
}

impl Masked {
    /// Of a request's still and a mask, both in the store, at the take's size.
    pub(super) fn of(request: &Request, mask: &StillHash, store: &Store) -> Result<Self, Failure> {
        let fitted = |name: &StillHash| {
            let whole = store.still(name).map_err(Failure::failed)?.picture().map_err(Failure::failed)?;
            request.fitted(&whole).map_err(Failure::failed)
        };
        let mask = fitted(mask)?;
        let moves = mask.data().chunks_exact(mask.channels()).map(|p| p.first().map_or(0.0, |v| v.clamp(0.0, 1.0))).collect();
        Ok(Self { still: fitted(&request.still)?, moves })
    }

    /// The still's own values where nothing may move.
    fn over(&self, mut frame: Picture) -> Picture {
        let channels = frame.channels();
        if (self.still.width(), self.still.height(), self.still.channels()) != (frame.width(), frame.height(), channels) {
            return frame;
        }
        let pixels = frame.data_mut().chunks_exact_mut(channels).zip(self.still.data().chunks_exact(channels));
        for ((moving, still), m) in pixels.zip(&self.moves) {
            for (v, s) in moving.iter_mut().zip(still) {
                *v = if *m <= 0.0 {
                    *s
                } else if *m >= 1.0 {
                    *v
                } else {
                    s + (*v - s) * m
                };
            }
        }
        frame
    }
}

impl Frames {
    pub(super) fn count(&self) -> u32 {
        match self {
            Frames::Finished { count, .. } | Frames::OfModel { count, .. } => *count,
        }
    }

    /// Whether frame `n` is there, whole.
    pub(super) fn there(&self, n: u32) -> bool {
        match self {
            Frames::Finished { take, .. } => matches!(take.frame(n), Ok(Some(_))),
            Frames::OfModel { take, .. } => take.has_model_frame(n),
        }
    }

    pub(super) fn get(&self, n: u32) -> Result<Picture, Failure> {
        match self {
            Frames::Finished { take, mask, .. } => {
                let frame = take.frame(n).map_err(Failure::failed)?.ok_or_else(|| gone(take, n))?.picture().map_err(Failure::failed)?;
                Ok(match mask {
                    Some(mask) => mask.over(frame),
                    None => frame,
                })
            }
            Frames::OfModel { take, .. } => {
                let frame = take.model_frame(n).map_err(Failure::failed)?.ok_or_else(|| gone(take, n))?;
                Picture::new(frame.width, frame.height, 3, frame.values).map_err(Failure::failed)
            }
        }
    }
}

fn gone(take: &Take, n: u32) -> Failure {
    Failure::Failed(format!("frame {n} of the take is gone from {}: render again", take.folder().display()))
}

pub(super) fn check_sheet(path: &Path) -> Result<(), Failure> {
    if !path.extension().is_some_and(|e| e.eq_ignore_ascii_case("png")) {
        return Err(Failure::Usage(format!("the contact sheet {} must end in .png", path.display())));
    }
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            Err(of_output(OutputError::FolderMissing { folder: folder.into() }))
        }
        _ => Ok(()),
    }
}

pub(super) fn write_sheet(frames: &Frames, path: &Path) -> Result<(), Failure> {
    let chosen = evenly_spaced(SHEET_FRAMES, frames.count()).into_iter().map(|n| frames.get(n)).collect::<Result<Vec<_>, _>>()?;
    let sheet = contact_sheet(&chosen, SHEET_COLUMNS, SHEET_WIDTH).map_err(Failure::failed)?;
    write_png(path, &sheet).map_err(of_output)
}

#[cfg(test)]
mod tests {
    use super::super::tests::finished;
    use super::*;
    use crate::still;
    use wakeframe_take::request::{Settings, Stills};

    fn frames(take: &Take, count: u32) -> Frames {
        Frames::Finished { take: take.clone(), count, mask: None }
    }

    #[test]
    fn a_takes_frames_become_a_sheet() {
        let dir = tempfile::tempdir().unwrap();
        let (take, request) = finished(&dir.path().join("store"));
        let sheet = dir.path().join("sheet.png");
        write_sheet(&frames(&take, request.frames), &sheet).unwrap();
        assert!(still::read(&sheet).unwrap().picture.width() > 3 * SHEET_WIDTH);
        assert_eq!(check_sheet(Path::new("sheet.jpg")).unwrap_err().code(), 2);
        assert!(check_sheet(&dir.path().join("none/sheet.png")).unwrap_err().message().contains("none"));
    }

    #[test]
    fn a_lost_frame_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let (take, request) = finished(&dir.path().join("store"));
        for all in [frames(&take, 9), Frames::OfModel { take, count: 9 }] {
            let Err(Failure::Failed(message)) = all.get(request.frames) else { panic!("there is no such frame") };
            assert!(message.contains("frame 3") && message.contains("render again"), "{message}");
        }
    }

    #[test]
    fn what_the_mask_leaves_black_is_the_still() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let still = Picture::new(32, 24, 3, (0..32 * 24 * 3).map(|i| i as f32 / 4096.0).collect()).unwrap();
        let columns = |x: usize| [0.0, 0.25, 1.0][x / 11];
        let mask = Picture::new(32, 24, 3, (0..32 * 24).flat_map(|i| [columns(i % 32); 3]).collect()).unwrap();
        let (still_name, mask_name) = (store.put_still(&still).unwrap(), store.put_still(&mask).unwrap());
        let stills = Stills::one(still_name, (32, 24), 1.0);
        let request = Request::new(&Settings::default(), &crate::generate::tests::pack(), &stills).unwrap().0;
        let masked = Masked::of(&request, &mask_name, &store).unwrap();
        let moved = Picture::filled(32, 24, &[0.75; 3]).unwrap();
        let still = store.still(&request.still).unwrap().picture().unwrap();
        let out = masked.over(moved.clone());
        assert_eq!(out.pixel(3, 7), still.pixel(3, 7));
        assert_eq!(out.pixel(30, 7), moved.pixel(30, 7));
        let (between, s) = (out.pixel(15, 7)[0], still.pixel(15, 7)[0]);
        assert!((between - (s + (0.75 - s) * 0.25)).abs() < 1e-6);
        let gone = "0".repeat(64).try_into().unwrap();
        assert!(Masked::of(&request, &gone, &store).is_err());
    }
}
