//! Files grow while the take does: every frame is written as soon as it and all before it are there.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use wakeframe_take::service::Event;

use super::super::Failure;
use super::super::progress::{Progress, WRITE};
use super::cancelled;
use super::write::Frames;
use crate::output::{Sink, Written};

/// What the writer hears of the take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum News {
    /// Something was done: the next frame may be there.
    Look,
    /// Every frame is there.
    Whole,
}

/// Makes a take, and writes it meanwhile. `make` is given what must hear of everything that is done, and when it
/// succeeds `write` gets the last word; a fault of `write` stops the making, which keeps what it has finished.
///
/// The faults are of the one and of the other, where both have one; who was only stopped has none of its own.
pub(super) fn alongside<M>(
    make: impl FnOnce(&(dyn Fn() + Sync)) -> Result<M, Failure>,
    write: impl FnOnce(&Receiver<News>) -> Result<Written, Failure> + Send,
    cancel: &AtomicBool,
) -> Result<(M, Written), Failure> {
    let (tell, news) = channel();
    let (made, written) = std::thread::scope(|scope| {
        // Dropped with this closure, whatever becomes of the making: then the writer waits no longer.
        let tell = tell;
        let writer = scope.spawn(move || {
            let written = write(&news);
            if written.is_err() {
                cancel.store(true, Ordering::Relaxed);
            }
            written
        });
        // A writer that is gone has said why.
        let made = make(&|| drop(tell.send(News::Look)));
        if made.is_ok() {
            drop(tell.send(News::Whole));
        }
        drop(tell);
        (made, writer.join().unwrap_or_else(|panic| resume_unwind(panic)))
    });
    match (made, written) {
        (Err(Failure::Cancelled(_)), Err(fault)) | (Err(fault), _) | (_, Err(fault)) => Err(fault),
        (Ok(made), Ok(written)) => Ok((made, written)),
    }
}

/// Writes `frames` in order to what `open` opens once there is one, and puts it at its place when the take is whole.
/// Frames come from the store one at a time, so that a slow encoder holds none back in memory.
pub(super) fn follow(
    frames: &Frames,
    open: impl FnOnce() -> Result<Box<dyn Sink>, Failure>,
    news: &Receiver<News>,
    progress: &Progress,
    cancel: &AtomicBool,
) -> Result<Written, Failure> {
    let mut rest = Rest { news, since: None };
    // Not before: a model may denoise for hours, and a killed program leaves its hidden files behind.
    rest.wait_for(frames, 0, progress)?;
    let mut sink = open()?;
    let of = frames.count();
    for n in 0..of {
        rest.wait_for(frames, n, progress)?;
        if cancel.load(Ordering::Relaxed) {
            return Err(cancelled());
        }
        sink.frame(&frames.get(n)?).map_err(super::of_output)?;
        rest.written(n + 1, of, progress);
    }
    rest.wait_for_all(of, progress)?;
    sink.finish().map_err(super::of_output)
}

/// What is left to be written once every frame is made; until then the making has the word.
struct Rest<'a> {
    news: &'a Receiver<News>,
    /// When the take became whole, and how many frames were written by then.
    since: Option<(Instant, u32)>,
}

