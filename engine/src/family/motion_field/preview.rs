//! Small pictures of the shot, long before its frames: the still is taken apart once at their size as well.

use wakeframe_take::picture::Picture;

use super::ModelError;
use super::render::{Field, Scene, Shot};

/// Longer side of a picture, pixels: a quarter of an HD still's.
const SIDE: usize = 480;
/// Stills up to this many times as large have their frames as soon.
const WORTH: usize = 2;
/// Pictures, spread evenly over the clip.
const PICTURES: u32 = 5;

/// Pictures of `shot`, or nothing where its frames come as soon. They cost one core a fraction of a second.
pub fn pictures(still: &Picture, field: &Field, shot: &Shot) -> Result<Option<Vec<Picture>>, ModelError> {
    let longest = still.width().max(still.height());
    if longest <= WORTH * SIDE {
        return Ok(None);
    }
    let side = |n: usize| (n * SIDE / longest).max(1);
    let small = still.resized(side(still.width()), side(still.height()))?;
    let scene = Scene::prepare(&small, field, shot)?;
    let last = shot.frames.saturating_sub(1);
    Ok(Some((0..PICTURES).map(|k| scene.frame((k * last + (PICTURES - 1) / 2) / (PICTURES - 1))).collect()))
}
