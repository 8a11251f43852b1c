//! Plugins made here and now, loaded in a child process.
#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::Command;

use wakeframe_bundle::probe::load_in_child;

const HEAD: &str = "
#include <stdlib.h>
typedef struct { const char *api; int api_version; const char *id; unsigned major, minor; void (*set_host)(void *);
  int (*main_entry)(const char *, const void *, void *, void *); } Plugin;
static void set_host(void *h) {}
static int main_entry(const char *a, const void *h, void *i, void *o) { return 14; }
int OfxGetNumberOfPlugins(void) { return 1; }
";

fn library(folder: &Path, name: &str, body: &str) -> PathBuf {
    let (source, out) = (folder.join(format!("{name}.c")), folder.join(format!("{name}.ofx")));
    std::fs::write(&source, format!("{HEAD}{body}")).unwrap();
    assert!(Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&out).arg(&source).status().unwrap().success());
    out
}

fn load(path: &Path) -> Result<Vec<wakeframe_bundle::probe::Plugin>, String> {
    load_in_child(Path::new(env!("CARGO_BIN_EXE_wakeframe-bundle")), path)
}

#[test]
fn a_plugin_says_what_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let body = "static Plugin p = {\"OfxImageEffectPluginAPI\", 1, \"org.example.X\", 2, 3, set_host, main_entry};
Plugin *OfxGetPlugin(int i) { return &p; }";
    let found = load(&library(dir.path(), "good", body)).unwrap();
    assert_eq!((found[0].id.as_str(), found[0].version), ("org.example.X", (2, 3)));
}

#[test]
fn a_plugin_that_crashes_takes_only_the_child_along() {
    let dir = tempfile::tempdir().unwrap();
    assert!(load(&library(dir.path(), "bad", "Plugin *OfxGetPlugin(int i) { abort(); }")).is_err());
    assert!(load(&library(dir.path(), "null", "Plugin *OfxGetPlugin(int i) { return 0; }")).unwrap_err().contains("null"));
}

#[test]
fn what_cannot_be_loaded_is_named() {
    assert!(load(Path::new("/nowhere/Wakeframe.ofx")).unwrap_err().contains("/nowhere/Wakeframe.ofx"));
}
