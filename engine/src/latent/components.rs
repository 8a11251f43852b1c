//! A pack's graphs, open only while they are needed.

use std::collections::BTreeMap;
use std::sync::Arc;

use ndarray::ArrayD;
use parking_lot::Mutex;

use super::Graph;
use crate::family::ModelError;
use crate::pack::Validated;
use crate::runtime::{Outputs, Place, Session, memory};

/// Part of the memory at hand that open graphs may hold between two takes.
const KEPT_PART: f64 = 0.4;

/// The graphs of one pack. Each is opened when first asked for; [`Components::close`] gives its memory back before the
/// next one is opened, so that the peak is the largest component and not their sum. A small pack, all of which fits
/// well into the memory at hand, stays open for the next take.
pub struct Components {
    pack: Validated,
    place: Place,
    graphs: Vec<Graph>,
    keeps: bool,
    open: Mutex<BTreeMap<&'static str, Arc<Session>>>,
}

impl Components {
    /// Nothing open yet. A pack that lacks one of `graphs` is refused.
    pub fn new(pack: Validated, place: Place, graphs: Vec<Graph>) -> Result<Self, ModelError> {
        graphs.iter().try_for_each(|g| pack.component(g.name()).map(drop))?;
        let keeps = memory::available(place.provider).is_some_and(|free| (pack.weights() as f64) < KEPT_PART * free as f64);
        Ok(Self { pack, place, graphs, keeps, open: Mutex::default() })
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

    /// The graph called `name`, opened and looked at if it is not open.
    pub fn get(&self, name: &str) -> Result<Arc<Session>, ModelError> {
        let graph = self.graphs.iter().find(|g| g.name() == name);
        let graph = graph.ok_or_else(|| self.shape(format!("no use for the graph “{name}”")))?;
        let mut open = self.open.lock();
        if let Some(session) = open.get(graph.name()) {
            return Ok(session.clone());
        }
        let session = Session::open_at(self.pack.component(name)?, self.place)?;
        graph.check(&session)?;
        let session = Arc::new(session);
        open.insert(graph.name(), session.clone());
        Ok(session)
    }

    /// The graph is not needed any more for this take.
    pub fn close(&self, name: &str) {
        if !self.keeps {
            self.open.lock().remove(name);
        }
    }

    /// Opens every graph once, so that one that does not fit is found before it is needed.
    pub fn check_all(&self) -> Result<(), ModelError> {
        self.graphs.iter().try_for_each(|g| {
            self.get(g.name())?;
            self.close(g.name());
            Ok(())
        })
    }

    /// The output called `name`, of so many dimensions.
    pub fn output(&self, mut outputs: Outputs, name: &str, rank: usize) -> Result<ArrayD<f32>, ModelError> {
        self.take(&mut outputs, name, rank)
    }

    /// The same, leaving the others.
    pub fn take(&self, outputs: &mut Outputs, name: &str, rank: usize) -> Result<ArrayD<f32>, ModelError> {
        match outputs.remove(name) {
            Some(a) if a.ndim() == rank => Ok(a),
            Some(a) => Err(self.shape(format!("“{name}” of shape {:?}, not of {rank} dimensions", a.shape()))),
            None => Err(self.shape(format!("no output “{name}”"))),
        }
    }

    /// The output called `name`, which must have the dimensions of what it belongs to.
    pub fn output_like(&self, outputs: Outputs, name: &str, shape: &[usize]) -> Result<ArrayD<f32>, ModelError> {
        let a = self.output(outputs, name, shape.len())?;
        if a.shape() == shape {
            return Ok(a);
        }
        Err(self.shape(format!("“{name}” of shape {:?} where {shape:?} was expected", a.shape())))
    }

    /// A graph gave or takes something else than its family's.
    pub fn shape(&self, what: String) -> ModelError {
        ModelError::Shape { pack: self.pack.pack().name.clone(), what }
    }
}
