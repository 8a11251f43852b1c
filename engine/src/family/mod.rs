//! Model families. A family knows how one architecture is conditioned and stepped; a pack holds one checkpoint.

pub mod cogvideox;
pub mod i2vgen;
pub mod ltx;
pub mod motion_field;
pub mod svd;
pub mod wan;

use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;
use wakeframe_diffusion::picture::PictureError as PreparationError;
use wakeframe_diffusion::scheduler::SchedulerError;
use wakeframe_take::picture::PictureError;
use wakeframe_take::request::Request;
use wakeframe_take::store::StoreError;

use crate::generate::{StillReader, Work};
use crate::latent::memory::TooLarge;
use crate::pack::{PackFault, Validated};
use crate::runtime::{Place, RuntimeError};

/// A loaded model: makes the frames of one request after another.
pub trait Model: Send + Sync {
    /// Makes every frame of `request` that [`Work`] does not have yet: the take's own frames, or for a latent family
    /// the model's, which [`crate::latent::finish`] brings to the take's size and rate.
    ///
    /// Asks [`Work::check`] at every denoise step and every frame, and hands the sampler's state to
    /// [`Work::keep_latents`] every few steps.
    fn make(&self, request: &Request, stills: &StillReader<'_>, work: &Work<'_>) -> Result<(), ModelError>;

    /// Opens every graph once, to see that it is this family's.
    fn check(&self) -> Result<(), ModelError>;
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
    /// More memory than there is.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// The pack's scheduler cannot do what was asked.
    #[error("the pack's [scheduler] cannot be used: {0}")]
    Scheduler(#[from] SchedulerError),
    /// A still could not be made ready for the model.
    #[error(transparent)]
    Preparation(#[from] PreparationError),
    /// A request for another sort of model.
    #[error("the request has nothing for the model of the pack {pack}; make it anew with this pack")]
    NotLatent {
        /// Pack name.
        pack: String,
    },
    /// A model between two stills was given one.
    #[error("the model {pack} makes the shot between two stills: give the last one (Use last frame in the node, --last STILL)")]
    NeedsLast {
        /// Pack name.
        pack: String,
    },
    /// A still could not be sent through the encoder.
    #[error("the still could not be degraded: {0}. Set degradation to 0")]
    Degradation(String),
    /// A frame the model made is gone.
    #[error("model frame {frame} is gone from {}: generate again", folder.display())]
    LostFrame {
        /// The take's folder.
        folder: PathBuf,
        /// Frame.
        frame: u32,
    },
}

impl ModelError {
    /// What a stopped run is to those who wait: a cancel.
    pub(crate) fn settled(self) -> Self {
        match self {
            Self::Runtime(RuntimeError::Stopped) => Self::Cancelled,
            other => other,
        }
    }
}

/// Families there are.
const FAMILIES: [&str; 6] = [motion_field::NAME, wan::NAME, ltx::NAME, svd::NAME, cogvideox::NAME, i2vgen::NAME];

/// Loads the pack's model, to be run at `place`. The embedded family always runs on one thread of the processor, so
/// that one seed gives one result on every machine.
pub fn open(pack: &Validated, place: Place) -> Result<Arc<dyn Model>, ModelError> {
    Ok(match pack.pack().family.as_str() {
        motion_field::NAME => Arc::new(motion_field::MotionField::open(pack)?),
        wan::NAME => Arc::new(wan::Wan::open(pack, place)?),
        ltx::NAME => Arc::new(ltx::Ltx::open(pack, place)?),
        svd::NAME => Arc::new(svd::Svd::open(pack, place)?),
        cogvideox::NAME => Arc::new(cogvideox::CogVideoX::open(pack, place)?),
        i2vgen::NAME => Arc::new(i2vgen::I2vGen::open(pack, place)?),
        other => {
            let (pack, family) = (pack.pack().name.clone(), other.into());
            return Err(PackFault::UnknownFamily { pack, family, known: FAMILIES.join(", ") }.into());
        }
    })
}
