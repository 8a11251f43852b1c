//! Model families. A family knows how one architecture is conditioned and stepped; a pack holds one checkpoint.

pub mod motion_field;

use std::sync::Arc;

use thiserror::Error;
use wakeframe_take::picture::PictureError;
use wakeframe_take::request::Request;
use wakeframe_take::store::StoreError;

use crate::generate::{Stills, Work};
use crate::pack::{PackFault, Validated};
use crate::runtime::RuntimeError;

/// A loaded model: makes the frames of one request after another.
pub trait Model: Send + Sync {
    /// Makes every frame of `request` that [`Work`] does not have yet: the take's own frames, or for a latent family
    /// the model's, which [`crate::latent::finish`] brings to the take's size and rate.
    ///
    /// Asks [`Work::check`] at every denoise step and every frame, and hands the sampler's state to
    /// [`Work::keep_latents`] every few steps.
    fn make(&self, request: &Request, stills: &Stills<'_>, work: &Work<'_>) -> Result<(), ModelError>;
}

/// A take was not made.
#[derive(Debug, Error)]
pub enum ModelError {
    /// Somebody cancelled.
    #[error("cancelled; what was finished is kept")]
    Cancelled,
    /// The pack cannot be used.
    #[error(transparent)]
    Pack(#[from] PackFault),
    /// ONNX Runtime failed.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A picture did not fit.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The prompt could not be read.
    #[error("the prompt could not be read: {0}")]
    Prompt(String),
    /// A graph gave something of another shape than its family's.
    #[error("the pack {pack} gave {what}; it does not fit its family and must be exported again")]
    Shape {
        /// Pack name.
        pack: String,
        /// What came.
        what: String,
    },
    /// The renderer refused its input.
    #[error(transparent)]
    Render(#[from] motion_field::render::RenderError),
}

/// Loads the pack's model.
pub fn open(pack: &Validated) -> Result<Arc<dyn Model>, ModelError> {
    match pack.pack().family.as_str() {
        motion_field::NAME => Ok(Arc::new(motion_field::MotionField::open(pack)?)),
        other => {
            Err(PackFault::UnknownFamily { pack: pack.pack().name.clone(), family: other.into(), known: motion_field::NAME.into() }.into())
        }
    }
}
