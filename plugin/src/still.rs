//! The still: Source's image at the still frame, and its name.

use std::sync::Arc;

use once_cell::sync::{Lazy, OnceCell};
use parking_lot::Mutex;
use wakeframe_take::picture::{Picture, PictureError};
use wakeframe_take::request::StillHash;
use wakeframe_take::transfer::Transfer;

use crate::host::{Host, HostImage};
use crate::ofx;
use crate::pixels::{Rect, View, input};
use crate::signature::Signature;

/// Stills whose names are remembered, newest first. A name costs a conversion of the whole image; finding it again
/// costs a hash of the raw bytes.
static KNOWN: Lazy<Mutex<Names>> = Lazy::new(Default::default);
type Names = Vec<(blake3::Hash, Arc<Known>)>;
const REMEMBERED: usize = 64;
/// A mask is no light: its numbers are compared as they are.
pub const MASK_ENCODING: Transfer = Transfer::Srgb;

/// What is known of a still once it was converted.
#[derive(Debug)]
pub struct Known {
    /// Its name in the store.
    pub hash: StillHash,
    /// Pixels across and up.
    pub size: (u32, u32),
    /// Whether it has no transparency.
    pub opaque: bool,
    signature: OnceCell<Signature>,
}

/// Why there is no still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoStill {
    /// Nothing is connected to Source.
    Unconnected,
    /// The host has no image there.
    NoImage,
    /// Pixels of a sort the node does not read.
    OddPixels,
}

/// What an image is to the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Picture,
    /// Its alpha says how much moves.
    Mask,
}

/// An image of Source or Mask, lent by the host.
pub struct Still {
    image: HostImage,
    role: Role,
    area: Rect,
    /// How its numbers are encoded.
    transfer: Transfer,
    known: OnceCell<Arc<Known>>,
    /// The frame it was asked for at, and the one it is, where Source has none at the first.
    pub moved: Option<(f64, f64)>,
}

/// The still frame, moved into Source's own range where the host tells it.
pub fn frame_in_range(host: &dyn Host, asked: f64) -> f64 {
    match host.clip(ofx::SOURCE) {
        Some(clip) if clip.has_range && clip.range.first <= clip.range.last => asked.clamp(clip.range.first, clip.range.last),
        _ => asked,
    }
}

impl Still {
    /// Fetches it.
    pub fn fetch(host: &dyn Host, still_frame: f64, transfer: Transfer) -> Result<Self, NoStill> {
        if host.clip(ofx::SOURCE).is_some_and(|c| !c.connected) {
            return Err(NoStill::Unconnected);
        }
        let frame = frame_in_range(host, still_frame);
        let image = host.fetch(ofx::SOURCE, frame).ok_or(NoStill::NoImage)?;
        // SAFETY: the host promises what its image properties say, as long as the image is held.
        let bounds = unsafe { View::new(&image.facts) }.ok_or(NoStill::OddPixels)?.bounds();
        // Bounds may be padded beyond the picture; a picture has one name whatever its padding.
        let defined = bounds.intersect(&Rect::from(image.facts.region));
        let area = if defined.is_empty() { bounds } else { defined };
        let moved = (frame != still_frame).then_some((still_frame, frame));
        Ok(Self { image, role: Role::Picture, area, transfer, known: OnceCell::new(), moved })
    }

    /// Mask's image at the still frame, over the still's area. Resolve says that an optional clip is connected and
    /// gives no image.
    pub fn fetch_mask(host: &dyn Host, frame: f64, area: Rect) -> Option<Self> {
        if !host.clip(ofx::MASK).is_some_and(|c| c.connected) {
            return None;
        }
        let image = host.fetch(ofx::MASK, frame)?;
        // SAFETY: the host promises what its image properties say, as long as the image is held.
        unsafe { View::new(&image.facts) }?;
        Some(Self { image, role: Role::Mask, area, transfer: MASK_ENCODING, known: OnceCell::new(), moved: None })
    }

