//! The pictures a request is made of.

use serde::{Deserialize, Serialize};

use super::StillHash;
use crate::pack::{Control, Controls};

/// A frame that the clip passes through.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Keyframe {
    /// Where: in [`Stills`] a frame of the take, in [`LatentRequest`](super::LatentRequest) one of the model's; frame 0 is the still.
    pub frame: u32,
    /// Its picture.
    pub still: StillHash,
    /// How firmly it is kept to, 0…1.
    pub strength: f64,
}

/// The pictures a request is made of, by their names in the store.
#[derive(Debug, Clone, PartialEq)]
pub struct Stills {
    /// The still: the take's frame 0.
    pub still: StillHash,
    /// Its width and height, pixels.
    pub size: (u32, u32),
    /// Width of its pixels over their height.
    pub pixel_aspect: f64,
    /// The last frame.
    pub last: Option<StillHash>,
    /// Frames on the way, in the order given.
    pub keyframes: Vec<Keyframe>,
    /// Where things move: [`Picture::as_mask`](crate::picture::Picture::as_mask) of a picture, white moves.
    pub mask: Option<StillHash>,
}

impl Stills {
    /// A still alone.
    pub fn one(still: StillHash, size: (u32, u32), pixel_aspect: f64) -> Self {
        Self { still, size, pixel_aspect, last: None, keyframes: Vec::new(), mask: None }
    }

    /// The same without what `controls` lack: for a panel that greys those out and keeps what stood in them.
    pub fn only(mut self, controls: &Controls) -> Self {
        if !controls.has(Control::Last) {
            self.last = None;
        }
        if !controls.has(Control::Keyframes) {
            self.keyframes.clear();
        }
        self
    }

    pub(super) fn asked(&self) -> impl Iterator<Item = Control> {
        let last = self.last.is_some().then_some(Control::Last);
        let keyframes = (!self.keyframes.is_empty()).then_some(Control::Keyframes);
        last.into_iter().chain(keyframes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panel_keeps_pictures_the_pack_lacks_out_of_the_request() {
        let hash = StillHash::none();
        let all = Stills {
            last: Some(hash.clone()),
            keyframes: vec![Keyframe { frame: 8, still: hash.clone(), strength: 1.0 }],
            mask: Some(hash.clone()),
            ..Stills::one(hash.clone(), (16, 16), 1.0)
        };
        assert_eq!(all.asked().collect::<Vec<_>>(), [Control::Last, Control::Keyframes]);
        assert_eq!(all.clone().only(&Control::ALL.into_iter().collect()), all);
        let none = all.only(&Controls::default());
        assert_eq!(none, Stills { mask: Some(hash.clone()), ..Stills::one(hash, (16, 16), 1.0) });
    }
}
