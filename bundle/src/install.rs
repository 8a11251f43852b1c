//! A copy where hosts look.

use std::path::{Path, PathBuf};

use crate::BundleError;
use crate::files::{copy_folder, swap_in};
use crate::layout::bundle_in;

/// Copies `bundle` into the folder `prefix` and returns the copy's path. A host that starts meanwhile sees the old
/// bundle or the new one, never half of one.
pub fn install(bundle: &Path, prefix: &Path) -> Result<PathBuf, BundleError> {
    if !bundle.join("Contents").is_dir() {
        return Err(BundleError::Missing { path: bundle.into(), remedy: "run `make bundle` first, or name the bundle with --bundle" });
    }
    let place = bundle_in(prefix);
    swap_in(&place, |new| copy_folder(bundle, new))?;
    Ok(place)
}

/// Host caches that remember a plugin's old description, for a person to remove if the node looks outdated.
pub const HOST_CACHES: [(&str, &str); 3] = [
    ("Natron", "~/.cache/INRIA/Natron/OFXLoadCache"),
    ("DaVinci Resolve", "OFXPluginCache.xml"),
    ("Nuke", "/var/tmp/nuke-u*/ofxplugincache"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_bundle_is_not_installed() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(install(dir.path(), &dir.path().join("p")), Err(BundleError::Missing { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn programs_stay_programs() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let program = dir.path().join("b/Contents/Linux-x86-64/wakeframe");
        std::fs::create_dir_all(program.parent().unwrap()).unwrap();
        std::fs::write(&program, b"#!/bin/sh\n").unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let copy = install(&dir.path().join("b"), &dir.path().join("p")).unwrap();
        let mode = std::fs::metadata(copy.join("Contents/Linux-x86-64/wakeframe")).unwrap().permissions().mode();
        assert_eq!(mode & 0o111, 0o111);
    }
}