impl Rest<'_> {
    /// Until frame `n` can be read, or must be there.
    fn wait_for(&mut self, frames: &Frames, n: u32, progress: &Progress) -> Result<(), Failure> {
        while self.since.is_none() && !frames.there(n) {
            self.hear(n, progress)?;
        }
        Ok(())
    }

    fn wait_for_all(&mut self, written: u32, progress: &Progress) -> Result<(), Failure> {
        while self.since.is_none() {
            self.hear(written, progress)?;
        }
        Ok(())
    }

    /// The next news. There is none where the making ended without the whole take, and said why.
    fn hear(&mut self, written: u32, progress: &Progress) -> Result<(), Failure> {
        let news = self.news.recv().map_err(|_| cancelled())?;
        self.heard(news, written, progress);
        Ok(())
    }

    fn heard(&mut self, news: News, written: u32, progress: &Progress) {
        if news == News::Whole {
            self.since = Some((Instant::now(), written));
            progress.event(&Event::Stage { name: WRITE.into() });
        }
    }

    /// So many of `of` frames are written.
    fn written(&mut self, done: u32, of: u32, progress: &Progress) {
        while let Ok(news) = self.news.try_recv() {
            self.heard(news, done, progress);
        }
        if let Some((since, before)) = self.since {
            let here = done.saturating_sub(before);
            let left = (here > 0).then(|| since.elapsed().as_secs_f64() / f64::from(here) * f64::from(of - done));
            progress.event(&Event::Progress { stage: WRITE.into(), done, of, fraction: 1.0, seconds_left: left });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::mpsc::Sender;

    use super::super::tests::{clip, finished, latent_pack};
    use super::*;
    use crate::output::{Clip, Output, OutputError};
    use crate::still;
    use wakeframe_take::npy;
    use wakeframe_take::picture::Picture;
    use wakeframe_take::request::{Request, Settings, Stills};
    use wakeframe_take::store::{Store, Take};

    const FRAMES: u32 = 4;

    fn frames(take: &Take, count: u32) -> Frames {
        Frames::Finished { take: take.clone(), count, mask: None }
    }

    /// Frame `n` of the takes made here.
    fn picture(n: u32) -> Picture {
        Picture::filled(32, 24, &[0.25 * n as f32, 0.5, 0.5]).unwrap()
    }

    fn red(picture: &Picture) -> u32 {
        (4.0 * picture.pixel(0, 0)[0]).round() as u32
    }

    /// A take of which nothing is made yet.
    fn begun(dir: &Path) -> Take {
        let store = Store::open(&dir.join("store")).unwrap();
        let still = store.put_still(&picture(0)).unwrap();
        let settings = Settings { duration: 0.2, ..Settings::default() };
        let request = Request::new(&settings, &crate::generate::tests::pack(), &Stills::one(still, (32, 24), 1.0)).unwrap().0;
        store.take(&request.take_hash())
    }

    fn to(out: &Path) -> impl FnOnce() -> Result<Box<dyn Sink>, Failure> {
        let out = out.to_path_buf();
        move || Output::open(&out, clip()).map_err(super::super::of_output)
    }

    /// Writes what is all there.
    fn write(frames: &Frames, open: impl FnOnce() -> Result<Box<dyn Sink>, Failure> + Send) -> Result<Written, Failure> {
        let cancel = AtomicBool::new(false);
        alongside(|_| Ok(()), |news| follow(frames, open, news, &Progress::Quiet, &cancel), &cancel).map(|(_, written)| written)
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Says what it was given; puts nothing anywhere.
    struct Told(Sender<u32>);

    impl Sink for Told {
        fn frame(&mut self, picture: &Picture) -> Result<(), OutputError> {
            self.0.send(red(picture)).unwrap();
            Ok(())
        }

        fn finish(self: Box<Self>) -> Result<Written, OutputError> {
            self.0.send(FRAMES).unwrap();
            Ok(Written { files: Vec::new(), notes: Vec::new() })
        }
    }

    #[test]
    fn frames_are_written_in_order_while_the_next_ones_are_made() {
        let dir = tempfile::tempdir().unwrap();
        let take = begun(dir.path());
        let (tell, told) = channel();
        let (all, cancel) = (frames(&take, FRAMES), AtomicBool::new(false));
        let open = || Ok(Box::new(Told(tell)) as Box<dyn Sink>);
        let make = |look: &(dyn Fn() + Sync)| {
            let finish = |n: u32| {
                take.put_frame(n, &picture(n)).unwrap();
                look();
            };
            finish(2);
            finish(0);
            // Each is waited for: a writer that begins after the last frame would never say so.
            assert_eq!(told.recv().unwrap(), 0);
            finish(1);
            assert_eq!((told.recv().unwrap(), told.recv().unwrap()), (1, 2));
            finish(3);
            assert_eq!(told.recv().unwrap(), 3);
            assert!(told.try_recv().is_err(), "nothing is put at its place before the take is whole");
            Ok(())
        };
        alongside(make, |news| follow(&all, open, news, &Progress::Quiet, &cancel), &cancel).unwrap();
        assert_eq!(told.recv().unwrap(), FRAMES);
    }

    #[test]
    fn a_film_is_the_same_whenever_its_frames_were_made() {
        let dir = tempfile::tempdir().unwrap();
        let take = begun(dir.path());
        let (all, cancel) = (frames(&take, FRAMES), AtomicBool::new(false));
        let film = |name: &str| dir.path().join(name);
        let make = |look: &(dyn Fn() + Sync)| {
            for n in [3, 1, 0, 2] {
                take.put_frame(n, &picture(n)).unwrap();
                look();
            }
            Ok(())
        };
        alongside(make, |news| follow(&all, to(&film("during.mp4")), news, &Progress::Quiet, &cancel), &cancel).unwrap();
        write(&all, to(&film("after.mp4"))).unwrap();
        assert_eq!(std::fs::read(film("during.mp4")).unwrap(), std::fs::read(film("after.mp4")).unwrap());
    }

    #[test]
    fn a_making_that_ends_early_leaves_no_file_and_its_frames() {
        for out in ["clip.mp4", "frames.npy", "f.##.png", "f.##.exr"] {
            for fault in [super::super::cancelled(), Failure::Failed("no memory".into())] {
                let dir = tempfile::tempdir().unwrap();
                let take = begun(dir.path());
                let path = dir.path().join(out);
                let (all, cancel) = (frames(&take, FRAMES), AtomicBool::new(false));
                let (code, message) = (fault.code(), fault.message().to_string());
                let make = |look: &(dyn Fn() + Sync)| {
                    (0..3).for_each(|n| take.put_frame(n, &picture(n)).unwrap());
                    look();
                    Err::<(), _>(fault)
                };
                let failure = alongside(make, |news| follow(&all, to(&path), news, &Progress::Quiet, &cancel), &cancel).unwrap_err();
                assert_eq!((failure.code(), failure.message()), (code, message.as_str()));
                assert_eq!(names(dir.path()), ["store"], "{out}");
                assert_eq!(take.frames_done(FRAMES), 3);
            }
        }
    }

    /// A full disk under the film: there is no use in making what cannot be written.
    #[test]
    fn a_writer_that_fails_stops_the_making_and_says_why() {
        let dir = tempfile::tempdir().unwrap();
        let take = begun(dir.path());
        let (all, cancel) = (frames(&take, FRAMES), AtomicBool::new(false));
        let open = || Output::open(&dir.path().join("clip.mp4"), Clip { width: 64, ..clip() }).map_err(super::super::of_output);
        let make = |look: &(dyn Fn() + Sync)| {
            take.put_frame(0, &picture(0)).unwrap();
            look();
            while !cancel.load(Ordering::Relaxed) {
                std::thread::yield_now();
            }
            Err::<(), _>(super::super::cancelled())
        };
        let failure = alongside(make, |news| follow(&all, open, news, &Progress::Quiet, &cancel), &cancel).unwrap_err();
        assert!(failure.code() == 1 && failure.message().contains("64"), "{}", failure.message());
        assert_eq!((names(dir.path()), take.frames_done(FRAMES)), (vec!["store".to_string()], 1));
    }

    #[test]
    fn a_making_that_panics_is_not_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let take = begun(dir.path());
        let (all, cancel) = (frames(&take, FRAMES), AtomicBool::new(false));
        let out = dir.path().join("clip.mp4");
        let run = std::panic::AssertUnwindSafe(|| {
            let make = |_: &(dyn Fn() + Sync)| -> Result<(), Failure> { panic!("a bug") };
            alongside(make, |news| follow(&all, to(&out), news, &Progress::Quiet, &cancel), &cancel)
        });
        assert!(std::panic::catch_unwind(run).is_err());
    }

    #[test]
    fn a_whole_takes_frames_become_files() {
        let dir = tempfile::tempdir().unwrap();
        let (take, request) = finished(&dir.path().join("store"));
        let all = frames(&take, request.frames);
        let written = write(&all, to(&dir.path().join("f.##.png"))).unwrap();
        assert_eq!(written.files.len(), 3);
        let back = still::read(&written.files[2]).unwrap().picture;
        assert!(back.data().iter().zip(all.get(2).unwrap().data()).all(|(a, b)| (a - b).abs() < 0.003));
    }

    #[test]
    fn cancelling_while_the_rest_is_written_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let (take, request) = finished(&dir.path().join("store"));
        let (all, cancel) = (frames(&take, request.frames), AtomicBool::new(true));
        let out = dir.path().join("clip.mp4");
        let result = alongside(|_| Ok(()), |news| follow(&all, to(&out), news, &Progress::Quiet, &cancel), &cancel);
        assert!(matches!(result, Err(Failure::Cancelled(_))));
        assert_eq!(names(dir.path()), ["store"]);
    }

    #[test]
    fn a_frame_that_a_whole_take_lacks_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let (take, request) = finished(&dir.path().join("store"));
        let all = frames(&take, request.frames + 1);
        let failure = write(&all, to(&dir.path().join("clip.mp4"))).unwrap_err();
        assert!(failure.message().contains("frame 3") && failure.message().contains("render again"), "{}", failure.message());
        assert_eq!(names(dir.path()), ["store"]);
    }

    #[test]
    fn the_models_own_frames_are_written_to_the_bit() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("store")).unwrap();
        let stills = Stills::one(store.put_still(&Picture::filled(32, 16, &[0.5; 3]).unwrap()).unwrap(), (32, 16), 1.0);
        let settings = Settings { frames: 5, ..Settings::default() };
        let request = Request::new(&settings, &latent_pack(dir.path()), &stills).unwrap().0;
        let take = store.take(&request.take_hash());
        let values = |n: u32| (0..32 * 16 * 3).map(|i| (i + n) as f32 / 1e5).collect::<Vec<f32>>();
        (0..5).for_each(|n| take.put_model_frame(n, 32, 16, &values(n)).unwrap());
        let out = dir.path().join("frames.npy");
        let open = || Output::open(&out, Clip { height: 16, ..clip() }).map_err(super::super::of_output);
        write(&Frames::OfModel { take, count: 5 }, open).unwrap();
        let (shape, written) = npy::read(&out).unwrap();
        assert_eq!((shape, written), (vec![5, 16, 32, 3], (0..5).flat_map(values).collect()));
    }
}
