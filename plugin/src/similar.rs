//! Takes of the same settings from the same still at another size: what a host that renders at half scale shows.

use once_cell::sync::Lazy;
use parking_lot::Mutex;
use wakeframe_take::request::{Request, StillHash};
use wakeframe_take::store::{Store, Take};
use wakeframe_take::transfer::Transfer;

use crate::signature::{Signature, same_proportions};

type Key = (StillHash, Transfer);

/// Signatures of stills in the store, newest first.
static STORED: Lazy<Mutex<Vec<(Key, Signature)>>> = Lazy::new(Default::default);
const REMEMBERED: usize = 64;

/// A whole take that can stand in.
#[derive(Debug, Clone)]
pub struct StandIn {
    /// The take.
    pub take: Take,
    /// Its size.
    pub size: (u32, u32),
    /// Whether it is at least as large as the still at hand.
    pub larger: bool,
}

/// The best whole take of `request`'s settings from a still that looks like `signature`. One at least as large is
/// preferred, then the likest.
pub fn find(store: &Store, request: &Request, transfer: Transfer, signature: impl FnOnce() -> Option<Signature>) -> Option<StandIn> {
    let here = (request.width, request.height);
    let fits = |r: &Request| (r.width, r.height) != here && same_proportions((r.width, r.height), here);
    let candidates: Vec<_> = store.takes_of_settings(&request.settings_hash()).into_iter().filter(|(_, r)| fits(r)).collect();
    if candidates.is_empty() {
        return None;
    }
    let wanted = signature()?;
    let judged = candidates.into_iter().filter_map(|(take, r)| {
        let distance = wanted.distance(&stored(store, &r.still, transfer)?)?;
        let larger = r.width >= here.0 && r.height >= here.1;
        Some((!larger, distance, StandIn { take, size: (r.width, r.height), larger }))
    });
    judged.min_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))).map(|(_, _, stand_in)| stand_in)
}

fn stored(store: &Store, still: &StillHash, transfer: Transfer) -> Option<Signature> {
    let key = (still.clone(), transfer);
    if let Some((_, s)) = STORED.lock().iter().find(|(k, _)| *k == key) {
        return Some(s.clone());
    }
    let picture = store.still(still).ok()?.picture().ok()?;
    let signature = Signature::of(&picture, transfer).ok()?;
    let mut all = STORED.lock();
    all.insert(0, (key, signature.clone()));
    all.truncate(REMEMBERED);
    Some(signature)
}

/// Forgets every signature.
pub fn forget() {
    STORED.lock().clear();
}
