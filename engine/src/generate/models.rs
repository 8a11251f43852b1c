//! Loaded models, shared by every request of a process.

use std::sync::Arc;

use parking_lot::Mutex;
use wakeframe_take::pack::Pack;

use crate::family::{self, Model, ModelError};
use crate::pack::Validated;
use crate::runtime::{self, Chosen, Place, Provider};

/// The model in use. One at a time: the next pack's is loaded after the last one's memory is given back.
#[derive(Default)]
pub struct Models {
    provider: String,
    place: Mutex<Option<Chosen>>,
    loaded: Mutex<Option<(String, Arc<dyn Model>)>>,
}

/// A model, and what a person must be told about where it runs.
pub struct Ready {
    /// The model.
    pub model: Arc<dyn Model>,
    /// A fallback, never silent.
    pub note: Option<String>,
}

impl Models {
    /// Nothing loaded; the execution provider is the one `WAKEFRAME_PROVIDER` names, or the first that loads.
    pub fn new() -> Self {
        Self::on(&std::env::var("WAKEFRAME_PROVIDER").unwrap_or_default())
    }

    /// Nothing loaded; models run on the provider of that word (`auto`: the first that loads).
    pub fn on(provider: &str) -> Self {
        Self { provider: provider.into(), ..Self::default() }
    }

    /// A model already in memory.
    #[cfg(test)]
    pub(crate) fn with(pack: &Pack, model: Arc<dyn Model>) -> Self {
        Self { loaded: Mutex::new(Some((pack.digest.clone(), model))), ..Self::default() }
    }

    /// The pack's model, validated and loaded if it is not the one in use.
    pub fn get(&self, pack: &Pack) -> Result<Ready, ModelError> {
        // The embedded family has no choice of place, so nothing is tried or told for it.
        let chosen = if pack.latent.is_some() { self.chosen()? } else { Chosen { provider: Provider::Cpu, note: None } };
        let mut loaded = self.loaded.lock();
        if let Some((digest, model)) = loaded.as_ref()
            && *digest == pack.digest
        {
            return Ok(Ready { model: model.clone(), note: chosen.note });
        }
        *loaded = None;
        let place = Place { provider: chosen.provider, threads: super::threads() };
        let model = family::open(&Validated::open(pack)?, place)?;
        *loaded = Some((pack.digest.clone(), model.clone()));
        Ok(Ready { model, note: chosen.note })
    }

    fn chosen(&self) -> Result<Chosen, ModelError> {
        let mut place = self.place.lock();
        if let Some(chosen) = place.as_ref() {
            return Ok(chosen.clone());
        }
        let chosen = runtime::choose(&self.provider)?;
        Ok(place.insert(chosen).clone())
    }

    /// Gives the memory back. True where something was loaded.
    pub fn unload(&self) -> bool {
        self.loaded.lock().take().is_some()
    }
}
