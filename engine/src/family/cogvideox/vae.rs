//! The VAE, in the reference's batches of frames (diffusers' `autoencoder_kl_cogvideox.py`).
//!
//! Its group norms see a whole batch, so a clip must be cut as the reference cuts it: 8 frames or 2 latent frames a batch, and the
//! remainder in the first one. A clip of 8n + 1 frames has a first batch of 9 frames, 3 latent frames. Between two batches the
//! causal convolutions carry the last two frames of their inputs.

use std::ops::Range;

use ndarray::{Array4, ArrayD, Axis, Slice, concatenate};

use crate::family::ModelError;
use crate::latent::{Components, Graph, Job};
use crate::runtime::{Carried, Input};

/// Frames of a batch after the first one.
const FRAMES: usize = 8;
/// Latent frames of a batch after the first one.
const LATENT_FRAMES: usize = 2;

/// The encoder of one picture, and of a clip's first and later batches.
const ENCODERS: [&str; 3] = ["vae_encoder_image", "vae_encoder_first", "vae_encoder_next"];
const DECODERS: [&str; 2] = ["vae_decoder_first", "vae_decoder_next"];

/// What each graph must take and give; `channels` of the latent.
pub fn graphs(channels: usize) -> Vec<Graph> {
    let pixels = |frames| [Some(1), Some(3), Some(frames), None, None];
    let latent = |frames| [Some(1), Some(channels), Some(frames), None, None];
    let [image, first, next] = ENCODERS.map(|name| Graph::new(name, &["latent_mean", "latent_std"]));
    let [decoder_first, decoder_next] = DECODERS.map(|name| Graph::new(name, &["frames"]).carrying());
    vec![
        image.input("pixels", &pixels(1)),
        first.input("pixels", &pixels(FRAMES + 1)).carrying(),
        next.input("pixels", &pixels(FRAMES)).carrying(),
        decoder_first.input("latent", &latent(LATENT_FRAMES + 1)),
        decoder_next.input("latent", &latent(LATENT_FRAMES)),
    ]
}

/// Mean and deviation of a latent's distribution, [1, z, f, h, w] each, not scaled.
pub struct Posterior {
    /// Mean, which is the mode.
    pub mean: ArrayD<f32>,
    /// Deviation.
    pub deviation: ArrayD<f32>,
}

/// Frames ([F, 3, H, W], −1…1; one, or 8n + 1) → their latents' distribution.
pub fn encode(components: &Components, job: &Job<'_>, frames: &Array4<f32>) -> Result<Posterior, ModelError> {
    let count = frames.len_of(Axis(0));
    let video = frames.view().permuted_axes([1, 0, 2, 3]).insert_axis(Axis(0)).as_standard_layout().into_owned().into_dyn();
    // Mean and deviation as channels of one array, so that both are blended where the picture is cut into tiles.
    let both = job.tiled(&video, (1, job.rules.spatial as usize), |tile| {
        let mut carried = Carried::default();
        let mut parts = Vec::new();
        for (n, batch) in batches(count, FRAMES).into_iter().enumerate() {
            job.work.check()?;
            let [image, first, next] = ENCODERS;
            let graph = if count == 1 {
                image
            } else if n == 0 {
                first
            } else {
                next
            };
            let pixels = tile.slice_axis(Axis(2), Slice::from(batch)).as_standard_layout().into_owned();
            let (mut outputs, after) = components.get(graph)?.run_carrying(vec![("pixels", Input::Float(pixels.view()))], carried)?;
            carried = after;
            let deviation = components.output(outputs.remove_entry("latent_std").into_iter().collect(), "latent_std", 5)?;
            let mean = components.output_like(outputs, "latent_mean", deviation.shape())?;
            parts.push(joined(components, 1, &[mean, deviation])?);
        }
        joined(components, 2, &parts)
    })?;
    let (mean, deviation) = both.view().split_at(Axis(1), both.len_of(Axis(1)) / 2);
    Ok(Posterior { mean: mean.to_owned(), deviation: deviation.to_owned() })
}

/// The encoders are not needed any more.
pub fn close_encoders(components: &Components) {
    ENCODERS.iter().for_each(|name| components.close(name));
}

/// Latents ([1, z, f, h, w], not scaled; f = 2n + 1) → the take's model frames, batch by batch, so that memory does not grow with
/// the clip.
pub fn decode(components: &Components, job: &Job<'_>, latents: &ArrayD<f32>) -> Result<(), ModelError> {
    let batches = batches(latents.len_of(Axis(2)), LATENT_FRAMES);
    let run = |tile: &ArrayD<f32>, n: usize, batch: &Range<usize>, carried: Carried| -> Result<(ArrayD<f32>, Carried), ModelError> {
        job.work.check()?;
        let [first, next] = DECODERS;
        let part = tile.slice_axis(Axis(2), Slice::from(batch.clone())).as_standard_layout().into_owned();
        let session = components.get(if n == 0 { first } else { next })?;
        let (outputs, next) = session.run_carrying(vec![("latent", Input::Float(part.view()))], carried)?;
        Ok((components.output(outputs, "frames", 5)?, next))
    };
    let keep = |first: usize, frames: &ArrayD<f32>| {
        let frames = frames.view().permuted_axes([0, 2, 1, 3, 4].as_slice());
        job.keep_frames(first, &frames.index_axis(Axis(0), 0).to_owned())
    };
    if job.is_tiled() {
        // A tile's batches follow one another, so the whole clip is put together tile by tile.
        let frames = job.tiled(latents, (job.rules.spatial as usize, 1), |tile| {
            let mut carried = Carried::default();
            let mut parts = Vec::new();
            for (n, batch) in batches.iter().enumerate() {
                let (frames, next) = run(tile, n, batch, carried)?;
                carried = next;
                parts.push(frames);
            }
            joined(components, 2, &parts)
        })?;
        keep(0, &frames)?;
    } else {
        let (mut carried, mut first) = (Carried::default(), 0);
        for (n, batch) in batches.iter().enumerate() {
            let (frames, next) = run(latents, n, batch, carried)?;
            carried = next;
            keep(first, &frames)?;
            first += frames.len_of(Axis(2));
        }
    }
    DECODERS.iter().for_each(|name| components.close(name));
    Ok(())
}

/// How `count` frames fall into batches of `size`: the remainder belongs to the first.
fn batches(count: usize, size: usize) -> Vec<Range<usize>> {
    let rest = count % size;
    (0..(count / size).max(1)).map(|n| if n == 0 { 0..(size + rest).min(count) } else { size * n + rest..size * (n + 1) + rest }).collect()
}

fn joined(components: &Components, axis: usize, parts: &[ArrayD<f32>]) -> Result<ArrayD<f32>, ModelError> {
    let views: Vec<_> = parts.iter().map(|p| p.view()).collect();
    concatenate(Axis(axis), &views).map_err(|e| components.shape(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remainder_is_in_the_first_batch() {
        let at = |count, size| batches(count, size).iter().map(|r| (r.start, r.end)).collect::<Vec<_>>();
        assert_eq!(at(1, FRAMES), [(0, 1)]);
        assert_eq!(at(9, FRAMES), [(0, 9)]);
        assert_eq!(at(25, FRAMES), [(0, 9), (9, 17), (17, 25)]);
        assert_eq!(at(3, LATENT_FRAMES), [(0, 3)]);
        assert_eq!(at(13, LATENT_FRAMES), [(0, 3), (3, 5), (5, 7), (7, 9), (9, 11), (11, 13)]);
    }
}
