//! Frames become files: `clip.mp4`, `frame.####.png`, `frame.####.exr`, `frames.npy`.
//!
//! Nothing is at its place before everything is whole: files grow beside their places under hidden names, and are
//! renamed by [`Sink::finish`]. A sink that is dropped before that takes its hidden files away and leaves what was
//! there before.

mod array;
mod contact_sheet;
mod error;
mod exr;
mod frame_rate;
mod h264;
mod mp4;
mod part_file;
mod pattern;
mod png;
mod sequence;
mod yuv;

pub use contact_sheet::{contact_sheet, evenly_spaced};
pub use error::OutputError;
pub use frame_rate::FrameRate;
pub(crate) use h264::constant_quantiser;

use std::fmt;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use wakeframe_take::picture::Picture;

use part_file::PartFile;
use pattern::{Pattern, Target};

/// What the frames to come look like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clip {
    /// Pixels, 1 to [`Picture::MAX_SIDE`].
    pub width: usize,
    /// Pixels, 1 to [`Picture::MAX_SIDE`].
    pub height: usize,
    /// Frames per second, exact.
    pub rate: FrameRate,
    /// Width of a pixel over its height.
    pub pixel_aspect: f64,
    /// Whether the frames carry alpha. A film is shown over black; pictures keep it.
    pub alpha: bool,
    /// Whether the still was deeper than 8 bit: PNG frames are then written with 16.
    pub deep: bool,
}

/// Takes frames in order.
pub trait Sink {
    /// Adds the next frame, of the clip's size.
    fn frame(&mut self, picture: &Picture) -> Result<(), OutputError>;

    /// Puts everything at its place.
    fn finish(self: Box<Self>) -> Result<Written, OutputError>;
}

/// What a finished sink has written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The files, in order.
    pub files: Vec<PathBuf>,
    /// What a person should know about them.
    pub notes: Vec<Note>,
}

/// Something about the output that was not asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// H.264 needs even sides: the last column or row was left out, and this is the size of the film.
    CroppedToEven(usize, usize),
    /// An earlier, longer sequence of the same name still has frames from this file on.
    OlderFrames(PathBuf),
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::CroppedToEven(w, h) => write!(f, "the film is {w}×{h}: H.264 needs even sides, so the last column or row was left out"),
            Note::OlderFrames(path) => {
                write!(f, "{} and later are frames of an earlier, longer sequence; delete them if they are not wanted", path.display())
            }
        }
    }
}

/// Frames on their way to files.
pub struct Output;

impl Output {
    /// Whether `pattern` can be written to: its ending, its folder, and the clip's size where it is known.
    ///
    /// `pattern` is `clip.mp4` or `frames.npy`, or a name with the frame number's place as `####` or `%04d` and the ending
    /// `.png` or `.exr`. Frames are numbered from 1.
    pub fn check(pattern: &Path, clip: Option<&Clip>) -> Result<(), OutputError> {
        let target = Pattern::parse(pattern)?;
        if let (Target::Mp4, Some(clip)) = (target.target, clip) {
            mp4::check_size(pattern, clip)?;
        }
        let folder = folder_of(pattern);
        if !folder.is_dir() {
            return Err(OutputError::FolderMissing { folder: folder.into() });
        }
        // Making a file is the only sure way to know that one can be made.
        PartFile::create(pattern).map(drop)
    }

    /// Whether `pattern` is an array, which holds what the model made and not what became of it.
    pub fn is_array(pattern: &Path) -> bool {
        Pattern::parse(pattern).is_ok_and(|p| p.target == Target::Npy)
    }

    /// A sink that writes `clip` to `pattern` (see [`Output::check`]).
    pub fn open(pattern: &Path, clip: Clip) -> Result<Box<dyn Sink>, OutputError> {
        Self::check(pattern, Some(&clip))?;
        let parsed = Pattern::parse(pattern)?;
        Ok(match parsed.target {
            Target::Mp4 => Box::new(mp4::Mp4Sink::open(pattern, clip)?),
            Target::Npy => Box::new(array::ArraySink::open(pattern, clip)?),
            Target::Png => Box::new(sequence::Sequence::new(parsed, clip, png::write)),
            Target::Exr => Box::new(sequence::Sequence::new(parsed, clip, exr::write)),
        })
    }
}

/// Writes one picture as an 8-bit PNG file at `path`, replacing what is there.
pub fn write_png(path: &Path, picture: &Picture) -> Result<(), OutputError> {
    let rate = FrameRate::from_fps(24.0);
    let alpha = picture.channels() == 4;
    let clip = Clip { width: picture.width(), height: picture.height(), rate, pixel_aspect: 1.0, alpha, deep: false };
    let part = PartFile::create(path)?;
    let mut out = BufWriter::with_capacity(1 << 18, part.file());
    png::write(picture, &clip, &mut out).and_then(|()| out.flush()).map_err(|e| OutputError::io(path, e))?;
    drop(out);
    part.commit()
}

