//! An open graph.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ort::memory::{AllocationDevice, AllocatorType, MemoryInfo, MemoryType};
use ort::session::builder::GraphOptimizationLevel;
use ort::session::{IoBinding, RunOptions, SessionInputValue, SessionOutputs};
use ort::value::DynValue;
use parking_lot::Mutex;

use super::tensor::{self, Input, Outputs, Port};
use super::{Provider, RuntimeError, environment};

/// How a graph is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Where it runs.
    pub provider: Provider,
    /// Threads on the processor.
    pub threads: usize,
}

impl Place {
    /// The processor, one thread: sums are made in one order whatever the machine's core count.
    pub const ONE_THREAD: Place = Place { provider: Provider::Cpu, threads: 1 };
}

/// An open graph.
pub struct Session {
    inner: Mutex<ort::session::Session>,
    path: PathBuf,
    inputs: Vec<Port>,
    outputs: Vec<Port>,
}

/// Values one run of a graph hands to the next, kept in the graph's own type.
#[derive(Default)]
pub struct Carried(Vec<(String, DynValue)>);

impl Session {
    /// Opens the graph at `path` on the processor, one thread.
    pub fn open(path: &Path) -> Result<Self, RuntimeError> {
        Self::open_at(path, Place::ONE_THREAD)
    }

    /// Opens the graph at `path` where `place` says.
    pub fn open_at(path: &Path, place: Place) -> Result<Self, RuntimeError> {
        let env = environment::get()?;
        let inner = (|| {
            let builder = ort::session::Session::builder(env).map_err(|e| e.to_string())?;
            let builder = builder.with_optimization_level(GraphOptimizationLevel::Level3).map_err(|e| e.to_string())?;
            let builder = builder.with_intra_threads(place.threads.max(1)).map_err(|e| e.to_string())?;
            let mut builder = builder.with_config_entry("session.intra_op.allow_spinning", "0").map_err(|e| e.to_string())?;
            if place.provider != Provider::Cpu {
                builder = builder.with_execution_providers([place.provider.dispatch()]).map_err(|e| e.to_string())?;
            }
            builder.commit_from_file(path).map_err(|e| e.to_string())
        })()
        .map_err(|reason: String| RuntimeError::Graph { path: path.into(), reason })?;
        let inputs = inner.inputs().iter().map(|i| Port::of(i.name(), i.dtype())).collect();
        let outputs = inner.outputs().iter().map(|o| Port::of(o.name(), o.dtype())).collect();
        Ok(Self { inner: Mutex::new(inner), path: path.into(), inputs, outputs })
    }

    /// Refuses a graph whose inputs or outputs are not the ones the family feeds and reads.
    pub fn expect(&self, inputs: &[&str], outputs: &[&str]) -> Result<(), RuntimeError> {
        let mut have: Vec<&str> = self.inputs.iter().map(|p| p.name.as_str()).collect();
        let mut want = inputs.to_vec();
        have.sort_unstable();
        want.sort_unstable();
        let given: Vec<&str> = self.outputs.iter().map(|p| p.name.as_str()).collect();
        if have == want && outputs.iter().all(|o| given.contains(o)) {
            return Ok(());
        }
        Err(self.unfit(format!("it takes {have:?} and gives {given:?}, where the family needs {want:?} and {outputs:?}")))
    }

    /// Refuses a graph whose input `name` cannot be a tensor of these dimensions; `None` stands for any size.
    pub fn expect_shape(&self, name: &str, dimensions: &[Option<usize>]) -> Result<(), RuntimeError> {
        let port = self.port(name)?;
        if port.takes(dimensions) {
            return Ok(());
        }
        Err(self.unfit(format!("its input “{name}” is declared {:?}, where the family feeds {dimensions:?}", port.dimensions)))
    }

    /// The input called `name`, as declared.
    pub fn input(&self, name: &str) -> Option<&Port> {
        self.inputs.iter().find(|p| p.name == name)
    }

    /// Names of all inputs.
    pub fn input_names(&self) -> impl Iterator<Item = &str> {
        self.inputs.iter().map(|p| p.name.as_str())
    }

    fn port(&self, name: &str) -> Result<&Port, RuntimeError> {
        self.input(name).ok_or_else(|| self.unfit(format!("it has no input “{name}”")))
    }

