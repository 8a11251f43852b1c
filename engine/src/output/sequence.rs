//! One file per frame.

use std::io::{self, BufWriter, Seek, Write};
use std::path::PathBuf;

use wakeframe_take::picture::Picture;

use super::part_file::{PartFile, Waiting};
use super::pattern::Pattern;
use super::{Clip, Note, OutputError, Sink, Written, fits};

/// Where an encoder writes.
pub(super) trait WriteSeek: Write + Seek {}
impl<T: Write + Seek> WriteSeek for T {}

/// Writes one picture of the clip.
pub(super) type Encode = fn(&Picture, &Clip, &mut dyn WriteSeek) -> io::Result<()>;

/// Numbered pictures.
pub(super) struct Sequence {
    pattern: Pattern,
    clip: Clip,
    encode: Encode,
    waiting: Vec<Waiting>,
}

impl Sequence {
    pub(super) fn new(pattern: Pattern, clip: Clip, encode: Encode) -> Self {
        Self { pattern, clip, encode, waiting: Vec::new() }
    }
}

impl Sink for Sequence {
    fn frame(&mut self, picture: &Picture) -> Result<(), OutputError> {
        let path = self.pattern.file(self.waiting.len() + 1);
        fits(&path, &self.clip, picture)?;
        let part = PartFile::create(&path)?;
        let mut out = BufWriter::with_capacity(1 << 18, part.file());
        (self.encode)(picture, &self.clip, &mut out).and_then(|()| out.flush()).map_err(|e| OutputError::io(&path, e))?;
        drop(out);
        self.waiting.push(part.close()?);
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Written, OutputError> {
        if self.waiting.is_empty() {
            return Err(OutputError::Empty { path: self.pattern.path().into() });
        }
        let files = self.waiting.into_iter().map(Waiting::commit).collect::<Result<Vec<PathBuf>, _>>()?;
        let next = self.pattern.file(files.len() + 1);
        let notes = if next.exists() { vec![Note::OlderFrames(next)] } else { Vec::new() };
        Ok(Written { files, notes })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{clip, moving};
    use super::super::{Note, Output};

    #[test]
    fn frames_of_a_longer_sequence_are_told_and_left() {
        let dir = tempfile::tempdir().unwrap();
        let run = |frames: usize| {
            let mut sink = Output::open(&dir.path().join("f.##.png"), clip(16, 16)).unwrap();
            (0..frames).for_each(|t| sink.frame(&moving(16, 16, t)).unwrap());
            sink.finish().unwrap().notes
        };
        assert_eq!(run(3), []);
        assert_eq!(run(2), [Note::OlderFrames(dir.path().join("f.03.png"))]);
        assert!(dir.path().join("f.03.png").exists());
    }
}
