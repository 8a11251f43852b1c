//! A denoiser that predicts twice at a noise level: as asked, and without the condition. Two runs one after the other
//! with constants bound: half the memory of a batch of two, the same numbers.

use std::sync::Arc;

use ndarray::{ArrayD, ArrayViewD};

use super::Components;
use crate::family::ModelError;
use crate::generate::Work;
use crate::runtime::{Bound, Input};

/// Inputs by name.
type Inputs<'a> = Vec<(&'a str, ArrayViewD<'a, f32>)>;

/// The denoiser, open until this is dropped.
pub struct Guided<'a> {
    components: &'a Components,
    name: &'static str,
    asked: Bound,
    free: Option<Bound>,
}

/// Predictions of one shape.
pub struct Predictions {
    /// As asked.
    pub asked: ArrayD<f32>,
    /// Without the condition, where guidance wants it.
    pub free: Option<ArrayD<f32>>,
}

impl<'a> Guided<'a> {
    /// Opens the graph called `name`. `asked` and `free` are what stays the same at every step; without `free` there is
    /// no second run.
    pub fn open(components: &'a Components, name: &'static str, asked: Inputs<'_>, free: Option<Inputs<'_>>) -> Result<Self, ModelError> {
        let session = components.get(name)?;
        let bind = |constants| Arc::clone(&session).bind(floats(constants));
        Ok(Self { components, name, asked: bind(asked)?, free: free.map(bind).transpose()? })
    }

    /// Predicts from what changes at every step; both predictions must have the dimensions `shape`.
    pub fn predict(&mut self, asked: Inputs<'_>, free: Inputs<'_>, shape: &[usize], work: &Work<'_>) -> Result<Predictions, ModelError> {
        let components = self.components;
        let run = |bound: &mut Bound, inputs| components.output_like(bound.run(floats(inputs), Some(work.cancel()))?, "prediction", shape);
        let asked = run(&mut self.asked, asked)?;
        let free = self.free.as_mut().map(|bound| run(bound, free)).transpose()?;
        Ok(Predictions { asked, free })
    }
}

fn floats<'a>(inputs: Inputs<'a>) -> Vec<(&'a str, Input<'a>)> {
    inputs.into_iter().map(|(name, values)| (name, Input::Float(values))).collect()
}

impl Drop for Guided<'_> {
    fn drop(&mut self) {
        self.components.close(self.name);
    }
}
