//! Folders copied and swapped.

use std::fs;
use std::path::{Path, PathBuf};

use crate::BundleError;

/// Copies a file with its permissions; missing folders are made.
pub(crate) fn copy_file(from: &Path, to: &Path) -> Result<(), BundleError> {
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent).map_err(|e| BundleError::io(parent, e))?;
    }
    fs::copy(from, to).map(drop).map_err(|e| BundleError::io(to, e))
}

/// Copies a folder and everything in it. Links are followed: a bundle must stand by itself.
pub(crate) fn copy_folder(from: &Path, to: &Path) -> Result<(), BundleError> {
    fs::create_dir_all(to).map_err(|e| BundleError::io(to, e))?;
    for entry in fs::read_dir(from).map_err(|e| BundleError::io(from, e))? {
        let path = entry.map_err(|e| BundleError::io(from, e))?.path();
        let Some(name) = path.file_name() else { continue };
        if path.is_dir() {
            copy_folder(&path, &to.join(name))?;
        } else {
            copy_file(&path, &to.join(name))?;
        }
    }
    Ok(())
}

/// A folder beside `place`, filled by `fill`, then put in its place. What was there stays until the new one is
/// whole; a host that has the old plugin open keeps it.
pub(crate) fn swap_in(place: &Path, fill: impl FnOnce(&Path) -> Result<(), BundleError>) -> Result<(), BundleError> {
    let parent = place.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(|e| BundleError::io(parent, e))?;
    let (new, old) = (beside(place, "new"), beside(place, "old"));
    let _ = fs::remove_dir_all(&new);
    if let Err(fault) = fs::create_dir(&new).map_err(|e| BundleError::io(parent, e)).and_then(|()| fill(&new)) {
        let _ = fs::remove_dir_all(&new);
        return Err(fault);
    }
    let had = place.exists();
    if had {
        fs::rename(place, &old).map_err(|e| BundleError::io(place, e))?;
    }
    if let Err(e) = fs::rename(&new, place) {
        if had {
            let _ = fs::rename(&old, place);
        }
        let _ = fs::remove_dir_all(&new);
        return Err(BundleError::io(place, e));
    }
    let _ = fs::remove_dir_all(&old);
    Ok(())
}

/// Not named `*.ofx.bundle`, or a host that looks in between would load it.
fn beside(place: &Path, what: &str) -> PathBuf {
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    place.with_file_name(format!(".{name}.{what}.{}", std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_filling_leaves_what_was_there() {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("a.bundle");
        swap_in(&place, |new| copy_text(new, "first")).unwrap();
        let failed = swap_in(&place, |new| {
            copy_text(new, "second")?;
            Err(BundleError::UnknownSystem)
        });
        assert!(failed.is_err());
        assert_eq!(fs::read_to_string(place.join("f")).unwrap(), "first");
        swap_in(&place, |new| copy_text(new, "third")).unwrap();
        assert_eq!(fs::read_to_string(place.join("f")).unwrap(), "third");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside");
    }

    fn copy_text(folder: &Path, text: &str) -> Result<(), BundleError> {
        fs::write(folder.join("f"), text).map_err(|e| BundleError::io(folder, e))
    }
}
