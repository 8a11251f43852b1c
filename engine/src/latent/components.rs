//! A pack's graphs, open only while they are needed.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::pack::{PackFault, Validated};
use crate::runtime::{Place, RuntimeError, Session, memory};

/// Part of the memory at hand that open graphs may hold between two takes.
const KEPT_PART: f64 = 0.4;

/// The graphs of one pack. Each is opened when first asked for; [`Components::close`] gives its memory back before the
/// next one is opened, so that the peak is the largest component and not their sum. A small pack, all of which fits
/// well into the memory at hand, stays open for the next take.
pub struct Components {
    pack: Validated,
    place: Place,
    keeps: bool,
    open: Mutex<BTreeMap<String, Arc<Session>>>,
}

/// A graph could not be had.
#[derive(Debug, thiserror::Error)]
pub enum ComponentError {
    /// The pack does not have it.
    #[error(transparent)]
    Pack(#[from] PackFault),
    /// It does not open.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
}

impl Components {
    /// Nothing open yet.
    pub fn new(pack: Validated, place: Place) -> Self {
        let all: u64 = pack.component_names().map(|name| pack.weights(name)).sum();
        let keeps = memory::available().is_some_and(|free| (all as f64) < KEPT_PART * free as f64);
        Self { pack, place, keeps, open: Mutex::default() }
    }

    /// The pack.
    pub fn pack(&self) -> &Validated {
        &self.pack
    }

    /// Where its graphs run.
    pub fn place(&self) -> Place {
        self.place
    }

    /// Whether all graphs stay open together.
    pub fn keeps(&self) -> bool {
        self.keeps
    }

    /// The graph called `name`, opened if it is not open.
    pub fn get(&self, name: &str) -> Result<Arc<Session>, ComponentError> {
        let mut open = self.open.lock();
        if let Some(session) = open.get(name) {
            return Ok(session.clone());
        }
        let session = Arc::new(Session::open_at(self.pack.component(name)?, self.place)?);
        open.insert(name.into(), session.clone());
        Ok(session)
    }

    /// The graph is not needed any more for this take.
    pub fn close(&self, name: &str) {
        if !self.keeps {
            self.open.lock().remove(name);
        }
    }
}
