//! Guided predictions of the transformer.

use std::sync::Arc;

use ndarray::{Array3, ArrayD, Axis, Slice};

use super::tokens::shaped;
use super::upsample::moments;
use crate::family::ModelError;
use crate::generate::Work;
use crate::latent::{Components, Text};
use crate::runtime::{Bound, Input};

const COMPONENT: &str = "denoiser";

/// The transformer with prompts and positions; opened when first asked, closed when dropped.
pub(super) struct Predictor<'a> {
    components: &'a Components,
    texts: &'a [Text],
    coords: Array3<f32>,
    guidance: f32,
    rescale: f32,
    open: Vec<Bound>,
}

impl<'a> Predictor<'a> {
    /// `texts`: the prompt and, where predictions are guided, the negative prompt. `coords`: [1, 3, S].
    pub fn new(components: &'a Components, texts: &'a [Text], coords: Array3<f32>, guidance: f64, rescale: f32) -> Self {
        Self { components, texts, coords, guidance: guidance as f32, rescale, open: Vec::new() }
    }

    /// The velocity for `latent` ([1, S, C]), every token at its own timestep: u + g·(c − u), two runs one after the
    /// other.
    pub fn predict(&mut self, latent: &ArrayD<f32>, timesteps: &[f32], work: &Work<'_>) -> Result<ArrayD<f32>, ModelError> {
        if self.open.is_empty() {
            self.open()?;
        }
        let timesteps = shaped(&[1, timesteps.len()], timesteps.to_vec());
        let mut predictions = Vec::with_capacity(self.open.len());
        for bound in &mut self.open {
            let inputs = vec![("latent", Input::Float(latent.view())), ("timestep", Input::Float(timesteps.view()))];
            let outputs = bound.run(inputs, Some(work.cancel()))?;
            predictions.push(self.components.output_like(outputs, "prediction", latent.shape())?);
        }
        let mut predictions = predictions.into_iter();
        let asked = predictions.next().ok_or_else(|| self.components.shape("no prediction".into()))?;
        Ok(match predictions.next() {
            Some(free) => rescaled(&free + &((&asked - &free) * self.guidance), &asked, self.rescale),
            None => asked,
        })
    }

    fn open(&mut self) -> Result<(), ModelError> {
        let session = self.components.get(COMPONENT)?;
        for text in self.texts {
            // What fills a prompt up weighs nothing in attention: it is left out, which spares its scores' memory.
            let length = text.mask.iter().filter(|m| **m > 0).count();
            let hidden = text.hidden.slice_axis(Axis(1), Slice::from(..length as isize));
            let mask = ArrayD::ones(vec![1, length]);
            let constants = vec![
                ("text", Input::Float(hidden)),
                ("text_mask", Input::Float(mask.view())),
                ("coords", Input::Float(self.coords.view().into_dyn())),
            ];
            self.open.push(Arc::clone(&session).bind(constants)?);
        }
        Ok(())
    }
}

impl Drop for Predictor<'_> {
    fn drop(&mut self) {
        self.open.clear();
        self.components.close(COMPONENT);
    }
}

/// `rescale_noise_cfg` of the reference ("Common Diffusion Noise Schedules and Sample Steps are Flawed", section 3.4):
/// the guided prediction with the spread of the prompt's own, by `part`.
fn rescaled(guided: ArrayD<f32>, asked: &ArrayD<f32>, part: f32) -> ArrayD<f32> {
    if part <= 0.0 {
        return guided;
    }
    let ratio = moments(asked.iter()).1 / moments(guided.iter()).1;
    guided.mapv(|v| part * (v * ratio) + (1.0 - part) * v)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rescaled_prediction_has_the_prompts_own_spread() {
        let asked = shaped(&[1, 2, 2], vec![1.0, 2.0, 3.0, 4.0]);
        let guided = shaped(&[1, 2, 2], vec![2.0, 4.0, 6.0, 8.0]);
        assert_eq!(rescaled(guided.clone(), &asked, 1.0), asked);
        assert_eq!(rescaled(guided.clone(), &asked, 0.5), shaped(&[1, 2, 2], vec![1.5, 3.0, 4.5, 6.0]));
        assert_eq!(rescaled(guided.clone(), &asked, 0.0), guided);
    }
}
