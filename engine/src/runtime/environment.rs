//! The one ONNX Runtime environment of this process.

use once_cell::sync::OnceCell;
use ort::environment::Environment;

use super::{RuntimeError, library};

static ENVIRONMENT: OnceCell<Environment> = OnceCell::new();

pub(super) fn get() -> Result<&'static Environment, RuntimeError> {
    ENVIRONMENT.get_or_try_init(|| {
        let path = library()?;
        let unloadable = |reason: String| RuntimeError::Unloadable { path: path.clone(), reason };
        let builder = ort::init_from(&path).map_err(|e| unloadable(e.to_string()))?;
        builder.with_name("wakeframe").with_telemetry(false).build().map_err(|e| unloadable(e.to_string()))
    })
}
