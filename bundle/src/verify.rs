//! What a host would meet, checked.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use sha2::{Digest, Sha256};
use wakeframe_take::pack::Pack;

use crate::IDENTIFIER;
use crate::elf::SharedObject;
use crate::layout::Layout;
use crate::link::{ALLOWED_LIBRARIES, ENTRY_POINTS};
use crate::probe;

/// One thing looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was looked at.
    pub what: String,
    /// What was found, or what is wrong and what to do.
    pub result: Result<String, String>,
}

/// Everything looked at in one bundle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// In the order a host would meet them.
    pub checks: Vec<Check>,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_good(&self) -> bool {
        !self.checks.is_empty() && self.checks.iter().all(|c| c.result.is_ok())
    }

    fn add(&mut self, what: &str, result: Result<String, String>) {
        self.checks.push(Check { what: what.into(), result });
    }
}

/// Looks at the bundle; `program` is this crate's program, which loads the plugin in a child.
pub fn verify(bundle: &Path, program: &Path) -> Report {
    let mut report = Report::default();
    let Some(layout) = Layout::of_bundle(bundle) else {
        report.add("bundle", Err(format!("{} holds no Wakeframe.ofx: install again", bundle.display())));
        return report;
    };
    // A host loads by absolute path.
    let bundle = match bundle.canonicalize() {
        Ok(absolute) => absolute,
        Err(e) => {
            report.add("bundle", Err(format!("{}: {e}", bundle.display())));
            return report;
        }
    };
    report.add("files", files(&layout, &bundle));
    if layout.elf_machine != 0 {
        match SharedObject::open(&layout.plugin(&bundle)) {
            Ok(object) => {
                report.add("machine", machine(&layout, &object));
                report.add("exports", exports(&object));
                report.add("needs", needs(&object));
                report.add("unloading", nodelete(&object));
            }
            Err(why) => report.add("machine", Err(why)),
        }
    }
    if Layout::here() == Some(layout) {
        report.add("loads", loads(&layout, &bundle, program));
        report.add("engine", engine(&layout, &bundle));
    }
    report.add("models", models(&layout, &bundle));
    report
}

fn files(layout: &Layout, bundle: &Path) -> Result<String, String> {
    let resources = layout.resources(bundle);
    let mut wanted = vec![layout.plugin(bundle), layout.engine(bundle), layout.runtime(bundle), resources.join("LICENSE")];
    if layout.info_plist {
        wanted.push(bundle.join("Contents").join("Info.plist"));
    }
    match wanted.iter().find(|f| !f.is_file()) {
        Some(missing) => Err(format!("{} is missing: install again", missing.display())),
        None => Ok(format!("{} parts in {}", wanted.len(), bundle.display())),
    }
}

fn machine(layout: &Layout, object: &SharedObject) -> Result<String, String> {
    if object.machine == layout.elf_machine {
        return Ok(layout.folder.into());
    }
    Err(format!(
        "Wakeframe.ofx is for ELF machine {}, {} wants {}: build the bundle on such a machine",
        object.machine, layout.folder, layout.elf_machine
    ))
}

fn exports(object: &SharedObject) -> Result<String, String> {
    if object.exports == ENTRY_POINTS {
        return Ok(ENTRY_POINTS.join(", "));
    }
    let extra: Vec<&str> = object.exports.iter().map(String::as_str).filter(|e| !ENTRY_POINTS.contains(e)).take(5).collect();
    let lost: Vec<&str> = ENTRY_POINTS.into_iter().filter(|e| !object.exports.iter().any(|x| x == e)).collect();
    Err(format!("missing: {lost:?}; not to be seen: {extra:?} ({} in all). Build the bundle with `make bundle`", object.exports.len()))
}

fn needs(object: &SharedObject) -> Result<String, String> {
    match object.needed.iter().find(|n| !ALLOWED_LIBRARIES.contains(&n.as_str())) {
        Some(other) => {
            Err(format!("{other} is needed, which a host may lack or have in another version. Build the bundle with `make bundle`"))
        }
        None => {
            let glibc = object.glibc.map(|(a, b)| format!("; glibc {a}.{b} or newer")).unwrap_or_default();
            Ok(object.needed.join(", ") + &glibc)
        }
    }
}

fn nodelete(object: &SharedObject) -> Result<String, String> {
    if object.nodelete {
        Ok("stays mapped after dlclose".into())
    } else {
        Err("the NODELETE flag is missing. Build the bundle with `make bundle`".into())
    }
}

