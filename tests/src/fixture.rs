//! Plugins the host itself is tested with, compiled by this package's build script.

use std::path::PathBuf;

/// `Examples/Invert` of the OpenFX repository: Filter, 8-bit RGBA.
pub fn invert() -> PathBuf {
    bundle("Invert")
}

/// `Examples/Basic` of the OpenFX repository: a gain in Filter and General, byte, short and
/// float, RGBA and Alpha, with a mask, a group and a page.
pub fn basic() -> PathBuf {
    bundle("Basic")
}

/// Our own `host/probe/misbehave.cpp`: breaks one rule at a time.
pub fn misbehave() -> PathBuf {
    bundle("Misbehave")
}

fn bundle(name: &str) -> PathBuf {
    PathBuf::from(env!("WAKEFRAME_TESTS_BUNDLES")).join(format!("{name}.ofx.bundle"))
}
