//! Picture files and settings become a request.

use std::path::Path;

use wakeframe_take::pack::Pack;
use wakeframe_take::picture::Picture;
use wakeframe_take::request::{Keyframe, Request, Settings, StillHash, Stills};
use wakeframe_take::store::Store;

use super::super::Failure;
use super::super::arguments::Pictures;
use crate::still::{self, Depth, Still};

/// What is asked of the model, and what a person should know about it.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) request: Request,
    /// Whether frames carry alpha.
    pub(super) alpha: bool,
    /// Whether the still was deeper than 8 bit.
    pub(super) deep: bool,
    /// The mask's name in the store; the finished frames are masked whatever the model does with it.
    pub(super) mask: Option<StillHash>,
    pub(super) notes: Vec<String>,
}

/// Reads every picture, keeps it in the store and says what is asked of `pack`.
pub(super) fn ask(settings: &Settings, pack: &Pack, path: &Path, pictures: &Pictures, store: &Store) -> Result<Asked, Failure> {
    let mut notes = Vec::new();
    let mut read = |path: &Path| -> Result<Still, Failure> {
        let still = still::read(path).map_err(Failure::failed)?;
        notes.extend(still.notes.iter().map(|note| format!("{}: {note}", path.display())));
        Ok(still)
    };
    let put = |picture: &Picture| store.put_still(picture).map_err(Failure::failed);
    let still = read(path)?;
    let mut stills = Stills::one(put(&still.picture)?, (still.picture.width() as u32, still.picture.height() as u32), still.pixel_aspect);
    if let Some(last) = &pictures.last {
        stills.last = Some(put(&read(last)?.picture)?);
    }
    for key in &pictures.keyframes {
        let name = put(&read(&key.path)?.picture)?;
        stills.keyframes.push(Keyframe { frame: key.frame, still: name, strength: key.strength });
    }
    if let Some(mask) = &pictures.mask {
        stills.mask = Some(put(&read(mask)?.picture.as_mask())?);
    }
    let (request, said) = Request::new(settings, pack, &stills).map_err(|e| Failure::Usage(e.to_string()))?;
    notes.extend(said.iter().map(|note| note.to_string()));
    let (alpha, deep) = (still.picture.channels() == 4, still.depth > Depth::Eight);
    Ok(Asked { request, alpha, deep, mask: stills.mask, notes })
}

#[cfg(test)]
mod tests {
    use super::super::super::value::KeyframeFile;
    use super::super::tests::{latent_pack, png};
    use super::*;
    use crate::generate::tests::pack;

    fn place() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("store")).unwrap();
        (dir, store)
    }

    #[test]
    fn what_the_model_cannot_do_is_wrong_use() {
        let (dir, store) = place();
        let still = png(dir.path(), "still.png", 0.5);
        let fail = |settings: &Settings, pictures: &Pictures| ask(settings, &pack(), &still, pictures, &store).unwrap_err();
        let long = fail(&Settings { duration: 30.0, ..Settings::default() }, &Pictures::default());
        assert!(long.code() == 2 && long.message().contains("set Duration to 10"), "{}", long.message());
        let last = Pictures { last: Some(png(dir.path(), "last.png", 0.9)), ..Pictures::default() };
        let lacks = fail(&Settings::default(), &last);
        assert!(lacks.code() == 2 && lacks.message().contains("takes no last frame; it takes: prompt"), "{}", lacks.message());
        let missing = fail(&Settings::default(), &Pictures { mask: Some(dir.path().join("none.png")), ..Pictures::default() });
        assert!(missing.code() == 1 && missing.message().contains("none.png"), "{}", missing.message());
    }

    #[test]
    fn every_picture_is_kept_and_named() {
        let (dir, store) = place();
        let still = png(dir.path(), "still.png", 0.25);
        let pictures = Pictures {
            last: Some(png(dir.path(), "last.png", 0.5)),
            keyframes: vec![KeyframeFile { frame: 4, path: png(dir.path(), "key.png", 0.75), strength: 0.5 }],
            mask: Some(png(dir.path(), "mask.png", 1.0)),
        };
        let mut settings = Settings { frames: 9, ..Settings::default() };
        settings.camera.pan = 0.5;
        let asked = ask(&settings, &latent_pack(dir.path()), &still, &pictures, &store).unwrap();
        let latent = asked.request.latent.as_ref().unwrap();
        assert_eq!((latent.keyframes.len(), latent.keyframes[0].frame, latent.keyframes[0].strength), (1, 4, 0.5));
        let grey = |hash: &StillHash| (store.still(hash).unwrap().picture().unwrap().data()[0] * 4.0).round() / 4.0;
        let mask = asked.mask.as_ref().unwrap();
        let names = [&asked.request.still, latent.last.as_ref().unwrap(), &latent.keyframes[0].still, mask];
        assert_eq!(names.map(grey), [0.25, 0.5, 0.75, 1.0]);
        assert_eq!(latent.mask.as_ref(), Some(mask));
        assert!(asked.notes.iter().any(|n| n.contains("prompt as sent")), "{:?}", asked.notes);
    }
}
