//! Where ONNX Runtime's shared library is. It is loaded by absolute path and by this process only: hosts carry
//! their own copies, and a library found by name could be one of those.

use std::path::{Path, PathBuf};

use super::{RuntimeError, environment};

/// File name of the pinned library.
pub const LIBRARY_NAME: &str = if cfg!(windows) {
    "onnxruntime.dll"
} else if cfg!(target_os = "macos") {
    "libonnxruntime.1.32.0.dylib"
} else {
    "libonnxruntime.so.1.32.0"
};

/// `WAKEFRAME_ORT`, or beside this program, or in the build's `onnxruntime` folder above it.
pub fn library() -> Result<PathBuf, RuntimeError> {
    let set = std::env::var_os("WAKEFRAME_ORT").filter(|v| !v.is_empty()).map(PathBuf::from);
    let program = std::env::current_exe().unwrap_or_default();
    find(set, &program)
}

fn find(set: Option<PathBuf>, program: &Path) -> Result<PathBuf, RuntimeError> {
    let places: Vec<PathBuf> = match set {
        Some(path) => vec![path],
        None => {
            let beside = program.parent().map(|d| d.join(LIBRARY_NAME));
            // target/release/wakeframe and target/release/deps/<test> → target/onnxruntime/
            let build = program.ancestors().skip(2).take(2).map(|d| d.join("onnxruntime").join(LIBRARY_NAME));
            beside.into_iter().chain(build).collect()
        }
    };
    let found = places.iter().find(|p| p.is_file()).and_then(|p| p.canonicalize().ok());
    found.ok_or(RuntimeError::Missing { looked: places })
}

/// The loaded library's version, by its file name, and its own account of how it was built.
pub fn version() -> Result<String, RuntimeError> {
    environment::get()?;
    let build = ort::info().trim().to_string();
    Ok(match version_in(&library()?) {
        Some(version) => format!("{version} ({build})"),
        None => build,
    })
}

/// `libonnxruntime.so.1.32.0`, `libonnxruntime.1.32.0.dylib` → `1.32.0`. The C API tells its version only to `ort`.
fn version_in(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let numbers: Vec<&str> = name.split('.').filter(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit())).collect();
    (numbers.len() >= 2).then(|| numbers.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_the_name() {
        assert_eq!(version_in(Path::new("/a/libonnxruntime.so.1.32.0")).as_deref(), Some("1.32.0"));
        assert_eq!(version_in(Path::new("/a/libonnxruntime.1.32.0.dylib")).as_deref(), Some("1.32.0"));
        assert_eq!(version_in(Path::new("/a/onnxruntime.dll")), None);
    }

    #[test]
    fn it_is_found_beside_the_program_or_in_the_build() {
        let dir = tempfile::tempdir().unwrap();
        let put = |p: &str| {
            let path = dir.path().join(p);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, b"").unwrap();
        };
        put(&format!("target/onnxruntime/{LIBRARY_NAME}"));
        put("target/release/deps/x");
        for program in ["target/release/wakeframe", "target/release/deps/x"] {
            assert!(find(None, &dir.path().join(program)).unwrap().ends_with(format!("target/onnxruntime/{LIBRARY_NAME}")));
        }
        put(&format!("target/release/{LIBRARY_NAME}"));
        assert!(find(None, &dir.path().join("target/release/wakeframe")).unwrap().ends_with(format!("release/{LIBRARY_NAME}")));
        let missing = find(Some("/nowhere/lib.so".into()), &dir.path().join("a/b")).unwrap_err();
        assert!(missing.to_string().contains("/nowhere/lib.so"));
    }
}
