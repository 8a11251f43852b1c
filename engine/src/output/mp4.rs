//! An MP4 film, its index in front so that players can begin at once.
//!
//! Samples go to a hidden file while frames come; at the end a second one gets the index and the samples.

use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use mp4_atom::{
    Atom, Avc1, Avcc, AvccExt, Co64, Codec, Colr, Dinf, Dref, DrefEntry, Encode, FourCC, Ftyp, Hdlr, Header, Mdat, Mdhd, Mdia, Minf, Moov,
    Mvhd, Pasp, Stbl, Stco, Stsc, StscEntry, Stsd, Stss, Stsz, StszSamples, Stts, SttsEntry, Tkhd, Trak, Url, Visual, Vmhd,
};
use wakeframe_take::picture::Picture;

use super::h264::{H264, MAX_SIDES, MIN_SIDE};
use super::part_file::PartFile;
use super::yuv::Yuv;
use super::{Clip, Note, OutputError, Sink, Written, fits};

/// Whether H.264 takes frames of the clip's size.
pub(super) fn check_size(path: &Path, clip: &Clip) -> Result<(), OutputError> {
    let (width, height) = (clip.width, clip.height);
    if width.min(height) < MIN_SIDE {
        return Err(OutputError::TooSmallForMp4 { path: path.into(), width, height });
    }
    if width.max(height) / 2 * 2 > MAX_SIDES.0 || width.min(height) / 2 * 2 > MAX_SIDES.1 {
        return Err(OutputError::TooLargeForMp4 { path: path.into(), width, height });
    }
    Ok(())
}

/// A film being written.
pub(super) struct Mp4Sink {
    path: PathBuf,
    clip: Clip,
    /// Even sides of the film.
    size: (usize, usize),
    encoder: H264,
    samples: PartFile,
    sizes: Vec<u32>,
    /// Numbers of the samples, from 1, at which decoding can begin.
    keys: Vec<u32>,
}

impl Mp4Sink {
    pub(super) fn open(path: &Path, clip: Clip) -> Result<Self, OutputError> {
        let encoder = H264::new(&clip).map_err(|reason| OutputError::Encoder { path: path.into(), reason })?;
        let samples = PartFile::create(path)?;
        let size = (clip.width / 2 * 2, clip.height / 2 * 2);
        Ok(Self { path: path.into(), clip, size, encoder, samples, sizes: Vec::new(), keys: Vec::new() })
    }

    fn encoder_fault(&self, reason: impl ToString) -> OutputError {
        OutputError::Encoder { path: self.path.clone(), reason: reason.to_string() }
    }