fn loads(layout: &Layout, bundle: &Path, program: &Path) -> Result<String, String> {
    let plugins = probe::load_in_child(program, &layout.plugin(bundle))?;
    match plugins.as_slice() {
        [p] if p.id == IDENTIFIER && p.api == "OfxImageEffectPluginAPI" && p.api_version == 1 => {
            Ok(format!("{} {}.{}", p.id, p.version.0, p.version.1))
        }
        other => Err(format!("one plugin {IDENTIFIER} was expected, found {other:?}")),
    }
}

fn engine(layout: &Layout, bundle: &Path) -> Result<String, String> {
    let path = layout.engine(bundle);
    let output = Command::new(&path).arg("--version").output().map_err(|e| format!("{} does not run: {e}", path.display()))?;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_string();
    if output.status.success() && said.split_whitespace().any(|w| w == wakeframe_take::VERSION) {
        return Ok(said);
    }
    Err(format!("`{} --version` said “{said}”, this is {}: build and install again", path.display(), wakeframe_take::VERSION))
}

fn models(layout: &Layout, bundle: &Path) -> Result<String, String> {
    let folder = layout.resources(bundle).join("models");
    let entries = fs::read_dir(&folder).map_err(|e| format!("{}: {e}: install again", folder.display()))?;
    let mut names = Vec::new();
    for path in entries.flatten().map(|e| e.path()).filter(|p| p.join("pack.toml").is_file()) {
        let pack = Pack::open(&path).map_err(|e| e.to_string())?;
        components(&path)?;
        names.push(format!("{} ({:.0} MB)", pack.name, pack.size_on_disk() as f64 / 1e6));
    }
    names.sort();
    if names.iter().any(|n| n.starts_with(wakeframe_take::params::EMBEDDED_MODEL)) {
        Ok(names.join(", "))
    } else {
        Err(format!("{} holds no pack called {}: install again", folder.display(), wakeframe_take::params::EMBEDDED_MODEL))
    }
}

/// Every file that `pack.toml` names is there with its digest.
fn components(pack: &Path) -> Result<(), String> {
    let text = fs::read_to_string(pack.join("pack.toml")).map_err(|e| e.to_string())?;
    let described: toml::Table = toml::from_str(&text).map_err(|e| e.to_string())?;
    let parts = described.get("components").and_then(toml::Value::as_table).into_iter().flatten();
    for (name, part) in parts {
        let (Some(file), Some(digest)) = (part.get("file").and_then(|v| v.as_str()), part.get("sha256").and_then(|v| v.as_str())) else {
            return Err(format!("{}: component {name} names no file or no digest", pack.display()));
        };
        let path = pack.join(file);
        let found = sha256(&path).map_err(|e| format!("{}: {e}: install again", path.display()))?;
        if found != digest {
            return Err(format!("{} is damaged (its digest is not the pack's): install again", path.display()));
        }
    }
    Ok(())
}

fn sha256(path: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    io::copy(&mut fs::File::open(path)?, &mut hasher)?;
    Ok(hasher.finalize().iter().map(|b| format!("{b:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object() -> SharedObject {
        SharedObject {
            machine: 62,
            exports: ENTRY_POINTS.map(String::from).to_vec(),
            needed: vec!["libgcc_s.so.1".into(), "libm.so.6".into(), "libc.so.6".into()],
            nodelete: true,
            glibc: Some((2, 34)),
        }
    }

    #[test]
    fn a_good_plugin_passes_and_each_fault_is_named() {
        let good = object();
        assert!(exports(&good).is_ok() && needs(&good).unwrap().contains("2.34") && nodelete(&good).is_ok());
        assert!(machine(&crate::layout::LINUX_ARM64, &good).is_err());
        let mut bad = object();
        bad.exports.push("cxxbridge1$string$new".into());
        assert!(exports(&bad).unwrap_err().contains("cxxbridge1"));
        bad.exports.remove(0);
        assert!(exports(&bad).unwrap_err().contains("OfxGetNumberOfPlugins"));
        bad.needed.push("libstdc++.so.6".into());
        assert!(needs(&bad).unwrap_err().contains("libstdc++.so.6"));
    }

    #[test]
    fn a_damaged_model_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        fs::write(dir.path().join("pack.toml"), format!("[components.text]\nfile = \"t\"\nsha256 = \"{digest}\"\n")).unwrap();
        assert!(components(dir.path()).unwrap_err().contains("install again"));
        fs::write(dir.path().join("t"), "abc").unwrap();
        assert_eq!(components(dir.path()), Ok(()));
        fs::write(dir.path().join("t"), "abd").unwrap();
        assert!(components(dir.path()).unwrap_err().contains("damaged"));
    }

    #[test]
    fn an_empty_folder_is_no_bundle() {
        let dir = tempfile::tempdir().unwrap();
        assert!(!verify(dir.path(), Path::new("/nowhere")).is_good());
    }
}
