//! The bundle as it ships, and its installation.

mod stage;

use std::process::{Command, Output};

use stage::{bundle, stage};

/// The installer that built the bundle.
fn installer(arguments: &[&std::ffi::OsStr]) -> Output {
    let program = bundle().join("../../release/wakeframe-bundle");
    Command::new(program).args(arguments).output().unwrap()
}

fn text(out: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
}

/// The names `readelf` prints in the lines that hold `mark`.
fn readelf(option: &str, mark: &str, column: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let out = Command::new("readelf").args([option, "-W"]).arg(stage::binaries().join("Wakeframe.ofx")).output().unwrap();
    assert!(out.status.success());
    let mut names: Vec<String> = String::from_utf8_lossy(&out.stdout).lines().filter(|l| l.contains(mark)).filter_map(column).collect();
    names.sort();
    names
}

#[test]
fn the_plugin_needs_three_libraries_and_exports_two_functions() {
    let needed = readelf("-d", "(NEEDED)", |line| Some(line.split('[').nth(1)?.trim_end_matches(']').to_string()));
    let allowed = ["ld-linux-x86-64.so.2", "libc.so.6", "libgcc_s.so.1", "libm.so.6"];
    assert!(needed.iter().all(|n| allowed.contains(&n.as_str())), "{needed:?}");
    let exported = readelf("--dyn-syms", " GLOBAL DEFAULT ", |line| {
        (!line.contains(" UND ")).then(|| line.split_whitespace().last().map(String::from))?
    });
    assert_eq!(exported, ["OfxGetNumberOfPlugins", "OfxGetPlugin"]);
    assert!(readelf("--dyn-syms", " WEAK ", |line| (!line.contains(" UND ")).then(|| line.to_string())).is_empty());
}

#[test]
fn installing_copies_verifies_and_replaces() {
    let (stage, _turn) = stage();
    let prefix = stage.folder.join("OFX/Plugins");
    for _ in 0..2 {
        let out = installer(&["install".as_ref(), "--bundle".as_ref(), bundle().as_os_str(), "--prefix".as_ref(), prefix.as_os_str()]);
        assert!(out.status.success(), "{}", text(&out));
        assert!(text(&out).contains(stage::NODE), "{}", text(&out));
    }
    assert_eq!(std::fs::read_dir(&prefix).unwrap().count(), 1, "something was left beside the bundle");
}

#[test]
fn a_bundle_copied_in_part_is_told() {
    let (stage, _turn) = stage();
    let prefix = stage.folder.join("partly");
    let out = installer(&["install".as_ref(), "--bundle".as_ref(), bundle().as_os_str(), "--prefix".as_ref(), prefix.as_os_str()]);
    assert!(out.status.success(), "{}", text(&out));
    let copy = prefix.join("Wakeframe.ofx.bundle");
    std::fs::remove_file(copy.join("Contents/Resources/models/mini/encoder.onnx")).unwrap();
    let verified = installer(&["verify".as_ref(), copy.as_os_str()]);
    assert!(!verified.status.success() && text(&verified).contains("encoder.onnx"), "{}", text(&verified));
}
