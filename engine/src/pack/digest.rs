//! SHA-256 of a pack's files. A file of many gigabytes is read whole once; as long as its size and time of change stay
//! the same, a note in the user's data folder stands for it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use wakeframe_take::pack::user_data_folder;
use wakeframe_take::store::write_atomically;

/// Smaller files are always read.
const LARGE: u64 = 256 << 20;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Note {
    path: PathBuf,
    bytes: u64,
    changed_ns: u128,
    sha256: String,
}

/// The file's digest in hexadecimal digits.
pub fn sha256(path: &Path) -> io::Result<String> {
    let notes = user_data_folder().map(|d| d.join("digests"));
    sha256_with(path, LARGE, notes.as_deref())
}

/// The same, without believing any note.
pub fn sha256_afresh(path: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    io::copy(&mut File::open(path)?, &mut hasher)?;
    Ok(hasher.finalize().iter().map(|b| format!("{b:02x}")).collect())
}

fn sha256_with(path: &Path, large: u64, notes: Option<&Path>) -> io::Result<String> {
    let real = path.canonicalize()?;
    let about = fs::metadata(&real)?;
    let Some(notes) = notes.filter(|_| about.len() >= large) else { return sha256_afresh(path) };
    let changed_ns = about.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let name = blake3::hash(real.as_os_str().as_encoded_bytes()).to_hex();
    let place = notes.join(format!("{name}.json"));
    let known = fs::read(&place).ok().and_then(|bytes| serde_json::from_slice::<Note>(&bytes).ok());
    if let Some(note) = known.filter(|n| n.path == real && n.bytes == about.len() && n.changed_ns == changed_ns) {
        return Ok(note.sha256);
    }
    let sha256 = sha256_afresh(path)?;
    let note = Note { path: real, bytes: about.len(), changed_ns, sha256: sha256.clone() };
    // A note that cannot be kept costs time at the next start, no more.
    let _ = write_atomically(&place, |out| Ok(serde_json::to_writer(out, &note)?));
    Ok(sha256)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, SystemTime};

    #[test]
    fn a_large_file_is_read_once_until_it_changes() {
        let dir = tempfile::tempdir().unwrap();
        let (file, notes) = (dir.path().join("w.data"), dir.path().join("digests"));
        fs::write(&file, b"abc").unwrap();
        let time = SystemTime::now() - Duration::from_secs(60);
        File::options().write(true).open(&file).unwrap().set_modified(time).unwrap();
        let first = sha256_with(&file, 1, Some(&notes)).unwrap();
        assert_eq!(first, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        // Same size, same time: the note is believed; afresh it is not.
        fs::write(&file, b"abd").unwrap();
        File::options().write(true).open(&file).unwrap().set_modified(time).unwrap();
        assert_eq!(sha256_with(&file, 1, Some(&notes)).unwrap(), first);
        assert_ne!(sha256_afresh(&file).unwrap(), first);
        assert_ne!(sha256_with(&file, 1 << 20, Some(&notes)).unwrap(), first, "small files are always read");
        fs::write(&file, b"abe").unwrap();
        assert_ne!(sha256_with(&file, 1, Some(&notes)).unwrap(), first);
    }
}
