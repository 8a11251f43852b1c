//! `wakeframe store`: the takes on disk.

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::json;
use wakeframe_take::store::{Store, StoreError, default_limit, default_root};

use super::{Failure, json_flag, print, quantity, store_option};

pub(super) fn command() -> Command {
    Command::new("store")
        .about("Shows the take store, or makes room in it")
        .arg(
            Arg::new("clear")
                .long("clear")
                .action(ArgAction::SetTrue)
                .conflicts_with("evict")
                .help("Removes every take but those being made now"),
        )
        .arg(
            Arg::new("evict")
                .long("evict")
                .action(ArgAction::SetTrue)
                .help("Removes the least recently used takes until the limit is kept"),
        )
        .arg(store_option())
        .arg(json_flag("Prints the figures as JSON"))
}

pub(super) fn run(m: &ArgMatches) -> Result<(), Failure> {
    let root = m.get_one::<PathBuf>("store").cloned().unwrap_or_else(default_root);
    let store = Store::open(&root).map_err(Failure::failed)?;
    let removed = if m.get_flag("clear") {
        Some(clear(&store).map_err(Failure::failed)?)
    } else if m.get_flag("evict") {
        Some(store.evict(default_limit(), None).map_err(Failure::failed)?)
    } else {
        None
    };
    let (usage, limit) = (store.usage(), default_limit());
    if m.get_flag("json") {
        print::json(&json!({ "store": root, "takes": usage.takes, "bytes": usage.bytes, "limit_bytes": limit, "removed": removed }));
        return Ok(());
    }
    if let Some(n) = removed {
        print::line(&format!("removed {n} {}", if n == 1 { "take" } else { "takes" }));
    }
    print::line(&format!("store  {}", root.display()));
    print::line(&format!("takes  {}", usage.takes));
    print::line(&format!("size   {} of {}", quantity::bytes(usage.bytes), quantity::bytes(limit)));
    Ok(())
}

/// Removes every take nobody is making, and the stills only those needed. Returns how many takes went.
fn clear(store: &Store) -> Result<usize, StoreError> {
    let (kept, free): (Vec<_>, Vec<_>) = store.takes().into_iter().partition(|t| t.is_leased());
    free.iter().try_for_each(|take| take.remove())?;
    let requests = kept.iter().filter_map(|t| Some(t.manifest().ok()??.request));
    let needed: HashSet<String> =
        requests.flat_map(|r| r.stills().iter().map(|name| format!("{name}.frame")).collect::<Vec<_>>()).collect();
    for still in fs::read_dir(store.root().join("stills")).into_iter().flatten().flatten() {
        if !needed.contains(still.file_name().to_string_lossy().as_ref()) {
            let _ = fs::remove_file(still.path());
        }
    }
    Ok(free.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::tests::pack;
    use wakeframe_take::picture::Picture;
    use wakeframe_take::request::{Request, Settings, Stills};

    #[test]
    fn clearing_spares_what_is_being_made() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let make = |grey: f32| {
            let hash = store.put_still(&Picture::filled(16, 16, &[grey; 3]).unwrap()).unwrap();
            let request = Request::new(&Settings::default(), &pack(), &Stills::one(hash, (16, 16), 1.0)).unwrap().0;
            let take = store.take(&request.take_hash());
            take.begin(&request).unwrap();
            take
        };
        let (idle, busy) = (make(0.1), make(0.2));
        let lease = busy.try_lease().unwrap();
        assert_eq!(clear(&store).unwrap(), 1);
        assert!(!idle.folder().exists() && busy.folder().exists());
        assert_eq!(fs::read_dir(dir.path().join("stills")).unwrap().count(), 1);
        drop(lease);
        assert_eq!(clear(&store).unwrap(), 1);
        assert_eq!(fs::read_dir(dir.path().join("stills")).unwrap().count(), 0);
    }
}
