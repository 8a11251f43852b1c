//! An open graph.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use ndarray::{ArrayD, ArrayViewD};
use ort::session::SessionInputValue;
use ort::session::builder::GraphOptimizationLevel;
use ort::value::TensorRef;
use parking_lot::Mutex;

use super::{RuntimeError, environment};

/// An open graph on the CPU, one thread: sums are then made in one order whatever the machine's core count.
pub struct Session {
    inner: Mutex<ort::session::Session>,
    path: PathBuf,
    inputs: Vec<String>,
    outputs: Vec<String>,
}

/// A tensor handed to a graph.
pub enum Input<'a> {
    /// fp32.
    Float(ArrayViewD<'a, f32>),
    /// int64.
    Int(ArrayViewD<'a, i64>),
}

impl Session {
    /// Opens the graph at `path`.
    pub fn open(path: &Path) -> Result<Self, RuntimeError> {
        let env = environment::get()?;
        let inner = (|| {
            let builder = ort::session::Session::builder(env).map_err(|e| e.to_string())?;
            let builder = builder.with_optimization_level(GraphOptimizationLevel::Level3).map_err(|e| e.to_string())?;
            let builder = builder.with_intra_threads(1).map_err(|e| e.to_string())?;
            let mut builder = builder.with_config_entry("session.intra_op.allow_spinning", "0").map_err(|e| e.to_string())?;
            builder.commit_from_file(path).map_err(|e| e.to_string())
        })()
        .map_err(|reason: String| RuntimeError::Graph { path: path.into(), reason })?;
        let inputs = inner.inputs().iter().map(|i| i.name().to_string()).collect();
        let outputs = inner.outputs().iter().map(|o| o.name().to_string()).collect();
        Ok(Self { inner: Mutex::new(inner), path: path.into(), inputs, outputs })
    }

    /// Refuses a graph whose inputs or outputs are not the ones the family feeds and reads.
    pub fn expect(&self, inputs: &[&str], outputs: &[&str]) -> Result<(), RuntimeError> {
        let mut have: Vec<&str> = self.inputs.iter().map(String::as_str).collect();
        let mut want = inputs.to_vec();
        have.sort_unstable();
        want.sort_unstable();
        let missing = outputs.iter().find(|o| !self.outputs.iter().any(|have| have == *o));
        if have == want && missing.is_none() {
            return Ok(());
        }
        let reason = format!("it takes {have:?} and gives {:?}, where the family needs {want:?} and {outputs:?}", self.outputs);
        Err(RuntimeError::Graph { path: self.path.clone(), reason })
    }

    /// Runs the graph; all outputs are fp32, by name.
    pub fn run(&self, inputs: Vec<(&str, Input<'_>)>) -> Result<HashMap<String, ArrayD<f32>>, RuntimeError> {
        let graph = self.path.file_name().unwrap_or_default().to_string_lossy().to_string();
        let fault = |e: ort::Error| RuntimeError::Run { graph: graph.clone(), reason: e.to_string() };
        let mut values: Vec<(String, SessionInputValue<'_>)> = Vec::with_capacity(inputs.len());
        for (name, input) in inputs {
            let value: SessionInputValue<'_> = match input {
                Input::Float(a) => TensorRef::from_array_view(a).map_err(fault)?.into(),
                Input::Int(a) => TensorRef::from_array_view(a).map_err(fault)?.into(),
            };
            values.push((name.to_string(), value));
        }
        let mut session = self.inner.lock();
        let outputs = session.run(values).map_err(fault)?;
        let mut by_name = HashMap::new();
        for name in &self.outputs {
            if let Some(value) = outputs.get(name) {
                by_name.insert(name.clone(), value.try_extract_array::<f32>().map_err(fault)?.to_owned());
            }
        }
        Ok(by_name)
    }
}
