//! What a name given to `-o` means.

use std::path::{Path, PathBuf};

use super::OutputError;

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Mp4,
    Png,
    Exr,
    Npy,
}

/// A parsed output name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    pub(super) target: Target,
    path: PathBuf,
    /// Name before the number, digits of the number, name after it; `None` for one file.
    number: Option<(String, usize, String)>,
}

impl Pattern {
    pub(super) fn parse(path: &Path) -> Result<Self, OutputError> {
        let unknown = || OutputError::UnknownExtension { path: path.into() };
        let name = path.file_name().and_then(|n| n.to_str()).ok_or_else(unknown)?;
        let (stem, ending) = name.rsplit_once('.').ok_or_else(unknown)?;
        let target = match ending.to_ascii_lowercase().as_str() {
            "mp4" => Target::Mp4,
            "png" => Target::Png,
            "exr" => Target::Exr,
            "npy" => Target::Npy,
            _ => return Err(unknown()),
        };
        let number = number_in(name);
        match (target, &number) {
            (Target::Mp4 | Target::Npy, Some(_)) => Err(OutputError::NumberInOneFile { path: path.into() }),
            (Target::Png | Target::Exr, None) => {
                Err(OutputError::NoFrameNumber { path: path.into(), suggestion: path.with_file_name(format!("{stem}.####.{ending}")) })
            }
            _ => Ok(Self { target, path: path.into(), number }),
        }
    }

    /// The pattern as it was given.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The file of frame number `n`.
    pub(super) fn file(&self, n: usize) -> PathBuf {
        match &self.number {
            Some((before, digits, after)) => self.path.with_file_name(format!("{before}{n:0digits$}{after}")),
            None => self.path.clone(),
        }
    }
}

/// Splits a name at its last `####` or `%04d`.
fn number_in(name: &str) -> Option<(String, usize, String)> {
    if let Some(end) = name.rfind('#') {
        let (head, after) = name.split_at(end + 1);
        let before = head.trim_end_matches('#');
        return Some((before.into(), head.len() - before.len(), after.into()));
    }
    let (before, rest) = name.rsplit_once('%')?;
    let (digits, after) = rest.split_once('d')?;
    let width = match digits {
        "" => 1,
        _ => digits.parse().ok().filter(|w| (1..=12).contains(w))?,
    };
    Some((before.into(), width, after.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(pattern: &str, n: usize) -> String {
        Pattern::parse(Path::new(pattern)).unwrap().file(n).display().to_string()
    }

    #[test]
    fn every_way_to_write_a_frame_number() {
        for (pattern, one, many) in [
            ("a/frame.####.png", "a/frame.0001.png", "a/frame.12345.png"),
            ("shot_##_######.exr", "shot_##_000001.exr", "shot_##_012345.exr"),
            ("#.PNG", "1.PNG", "12345.PNG"),
            ("frame.%04d.png", "frame.0001.png", "frame.12345.png"),
            ("frame%d.exr", "frame1.exr", "frame12345.exr"),
            ("50%_%06d.png", "50%_000001.png", "50%_012345.png"),
            ("clip.mp4", "clip.mp4", "clip.mp4"),
            ("frames.npy", "frames.npy", "frames.npy"),
        ] {
            assert_eq!((file(pattern, 1).as_str(), file(pattern, 12345).as_str()), (one, many), "{pattern}");
        }
        assert_eq!(file("a.b#/f.#.png", 7), "a.b#/f.7.png");
    }

    #[test]
    fn names_that_mean_nothing_are_refused() {
        let parse = |p: &str| Pattern::parse(Path::new(p));
        for name in ["clip", "clip.mov", "..", "", "frame.####"] {
            assert!(matches!(parse(name), Err(OutputError::UnknownExtension { .. })), "{name}");
        }
        for name in ["frame.png", "100%.png", "a%xd.exr", "a%099d.png"] {
            assert!(matches!(parse(name), Err(OutputError::NoFrameNumber { .. })), "{name}");
        }
        for name in ["clip.####.mp4", "frame.####.npy"] {
            assert!(matches!(parse(name), Err(OutputError::NumberInOneFile { .. })), "{name}");
        }
    }
}
