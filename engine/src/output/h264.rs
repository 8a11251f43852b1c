//! H.264 by OpenH264, at constant quality.

use openh264::OpenH264API;
use openh264::encoder::{
    BitRate, Complexity, Encoder, EncoderConfig, FrameRate, IntraFramePeriod, Profile, QpRange, RateControlMode, UsageType, VuiConfig,
};

use super::Clip;
use super::yuv::Yuv;

/// Longest and shortest side OpenH264 encodes, pixels.
pub(super) const MAX_SIDES: (usize, usize) = (3840, 2160);
/// Smallest side it encodes, pixels.
pub(super) const MIN_SIDE: usize = 16;

/// Quantiser: differences are not visible at normal viewing distance.
const QUANTISER: u8 = 18;

const NAL_IDR: u8 = 5;
const NAL_SLICE: u8 = 1;
const NAL_SPS: u8 = 7;
const NAL_PPS: u8 = 8;

/// An encoded frame: NAL units, each behind its length as four bytes.
pub(super) struct Sample {
    pub(super) bytes: Vec<u8>,
    /// Whether decoding can begin here.
    pub(super) key: bool,
}

/// Settings under which every block is quantised alike, on every machine.
pub(crate) fn constant_quantiser(quantiser: u8) -> EncoderConfig {
    // The one rate control that keeps the quantiser where it is put; no bitrate is enforced, it only picks the level.
    EncoderConfig::new()
        .rate_control_mode(RateControlMode::Bufferbased)
        .qp(QpRange::new(quantiser, quantiser))
        .bitrate(BitRate::from_bps(20_000_000))
        .adaptive_quantization(false)
        .background_detection(false)
        .scene_change_detect(false)
        .skip_frames(false)
        .usage_type(UsageType::CameraVideoRealTime)
        .complexity(Complexity::High)
        .profile(Profile::High)
        .num_threads(1)
}

/// The encoder, and the parameter sets it has used.
pub(super) struct H264 {
    encoder: Encoder,
    pub(super) sps: Option<Vec<u8>>,
    pub(super) pps: Option<Vec<u8>>,
}

impl H264 {
    pub(super) fn new(clip: &Clip) -> Result<Self, String> {
        let fps = clip.rate.fps();
        let config = constant_quantiser(QUANTISER)
            .max_frame_rate(FrameRate::from_hz(fps as f32))
            .intra_frame_period(IntraFramePeriod::from_num_frames((fps.round() as u32).max(1)))
            .vui(VuiConfig::bt709());
        let encoder = Encoder::with_api_config(OpenH264API::from_source(), config).map_err(|e| e.to_string())?;
        Ok(Self { encoder, sps: None, pps: None })
    }

    /// The next frame; every one has the size of the first.
    pub(super) fn encode(&mut self, yuv: &Yuv) -> Result<Sample, String> {
        let stream = self.encoder.encode(yuv).map_err(|e| e.to_string())?.to_vec();
        let mut sample = Sample { bytes: Vec::with_capacity(stream.len() + 16), key: false };
        for nal in units(&stream) {
            match nal.first().map(|b| b & 0x1f) {
                Some(NAL_SPS) => self.sps = Some(nal.to_vec()),
                Some(NAL_PPS) => self.pps = Some(nal.to_vec()),
                Some(kind @ (NAL_IDR | NAL_SLICE)) => {
                    sample.key |= kind == NAL_IDR;
                    let length = u32::try_from(nal.len()).map_err(|e| e.to_string())?;
                    sample.bytes.extend(length.to_be_bytes());
                    sample.bytes.extend(nal);
                }
                _ => {}
            }
        }
        if sample.bytes.is_empty() { Err("the encoder left a frame out".into()) } else { Ok(sample) }
    }
}

/// NAL units of a byte stream, without their start codes.
fn units(stream: &[u8]) -> Vec<&[u8]> {
    let starts: Vec<usize> = stream.windows(3).enumerate().filter(|(_, w)| *w == [0, 0, 1]).map(|(i, _)| i + 3).collect();
    let ends = starts.iter().skip(1).map(|s| s - 3).chain([stream.len()]);
    // A zero before a start code belongs to the code, and a unit never ends in a zero byte.
    starts.iter().zip(ends).filter_map(|(s, e)| Some(trimmed(stream.get(*s..e)?))).filter(|u| !u.is_empty()).collect()
}

fn trimmed(unit: &[u8]) -> &[u8] {
    let end = unit.iter().rposition(|b| *b != 0).map_or(0, |i| i + 1);
    unit.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_found_behind_both_start_codes() {
        let stream = [0, 0, 0, 1, 0x67, 1, 2, 0, 0, 1, 0x68, 3, 0, 0, 0, 1, 0x65, 0, 0, 3, 0, 9];
        assert_eq!(units(&stream), [&[0x67, 1, 2][..], &[0x68, 3], &[0x65, 0, 0, 3, 0, 9]]);
        assert!(units(&[]).is_empty());
    }
}
