//! A model pack, validated whole before use: every component there, inside the folder, with the right digest.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Component, Path, PathBuf};
use std::{fs, io};

use serde::Deserialize;
use sha2::{Digest, Sha256};
use thiserror::Error;
use wakeframe_take::pack::{Pack, PackError};

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

#[derive(Debug, Clone, Deserialize)]
struct Listed {
    file: String,
    sha256: String,
}

#[derive(Debug, Deserialize)]
struct Described {
    components: BTreeMap<String, Listed>,
}

/// A pack whose files are all right.
#[derive(Debug, Clone)]
pub struct Validated {
    pack: Pack,
    files: BTreeMap<String, PathBuf>,
    text: String,
}

impl Validated {
    /// Checks every component of `pack`.
    pub fn open(pack: &Pack) -> Result<Self, PackFault> {
        let path = pack.folder.join("pack.toml");
        let file = path.display().to_string();
        let text = fs::read_to_string(&path).map_err(|e| PackError::Unreadable { file: file.clone(), reason: e.to_string() })?;
        let described: Described = toml::from_str(&text).map_err(|e| PackError::Malformed { file, reason: e.to_string() })?;
        let mut files = BTreeMap::new();
        for (name, listed) in described.components {
            let plain = Path::new(&listed.file).components().all(|c| matches!(c, Component::Normal(_)));
            if !plain || listed.file.is_empty() {
                return Err(PackFault::OutsideFolder { pack: pack.name.clone(), file: listed.file });
            }
            let path = pack.folder.join(&listed.file);
            let missing = |e: io::Error| PackFault::MissingFile { pack: pack.name.clone(), file: path.clone(), reason: e.to_string() };
            let real = path.canonicalize().map_err(missing)?;
            if !pack.folder.canonicalize().is_ok_and(|folder| real.starts_with(folder)) {
                return Err(PackFault::OutsideFolder { pack: pack.name.clone(), file: listed.file });
            }
            let found = sha256(&path).map_err(missing)?;
            if !found.eq_ignore_ascii_case(&listed.sha256) {
                return Err(PackFault::WrongDigest { pack: pack.name.clone(), file: path, expected: listed.sha256, found });
            }
            files.insert(name, path);
        }
        Ok(Self { pack: pack.clone(), files, text })
    }

    /// The pack as a menu shows it.
    pub fn pack(&self) -> &Pack {
        &self.pack
    }

    /// The file of a component.
    pub fn component(&self, name: &str) -> Result<&Path, PackFault> {
        self.files.get(name).map(PathBuf::as_path).ok_or_else(|| PackFault::MissingComponent {
            pack: self.pack.name.clone(),
            component: name.into(),
            family: self.pack.family.clone(),
        })
    }

    /// The family's own part of `pack.toml`.
    pub fn section<T: serde::de::DeserializeOwned>(&self) -> Result<T, PackFault> {
        let file = self.pack.folder.join("pack.toml").display().to_string();
        toml::from_str(&self.text).map_err(|e| PackFault::Description(PackError::Malformed { file, reason: e.to_string() }))
    }
}

fn sha256(path: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    io::copy(&mut File::open(path)?, &mut hasher)?;
    Ok(hasher.finalize().iter().map(|b| format!("{b:02x}")).collect())
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
        fs::write(outer.path().join("secret"), b"abc").unwrap();
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let good = Validated::open(&pack(&dir, "net.onnx", abc)).unwrap();
        assert!(good.component("net").unwrap().ends_with("net.onnx"));
        assert!(matches!(good.component("vae"), Err(PackFault::MissingComponent { .. })));
        let fault = |file: &str, sha: &str| Validated::open(&pack(&dir, file, sha)).unwrap_err();
        assert!(matches!(fault("gone.onnx", abc), PackFault::MissingFile { .. }));
        assert!(matches!(fault("../secret", abc), PackFault::OutsideFolder { .. }));
        assert!(matches!(fault("/etc/passwd", abc), PackFault::OutsideFolder { .. }));
        let wrong = fault("net.onnx", &abc.replace("ba", "bb"));
        assert!(matches!(wrong, PackFault::WrongDigest { .. }) && wrong.to_string().contains("net.onnx"));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(outer.path().join("secret"), dir.join("link.onnx")).unwrap();
            assert!(matches!(fault("link.onnx", abc), PackFault::OutsideFolder { .. }));
        }
    }
}
