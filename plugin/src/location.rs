//! Where the node was loaded from, and what stands beside it.

use std::path::{Path, PathBuf};

use once_cell::sync::OnceCell;

use crate::bridge::ffi::{HostFacts, own_file};

static BINARY: OnceCell<PathBuf> = OnceCell::new();

/// The folder in `Contents` this build goes to, as the OpenFX packaging rules name it.
pub const ARCHITECTURE: &str = if cfg!(windows) {
    "Win64"
} else if cfg!(target_os = "macos") {
    "MacOS"
} else if cfg!(target_arch = "aarch64") {
    "Linux-ARM64"
} else {
    "Linux-x86-64"
};

/// Path of the `.ofx`; settled at the first describe.
pub fn binary(host: Option<&HostFacts>) -> &'static Path {
    BINARY.get_or_init(|| {
        let named = host.and_then(|h| binary_of(Path::new(&h.plugin_path)));
        named.unwrap_or_else(|| PathBuf::from(own_file()))
    })
}

/// The file a host means by kOfxPluginPropFilePath: the specification says the bundle's folder, some hosts give
/// the file inside.
fn binary_of(named: &Path) -> Option<PathBuf> {
    if named.as_os_str().is_empty() {
        return None;
    }
    let inside = named.join("Contents").join(ARCHITECTURE).join("Wakeframe.ofx");
    [named.to_path_buf(), inside].into_iter().find(|p| p.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_and_the_file_inside_are_both_understood() {
        let dir = tempfile::tempdir().unwrap();
        let bundle = dir.path().join("Wakeframe.ofx.bundle");
        let file = bundle.join("Contents").join(ARCHITECTURE).join("Wakeframe.ofx");
        assert_eq!(binary_of(&bundle), None);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, b"").unwrap();
        assert_eq!(binary_of(&bundle), Some(file.clone()));
        assert_eq!(binary_of(&file), Some(file));
        assert_eq!(binary_of(Path::new("")), None);
    }
}
