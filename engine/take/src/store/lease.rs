//! One generator per take, across processes and machines that share a store.
//!
//! A lease is a file made with O_EXCL that its holder rewrites every [`BEAT`] with a rising count. Clocks of two
//! machines cannot be compared, so a lease counts as abandoned only when an observer has watched the count
//! stand still for [`PATIENCE`] of its own time, or, on the same machine and boot, when the holder's process
//! is gone.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use once_cell::sync::Lazy;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::write_atomically;

const BEAT: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(12);

/// The lease file could not be handled.
#[derive(Debug, Error)]
#[error("the take's lease {} could not be used: {source}", path.display())]
pub struct LeaseError {
    path: PathBuf,
    source: io::Error,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Holder {
    machine: String,
    pid: u32,
    nonce: u64,
    beat: u64,
}

/// The right to generate a take. Given back when dropped.
#[derive(Debug)]
pub struct Lease {
    path: PathBuf,
    stop: Option<Sender<()>>,
    heart: Option<JoinHandle<()>>,
}

/// What this process last saw of leases it waits for, and since when.
static WATCHED: Lazy<Mutex<HashMap<PathBuf, (Holder, Instant)>>> = Lazy::new(Default::default);

impl Lease {
    /// `Ok(None)` where somebody living holds it.
    pub(super) fn try_acquire(path: &Path) -> Result<Option<Self>, LeaseError> {
        let fault = |source| LeaseError { path: path.into(), source };
        if !Self::clear_if_abandoned(path, PATIENCE).map_err(fault)? {
            return Ok(None);
        }
        let holder = Holder { machine: machine(), pid: std::process::id(), nonce: nonce(), beat: 0 };
        match OpenOptions::new().write(true).create_new(true).open(path) {
            Ok(mut file) => file.write_all(&serde_json::to_vec(&holder).unwrap_or_default()).map_err(fault)?,
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => return Ok(None),
            Err(e) => return Err(fault(e)),
        }
        let (stop, stopped) = channel();
        let place = path.to_path_buf();
        let heart = std::thread::Builder::new().name("lease".into()).spawn(move || {
            let mut holder = holder;
            while let Err(std::sync::mpsc::RecvTimeoutError::Timeout) = stopped.recv_timeout(BEAT) {
                holder.beat += 1;
                // A full disk must not lose the lease: the next beat tries again.
                let _ = write_atomically(&place, |out| out.write_all(&serde_json::to_vec(&holder)?));
            }
            let _ = fs::remove_file(&place);
        });
        Ok(Some(Self { path: path.into(), stop: Some(stop), heart: Some(heart.map_err(fault)?) }))
    }

    pub(super) fn is_held(path: &Path) -> bool {
        read(path).is_some_and(|h| !is_dead(&h))
    }

    /// True when the place is free now.
    fn clear_if_abandoned(path: &Path, patience: Duration) -> io::Result<bool> {
        if !path.exists() {
            WATCHED.lock().remove(path);
            return Ok(true);
        }
        // An unreadable lease is one being written or torn: it is watched like any other.
        let seen = read(path).unwrap_or(Holder { machine: String::new(), pid: 0, nonce: 0, beat: 0 });
        let abandoned = is_dead(&seen) || {
            let mut watched = WATCHED.lock();
            let entry = watched.entry(path.into()).or_insert_with(|| (seen.clone(), Instant::now()));
            if entry.0 != seen {
                *entry = (seen, Instant::now());
            }
            entry.1.elapsed() >= patience
        };
        if !abandoned {
            return Ok(false);
        }
        WATCHED.lock().remove(path);
        // Of several observers only one can rename the file away.
        let away = path.with_file_name(format!(".lease.{}.{:x}", std::process::id(), nonce()));
        match fs::rename(path, &away) {
            Ok(()) => fs::remove_file(&away).map(|()| true),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(true),
            Err(e) => Err(e),
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        drop(self.stop.take());
        match self.heart.take() {
            Some(heart) => drop(heart.join()),
            None => drop(fs::remove_file(&self.path)),
        }
    }
}

fn read(path: &Path) -> Option<Holder> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// A process of this boot of this machine that is gone.
fn is_dead(holder: &Holder) -> bool {
    holder.machine == machine() && !process_lives(holder.pid)
}

#[cfg(unix)]
fn process_lives(pid: u32) -> bool {
    let Some(pid) = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw) else { return false };
    // EPERM means it lives and is somebody else's.
    !matches!(rustix::process::test_kill_process(pid), Err(rustix::io::Errno::SRCH))
}

#[cfg(not(unix))]
fn process_lives(_pid: u32) -> bool {
    true
}

/// This machine and boot: containers and reboots reuse process numbers.
fn machine() -> String {
    static NAME: Lazy<String> = Lazy::new(|| {
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let space = fs::read_link("/proc/self/ns/pid").map(|p| p.display().to_string()).unwrap_or_default();
        let name = format!("{} {} {space}", host.trim(), boot.trim());
        if name.trim().is_empty() {
            std::env::var("COMPUTERNAME").or_else(|_| std::env::var("HOSTNAME")).unwrap_or_else(|_| "here".into())
        } else {
            name
        }
    });
    NAME.clone()
}

fn nonce() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::collections::hash_map::RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holds_the_others_wait_and_a_drop_frees() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lease");
        let first = Lease::try_acquire(&path).unwrap().unwrap();
        assert!(Lease::is_held(&path));
        assert!(Lease::try_acquire(&path).unwrap().is_none());
        drop(first);
        assert!(!Lease::is_held(&path));
        assert!(Lease::try_acquire(&path).unwrap().is_some());
    }

    #[test]
    fn a_dead_process_loses_its_lease_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lease");
        let mut child =
            std::process::Command::new(std::env::current_exe().unwrap()).arg("--list").stdout(std::process::Stdio::null()).spawn().unwrap();
        let gone = Holder { machine: machine(), pid: child.id(), nonce: 1, beat: 3 };
        child.wait().unwrap();
        fs::write(&path, serde_json::to_vec(&gone).unwrap()).unwrap();
        assert!(Lease::try_acquire(&path).unwrap().is_some());
    }

    #[test]
    fn another_machines_lease_is_respected_until_it_stands_still() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lease");
        let mut other = Holder { machine: "elsewhere".into(), pid: 1, nonce: 1, beat: 0 };
        fs::write(&path, serde_json::to_vec(&other).unwrap()).unwrap();
        let patience = Duration::from_millis(60);
        assert!(!Lease::clear_if_abandoned(&path, patience).unwrap());
        other.beat = 1;
        fs::write(&path, serde_json::to_vec(&other).unwrap()).unwrap();
        std::thread::sleep(patience);
        assert!(!Lease::clear_if_abandoned(&path, patience).unwrap(), "it had moved");
        std::thread::sleep(patience);
        assert!(Lease::clear_if_abandoned(&path, patience).unwrap());
    }
}
