//! The cheap second level: the model's own frames become the take's frames.
//!
//! Retiming: frame n of the take is at n / fps seconds; between two model frames they are mixed, after the last it
//! stays. Size: area average down, Catmull-Rom up. Values above 1 come back ([`Highlights`]), alpha is the still's own.
//! One fixed rule for the whole clip, nothing per frame, so that nothing breathes.

use wakeframe_take::picture::Picture;
use wakeframe_take::request::{LatentRequest, Request};
use wakeframe_take::store::Take;

use super::Highlights;
use crate::family::ModelError;
use crate::generate::{self, StillReader, Work};

/// Times closer to a model frame than this are that frame.
const SLACK: f64 = 1e-3;

/// Makes every frame of the take from the model's frames in `source`.
pub fn finish(
    request: &Request,
    latent: &LatentRequest,
    source: &Take,
    stills: &StillReader<'_>,
    work: &Work<'_>,
) -> Result<(), ModelError> {
    work.stage("frames")?;
    let still = stills.of_take()?;
    let colour: Vec<f32> = still.data().chunks_exact(still.channels()).flat_map(|p| p.iter().take(3)).copied().collect();
    let highlights = Highlights::of(&colour);
    let alpha: Option<Vec<f32>> = (still.channels() == 4).then(|| still.data().iter().skip(3).step_by(4).copied().collect());
    let size = (request.width as usize, request.height as usize);
    drop(still);
    generate::frames(request.frames, work, |n| {
        let (first, part) = moment(n, request.fps, latent.fps, latent.frames);
        let mut picture = of_model(source, first)?;
        if part > 0.0 {
            let next = of_model(source, first + 1)?;
            picture.data_mut().iter_mut().zip(next.data()).for_each(|(a, b)| *a += (b - *a) * part);
        }
        picture.data_mut().iter_mut().for_each(|v| *v = highlights.expanded(*v));
        let picture = picture.resized(size.0, size.1)?;
        match &alpha {
            None => Ok(picture),
            Some(alpha) => {
                let with = picture.data().chunks_exact(3).zip(alpha).flat_map(|(rgb, a)| rgb.iter().chain([a]).copied());
                Ok(Picture::new(size.0, size.1, 4, with.collect())?)
            }
        }
    })
}

fn of_model(take: &Take, n: u32) -> Result<Picture, ModelError> {
    let lost = || ModelError::LostFrame { folder: take.folder().into(), frame: n };
    let frame = take.model_frame(n)?.ok_or_else(lost)?;
    Ok(Picture::new(frame.width, frame.height, 3, frame.values)?)
}

/// Model frame and the part of the next one that frame `n` of the take shows.
fn moment(n: u32, fps: f64, model_fps: f64, model_frames: u32) -> (u32, f32) {
    let last = model_frames.saturating_sub(1);
    let at = f64::from(n) / fps * model_fps;
    let nearest = at.round();
    if (at - nearest).abs() < SLACK || at >= f64::from(last) {
        return ((nearest as u32).min(last), 0.0);
    }
    (at.floor() as u32, (at - at.floor()) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_lie_where_their_time_is() {
        let shown = |n, fps, model_fps| moment(n, fps, model_fps, 9);
        assert_eq!(shown(5, 16.0, 16.0), (5, 0.0));
        assert_eq!(shown(3, 24.0, 16.0), (2, 0.0));
        let (first, part) = shown(4, 24.0, 16.0);
        assert!(first == 2 && (part - 2.0 / 3.0).abs() < 1e-5);
        assert_eq!(shown(40, 24.0, 16.0), (8, 0.0), "after the end the last frame stays");
        assert_eq!(shown(7, 24000.0 / 1001.0, 24000.0 / 1001.0), (7, 0.0));
    }
}
