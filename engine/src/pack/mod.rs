//! A model pack, validated whole before use: every component there, inside the folder, with the right digest.

mod digest;
mod external;

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::Deserialize;
use thiserror::Error;
use wakeframe_take::pack::{Pack, PackError};

use crate::latent::memory::Activation;

/// A pack that must not be run. Each names the file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PackFault {
    /// `pack.toml` is wrong.
    #[error(transparent)]
    Description(#[from] PackError),
    /// A component's file is not there.
    #[error("the pack {pack} lacks {}: {reason}. Install the pack again", file.display())]
    MissingFile {
        /// Pack name.
        pack: String,
        /// The file.
        file: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// A component's file is not the one the pack was made with.
    #[error("{} is damaged: its digest is {found}, {} says {expected}. Install the pack {pack} again", file.display(), "pack.toml")]
    WrongDigest {
        /// Pack name.
        pack: String,
        /// The file.
        file: PathBuf,
        /// SHA-256 in `pack.toml`.
        expected: String,
        /// SHA-256 of the file.
        found: String,
    },
    /// A component's path leaves the pack's folder.
    #[error("the pack {pack} names the file “{file}” outside its own folder; do not use it")]
    OutsideFolder {
        /// Pack name.
        pack: String,
        /// The path.
        file: String,
    },
    /// A graph that is none.
    #[error("{} is not an ONNX graph ({reason}). Install the pack {pack} again", file.display())]
    BadGraph {
        /// Pack name.
        pack: String,
        /// The graph.
        file: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A graph reads a file the pack gives no digest for.
    #[error("{} reads the file “{location}”, for which the pack {pack} gives no digest; do not use it", file.display())]
    UnlistedData {
        /// Pack name.
        pack: String,
        /// The graph.
        file: PathBuf,
        /// The file it reads.
        location: String,
    },
    /// The family needs a component the pack does not name.
    #[error("the pack {pack} has no component “{component}”, which the family {family} needs")]
    MissingComponent {
        /// Pack name.
        pack: String,
        /// Component.
        component: String,
        /// Family.
        family: String,
    },
    /// A family this engine does not know.
    #[error("the pack {pack} is of the family “{family}”, which this engine does not know; known: {known}")]
    UnknownFamily {
        /// Pack name.
        pack: String,
        /// Family.
        family: String,
        /// Families there are.
        known: String,
    },
}

/// `[components.…]` in `pack.toml`.
#[derive(Debug, Clone, Deserialize)]
struct Listed {
    file: String,
    sha256: String,
    #[serde(default)]
    data: Vec<Data>,
    #[serde(default)]
    weights: u64,
    #[serde(default)]
    activation: Activation,
    precision: Option<String>,
    max_difference: Option<f64>,
}

#[derive(Debug, Clone, Deserialize)]
struct Data {
    file: String,
    sha256: String,
}

#[derive(Debug, Deserialize)]
struct Described {
    components: BTreeMap<String, Listed>,
}

/// How closely files are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// A large file whose size and time of change are those of its last whole reading is believed.
    Quick,
    /// Every file is read whole.
    Thorough,
}

/// What `pack.toml` says of a component.
#[derive(Debug, Clone, PartialEq)]
pub struct Component {
    /// Its file.
    pub file: PathBuf,
    /// Files with its weights, where they are apart.
    pub data: Vec<PathBuf>,
    /// Bytes of its weights; 0 where the pack does not say.
    pub weights: u64,
    /// Bytes of values while it runs.
    pub activation: Activation,
    /// What its weights are stored as.
    pub precision: Option<String>,
    /// Largest difference from the reference in the exporter's check.
    pub max_difference: Option<f64>,
}

/// A pack whose files are all right.
#[derive(Debug, Clone)]
pub struct Validated {
    pack: Pack,
    components: BTreeMap<String, Component>,
    text: String,
}

impl Validated {
    /// Checks every component of `pack`.
    pub fn open(pack: &Pack) -> Result<Self, PackFault> {
        Self::look(pack, Look::Quick)
    }

    /// Checks every component of `pack` as closely as asked.
    pub fn look(pack: &Pack, look: Look) -> Result<Self, PackFault> {
        let path = pack.folder.join("pack.toml");
        let file = path.display().to_string();
        let text = fs::read_to_string(&path).map_err(|e| PackError::Unreadable { file: file.clone(), reason: e.to_string() })?;
        let described: Described = toml::from_str(&text).map_err(|e| PackError::Malformed { file, reason: e.to_string() })?;
        let mut looked = HashSet::new();
        let mut components = BTreeMap::new();
        for (name, listed) in described.components {
            let file = inside(pack, &listed.file)?;
            if looked.insert(file.clone()) {
                compare(pack, &file, &listed.sha256, look)?;
            }
            let mut data = Vec::with_capacity(listed.data.len());
            for part in &listed.data {
                let file = inside(pack, &part.file)?;
                if looked.insert(file.clone()) {
                    compare(pack, &file, &part.sha256, look)?;
                }
                data.push(file);
            }
            if file.extension().is_some_and(|e| e == "onnx") {
                check_external(pack, &file, &listed.data)?;
            }
            let Listed { weights, activation, precision, max_difference, .. } = listed;
            components.insert(name, Component { file, data, weights, activation, precision, max_difference });
        }
        Ok(Self { pack: pack.clone(), components, text })
    }

    /// The pack as a menu shows it.
    pub fn pack(&self) -> &Pack {
        &self.pack
    }

    /// The file of a component.
    pub fn component(&self, name: &str) -> Result<&Path, PackFault> {
        self.components.get(name).map(|c| c.file.as_path()).ok_or_else(|| PackFault::MissingComponent {
            pack: self.pack.name.clone(),
            component: name.into(),
            family: self.pack.family.clone(),
        })
    }

    /// Whether the pack has a component of that name.
    pub fn has(&self, name: &str) -> bool {
        self.components.contains_key(name)
    }

    /// All components, by name.
    pub fn components(&self) -> impl Iterator<Item = (&str, &Component)> {
        self.components.iter().map(|(name, c)| (name.as_str(), c))
    }

    /// Bytes of the weights of all components.
    pub fn weights(&self) -> u64 {
        self.components.values().map(|c| c.weights).sum()
    }

    /// The family's own part of `pack.toml`.
    pub fn section<T: serde::de::DeserializeOwned>(&self) -> Result<T, PackFault> {
        toml::from_str(&self.text).map_err(|e| self.malformed(e.to_string()))
    }

    /// `pack.toml` says something the family cannot work with.
    pub fn malformed(&self, reason: String) -> PackFault {
        let file = self.pack.folder.join("pack.toml").display().to_string();
        PackFault::Description(PackError::Malformed { file, reason })
    }
}

/// The file a pack names, which must lie inside its folder, links followed.
fn inside(pack: &Pack, file: &str) -> Result<PathBuf, PackFault> {
    let outside = || PackFault::OutsideFolder { pack: pack.name.clone(), file: file.into() };
    let plain = Path::new(file).components().all(|c| matches!(c, std::path::Component::Normal(_)));
    if !plain || file.is_empty() {
        return Err(outside());
    }
    let path = pack.folder.join(file);
    let real = path.canonicalize().map_err(|e| missing(pack, &path, &e))?;
    if !pack.folder.canonicalize().is_ok_and(|folder| real.starts_with(folder)) {
        return Err(outside());
    }
    Ok(path)
}

fn missing(pack: &Pack, file: &Path, e: &io::Error) -> PackFault {
    PackFault::MissingFile { pack: pack.name.clone(), file: file.into(), reason: e.to_string() }
}

fn compare(pack: &Pack, file: &Path, expected: &str, look: Look) -> Result<(), PackFault> {
    let found = match look {
        Look::Quick => digest::sha256(file),
        Look::Thorough => digest::sha256_afresh(file),
    }
    .map_err(|e| missing(pack, file, &e))?;
    if found.eq_ignore_ascii_case(expected) {
        return Ok(());
    }
    Err(PackFault::WrongDigest { pack: pack.name.clone(), file: file.into(), expected: expected.into(), found })
}

/// Every file the graph reads must be one whose digest the pack gives. Graphs stand at the pack's top or in a folder
/// of it; locations are relative to the graph.
fn check_external(pack: &Pack, graph: &Path, listed: &[Data]) -> Result<(), PackFault> {
    let unreadable = |e: io::Error| PackFault::BadGraph { pack: pack.name.clone(), file: graph.into(), reason: e.to_string() };
    for location in external::locations(graph).map_err(unreadable)? {
        let beside = graph.parent().and_then(|d| d.strip_prefix(&pack.folder).ok()).unwrap_or(Path::new("")).join(&location);
        let known = inside(pack, &beside.to_string_lossy())?;
        if !listed.iter().any(|data| pack.folder.join(&data.file) == known) {
            return Err(PackFault::UnlistedData { pack: pack.name.clone(), file: graph.into(), location });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pack(dir: &Path, file: &str, sha: &str) -> Pack {
        let text = format!(
            "format = 1\nname = \"p\"\ntitle = \"P\"\nfamily = \"motion_field\"\nbest_for = \"x\"\nlicence = \"MIT\"\ncommercial_use = true\n\
             [limits]\nmin_duration = 1.0\nmax_duration = 2.0\ndefault_fps = 24.0\nmax_width = 64\n\
             [components.net]\nfile = \"{file}\"\nsha256 = \"{sha}\"\n"
        );
        fs::write(dir.join("pack.toml"), text).unwrap();
        Pack::open(dir).unwrap()
    }

    #[test]
    fn each_fault_names_its_file() {
        let outer = tempfile::tempdir().unwrap();
        let dir = outer.path().join("pack");
        fs::create_dir(&dir).unwrap();
        fs::write(dir.join("net.onnx"), b"abc").unwrap();
        fs::write(dir.join("net.bin"), b"abc").unwrap();
        fs::write(outer.path().join("secret"), b"abc").unwrap();
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let good = Validated::open(&pack(&dir, "net.bin", abc)).unwrap();
        assert!(good.component("net").unwrap().ends_with("net.bin"));
        assert!(matches!(good.component("vae"), Err(PackFault::MissingComponent { .. })));
        let fault = |file: &str, sha: &str| Validated::open(&pack(&dir, file, sha)).unwrap_err();
        assert!(matches!(fault("gone.onnx", abc), PackFault::MissingFile { .. }));
        assert!(matches!(fault("../secret", abc), PackFault::OutsideFolder { .. }));
        assert!(matches!(fault("/etc/passwd", abc), PackFault::OutsideFolder { .. }));
        let wrong = fault("net.onnx", &abc.replace("ba", "bb"));
        assert!(matches!(wrong, PackFault::WrongDigest { .. }) && wrong.to_string().contains("net.onnx"));
        let not_onnx = fault("net.onnx", abc);
        assert!(matches!(not_onnx, PackFault::BadGraph { .. }) && not_onnx.to_string().contains("net.onnx"));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(outer.path().join("secret"), dir.join("link.onnx")).unwrap();
            assert!(matches!(fault("link.onnx", abc), PackFault::OutsideFolder { .. }));
        }
    }
    #[test]
    fn external_data_stays_inside_the_pack_and_is_digested() {
        let outer = tempfile::tempdir().unwrap();
        let dir = outer.path().join("pack");
        fs::create_dir(&dir).unwrap();
        let digest = |bytes: &[u8]| {
            let path = outer.path().join("probe");
            fs::write(&path, bytes).unwrap();
            super::digest::sha256_afresh(&path).unwrap()
        };
        let open = |location: &str, listed: &[(&str, &[u8])]| {
            let graph = external::tests::graph_with(location);
            fs::write(dir.join("net.onnx"), &graph).unwrap();
            let data = listed.iter().map(|(f, b)| format!("{{ file = \"{f}\", sha256 = \"{}\" }}", digest(b)));
            let data = data.collect::<Vec<_>>().join(", ");
            let p = pack(&dir, "net.onnx", &digest(&graph));
            let text = fs::read_to_string(dir.join("pack.toml")).unwrap();
            fs::write(dir.join("pack.toml"), format!("{text}data = [{data}]\n")).unwrap();
            Validated::open(&p)
        };
        for name in ["w.data", "branch.w.data"] {
            fs::write(dir.join(name), name).unwrap();
        }
        fs::write(outer.path().join("w.data"), b"out").unwrap();
        let both: [(&str, &[u8]); 2] = [("w.data", b"w.data"), ("branch.w.data", b"branch.w.data")];
        assert_eq!(open("w.data", &both).unwrap().components["net"].data.len(), 2);
        assert!(matches!(open("w.data", &both[..1]), Err(PackFault::UnlistedData { location, .. }) if location == "branch.w.data"));
        assert!(matches!(open("../w.data", &both), Err(PackFault::OutsideFolder { .. } | PackFault::MissingFile { .. })));
        assert!(matches!(open("/etc/passwd", &both), Err(PackFault::OutsideFolder { .. } | PackFault::MissingFile { .. })));
        let wrong: [(&str, &[u8]); 2] = [("w.data", b"other"), both[1]];
        assert!(matches!(open("w.data", &wrong), Err(PackFault::WrongDigest { .. })));
    }
}
