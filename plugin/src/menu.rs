//! The menu of models. Hosts freeze a menu at describe (Nuke), so packs are looked for there and nowhere else.

use std::sync::Arc;

use once_cell::sync::Lazy;
use parking_lot::Mutex;
use wakeframe_take::pack::{Installed, Pack, PackError, search_folders};

use crate::bridge::ffi::HostFacts;
use crate::location;

static LAST: Lazy<Mutex<Option<Arc<Installed>>>> = Lazy::new(Default::default);

/// Shown where no pack is installed: a menu without entries is refused by hosts.
pub const NO_MODEL: &str = "No model installed";

/// Looks for packs anew; what is found is the menu until the next describe.
pub fn find(host: &HostFacts) -> Arc<Installed> {
    let found = Installed::find(&search_folders(Some(location::binary(Some(host)))));
    for fault in &found.faults {
        crate::log::note(&format!("model pack left out: {fault}"));
    }
    let found = Arc::new(found);
    *LAST.lock() = Some(found.clone());
    found
}

/// The menu of the last describe.
pub fn last(host: &HostFacts) -> Arc<Installed> {
    let last = LAST.lock().clone();
    last.unwrap_or_else(|| find(host))
}

/// The menu's lines: "title — best for".
pub fn options(packs: &[Pack]) -> Vec<String> {
    if packs.is_empty() {
        return vec![NO_MODEL.into()];
    }
    packs.iter().map(|p| if p.best_for.is_empty() { p.title.clone() } else { format!("{} — {}", p.title, p.best_for) }).collect()
}

/// The pack behind the menu's line, read again: it may have been replaced since, and its digest is part of the
/// take's name. `None` where the menu has no such line.
pub fn pack(packs: &[Pack], index: i32) -> Option<Result<Pack, PackError>> {
    packs.get(usize::try_from(index).ok()?).map(|p| Pack::open(&p.folder))
}
