//! A cheap picture of where denoising stands: a linear projection of the latents, fitted at export.

use ndarray::{ArrayD, Axis};
use serde::Deserialize;
use wakeframe_take::picture::Picture;

use crate::family::ModelError;
use crate::pack::{PackFault, Validated};

/// `[preview]` in `pack.toml`: latent channels → sRGB 0…1.
#[derive(Debug, Clone, Deserialize)]
pub struct Preview {
    matrix: Vec<[f32; 3]>,
    bias: [f32; 3],
}

#[derive(Deserialize)]
struct Section {
    preview: Option<Preview>,
}

impl Preview {
    /// The pack's projection, for latents of `channels`; `None` where it has none.
    pub fn of(pack: &Validated, channels: usize) -> Result<Option<Self>, PackFault> {
        let preview = pack.section::<Section>()?.preview;
        match &preview {
            Some(p) if p.matrix.len() != channels => {
                Err(pack.malformed(format!("[preview] has {} rows where the latent has {channels} channels", p.matrix.len())))
            }
            _ => Ok(preview),
        }
    }

    /// One small picture for each latent frame of `latents` ([C, F, h, w]).
    pub fn pictures(&self, latents: &ArrayD<f32>) -> Result<Vec<Picture>, ModelError> {
        let [channels, _, height, width] = *latents.shape() else { return Ok(Vec::new()) };
        if channels != self.matrix.len() {
            return Ok(Vec::new());
        }
        let mut pictures = Vec::new();
        for frame in latents.axis_iter(Axis(1)) {
            let mut data = Vec::with_capacity(height * width * 3);
            for y in 0..height {
                for x in 0..width {
                    let mut rgb = self.bias;
                    for (c, row) in self.matrix.iter().enumerate() {
                        let v = frame.get([c, y, x]).copied().unwrap_or(0.0);
                        rgb.iter_mut().zip(row).for_each(|(sum, weight)| *sum += v * weight);
                    }
                    data.extend(rgb.map(|v| if v.is_finite() { v.clamp(0.0, 1.0) } else { 0.0 }));
                }
            }
            pictures.push(Picture::new(width, height, 3, data)?);
        }
        Ok(pictures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_latent_frame_becomes_a_picture() {
        let preview = Preview { matrix: vec![[0.5, 0.0, 0.0], [0.0, 0.25, 0.0]], bias: [0.5, 0.5, 2.0] };
        let mut latents = ArrayD::zeros(vec![2, 3, 2, 4]);
        latents[[0, 1, 0, 0]] = 1.0;
        latents[[1, 2, 1, 3]] = -1.0;
        let pictures = preview.pictures(&latents).unwrap();
        assert_eq!(pictures.len(), 3);
        assert_eq!(pictures[1].pixel(0, 0), [1.0, 0.5, 1.0]);
        assert_eq!(pictures[2].pixel(3, 1), [0.5, 0.25, 1.0]);
        assert_eq!(pictures[0].pixel(3, 1), [0.5, 0.5, 1.0]);
    }
}