    /// The index, with the samples beginning at `first` bytes into the file.
    fn moov(&self, sps: &[u8], pps: &[u8], first: u64) -> Moov {
        let rate = self.clip.rate;
        let frames = self.sizes.len() as u32;
        let duration = u64::from(frames) * u64::from(rate.den());
        let (width, height) = (self.size.0 as u16, self.size.1 as u16);
        let pixel = pixel_shape(self.clip.pixel_aspect);
        let shown = (f64::from(width) * f64::from(pixel.h_spacing) / f64::from(pixel.v_spacing)).round().min(65535.0) as u16;
        let profile = sps.get(1).copied().unwrap_or_default();
        let avc1 = Avc1 {
            visual: Visual { data_reference_index: 1, width, height, compressor: "H.264".into(), ..Default::default() },
            avcc: Avcc {
                configuration_version: 1,
                avc_profile_indication: profile,
                profile_compatibility: sps.get(2).copied().unwrap_or_default(),
                avc_level_indication: sps.get(3).copied().unwrap_or_default(),
                length_size: 4,
                sequence_parameter_sets: vec![sps.to_vec()],
                picture_parameter_sets: vec![pps.to_vec()],
                ext: (profile >= 100).then(AvccExt::default),
            },
            colr: Some(Colr::Nclx { colour_primaries: 1, transfer_characteristics: 1, matrix_coefficients: 1, full_range_flag: false }),
            pasp: Some(pixel),
            ..Default::default()
        };
        let (stsc, offsets) = self.chunks(first);
        let (stco, co64) = match offsets.iter().map(|o| u32::try_from(*o)).collect::<Result<Vec<_>, _>>() {
            Ok(entries) => (Some(Stco { entries }), None),
            Err(_) => (None, Some(Co64 { entries: offsets })),
        };
        let stbl = Stbl {
            stsd: Stsd { codecs: vec![Codec::from(avc1)] },
            stts: Stts { entries: vec![SttsEntry { sample_count: frames, sample_delta: rate.den() }] },
            stss: Some(Stss { entries: self.keys.clone() }),
            stsc,
            stsz: Stsz { samples: StszSamples::Different { sizes: self.sizes.clone() } },
            stco,
            co64,
            ..Default::default()
        };
        let minf = Minf {
            vmhd: Some(Vmhd::default()),
            dinf: Dinf { dref: Dref { entries: vec![DrefEntry::Url(Url::default())] } },
            stbl,
            ..Default::default()
        };
        let mdia = Mdia {
            mdhd: Mdhd { timescale: rate.num(), duration, language: "und".into(), ..Default::default() },
            hdlr: Hdlr { handler: FourCC::new(b"vide"), name: "Video".into() },
            minf,
        };
        let tkhd =
            Tkhd { track_id: 1, duration, enabled: true, in_movie: true, width: shown.into(), height: height.into(), ..Default::default() };
        Moov {
            mvhd: Mvhd { timescale: rate.num(), duration, rate: 1.into(), volume: 1.into(), next_track_id: 2, ..Default::default() },
            trak: vec![Trak { tkhd, mdia, ..Default::default() }],
            ..Default::default()
        }
    }

    /// One chunk per second: how samples fall into chunks, and where each chunk begins.
    fn chunks(&self, first: u64) -> (Stsc, Vec<u64>) {
        let per_chunk = (self.clip.rate.fps().round() as usize).max(1);
        let mut at = first;
        let offsets = self.sizes.chunks(per_chunk).map(|chunk| {
            let begins = at;
            at += chunk.iter().map(|s| u64::from(*s)).sum::<u64>();
            begins
        });
        let offsets: Vec<u64> = offsets.collect();
        let entry = |chunk: usize, samples: usize| StscEntry {
            first_chunk: chunk as u32,
            samples_per_chunk: samples as u32,
            sample_description_index: 1,
        };
        let mut entries = vec![entry(1, per_chunk.min(self.sizes.len()))];
        let last = self.sizes.len() % per_chunk;
        if last != 0 && offsets.len() > 1 {
            entries.push(entry(offsets.len(), last));
        }
        (Stsc { entries }, offsets)
    }

    /// Everything before the samples.
    fn front(&self, sps: &[u8], pps: &[u8], first: u64) -> Result<Vec<u8>, mp4_atom::Error> {
        let mut front = Vec::new();
        let brands = [b"isom", b"iso2", b"avc1", b"mp41"].map(FourCC::new).to_vec();
        Ftyp { major_brand: FourCC::new(b"isom"), minor_version: 0x200, compatible_brands: brands }.encode(&mut front)?;
        self.moov(sps, pps, first).encode(&mut front)?;
        let bytes: u64 = self.sizes.iter().map(|s| u64::from(*s)).sum();
        Header { kind: Mdat::KIND, size: Some(bytes as usize) }.encode(&mut front)?;
        Ok(front)
    }
}

