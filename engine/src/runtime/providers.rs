//! Which execution providers really load. `ort` compiles all of them in; whether one works depends on the
//! library and the machine, and a provider that cannot load is silently skipped unless asked to complain.

use ort::ep;
use ort::session::Session;

use super::{RuntimeError, environment};

/// One execution provider.
#[derive(Debug, Clone)]
pub struct ProviderReport {
    /// Its name.
    pub name: &'static str,
    /// Whether it loads, or why not.
    pub loads: Result<(), String>,
}

/// Tries each provider. The embedded model always runs on the CPU, so that one seed gives one result everywhere.
pub fn providers() -> Result<Vec<ProviderReport>, RuntimeError> {
    let env = environment::get()?;
    let candidates = [
        ("CPU", ep::CPU::default().build()),
        ("CUDA", ep::CUDA::default().build()),
        ("TensorRT", ep::TensorRT::default().build()),
        ("DirectML", ep::DirectML::default().build()),
        ("CoreML", ep::CoreML::default().build()),
        ("OpenVINO", ep::OpenVINO::default().build()),
    ];
    let reports = candidates.into_iter().map(|(name, provider)| {
        let tried = Session::builder(env)
            .map_err(|e| e.to_string())
            .and_then(|b| b.with_execution_providers([provider.error_on_failure()]).map(drop).map_err(|e| e.to_string()));
        ProviderReport { name, loads: tried.map_err(|e| e.lines().next().unwrap_or_default().to_string()) }
    });
    Ok(reports.collect())
}
