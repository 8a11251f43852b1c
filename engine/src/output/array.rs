//! A clip as one NumPy file: fp32 [F, H, W, 3], sRGB-encoded, 0…1. Values outside are held at the ends, alpha is left out.

use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use wakeframe_take::npy;
use wakeframe_take::picture::Picture;

use super::part_file::PartFile;
use super::{Clip, OutputError, Sink, Written, fits};

/// The array being written. Its header gets the number of frames at the end; padded as it is, its length does not change.
pub(super) struct ArraySink {
    path: PathBuf,
    clip: Clip,
    part: PartFile,
    frames: usize,
}

impl ArraySink {
    pub(super) fn open(path: &Path, clip: Clip) -> Result<Self, OutputError> {
        let sink = Self { path: path.into(), clip, part: PartFile::create(path)?, frames: 0 };
        sink.header().map_err(|e| OutputError::io(path, e))?;
        Ok(sink)
    }

    fn header(&self) -> io::Result<()> {
        let mut file = self.part.file();
        file.seek(SeekFrom::Start(0))?;
        npy::write_header(&[self.frames, self.clip.height, self.clip.width, 3], &mut file)
    }
}

impl Sink for ArraySink {
    fn frame(&mut self, picture: &Picture) -> Result<(), OutputError> {
        fits(&self.path, &self.clip, picture)?;
        let pixels = picture.data().chunks_exact(picture.channels());
        let values: Vec<f32> = pixels.flat_map(|p| p.iter().take(3)).map(|v| if v.is_nan() { 0.0 } else { v.clamp(0.0, 1.0) }).collect();
        let mut out = BufWriter::with_capacity(1 << 18, self.part.file());
        npy::write_values(&values, &mut out).and_then(|()| out.flush()).map_err(|e| OutputError::io(&self.path, e))?;
        self.frames += 1;
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Written, OutputError> {
        if self.frames == 0 {
            return Err(OutputError::Empty { path: self.path });
        }
        self.header().map_err(|e| OutputError::io(&self.path, e))?;
        self.part.commit()?;
        Ok(Written { files: vec![self.path], notes: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{clip, moving};
    use super::super::{Clip, Output};
    use super::*;

    #[test]
    fn frames_become_one_array() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("frames.npy");
        let mut sink = Output::open(&path, clip(8, 6)).unwrap();
        (0..3).for_each(|t| sink.frame(&moving(8, 6, t)).unwrap());
        assert_eq!(sink.finish().unwrap().files, [path.clone()]);
        let (shape, values) = npy::read(&path).unwrap();
        assert_eq!(shape, [3, 6, 8, 3]);
        let want: Vec<f32> = (0..3).flat_map(|t| moving(8, 6, t).into_data()).collect();
        assert_eq!(values, want, "to the bit");
    }

    #[test]
    fn colours_are_held_in_range_and_alpha_is_left_out() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("frames.npy");
        let mut sink = Output::open(&path, Clip { alpha: true, ..clip(2, 1) }).unwrap();
        sink.frame(&Picture::new(2, 1, 4, vec![-0.5, 2.0, f32::NAN, 0.5, 0.25, 0.5, 0.75, 1.0]).unwrap()).unwrap();
        sink.finish().unwrap();
        assert_eq!(npy::read(&path).unwrap(), (vec![1, 1, 2, 3], vec![0.0, 1.0, 0.0, 0.25, 0.5, 0.75]));
    }

    /// The largest clip's header is as long as an empty one's, so that it can be written over.
    #[test]
    fn the_header_never_grows() {
        let length = |shape: &[usize]| {
            let mut out = Vec::new();
            npy::write_header(shape, &mut out).unwrap();
            out.len()
        };
        assert_eq!(length(&[0, 1, 1, 3]), length(&[99_999_999, Picture::MAX_SIDE, Picture::MAX_SIDE, 3]));
    }
}