impl Sink for Mp4Sink {
    fn frame(&mut self, picture: &Picture) -> Result<(), OutputError> {
        fits(&self.path, &self.clip, picture)?;
        let yuv = Yuv::of(picture, self.size.0, self.size.1);
        let sample = self.encoder.encode(&yuv).map_err(|e| self.encoder_fault(e))?;
        self.samples.file().write_all(&sample.bytes).map_err(|e| OutputError::io(&self.path, e))?;
        self.sizes.push(sample.bytes.len() as u32);
        if sample.key {
            self.keys.push(self.sizes.len() as u32);
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Written, OutputError> {
        if self.sizes.is_empty() {
            return Err(OutputError::Empty { path: self.path.clone() });
        }
        let (Some(sps), Some(pps)) = (&self.encoder.sps, &self.encoder.pps) else {
            return Err(self.encoder_fault("it gave no parameter sets"));
        };
        // Where the samples begin follows from the length of what stands before them, which says where they begin.
        let mut front = Vec::new();
        loop {
            let first = front.len() as u64;
            front = self.front(sps, pps, first).map_err(|e| self.encoder_fault(e))?;
            if front.len() as u64 == first {
                break;
            }
        }
        let film = PartFile::create(&self.path)?;
        let written = (|| {
            let mut out = BufWriter::with_capacity(1 << 18, film.file());
            out.write_all(&front)?;
            let mut samples = self.samples.file();
            samples.seek(SeekFrom::Start(0))?;
            io::copy(&mut samples, &mut out)?;
            out.flush()
        })();
        written.map_err(|e| OutputError::io(&self.path, e))?;
        film.commit()?;
        let notes =
            if self.size == (self.clip.width, self.clip.height) { vec![] } else { vec![Note::CroppedToEven(self.size.0, self.size.1)] };
        Ok(Written { files: vec![self.path.clone()], notes })
    }
}

/// A pixel's proportions as small whole numbers.
fn pixel_shape(aspect: f64) -> Pasp {
    let h = (aspect.clamp(0.1, 10.0) * 1000.0).round() as u32;
    let divisor = gcd(h, 1000);
    Pasp { h_spacing: h / divisor, v_spacing: 1000 / divisor }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{clip, moving};
    use super::super::{FrameRate, Output};
    use super::*;
    use mp4_atom::{ReadAtom, ReadFrom};
    use openh264::decoder::Decoder;
    use openh264::formats::YUVSource;

    fn film(clip: Clip, frames: usize) -> (Written, Vec<u8>) {
        let dir = tempfile::tempdir().unwrap();
        let mut sink = Output::open(&dir.path().join("clip.mp4"), clip).unwrap();
        for t in 0..frames {
            sink.frame(&moving(clip.width, clip.height, t)).unwrap();
        }
        let written = sink.finish().unwrap();
        let bytes = std::fs::read(&written.files[0]).unwrap();
        (written, bytes)
    }

    /// The boxes in order: the index, and where the samples begin.
    fn boxes(bytes: &[u8]) -> (Moov, u64) {
        let mut at = io::Cursor::new(bytes);
        Ftyp::read_from(&mut at).unwrap();
        let header = Header::read_from(&mut at).unwrap();
        assert_eq!(header.kind, Moov::KIND, "the index stands in front");
        let moov = Moov::read_atom(&header, &mut at).unwrap();
        let mdat = Header::read_from(&mut at).unwrap();
        assert_eq!((mdat.kind, mdat.size), (Mdat::KIND, Some(bytes.len() - at.position() as usize)));
        (moov, at.position())
    }

    fn samples(bytes: &[u8], moov: &Moov) -> Vec<Vec<u8>> {
        let stbl = &moov.trak[0].mdia.minf.stbl;
        let StszSamples::Different { sizes } = &stbl.stsz.samples else { panic!("sizes") };
        let mut sizes = sizes.iter();
        let offsets = &stbl.stco.as_ref().unwrap().entries;
        let mut all = Vec::new();
        for (i, offset) in offsets.iter().enumerate() {
            let run = stbl.stsc.entries.iter().rfind(|e| e.first_chunk as usize <= i + 1).unwrap();
            let mut at = *offset as usize;
            for size in sizes.by_ref().take(run.samples_per_chunk as usize) {
                all.push(bytes[at..at + *size as usize].to_vec());
                at += *size as usize;
            }
        }
        assert!(sizes.next().is_none());
        all
    }

    /// PSNR in dB of decoded luma against what was meant.
    fn luma_psnr(clip: Clip, frames: usize) -> f64 {
        let (_, bytes) = film(clip, frames);
        let (moov, first) = boxes(&bytes);
        let stbl = &moov.trak[0].mdia.minf.stbl;
        assert_eq!(u64::from(stbl.stco.as_ref().unwrap().entries[0]), first);
        let Codec::Avc1(avc1) = &stbl.stsd.codecs[0] else { panic!("codec") };
        let mut decoder = Decoder::new().unwrap();
        let sets = [&avc1.avcc.sequence_parameter_sets[0], &avc1.avcc.picture_parameter_sets[0]];
        for set in sets {
            decoder.decode(&[&[0, 0, 0, 1], set.as_slice()].concat()).unwrap();
        }
        let (w, h) = (clip.width / 2 * 2, clip.height / 2 * 2);
        let samples = samples(&bytes, &moov);
        assert_eq!(samples.len(), frames);
        let (mut error, mut count) = (0f64, 0usize);
        for (t, sample) in samples.iter().enumerate() {
            let mut stream = Vec::new();
            let mut rest = sample.as_slice();
            while let Some((length, more)) = rest.split_first_chunk::<4>() {
                let (nal, more) = more.split_at(u32::from_be_bytes(*length) as usize);
                stream.extend([0, 0, 0, 1]);
                stream.extend(nal);
                rest = more;
            }
            let decoded = decoder.decode(&stream).unwrap().expect("a frame for every sample");
            assert_eq!(decoded.dimensions(), (w, h));
            let want = Yuv::of(&moving(clip.width, clip.height, t), w, h);
            for y in 0..h {
                for x in 0..w {
                    let d = f64::from(decoded.y()[y * decoded.strides().0 + x]) - f64::from(want.y()[y * w + x]);
                    error += d * d;
                    count += 1;
                }
            }
        }
        10.0 * (255.0 * 255.0 / (error / count as f64)).log10()
    }

    #[test]
    fn a_film_decodes_to_what_was_put_in() {
        let psnr = luma_psnr(clip(160, 96), 30);
        assert!(psnr > 40.0, "{psnr} dB");
        let odd = luma_psnr(clip(101, 63), 5);
        assert!(odd > 40.0, "{odd} dB");
    }

    #[test]
    fn odd_sides_are_cropped_and_told() {
        let (written, bytes) = film(clip(101, 63), 2);
        assert_eq!(written.notes, [Note::CroppedToEven(100, 62)]);
        let (moov, _) = boxes(&bytes);
        let Codec::Avc1(avc1) = &moov.trak[0].mdia.minf.stbl.stsd.codecs[0] else { panic!("codec") };
        assert_eq!((avc1.visual.width, avc1.visual.height), (100, 62));
    }

    #[test]
    fn the_index_says_rate_colour_and_key_frames() {
        let (_, bytes) = film(Clip { rate: FrameRate::from_fps(23.976), pixel_aspect: 2.0, ..clip(64, 32) }, 50);
        let (moov, _) = boxes(&bytes);
        let trak = &moov.trak[0];
        assert_eq!((trak.mdia.mdhd.timescale, trak.mdia.mdhd.duration), (24000, 50 * 1001));
        let stbl = &trak.mdia.minf.stbl;
        assert_eq!(stbl.stts.entries, [SttsEntry { sample_count: 50, sample_delta: 1001 }]);
        assert_eq!(stbl.stss.as_ref().unwrap().entries, [1, 25, 49]);
        assert_eq!(stbl.stco.as_ref().unwrap().entries.len(), 3);
        let Codec::Avc1(avc1) = &stbl.stsd.codecs[0] else { panic!("codec") };
        assert!(matches!(
            avc1.colr,
            Some(Colr::Nclx { colour_primaries: 1, transfer_characteristics: 1, matrix_coefficients: 1, full_range_flag: false })
        ));
        assert_eq!(avc1.pasp, Some(Pasp { h_spacing: 2, v_spacing: 1 }));
        assert_eq!(trak.tkhd.width, 128.into());
    }

    #[test]
    fn the_same_frames_give_the_same_film() {
        assert_eq!(film(clip(64, 48), 10).1, film(clip(64, 48), 10).1);
    }
}
