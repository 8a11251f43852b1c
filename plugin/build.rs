//! Compiles the C++ shim against the OpenFX headers.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The package whose sources hold the OpenFX C headers, and where it holds them.
const HEADERS_PACKAGE: &str = "ofx_sys";
const HEADERS: &str = "native/openfx/include";

fn main() {
    let folder = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let root = folder.parent().unwrap_or(&folder).to_path_buf();
    let shim = root.join("cpp-shim");
    let mut build = cxx_build::bridge("src/bridge.rs");
    build
        .files(sources(&shim))
        .include(&root)
        .std("c++17")
        .flag_if_supported("-fvisibility=hidden")
        .flag_if_supported("-fPIC")
        .flag_if_supported("-Wall")
        .flag_if_supported("-Wextra");
    let headers = openfx_headers(&folder);
    // The headers are not ours: no warnings from them.
    if build.get_compiler().is_like_msvc() {
        build.include(&headers);
    } else {
        build.flag("-isystem").flag(&headers);
    }
    build.compile("wakeframe_shim");
    println!("cargo:rerun-if-changed=src/bridge.rs");
    println!("cargo:rerun-if-changed={}", shim.display());
}

fn variable(name: &str) -> OsString {
    env::var_os(name).unwrap_or_else(|| panic!("cargo did not set {name}"))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut files: Vec<PathBuf> = entries.flatten().map(|e| e.path()).filter(|p| p.extension().is_some_and(|x| x == "cpp")).collect();
    files.sort();
    files
}

/// `OPENFX_DIR/include`, or the folder inside the package that cargo fetched.
fn openfx_headers(folder: &Path) -> PathBuf {
    println!("cargo:rerun-if-env-changed=OPENFX_DIR");
    if let Some(dir) = env::var_os("OPENFX_DIR") {
        return PathBuf::from(dir).join("include");
    }
    // Offline first: this build has fetched what it needs. Other members of the workspace may not have.
    let metadata = metadata(folder, &["--offline"]).or_else(|_| metadata(folder, &[])).unwrap_or_else(|e| panic!("cargo metadata: {e}"));
    metadata["packages"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|p| p["name"] == HEADERS_PACKAGE)
        .and_then(|p| Path::new(p["manifest_path"].as_str()?).parent())
        .unwrap_or_else(|| panic!("{HEADERS_PACKAGE} is a dependency of this package"))
        .join(HEADERS)
}

fn metadata(folder: &Path, more: &[&str]) -> Result<serde_json::Value, String> {
    let output = Command::new(variable("CARGO"))
        .args(["metadata", "--locked", "--format-version", "1", "--filter-platform"])
        .arg(variable("TARGET"))
        .args(more)
        .arg("--manifest-path")
        .arg(folder.join("Cargo.toml"))
        .output()
        .map_err(|e| e.to_string())?;
    serde_json::from_slice(&output.stdout).map_err(|_| String::from_utf8_lossy(&output.stderr).into_owned())
}
