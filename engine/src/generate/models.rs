//! Loaded models, shared by every request of a process.

use std::sync::Arc;

use parking_lot::Mutex;
use wakeframe_take::pack::Pack;

use crate::family::{self, Model, ModelError};
use crate::pack::Validated;

/// The model in use. One at a time: the next pack's is loaded after the last one's memory is given back.
#[derive(Default)]
pub struct Models {
    loaded: Mutex<Option<(String, Arc<dyn Model>)>>,
}

impl Models {
    /// Nothing loaded.
    pub fn new() -> Self {
        Self::default()
    }

    /// A model already in memory.
    #[cfg(test)]
    pub(crate) fn with(pack: &Pack, model: Arc<dyn Model>) -> Self {
        Self { loaded: Mutex::new(Some((pack.digest.clone(), model))) }
    }

    /// The pack's model, validated and loaded if it is not the one in use.
    pub fn get(&self, pack: &Pack) -> Result<Arc<dyn Model>, ModelError> {
        let mut loaded = self.loaded.lock();
        if let Some((digest, model)) = loaded.as_ref()
            && *digest == pack.digest
        {
            return Ok(model.clone());
        }
        *loaded = None;
        let model = family::open(&Validated::open(pack)?)?;
        *loaded = Some((pack.digest.clone(), model.clone()));
        Ok(model)
    }

    /// Gives the memory back. True where something was loaded.
    pub fn unload(&self) -> bool {
        self.loaded.lock().take().is_some()
    }
}
