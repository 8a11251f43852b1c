//! Loaded models, shared by every request of a process.

use std::sync::Arc;

use parking_lot::Mutex;
use wakeframe_take::pack::Pack;
use wakeframe_take::provider::Provider as Wish;

use crate::family::{self, Model, ModelError};
use crate::pack::Validated;
use crate::runtime::{self, Chosen, Place, Provider};

/// The model in use. One at a time: the next pack's is loaded after the last one's memory is given back.
#[derive(Default)]
pub struct Models {
    wish: Mutex<Wish>,
    /// What was chosen for a wish; trying providers takes a moment.
    chosen: Mutex<Option<(Wish, Chosen)>>,
    loaded: Mutex<Option<Loaded>>,
}

struct Loaded {
    digest: String,
    provider: Provider,
    model: Arc<dyn Model>,
}

/// A model, and what a person must be told about where it runs.
pub struct Ready {
    /// The model.
    pub model: Arc<dyn Model>,
    /// A fallback, never silent.
    pub note: Option<String>,
}

impl Models {
    /// Nothing loaded.
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on models of latent families run on `wish`. At first it is the first execution provider that loads.
    pub fn prefer(&self, wish: Wish) {
        *self.wish.lock() = wish;
    }

    /// A model already in memory.
    #[cfg(test)]
    pub(crate) fn with(pack: &Pack, model: Arc<dyn Model>) -> Self {
        let loaded = Loaded { digest: pack.digest.clone(), provider: Provider::Cpu, model };
        Self { loaded: Mutex::new(Some(loaded)), ..Self::default() }
    }

    /// The pack's model, validated and loaded if it is not the one in use.
    pub fn get(&self, pack: &Pack) -> Result<Ready, ModelError> {
        // The embedded family has no choice of place, so nothing is tried or told for it.
        let Chosen { provider, note } = if pack.latent.is_some() { self.choose() } else { Chosen { provider: Provider::Cpu, note: None } };
        let mut loaded = self.loaded.lock();
        if let Some(there) = loaded.as_ref().filter(|l| l.digest == pack.digest && l.provider == provider) {
            return Ok(Ready { model: there.model.clone(), note });
        }
        *loaded = None;
        let model = family::open(&Validated::open(pack)?, Place { provider, threads: super::threads() })?;
        *loaded = Some(Loaded { digest: pack.digest.clone(), provider, model: model.clone() });
        Ok(Ready { model, note })
    }

    fn choose(&self) -> Chosen {
        let wish = *self.wish.lock();
        let mut chosen = self.chosen.lock();
        match chosen.as_ref() {
            Some((of, chosen)) if *of == wish => chosen.clone(),
            _ => chosen.insert((wish, runtime::choose(wish))).1.clone(),
        }
    }

    /// Gives the memory back. True where something was loaded.
    pub fn unload(&self) -> bool {
        self.loaded.lock().take().is_some()
    }
}
