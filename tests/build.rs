//! Builds the OpenFX HostSupport library, the host on top of it, and the plugins the host is
//! tested with (two examples of the OpenFX repository and a deliberately misbehaving one).

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Where the plugins go inside `OUT_DIR`; `wakeframe_tests::fixture` reads it back.
const BUNDLES: &str = "bundles";

/// The package that makes cargo fetch and verify the OpenFX sources.
const SOURCES_MANIFEST: &str = "openfx/Cargo.toml";

fn main() {
    let openfx = openfx_sources();
    let host_support = openfx.join("HostSupport");
    build_expat(&host_support);
    build_host(&openfx, &host_support);
    // cxx's own library goes after the host objects that use it, then what HostSupport needs.
    println!("cargo:rustc-link-lib=dl");

    let bundles = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join(BUNDLES);
    let examples = openfx.join("Examples");
    for (name, source) in [
        ("Invert", examples.join("Invert/invert.cpp")),
        ("Basic", examples.join("Basic/basic.cpp")),
        ("Misbehave", PathBuf::from("host/probe/misbehave.cpp")),
    ] {
        build_plugin(&openfx, &bundles, name, &source);
    }
    println!("cargo:rustc-env=WAKEFRAME_TESTS_BUNDLES={}", bundles.display());
    for path in ["build.rs", "src/bridge.rs", "host", "openfx/Cargo.lock"] {
        println!("cargo:rerun-if-changed={path}");
    }
}

/// The OpenFX repository: `OPENFX_DIR`, or the copy inside the `openfx-sys` package, which the
/// detached package in `openfx/` names. It is fetched and found here, never compiled.
fn openfx_sources() -> PathBuf {
    println!("cargo:rerun-if-env-changed=OPENFX_DIR");
    if let Some(dir) = env::var_os("OPENFX_DIR") {
        return dir.into();
    }
    // This build does not depend on the sources, so on a fresh machine they may not be here yet;
    // without `--offline` the same command fetches them.
    let metadata = cargo_metadata(&["--offline"]).or_else(|_| cargo_metadata(&[]));
    let metadata = metadata.unwrap_or_else(|e| panic!("cargo metadata: {e}"));
    metadata["packages"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|package| package["name"] == "openfx-sys")
        .and_then(|package| package["manifest_path"].as_str())
        .and_then(|path| Path::new(path).parent())
        .expect("openfx-sys is the dependency of openfx/")
        .join("openfx")
}

fn cargo_metadata(more: &[&str]) -> Result<serde_json::Value, String> {
    let manifest = Path::new(&env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets this")).join(SOURCES_MANIFEST);
    let out = Command::new(env::var_os("CARGO").expect("cargo sets this"))
        .args(["metadata", "--locked", "--format-version", "1", "--filter-platform"])
        .arg(env::var_os("TARGET").expect("cargo sets this"))
        .arg("--manifest-path")
        .arg(manifest)
        .args(more)
        .output()
        .map_err(|e| e.to_string())?;
    serde_json::from_slice(&out.stdout).map_err(|_| String::from_utf8_lossy(&out.stderr).into_owned())
}

/// The XML parser that HostSupport's plugin cache is written against.
fn build_expat(host_support: &Path) {
    let lib = host_support.join("expat-2.0.1/lib");
    let mut build = cc::Build::new();
    build.include(&lib).define("HAVE_MEMMOVE", None).define("XML_STATIC", None).warnings(false).std("gnu11");
    for file in ["xmlparse.c", "xmlrole.c", "xmltok.c"] {
        build.file(lib.join(file));
    }
    build.compile("expat_ofx");
}

/// HostSupport and the host, compiled with the same macros: they change class layouts.
/// C++14, because HostSupport uses `std::auto_ptr` and dynamic exception specifications.
fn build_host(openfx: &Path, host_support: &Path) {
    let expat = host_support.join("expat-2.0.1/lib");
    let common = |build: &mut cc::Build| {
        build
            .cpp(true)
            .std("c++14")
            .define("XML_STATIC", None)
            .define("OFX_SUPPORTS_MULTITHREAD", None)
            // HostSupport asserts on files it did not expect; the host checks them itself.
            .define("NDEBUG", None);
        for dir in [openfx.join("include"), host_support.join("include"), expat.clone()] {
            build.flag("-isystem").flag(dir);
        }
    };

    let mut host = cxx_build::bridge("src/bridge.rs");
    common(&mut host);
    // The exception specifications of HostSupport's headers are deprecated, not wrong.
    host.flag_if_supported("-Wno-deprecated").flag_if_supported("-Wno-deprecated-declarations");
    for file in sources(Path::new("host")) {
        host.file(file);
    }
    host.compile("wakeframe_refhost");

    let mut library = cc::Build::new();
    common(&mut library);
    library.warnings(false).flag_if_supported("-w");
    for file in sources(&host_support.join("src")) {
        library.file(file);
    }
    library.compile("ofxhost");
    println!("cargo:rustc-link-lib=static=expat_ofx");
}

fn sources(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(dir)
        .unwrap_or_else(|e| panic!("{}: {e}", dir.display()))
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ext| ext == "cpp"))
        .collect();
    files.sort();
    files
}

/// One source file into `NAME.ofx.bundle/Contents/<arch>/NAME.ofx`.
fn build_plugin(openfx: &Path, bundles: &Path, name: &str, source: &Path) {
    let dir = bundles.join(format!("{name}.ofx.bundle/Contents/Linux-x86-64"));
    fs::create_dir_all(&dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display()));
    let mut command = cc::Build::new().cpp(true).std("gnu++14").warnings(false).get_compiler().to_command();
    let status = command
        .args(["-shared", "-fPIC", "-fvisibility=hidden", "-w", "-O1"])
        .arg("-I")
        .arg(openfx.join("include"))
        .arg("-I")
        .arg(openfx.join("Examples/include"))
        .arg("-o")
        .arg(dir.join(format!("{name}.ofx")))
        .arg(source)
        .status()
        .expect("the C++ compiler runs");
    assert!(status.success(), "{} did not compile", source.display());
}
