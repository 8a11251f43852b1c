//! Numbers of the whole take, from those of its frames.

use serde::Serialize;

use super::camera::Camera;
use super::direction::Direction;
use super::measure::FrameNumbers;

/// Sectors of the direction rose.
pub(super) const SECTORS: usize = 16;

/// Numbers of the whole take.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Mean SSIM of the background with the still's and with the frame before, averaged (VBench: background consistency).
    pub background_consistency: f64,
    /// The same inside the mask, the camera's move not taken back (VBench: subject consistency).
    pub subject_consistency: Option<f64>,
    /// 1 − mean difference of neighbouring frames (VBench: temporal flickering).
    pub temporal_flickering: Option<f64>,
    /// 1 − mean difference of frames from what their neighbours let expect (VBench: motion smoothness).
    pub motion_smoothness: Option<f64>,
    /// Whether a quarter of the looks at 8 frames/s see fast motion (VBench: dynamic degree).
    pub dynamic: bool,
    /// Flicker of the frames, upper quartile, levels of 255.
    pub flicker: f64,
    /// How far the background strays from a smooth path, per cent of the shorter side.
    pub breathing: f64,
    /// Farthest that the fastest twentieth goes from the still, per cent of the shorter side.
    pub travel: f64,
    /// Sharpness of the last quarter over that of the first frames.
    pub sharpness_kept: f64,
    /// Largest shift of the mean colour from the first frame, levels of 255.
    pub colour_shift: f64,
    /// The largest step between two frames: its second frame, and how many times the usual step it is.
    pub jump: Option<(u32, f64)>,
    /// Drift outside the mask at the end, levels of 255.
    pub drift: f64,
    /// The camera's way from the still to the last frame.
    pub camera: Camera,
    /// Where the picture's content goes.
    pub direction: Direction,
    /// Share of all motion by direction: sector 0 goes to the right, and they go on clockwise (down is sector 4).
    pub rose: [f64; SECTORS],
}

/// VBench's: half the likeness to the first picture, half that to the one before.
pub(super) fn consistency(to_still: &[f64], to_last: &[f64]) -> f64 {
    let first = mean(to_still).unwrap_or(1.0);
    (first + mean(to_last).unwrap_or(first)) / 2.0
}

pub(super) fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

pub(super) fn percentile(mut values: Vec<f64>, part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(((values.len().max(1) - 1) as f64 * part).round() as usize).copied().unwrap_or(0.0)
}

pub(super) fn sharpness_kept(frames: &[FrameNumbers]) -> f64 {
    let of = |frames: &[FrameNumbers]| mean(&frames.iter().map(|f| f.sharpness).collect::<Vec<_>>()).unwrap_or(1.0);
    let (first, last) = (of(frames.get(..3).unwrap_or(frames)), of(frames.get(frames.len() * 3 / 4..).unwrap_or_default()));
    if first > 0.0 { last / first } else { 1.0 }
}

pub(super) fn colour_shift(frames: &[FrameNumbers]) -> f64 {
    let Some(first) = frames.first() else { return 0.0 };
    let away = |f: &FrameNumbers| f.colour.iter().zip(first.colour).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    frames.iter().map(away).fold(0.0, f64::max)
}

pub(super) fn jump(frames: &[FrameNumbers]) -> Option<(u32, f64)> {
    let usual = percentile(frames.iter().filter_map(|f| f.step).collect(), 0.5);
    let (frame, step) = frames.iter().filter_map(|f| Some((f.frame, f.step?))).max_by(|a, b| a.1.total_cmp(&b.1))?;
    // Half a level stands for the noise of a take in which nothing moves.
    Some((frame, step / usual.max(0.5)))
}
