//! Which model packs are installed. Only `pack.toml` is read here: enough for a menu, a request's hash and its
//! limits. The engine validates a pack's graphs before it runs them.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

/// The `pack.toml` layout this build reads.
pub const PACK_FORMAT: u32 = 1;

/// What one model can be asked for.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Limits {
    /// Shortest clip, seconds.
    pub min_duration: f64,
    /// Longest clip, seconds.
    pub max_duration: f64,
    /// Frame rate used where the host names none, frames per second.
    pub default_fps: f64,
    /// Widest frame, pixels.
    pub max_width: u32,
}

/// An installed pack as a menu shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Pack {
    /// Short name, the word given to `--model`.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// Family that runs it, such as `motion_field`.
    pub family: String,
    /// One line: what it is best for.
    pub best_for: String,
    /// SPDX licence of the weights.
    pub licence: String,
    /// Whether the licence allows commercial use.
    pub commercial_use: bool,
    /// What it can be asked for.
    pub limits: Limits,
    /// Digest of `pack.toml` (blake3, hex), which itself holds the digest of every component.
    pub digest: String,
    /// The pack's folder.
    pub folder: PathBuf,
}

/// A pack that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PackError {
    /// `pack.toml` could not be read.
    #[error("{file}: {reason}")]
    Unreadable {
        /// The file.
        file: String,
        /// The system's reason.
        reason: String,
    },
    /// `pack.toml` is not what it should be.
    #[error("{file} is not a pack description this engine reads: {reason}")]
    Malformed {
        /// The file.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// No pack of that name.
    #[error("no model pack is called “{name}”; installed: {installed}. `wakeframe models` shows where packs are looked for")]
    Unknown {
        /// The name asked for.
        name: String,
        /// Names that are there.
        installed: String,
    },
}

#[derive(Deserialize)]
struct Described {
    format: u32,
    name: String,
    title: String,
    family: String,
    best_for: String,
    licence: String,
    commercial_use: bool,
    limits: Limits,
}

impl Pack {
    /// Reads `folder/pack.toml`.
    pub fn open(folder: &Path) -> Result<Self, PackError> {
        let path = folder.join("pack.toml");
        let file = path.display().to_string();
        let text = std::fs::read_to_string(&path).map_err(|e| PackError::Unreadable { file: file.clone(), reason: e.to_string() })?;
        let malformed = |reason: String| PackError::Malformed { file: file.clone(), reason };
        let d: Described = toml::from_str(&text).map_err(|e| malformed(e.to_string()))?;
        if d.format != PACK_FORMAT {
            return Err(malformed(format!("format {} (this engine reads format {PACK_FORMAT})", d.format)));
        }
        if d.name.is_empty() || !d.name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
            return Err(malformed(format!("name “{}” (letters, digits, - _ . only)", d.name)));
        }
        let l = &d.limits;
        if !(l.min_duration > 0.0
            && l.max_duration >= l.min_duration
            && l.max_duration <= 3600.0
            && l.default_fps >= 1.0
            && l.default_fps <= 240.0
            && l.max_width >= 16)
        {
            return Err(malformed("limits out of range".into()));
        }
        let digest = blake3::hash(text.as_bytes()).to_hex().to_string();
        Ok(Self {
            name: d.name,
            title: d.title,
            family: d.family,
            best_for: d.best_for,
            licence: d.licence,
            commercial_use: d.commercial_use,
            limits: d.limits,
            digest,
            folder: folder.into(),
        })
    }

    /// Bytes of all files in the pack.
    pub fn size_on_disk(&self) -> u64 {
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        entries.filter_map(|e| e.metadata().ok()).filter(|m| m.is_file()).map(|m| m.len()).sum()
    }
}

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
                    .filter(|p| p.join("pack.toml").is_file())
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
    if let Some(data) = user_data_folder() {
        folders.push(data.join("packs"));
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
format = 1
name = "mini"
title = "Mini"
family = "motion_field"
best_for = "any still"
licence = "Apache-2.0"
commercial_use = true
[limits]
min_duration = 0.5
max_duration = 10.0
default_fps = 24.0
max_width = 4096
"#;

    fn pack(root: &Path, folder: &str, text: &str) {
        std::fs::create_dir_all(root.join(folder)).unwrap();
        std::fs::write(root.join(folder).join("pack.toml"), text).unwrap();
    }

    #[test]
    fn packs_are_listed_and_faults_named() {
        let dir = tempfile::tempdir().unwrap();
        pack(dir.path(), "a", &GOOD.replace("\"mini\"", "\"alpha\""));
        pack(dir.path(), "z", GOOD);
        pack(dir.path(), "bad", &GOOD.replace("format = 1", "format = 9"));
        pack(dir.path(), "worse", "not toml");
        let found = Installed::find(&[dir.path().into()]);
        assert_eq!(found.packs.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["mini", "alpha"]);
        assert_eq!(found.faults.len(), 2);
        assert!(found.faults[0].to_string().contains("bad"));
        assert!(matches!(found.get("gamma"), Err(PackError::Unknown { .. })));
        assert_eq!(found.get(dir.path().join("z").to_str().unwrap()).unwrap().name, "mini");
    }

    #[test]
    fn the_digest_follows_the_description() {
        let dir = tempfile::tempdir().unwrap();
        pack(dir.path(), "a", GOOD);
        let before = Pack::open(&dir.path().join("a")).unwrap().digest;
        pack(dir.path(), "a", &GOOD.replace("any still", "every still"));
        assert_ne!(before, Pack::open(&dir.path().join("a")).unwrap().digest);
    }
}
