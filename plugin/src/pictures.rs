//! The pictures beside the still: the last frame, the keyframes and the mask, where they are wanted and the model can
//! use them.

use std::sync::Arc;

use wakeframe_take::pack::{Control, Pack};
use wakeframe_take::request::{Keyframe, StillHash, Stills};
use wakeframe_take::store::Store;

use crate::host::Host;
use crate::keyframes::{self, Key};
use crate::settings::NodeSettings;
use crate::signature::Signature;
use crate::still::{Known, NoStill, Still, frame_in_range};
use crate::wording;

/// What a take is made of, the still first.
pub struct Pictures<'a> {
    still: &'a Still,
    last: Option<Still>,
    mask: Option<Still>,
    keyframes: Vec<(Key, Still)>,
}

impl<'a> Pictures<'a> {
    /// Fetches what `settings` ask for and `pack` can be told; says which picture is not to be had.
    pub fn fetch(host: &dyn Host, settings: &NodeSettings, pack: &Pack, still: &'a Still) -> Result<Self, String> {
        let frame = |frame: f64, what: &str| Still::fetch(host, frame, settings.transfer).map_err(|reason| missing(reason, what, frame));
        let last = last_frame(settings, pack).map(|f| frame(f, "Last frame")).transpose()?;
        let mut keys = Vec::new();
        for key in keys_of(settings, pack)? {
            keys.push((key, frame(key.source, "Keyframe")?));
        }
        // Without a picture of the mask everything moves; the render says so.
        let mask =
            (settings.use_mask && pack.latent.is_some()).then(|| Still::fetch_mask(host, settings.still_frame, still.area())).flatten();
        Ok(Self { still, last, mask, keyframes: keys })
    }

    /// Their names.
    pub fn named(&self) -> Result<Stills, String> {
        let still = known(self.still)?;
        let name = |still: &Option<Still>| still.as_ref().map(|s| known(s).map(|k| k.hash.clone())).transpose();
        let mut stills = Stills::one(still.hash.clone(), still.size, self.still.pixel_aspect());
        stills.last = name(&self.last)?;
        stills.mask = name(&self.mask)?;
        for (key, still) in &self.keyframes {
            stills.keyframes.push(Keyframe { frame: key.frame, still: known(still)?.hash.clone(), strength: key.strength });
        }
        Ok(stills)
    }

    /// Puts those the store lacks where the engine finds them.
    pub fn keep(&self, store: &Store) -> Result<(), String> {
        for still in self.all() {
            if store.still(&known(still)?.hash).is_err() {
                let picture = still.picture().map_err(|e| e.to_string())?;
                store.put_still(&picture).map_err(|e| e.to_string())?;
            }
        }
        Ok(())
    }

    /// The coarse look of the picture of that name.
    pub fn signature(&self, name: &StillHash) -> Option<Signature> {
        self.all().find(|still| still.known().is_ok_and(|k| k.hash == *name))?.signature()
    }

    /// Pictures that had to be fetched at another frame, in words.
    pub fn moved(&self) -> String {
        let last = self.last.iter().map(|s| ("Last frame", s));
        let named = std::iter::once(("Still frame", self.still)).chain(last).chain(self.keyframes.iter().map(|(_, s)| ("Keyframe", s)));
        named.filter_map(|(what, s)| s.moved.map(|(asked, used)| wording::moved(what, asked, used))).collect()
    }

    fn all(&self) -> impl Iterator<Item = &Still> {
        std::iter::once(self.still).chain(&self.last).chain(&self.mask).chain(self.keyframes.iter().map(|(_, s)| s))
    }
}

fn known(still: &Still) -> Result<&Arc<Known>, String> {
    still.known().map_err(|e| e.to_string())
}

/// The Source frames that a render needs beside the still.
pub fn frames(host: &dyn Host, settings: &NodeSettings, pack: &Pack) -> Vec<f64> {
    let keys = keys_of(settings, pack).unwrap_or_default();
    let all = last_frame(settings, pack).into_iter().chain(keys.iter().map(|k| k.source));
    all.map(|frame| frame_in_range(host, frame)).collect()
}

fn last_frame(settings: &NodeSettings, pack: &Pack) -> Option<f64> {
    settings.last_frame.filter(|_| pack.controls().has(Control::Last))
}

fn keys_of(settings: &NodeSettings, pack: &Pack) -> Result<Vec<Key>, String> {
    if !pack.controls().has(Control::Keyframes) {
        return Ok(Vec::new());
    }
    keyframes::parse(&settings.keyframes).map_err(|line| wording::odd_keyframe(&line))
}

fn missing(reason: NoStill, what: &str, frame: f64) -> String {
    match reason {
        NoStill::Unconnected => wording::NO_SOURCE.into(),
        NoStill::NoImage => wording::no_picture(what, frame),
        NoStill::OddPixels => wording::ODD_PIXELS.into(),
    }
}
