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

    /// Makes room until `limit` bytes are kept: first sampler states and previews go, then whole takes, the least
    /// recently used first, then stills no take needs. Takes that are leased, used within two minutes, or equal to
    /// `keep` stay as they are. Returns how many takes went.
    pub fn evict(&self, limit: u64, keep: Option<&Take>) -> Result<usize, StoreError> {
        let mut takes: Vec<(SystemTime, u64, Take)> = self.takes().into_iter().map(|t| (t.last_used(), size(t.folder()), t)).collect();
        takes.sort_by_key(|(used, _, _)| *used);
        let mut total = size(self.root());
        if total <= limit {
            return Ok(0);
        }
        takes.retain(|(used, _, take)| !(is_recent(*used) || keep.is_some_and(|k| k.hash() == take.hash()) || take.is_leased()));
        for (_, bytes, take) in &mut takes {
            if total <= limit {
                break;
            }
            take.drop_working_state();
            let less = size(take.folder());
            total = total.saturating_sub(bytes.saturating_sub(less));
            *bytes = less;
        }
        let mut gone = 0;
        for (_, bytes, take) in &takes {
            if total <= limit {
                break;
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
        let requests = self.takes().into_iter().filter_map(|t| Some(t.manifest().ok()??.request));
        let needed: HashSet<String> =
            requests.flat_map(|r| r.stills().iter().map(|name| format!("{name}.frame")).collect::<Vec<_>>()).collect();
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
    use crate::request::tests::{latent_request, request};

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

    #[test]
    fn sampler_states_and_previews_go_before_any_take() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let take = old_take(&store, 1, 60);
        take.put_model_frame(0, 1, 1, &[0.5; 3]).unwrap();
        let kept = store.usage().bytes;
        take.put_latents(3, &[7; 4096]).unwrap();
        take.put_preview(3, 4, &[Picture::filled(8, 8, &[0.5; 3]).unwrap()]).unwrap();
        assert_eq!(store.evict(kept, None).unwrap(), 0);
        assert_eq!((take.latents(), take.preview(), take.model_frames_done(1)), (None, None, 1));
        assert_eq!(store.evict(kept - 1, None).unwrap(), 1);
    }

    #[test]
    fn every_picture_of_a_request_outlives_eviction() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        old_take(&store, 1, 60);
        let mut r = latent_request();
        let put = |grey: f32| {
            let hash = store.put_still(&Picture::filled(2, 2, &[grey; 3]).unwrap()).unwrap();
            let file = fs::File::options().write(true).open(dir.path().join(format!("stills/{hash}.frame"))).unwrap();
            file.set_modified(SystemTime::now() - Duration::from_secs(600)).unwrap();
            hash
        };
        let latent = r.latent.as_mut().unwrap();
        (r.still, latent.last, latent.mask, latent.keyframes[0].still) = (put(0.1), Some(put(0.2)), Some(put(0.3)), put(0.4));
        let unneeded = put(0.5);
        store.take(&r.take_hash()).begin(&r).unwrap();
        store.take(&r.take_hash()).touch();
        assert_eq!(store.evict(0, None).unwrap(), 1);
        assert!(r.stills().into_iter().all(|hash| store.still(hash).is_ok()));
        assert!(store.still(&unneeded).is_err());
    }
}
