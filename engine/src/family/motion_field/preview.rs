//! Small pictures of the shot, long before its frames: the still is taken apart at their size as well.

use std::panic::resume_unwind;

use rayon::ThreadPoolBuilder;
use wakeframe_take::picture::Picture;

use super::ModelError;
use super::render::{Field, Guess, Scene, Shot};
use crate::generate::Work;

/// Longer side of a picture, pixels: a quarter of an HD still's.
const SIDE: usize = 480;
/// Stills up to this many times as large have their frames as soon.
const WORTH: usize = 2;
/// Pictures, spread evenly over the clip.
const PICTURES: u32 = 5;

/// Takes `still` apart for its frames. Meanwhile pictures of the shot are made and kept as those of the last of `steps`
/// denoise steps, which they are.
pub fn prepare(still: &Picture, field: &Field, shot: &Shot, guess: &Guess<'_>, steps: u32, work: &Work<'_>) -> Result<Scene, ModelError> {
    std::thread::scope(|scope| {
        let shown = scope.spawn(|| match alone(|| pictures(still, field, shot, Some(guess)))? {
            Some(pictures) => work.keep_preview(steps, steps, &pictures),
            None => Ok(()),
        });
        let scene = Scene::prepare(still, field, shot, Some(guess));
        shown.join().unwrap_or_else(|panic| resume_unwind(panic))?;
        Ok(scene?)
    })
}

/// Runs `make` on a thread of its own: among the others it would wait for the full size, which keeps every core busy.
fn alone<T: Send>(make: impl FnOnce() -> T + Send) -> T {
    match ThreadPoolBuilder::new().num_threads(1).build() {
        Ok(own) => own.install(make),
        Err(_) => make(),
    }
}

/// Pictures of `shot`, or nothing where its frames come as soon.
fn pictures(still: &Picture, field: &Field, shot: &Shot, guess: Option<&Guess<'_>>) -> Result<Option<Vec<Picture>>, ModelError> {
    let longest = still.width().max(still.height());
    if longest <= WORTH * SIDE {
        return Ok(None);
    }
    let side = |n: usize| (n * SIDE / longest).max(1);
    let small = still.resized(side(still.width()), side(still.height()))?;
    let scene = Scene::prepare(&small, field, shot, guess)?;
    Ok(Some((0..PICTURES).map(|k| scene.frame(frame(k, shot.frames))).collect()))
}

/// The frame of picture `k` in a clip of `frames`, as a node looks it up: the first and the last among them.
fn frame(k: u32, frames: u32) -> u32 {
    let (last, steps) = (frames.saturating_sub(1), PICTURES - 1);
    (k * last + steps / 2) / steps
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::atomic::AtomicBool;

    use parking_lot::Mutex;
    use wakeframe_take::pack::Pack;
    use wakeframe_take::request::{Camera, Request, Settings, Stills};
    use wakeframe_take::service::Event;
    use wakeframe_take::store::Store;

    use super::*;
    use crate::generate::{Control, Models, generate};

    const W: usize = 976;
    const H: usize = 548;

    /// Soft clouds over a ground of blots.
    fn still(w: usize, h: usize) -> Picture {
        let value = |i: usize| {
            let (x, y, k) = ((i / 3 % w) as f32 / w as f32, (i / 3 / w) as f32 / h as f32, (i % 3) as f32);
            if y < 0.5 { 0.7 + 0.2 * libm::sinf(40.0 * x + k) * libm::cosf(25.0 * y) } else { 0.3 + 0.2 * libm::sinf(90.0 * x * y + k) }
        };
        Picture::new(w, h, 3, (0..w * h * 3).map(value).collect()).unwrap()
    }

    /// The sky drifts to the right under a camera that comes nearer.
    fn scene() -> (Field, Shot) {
        let (w, h) = (64, 36);
        let sky = |i: &usize| i / w < h / 2;
        let mut field = Field {
            width: w,
            height: h,
            coefficients: vec![0.0; 10 * w * h],
            depth: vec![0.5; w * h],
            probabilities: vec![0.0; 5 * w * h],
        };
        for i in 0..w * h {
            field.probabilities[usize::from(sky(&i)) * w * h + i] = 1.0;
        }
        (0..w * h).filter(sky).for_each(|i| field.coefficients[i] = 1.0);
        let camera = Camera { dolly: 0.5, ..Camera::default() };
        (field, Shot { frames: 96, fps: 24.0, pixel_aspect: 1.0, camera, strength: 1.0, ..Shot::default() })
    }

    fn difference(a: &Picture, b: &Picture) -> f32 {
        a.data().iter().zip(b.data()).map(|(a, b)| (a - b).abs()).sum::<f32>() / a.data().len() as f32
    }

    #[test]
    fn pictures_are_the_shots_frames_but_small() {
        let (still, (field, shot)) = (still(W, H), scene());
        let pictures = pictures(&still, &field, &shot, None).unwrap().unwrap();
        assert_eq!((0..PICTURES).map(|k| frame(k, shot.frames)).collect::<Vec<_>>(), [0, 24, 48, 71, 95]);
        let full = Scene::prepare(&still, &field, &shot, None).unwrap();
        let small = |n: u32| full.frame(n).resized(480, 269).unwrap();
        for (k, picture) in pictures.iter().enumerate() {
            let (own, other) = (difference(picture, &small([0, 24, 48, 71, 95][k])), difference(picture, &small([95, 0, 0, 24, 48][k])));
            assert!(own < 0.01 && other > 2.0 * own, "picture {k}: {own} from its frame, {other} from another");
        }
    }

    #[test]
    fn a_small_still_has_its_frames_as_soon() {
        let (field, shot) = scene();
        assert_eq!(pictures(&still(2 * SIDE, 16), &field, &shot, None).unwrap(), None);
        assert_eq!([1, 2, 3].map(|frames| frame(PICTURES - 1, frames)), [0, 1, 2]);
    }

    #[test]
    fn a_take_has_a_preview_before_its_first_frame() {
        let pack = Pack::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../resources/models/mini")).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let stills = Stills::one(store.put_still(&still(W, H)).unwrap(), (W as u32, H as u32), 1.0);
        let settings = Settings { duration: 0.5, fps: 8.0, prompt: "clouds drift right".into(), ..Settings::default() };
        let request = Request::new(&settings, &pack, &stills).unwrap().0;
        let (seen, cancel) = (Mutex::new(None), AtomicBool::new(false));
        let report = |event: Event| match event {
            Event::Preview { step, of } => *seen.lock() = Some((step == of, store.take(&request.take_hash()).preview().unwrap())),
            Event::Progress { stage, done: 1.., .. } if stage == "frames" => assert!(seen.lock().is_some(), "frames come first"),
            _ => {}
        };
        generate(&Models::new(), &request, &pack, &store, &Control { cancel: &cancel, report: &report }).unwrap();
        let (last, preview) = seen.into_inner().unwrap();
        assert!(last && preview.pictures.len() == PICTURES as usize);
        assert_eq!((preview.pictures[0].width(), preview.pictures[0].height()), (480, 269));
    }
}