/// The folder a file lies in; `.` for a bare name.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Whether the picture has the clip's size.
fn fits(path: &Path, clip: &Clip, picture: &Picture) -> Result<(), OutputError> {
    if (picture.width(), picture.height()) == (clip.width, clip.height) {
        return Ok(());
    }
    Err(OutputError::FrameSize {
        path: path.into(),
        width: picture.width(),
        height: picture.height(),
        want_width: clip.width,
        want_height: clip.height,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn clip(width: usize, height: usize) -> Clip {
        Clip { width, height, rate: FrameRate::from_fps(24.0), pixel_aspect: 1.0, alpha: false, deep: false }
    }

    /// A smooth picture that moves with `t`.
    pub(super) fn moving(width: usize, height: usize, t: usize) -> Picture {
        let data = (0..width * height)
            .flat_map(|i| {
                let (x, y) = ((i % width + 2 * t) as f32, (i / width) as f32);
                [0.5 + 0.4 * (x * 0.11).sin(), 0.5 + 0.4 * (y * 0.07 + x * 0.03).cos(), 0.3 + 0.2 * ((x + y) * 0.05).sin()]
            })
            .collect();
        Picture::new(width, height, 3, data).unwrap()
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn nothing_is_there_before_the_end_and_nothing_stays_of_a_dropped_sink() {
        for pattern in ["clip.mp4", "frames.npy", "frame.####.png", "frame.%03d.exr"] {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join(pattern);
            let mut sink = Output::open(&path, clip(64, 48)).unwrap();
            for t in 0..3 {
                sink.frame(&moving(64, 48, t)).unwrap();
            }
            assert!(names(dir.path()).iter().all(|n| n.starts_with('.')), "{:?}", names(dir.path()));
            drop(sink);
            assert_eq!(names(dir.path()), Vec::<String>::new(), "{pattern}");

            let mut sink = Output::open(&path, clip(64, 48)).unwrap();
            for t in 0..2 {
                sink.frame(&moving(64, 48, t)).unwrap();
            }
            let written = sink.finish().unwrap();
            let want: Vec<&str> = match pattern {
                "clip.mp4" => vec!["clip.mp4"],
                "frames.npy" => vec!["frames.npy"],
                "frame.####.png" => vec!["frame.0001.png", "frame.0002.png"],
                _ => vec!["frame.001.exr", "frame.002.exr"],
            };
            assert_eq!(names(dir.path()), want);
            assert_eq!(written.files, want.iter().map(|n| dir.path().join(n)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn what_was_there_stays_until_there_is_better() {
        for (pattern, first) in [("clip.mp4", "clip.mp4"), ("a.npy", "a.npy"), ("f#.png", "f1.png")] {
            let dir = tempfile::tempdir().unwrap();
            std::fs::write(dir.path().join(first), b"old").unwrap();
            let mut sink = Output::open(&dir.path().join(pattern), clip(32, 32)).unwrap();
            sink.frame(&moving(32, 32, 0)).unwrap();
            assert!(matches!(sink.frame(&moving(16, 32, 0)), Err(OutputError::FrameSize { .. })));
            drop(sink);
            assert_eq!(std::fs::read(dir.path().join(first)).unwrap(), b"old");
            let mut sink = Output::open(&dir.path().join(pattern), clip(32, 32)).unwrap();
            sink.frame(&moving(32, 32, 0)).unwrap();
            sink.finish().unwrap();
            assert_ne!(std::fs::read(dir.path().join(first)).unwrap(), b"old");
        }
    }

    #[test]
    fn a_sink_without_frames_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        for pattern in ["clip.mp4", "a.npy", "f#.png"] {
            let sink = Output::open(&dir.path().join(pattern), clip(32, 32)).unwrap();
            assert!(matches!(sink.finish(), Err(OutputError::Empty { .. })));
            assert!(names(dir.path()).is_empty());
        }
    }

    #[test]
    fn faults_are_found_before_any_frame_is_made() {
        let dir = tempfile::tempdir().unwrap();
        let message = |name: &str| Output::check(&dir.path().join(name), None).unwrap_err().to_string();
        assert!(message("nowhere/clip.mp4").contains("nowhere"));
        assert!(message("clip.gif").contains(".mp4, .png, .exr, .npy"));
        assert!(Output::is_array(Path::new("a.NPY")) && !Output::is_array(Path::new("a.mp4")));
        assert!(message("frame.png").contains("frame.####.png"));
        assert!(Output::check(&dir.path().join("clip.MP4"), None).is_ok());
        let large = Clip { width: 5000, ..clip(5000, 100) };
        assert!(matches!(Output::check(&dir.path().join("clip.mp4"), Some(&large)), Err(OutputError::TooLargeForMp4 { .. })));
        assert!(Output::check(&dir.path().join("#.png"), Some(&large)).is_ok());
    }
}