    /// Runs the graph; all outputs are fp32, by name.
    pub fn run(&self, inputs: Vec<(&str, Input<'_>)>) -> Result<Outputs, RuntimeError> {
        self.run_until(inputs, None)
    }

    /// Runs the graph, and gives it up within moments of `cancel` being set ([`RuntimeError::Stopped`]).
    pub fn run_until(&self, inputs: Vec<(&str, Input<'_>)>, cancel: Option<&AtomicBool>) -> Result<Outputs, RuntimeError> {
        let values = self.values(inputs)?;
        let mut session = self.inner.lock();
        self.stoppable(cancel, |options| floats(&session.run_with_options(values, options)?))
    }

    /// Runs a graph that hands values to its next run: `carried` is fed under the inputs' names, and the outputs
    /// called like an input with `_out` behind are carried on. The rest is given as fp32.
    pub fn run_carrying(&self, inputs: Vec<(&str, Input<'_>)>, carried: Carried) -> Result<(Outputs, Carried), RuntimeError> {
        let mut values = self.values(inputs)?;
        values.extend(carried.0.into_iter().map(|(name, value)| (name, value.into())));
        let mut session = self.inner.lock();
        let mut outputs = session.run(values).map_err(|e| self.fault(&e))?;
        let mut next = Carried::default();
        for port in &self.outputs {
            if let Some(input) = port.name.strip_suffix("_out")
                && let Some(value) = outputs.remove(&port.name)
            {
                next.0.push((input.into(), value));
            }
        }
        Ok((floats(&outputs).map_err(|e| self.fault(&e))?, next))
    }

    /// A way to run the graph again and again with `constants` bound once: on a graphics card they are copied there
    /// once.
    pub fn bind(self: &Arc<Self>, constants: Vec<(&str, Input<'_>)>) -> Result<Bound, RuntimeError> {
        let session = self.inner.lock();
        let mut binding = session.create_binding().map_err(|e| self.fault(&e))?;
        drop(session);
        let host = MemoryInfo::new(AllocationDevice::CPU, 0, AllocatorType::Device, MemoryType::CPUOutput).map_err(|e| self.fault(&e))?;
        for port in &self.outputs {
            binding.bind_output_to_device(port.name.clone(), &host).map_err(|e| self.fault(&e))?;
        }
        let mut bound = Bound { session: self.clone(), binding };
        bound.set(constants)?;
        Ok(bound)
    }

    fn values<'a>(&self, inputs: Vec<(&str, Input<'a>)>) -> Result<Vec<(String, SessionInputValue<'a>)>, RuntimeError> {
        inputs
            .into_iter()
            .map(|(name, input)| Ok((name.to_string(), input.into_value(self.port(name)?.element).map_err(|e| self.fault(&e))?)))
            .collect()
    }

    /// Runs `run` while somebody watches `cancel`.
    fn stoppable<T>(&self, cancel: Option<&AtomicBool>, run: impl FnOnce(&RunOptions) -> ort::Result<T>) -> Result<T, RuntimeError> {
        const LOOK: Duration = Duration::from_millis(20);
        let options = RunOptions::new().map_err(|e| self.fault(&e))?;
        let Some(cancel) = cancel else { return run(&options).map_err(|e| self.fault(&e)) };
        let over = AtomicBool::new(false);
        let result = std::thread::scope(|scope| {
            let watcher = scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    if cancel.load(Ordering::Relaxed) {
                        let _ = options.terminate();
                        return;
                    }
                    std::thread::park_timeout(LOOK);
                }
            });
            let result = run(&options);
            over.store(true, Ordering::Relaxed);
            watcher.thread().unpark();
            result
        });
        match result {
            Ok(value) => Ok(value),
            Err(_) if cancel.load(Ordering::Relaxed) => Err(RuntimeError::Stopped),
            Err(e) => Err(self.fault(&e)),
        }
    }

    fn unfit(&self, reason: String) -> RuntimeError {
        RuntimeError::Graph { path: self.path.clone(), reason }
    }

    fn fault(&self, e: &dyn std::fmt::Display) -> RuntimeError {
        let graph = self.path.file_name().unwrap_or_default().to_string_lossy().to_string();
        RuntimeError::Run { graph, reason: e.to_string() }
    }
}

fn floats(outputs: &SessionOutputs<'_>) -> ort::Result<Outputs> {
    outputs.iter().map(|(name, value)| Ok((name.to_string(), tensor::to_float(&value)?))).collect()
}

/// A graph with some of its inputs bound.
pub struct Bound {
    session: Arc<Session>,
    binding: IoBinding,
}

impl Bound {
    /// Binds inputs, in place of what was bound under their names.
    pub fn set(&mut self, inputs: Vec<(&str, Input<'_>)>) -> Result<(), RuntimeError> {
        for (name, input) in inputs {
            let port = self.session.port(name)?;
            let value = input.into_owned_value(port.element).map_err(|e| self.session.fault(&e))?;
            self.binding.bind_input(name, &value).map_err(|e| self.session.fault(&e))?;
        }
        Ok(())
    }

    /// Runs the graph with `inputs` beside what is bound; gives up within moments of `cancel` being set.
    pub fn run(&mut self, inputs: Vec<(&str, Input<'_>)>, cancel: Option<&AtomicBool>) -> Result<Outputs, RuntimeError> {
        self.set(inputs)?;
        let mut session = self.session.inner.lock();
        let binding = &self.binding;
        self.session.stoppable(cancel, |options| floats(&session.run_binding_with_options(binding, options)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_precision_goes_in_and_out_as_fp32_bound_or_not() {
        let graph = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/runtime/half_types.onnx");
        let session = Arc::new(Session::open(&graph).unwrap());
        // 1 + 2⁻¹⁰ is a number of fp16, and rounds to 1 in bf16.
        let (a, b) = (ndarray::arr1(&[1.000_976_6, -3.5]).into_dyn(), ndarray::arr1(&[1.000_976_6, 0.25]).into_dyn());
        let expected = [("h", [2.001_953_1, -7.0]), ("k", [2.0, 0.5])];
        let plain = session.run(vec![("a", Input::Float(a.view())), ("b", Input::Float(b.view()))]).unwrap();
        let mut bound = Arc::clone(&session).bind(vec![("b", Input::Float(b.view()))]).unwrap();
        let again = bound.run(vec![("a", Input::Float(a.view()))], None).unwrap();
        for outputs in [plain, again] {
            for (name, values) in &expected {
                let got: Vec<f32> = outputs.get(*name).unwrap().iter().copied().collect();
                assert_eq!(got, values, "{name}");
            }
        }
    }
}
