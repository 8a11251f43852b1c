//! The frames on their way to a film or a picture sequence, and a contact sheet of them.

use std::path::{Path, PathBuf};

use wakeframe_engine::output::{Clip, FrameRate, Note, Output, OutputError, Sink, contact_sheet, evenly_spaced, write_png};
use wakeframe_take::picture::{Picture, PictureError};
use wakeframe_tests::Frame;

const SHEET_CELLS: u32 = 9;
const SHEET_COLUMNS: usize = 3;
const SHEET_CELL_WIDTH: usize = 480;

/// A film being written.
pub struct Film {
    out: PathBuf,
    sheet: Option<PathBuf>,
    fps: f64,
    chosen: Vec<u32>,
    shown: Vec<Picture>,
    sink: Option<Box<dyn Sink>>,
    count: u32,
}

impl Film {
    /// Frames will go to `out` (`clip.mp4`, `frame.####.png`, `frame.####.exr`) and nine of them to `sheet`.
    pub fn new(out: &Path, sheet: Option<&Path>, frames: u32, fps: f64) -> Result<Self, OutputError> {
        if let Some(folder) = out.parent() {
            // If it cannot be made, the check says so.
            let _ = std::fs::create_dir_all(folder);
        }
        Output::check(out, None)?;
        let chosen = evenly_spaced(SHEET_CELLS, frames);
        Ok(Film { out: out.into(), sheet: sheet.map(Path::to_path_buf), fps, chosen, shown: Vec::new(), sink: None, count: 0 })
    }

    /// Adds the next frame.
    pub fn add(&mut self, frame: &Frame) -> Result<(), FilmError> {
        let straight = frame.straight();
        let opaque = straight.pixels().iter().all(|p| p[3] >= 1.0);
        let channels = if opaque { 3 } else { 4 };
        let data = straight.pixels().iter().flat_map(|p| p.iter().take(channels).copied()).collect();
        let picture = Picture::new(straight.width(), straight.height(), channels, data)?;
        let sink = match &mut self.sink {
            Some(sink) => sink,
            None => {
                let rate = FrameRate::from_fps(self.fps);
                let clip = Clip { width: picture.width(), height: picture.height(), rate, pixel_aspect: 1.0, alpha: !opaque, deep: false };
                self.sink.insert(Output::open(&self.out, clip)?)
            }
        };
        sink.frame(&picture)?;
        if self.sheet.is_some() && self.chosen.contains(&self.count) {
            let height = (picture.height() * SHEET_CELL_WIDTH).div_ceil(picture.width());
            self.shown.push(picture.resized(SHEET_CELL_WIDTH, height.max(1))?);
        }
        self.count += 1;
        Ok(())
    }

    /// Puts everything at its place; what a person should know about it.
    pub fn finish(self) -> Result<Vec<Note>, FilmError> {
        let notes = match self.sink {
            Some(sink) => sink.finish()?.notes,
            None => Vec::new(),
        };
        if let Some(path) = &self.sheet {
            write_png(path, &contact_sheet(&self.shown, SHEET_COLUMNS, SHEET_CELL_WIDTH)?)?;
        }
        Ok(notes)
    }
}

/// A film that could not be written.
#[derive(Debug, thiserror::Error)]
pub enum FilmError {
    /// A file.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A frame.
    #[error(transparent)]
    Picture(#[from] PictureError),
}