    /// Its pixels.
    pub fn view(&self) -> Option<View<'_>> {
        // SAFETY: `image` is held by self.
        unsafe { View::new(&self.image.facts) }
    }

    /// Where it lies in the host's pixel coordinates.
    pub fn area(&self) -> Rect {
        self.area
    }

    /// Width of a pixel over its height.
    pub fn pixel_aspect(&self) -> f64 {
        let par = self.image.facts.pixel_aspect;
        if par.is_finite() && par > 0.0 { par } else { 1.0 }
    }

    /// The model's picture of it.
    pub fn picture(&self) -> Result<Picture, PictureError> {
        match (self.view(), self.role) {
            (Some(view), Role::Picture) => input::picture(&view, self.area, self.transfer),
            (Some(view), Role::Mask) => input::mask(&view, self.area),
            (None, _) => Err(PictureError::Size { width: 0, height: 0 }),
        }
    }

    /// Its name, found once.
    pub fn known(&self) -> Result<&Arc<Known>, PictureError> {
        self.known.get_or_try_init(|| {
            let key = self.raw_hash();
            if let Some(known) = recall(&key) {
                return Ok(known);
            }
            let picture = self.picture()?;
            let known = Arc::new(Known {
                hash: StillHash::of(&picture),
                size: (self.area.width() as u32, self.area.height() as u32),
                opaque: picture.channels() == 3,
                signature: OnceCell::new(),
            });
            let mut all = KNOWN.lock();
            all.insert(0, (key, known.clone()));
            all.truncate(REMEMBERED);
            Ok(known)
        })
    }

    /// Its coarse picture, computed once.
    pub fn signature(&self) -> Option<Signature> {
        let known = self.known().ok()?;
        known.signature.get_or_try_init(|| Signature::of(&self.picture()?, self.transfer)).ok().cloned()
    }

    fn raw_hash(&self) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new();
        let Some(view) = self.view() else { return hasher.finalize() };
        let about = (self.role, self.area, view.bounds(), view.depth(), view.components(), view.premultiplied(), self.transfer);
        hasher.update(format!("{about:?}").as_bytes());
        let there = self.area.intersect(&view.bounds());
        for y in there.y1..there.y2 {
            hasher.update(view.row(y, there.x1, there.x2));
        }
        hasher.finalize()
    }
}

fn recall(key: &blake3::Hash) -> Option<Arc<Known>> {
    let mut all = KNOWN.lock();
    let at = all.iter().position(|(k, _)| k == key)?;
    let entry = all.remove(at);
    let known = entry.1.clone();
    all.insert(0, entry);
    Some(known)
}

/// Forgets every name.
pub fn forget() {
    KNOWN.lock().clear();
    crate::similar::forget();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::FakeHost;

    #[test]
    fn a_still_has_one_name_whatever_its_padding_and_depth_of_rows() {
        let plain = FakeHost::with_still(8, 4, 0.5);
        let mut padded = FakeHost::with_still(8, 4, 0.5);
        padded.flip_rows = true;
        let name = |h: &FakeHost| Still::fetch(h, 1.0, Transfer::Srgb).unwrap().known().unwrap().hash.clone();
        assert_eq!(name(&plain), name(&padded));
        assert_ne!(name(&plain), name(&FakeHost::with_still(8, 4, 0.6)));
    }

    #[test]
    fn the_still_frame_stays_inside_the_source() {
        let mut host = FakeHost::with_still(8, 4, 0.5);
        host.source.has_range = true;
        host.source.range = crate::bridge::ffi::Range { first: 1.0, last: 1.0 };
        assert_eq!(Still::fetch(&host, 7.0, Transfer::Srgb).unwrap().moved, Some((7.0, 1.0)));
        assert_eq!(Still::fetch(&host, 1.0, Transfer::Srgb).unwrap().moved, None);
    }

    #[test]
    fn no_source_is_told_apart_from_no_image() {
        let mut host = FakeHost::default();
        assert_eq!(Still::fetch(&host, 1.0, Transfer::Srgb).err(), Some(NoStill::NoImage));
        host.source.connected = false;
        assert_eq!(Still::fetch(&host, 1.0, Transfer::Srgb).err(), Some(NoStill::Unconnected));
    }
}
