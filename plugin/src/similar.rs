//! Takes of the same settings from the same still at another size: what a host that renders at half scale shows.

use once_cell::sync::Lazy;
use parking_lot::Mutex;
use wakeframe_take::request::{Request, StillHash};
use wakeframe_take::store::{Store, Take};
use wakeframe_take::transfer::Transfer;

use crate::signature::{Signature, same_proportions};
use crate::still::MASK_ENCODING;

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

/// The best whole take of `request`'s settings whose pictures look like those at hand; `signature` gives the look of
/// one of them. One at least as large is preferred, then the likest still.
pub fn find(store: &Store, request: &Request, transfer: Transfer, signature: impl Fn(&StillHash) -> Option<Signature>) -> Option<StandIn> {
    let here = (request.width, request.height);
    let fits = |r: &Request| (r.width, r.height) != here && same_proportions((r.width, r.height), here);
    let candidates: Vec<_> = store.takes_of_settings(&request.settings_hash()).into_iter().filter(|(_, r)| fits(r)).collect();
    if candidates.is_empty() {
        return None;
    }
    let judged = candidates.into_iter().filter_map(|(take, r)| {
        let distance = distance(store, request, &r, transfer, &signature)?;
        let larger = r.width >= here.0 && r.height >= here.1;
        Some((!larger, distance, StandIn { take, size: (r.width, r.height), larger }))
    });
    judged.min_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))).map(|(_, _, stand_in)| stand_in)
}

/// How far the stills are apart; `None` where any two of the pictures cannot be one. Requests of one settings hash
/// have pictures of the same kinds.
fn distance(
    store: &Store,
    here: &Request,
    there: &Request,
    transfer: Transfer,
    signature: impl Fn(&StillHash) -> Option<Signature>,
) -> Option<f32> {
    let mask = here.latent.as_ref().and_then(|l| l.mask.as_ref());
    let (here, there) = (here.stills(), there.stills());
    if here.len() != there.len() {
        return None;
    }
    let mut first = None;
    for (a, b) in here.into_iter().zip(there) {
        let encoding = if Some(a) == mask { MASK_ENCODING } else { transfer };
        let apart = if a == b { 0.0 } else { signature(a)?.distance(&stored(store, b, encoding)?)? };
        first.get_or_insert(apart);
    }
    first
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
