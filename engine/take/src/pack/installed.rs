//! Where packs are, and which are there.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::{Pack, PackError};

/// The installed packs and the folders of packs that could not be read.
#[derive(Debug, Clone, Default)]
pub struct Installed {
    /// Usable packs: the embedded `mini` first, then by name.
    pub packs: Vec<Pack>,
    /// What was wrong with the others.
    pub faults: Vec<PackError>,
}

impl Installed {
    /// Looks through `folders` in order; of two packs with one name the first wins.
    pub fn find(folders: &[PathBuf]) -> Self {
        let mut found = Installed::default();
        let mut names = HashSet::new();
        for folder in folders {
            let candidates: Vec<PathBuf> = if folder.join("pack.toml").is_file() {
                vec![folder.clone()]
            } else {
                let mut inside: Vec<PathBuf> = std::fs::read_dir(folder)
                    .into_iter()
                    .flatten()
                    .flatten()
                    .map(|e| e.path())
                    // A hidden folder is a pack on its way in or out.
                    .filter(|p| p.join("pack.toml").is_file() && !p.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.')))
                    .collect();
                inside.sort();
                inside
            };
            for candidate in candidates {
                match Pack::open(&candidate) {
                    Ok(pack) => {
                        if names.insert(pack.name.clone()) {
                            found.packs.push(pack);
                        }
                    }
                    Err(fault) => found.faults.push(fault),
                }
            }
        }
        found.packs.sort_by_key(|p| (p.name != crate::params::EMBEDDED_MODEL, p.name.clone()));
        found
    }

    /// The pack called `name`, or the one in the folder `name`.
    pub fn get(&self, name: &str) -> Result<Pack, PackError> {
        if let Some(pack) = self.packs.iter().find(|p| p.name == name) {
            return Ok(pack.clone());
        }
        let folder = Path::new(name);
        if folder.join("pack.toml").is_file() {
            return Pack::open(folder);
        }
        let installed = self.packs.iter().map(|p| p.name.as_str()).collect::<Vec<_>>().join(", ");
        Err(PackError::Unknown { name: name.into(), installed: if installed.is_empty() { "none".into() } else { installed } })
    }
}

/// Where packs are looked for: `WAKEFRAME_PACKS` (a path list), the bundle's `Resources/models` beside the
/// program or the plugin at `binary`, the source tree's `resources/models` above it, the user's data folder.
pub fn search_folders(binary: Option<&Path>) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = std::env::var_os("WAKEFRAME_PACKS").map(|v| std::env::split_paths(&v).collect()).unwrap_or_default();
    if let Some(dir) = binary.and_then(Path::parent) {
        // Contents/<architecture>/wakeframe → Contents/Resources/models
        folders.push(dir.join("../Resources/models"));
        // target/release/wakeframe → resources/models
        folders.push(dir.join("../../resources/models"));
    }
    folders.extend(user_packs_folder());
    folders.retain(|f| f.is_dir());
    folders
}

/// The user's own folder for packs and settings: `~/.local/share/wakeframe`,
/// `~/Library/Application Support/Wakeframe` or `%APPDATA%\Wakeframe`.
pub fn user_data_folder() -> Option<PathBuf> {
    let var = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    if cfg!(windows) {
        var("APPDATA").map(|d| d.join("Wakeframe"))
    } else if cfg!(target_os = "macos") {
        var("HOME").map(|d| d.join("Library/Application Support/Wakeframe"))
    } else {
        var("XDG_DATA_HOME").or_else(|| var("HOME").map(|d| d.join(".local/share"))).map(|d| d.join("wakeframe"))
    }
}

/// Where the user's own packs are, made or not.
pub fn user_packs_folder() -> Option<PathBuf> {
    user_data_folder().map(|data| data.join("packs"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{PLAIN, put};
    use super::*;

    #[test]
    fn packs_are_listed_and_faults_named() {
        let dir = tempfile::tempdir().unwrap();
        put(dir.path(), "a", &PLAIN.replace("\"mini\"", "\"alpha\""));
        put(dir.path(), "z", PLAIN);
        put(dir.path(), "bad", &PLAIN.replace("format = 1", "format = 9"));
        put(dir.path(), "worse", "not toml");
        put(dir.path(), ".half", &PLAIN.replace("\"mini\"", "\"half\""));
        let found = Installed::find(&[dir.path().into()]);
        assert_eq!(found.packs.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["mini", "alpha"]);
        assert_eq!(found.faults.len(), 2);
        assert!(found.faults[0].to_string().contains("bad"));
        assert!(matches!(found.get("gamma"), Err(PackError::Unknown { .. })));
        assert_eq!(found.get(dir.path().join("z").to_str().unwrap()).unwrap().name, "mini");
    }
}
