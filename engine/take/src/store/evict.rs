//! The size limit: takes least recently used go first.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::{Store, StoreError, Take};

/// Takes and stills used this recently are never evicted: a host may be about to read them.
const GRACE: Duration = Duration::from_secs(120);

/// How full the store is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Bytes of all takes and stills.
    pub bytes: u64,
    /// Number of takes.
    pub takes: usize,
}

impl Store {
    /// Bytes and takes in the store.
    pub fn usage(&self) -> Usage {
        Usage { bytes: size(self.root()), takes: self.takes().len() }
    }

    /// Removes least recently used takes until `limit` bytes are kept, then stills no take needs. Takes that are
    /// leased, used within two minutes, or equal to `keep` stay. Returns how many takes went.
    pub fn evict(&self, limit: u64, keep: Option<&Take>) -> Result<usize, StoreError> {
        let mut takes: Vec<(SystemTime, u64, Take)> = self.takes().into_iter().map(|t| (t.last_used(), size(t.folder()), t)).collect();
        takes.sort_by_key(|(used, _, _)| *used);
        let mut total = size(self.root());
        let mut gone = 0;
        for (used, bytes, take) in &takes {
            if total <= limit {
                break;
            }
            if is_recent(*used) || keep.is_some_and(|k| k.hash() == take.hash()) || take.is_leased() {
                continue;
            }
            take.remove()?;
            total = total.saturating_sub(*bytes);
            gone += 1;
        }
        if gone > 0 {
            self.drop_unneeded_stills();
        }
        Ok(gone)
    }

    fn drop_unneeded_stills(&self) {
        let needed: HashSet<String> =
            self.takes().iter().filter_map(|t| t.manifest().ok().flatten()).map(|m| format!("{}.frame", m.request.still)).collect();
        for entry in fs::read_dir(self.root().join("stills")).into_iter().flatten().flatten() {
            let recent = entry.metadata().and_then(|m| m.modified()).is_ok_and(is_recent);
            if !recent && !needed.contains(entry.file_name().to_string_lossy().as_ref()) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

fn is_recent(time: SystemTime) -> bool {
    SystemTime::now().duration_since(time).is_ok_and(|age| age < GRACE)
}

fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|e| e.metadata().map_or(0, |m| if m.is_dir() { size(&e.path()) } else { m.len() })).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::Picture;
    use crate::request::tests::request;

    fn old_take(store: &Store, seed: u32, minutes_ago: u64) -> Take {
        let mut r = request();
        r.seed = seed;
        let take = store.take(&r.take_hash());
        take.begin(&r).unwrap();
        take.put_frame(0, &Picture::filled(32, 32, &[0.5; 3]).unwrap()).unwrap();
        take.complete(&r).unwrap();
        let used = fs::File::options().write(true).open(take.folder().join("used")).unwrap();
        used.set_modified(SystemTime::now() - Duration::from_secs(60 * minutes_ago)).unwrap();
        take
    }

    #[test]
    fn the_least_recently_used_goes_first_and_the_leased_stays() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let leased = old_take(&store, 1, 90);
        let oldest = old_take(&store, 2, 60);
        let newer = old_take(&store, 3, 30);
        let fresh = old_take(&store, 4, 0);
        let lease = leased.try_lease().unwrap();
        let one = size(newer.folder());
        assert_eq!(store.evict(store.usage().bytes - one / 2, None).unwrap(), 1);
        assert!(!oldest.is_complete() && newer.is_complete());
        assert_eq!(store.evict(0, Some(&newer)).unwrap(), 0);
        assert_eq!(store.evict(0, None).unwrap(), 1);
        assert!(leased.is_complete() && fresh.is_complete() && !newer.is_complete());
        drop(lease);
    }
}
