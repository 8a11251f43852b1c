//! The bundle from its built parts.

use std::fs;
use std::path::{Path, PathBuf};

use crate::files::{copy_file, copy_folder, swap_in};
use crate::layout::{Layout, bundle_in, info_plist};
use crate::link::{Link, export_list_path};
use crate::{BundleError, IDENTIFIER};

/// Where the parts are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// The source tree, for resources and licences.
    pub root: PathBuf,
    /// The folder cargo built into, such as `target/release`.
    pub built: PathBuf,
    /// The folder of ONNX Runtime.
    pub runtime: PathBuf,
}

/// Makes `out/Wakeframe.ofx.bundle` and returns its path.
pub fn build(parts: &Parts, layout: &Layout, out: &Path) -> Result<PathBuf, BundleError> {
    let bundle = bundle_in(out);
    let library = present(parts.built.join(layout.static_library), "run `cargo build --release` first")?;
    let engine = present(parts.built.join(layout.engine), "run `cargo build --release` first")?;
    let runtime = present(parts.runtime.join(layout.runtime), "run `make setup`, which fetches ONNX Runtime")?;
    let models = present(parts.root.join("resources").join("models"), "run this in the source tree, or name it with --root")?;
    let licence = present(parts.root.join("LICENSE"), "run this in the source tree, or name it with --root")?;
    swap_in(&bundle, |new| {
        let programs = layout.programs(new);
        fs::create_dir_all(&programs).map_err(|e| BundleError::io(&programs, e))?;
        let plugin = layout.plugin(new);
        let exports = export_list_path(&plugin);
        Link { layout, static_library: &library, output: &plugin, exports: &exports }.run()?;
        fs::remove_file(&exports).map_err(|e| BundleError::io(&exports, e))?;
        copy_file(&engine, &layout.engine(new))?;
        copy_file(&runtime, &layout.runtime(new))?;
        resources(parts, &models, &licence, &layout.resources(new))?;
        if layout.info_plist {
            let plist = new.join("Contents").join("Info.plist");
            fs::write(&plist, info_plist()).map_err(|e| BundleError::io(&plist, e))?;
        }
        Ok(())
    })?;
    Ok(bundle)
}

fn present(path: PathBuf, remedy: &'static str) -> Result<PathBuf, BundleError> {
    if path.exists() { Ok(path) } else { Err(BundleError::Missing { path, remedy }) }
}

fn resources(parts: &Parts, models: &Path, licence: &Path, to: &Path) -> Result<(), BundleError> {
    copy_folder(models, &to.join("models"))?;
    copy_file(licence, &to.join("LICENSE"))?;
    for name in ["CREDITS.md", "NOTICE"] {
        if let Some(found) = [parts.root.join(name), parts.root.join("resources").join(name)].into_iter().find(|p| p.is_file()) {
            copy_file(&found, &to.join(name))?;
        }
    }
    // ONNX Runtime's own licence travels with its library.
    for (name, named) in [("LICENSE", "LICENSE.onnxruntime"), ("ThirdPartyNotices.txt", "ThirdPartyNotices.onnxruntime.txt")] {
        let from = parts.runtime.join(name);
        if from.is_file() {
            copy_file(&from, &to.join(named))?;
        }
    }
    // Hosts look for an icon called after the identifier.
    for kind in ["png", "svg"] {
        let icon = format!("{IDENTIFIER}.{kind}");
        let found = [parts.root.join("resources").join(&icon), parts.root.join("resources").join("icons").join(&icon)];
        if let Some(found) = found.into_iter().find(|p| p.is_file()) {
            copy_file(&found, &to.join(&icon))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout;

    #[test]
    fn a_missing_part_is_named_with_its_remedy() {
        let dir = tempfile::tempdir().unwrap();
        let parts = Parts { root: dir.path().into(), built: dir.path().join("release"), runtime: dir.path().join("ort") };
        let fault = build(&parts, &layout::LINUX_X86_64, &dir.path().join("out")).unwrap_err().to_string();
        assert!(fault.contains("libwakeframe_plugin.a") && fault.contains("cargo build --release"), "{fault}");
        fs::create_dir_all(&parts.built).unwrap();
        for f in ["libwakeframe_plugin.a", "wakeframe"] {
            fs::write(parts.built.join(f), b"").unwrap();
        }
        let fault = build(&parts, &layout::LINUX_X86_64, &dir.path().join("out")).unwrap_err().to_string();
        assert!(fault.contains("libonnxruntime.so.1.32.0") && fault.contains("make setup"), "{fault}");
    }
}
