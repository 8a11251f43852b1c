//! An engine for tests: speaks the service's protocol, and does what the prompt says.

use std::path::Path;
use std::time::Duration;

use wakeframe_take::picture::Picture;
use wakeframe_take::request::Request;
use wakeframe_take::service::{Event, Failure, FromClient, FromEngine, Hello, Listener, Stream};
use wakeframe_take::store::Store;

const PATIENCE: Duration = Duration::from_secs(5);

/// The engine's process, played by threads.
pub struct FakeEngine;

impl FakeEngine {
    /// Listens at `socket` until the process ends.
    pub fn start(socket: &Path) {
        let listener = Listener::bind(socket).unwrap().expect("a socket of its own");
        std::thread::spawn(move || {
            loop {
                match listener.accept() {
                    Ok(Some(stream)) => {
                        std::thread::spawn(move || Self::serve(stream));
                    }
                    _ => std::thread::sleep(Duration::from_millis(2)),
                }
            }
        });
    }

    fn serve(mut stream: Stream) -> Option<()> {
        let Ok(Some(FromClient::Hello(_))) = stream.receive(PATIENCE) else { return None };
        stream.send(&FromEngine::Hello(Hello::here()), PATIENCE).ok()?;
        let Ok(Some(FromClient::Submit { request, store, .. })) = stream.receive(PATIENCE) else { return None };
        let store = Store::open(&store).ok()?;
        let mut say = |event: Event| stream.send(&FromEngine::Event(event), PATIENCE).ok();
        match request.prompt.split_whitespace().next().unwrap_or_default() {
            "fail" => return say(Event::Failed(Failure { message: "the disk is 100% full: free some space".into() })),
            "die" => return None,
            "lose" => return say(Event::Done { take: request.take_hash(), frames: request.frames, seconds: 1.0 }),
            _ => {}
        }
        Self::make(&request, &store, &mut stream)
    }

    fn make(request: &Request, store: &Store, stream: &mut Stream) -> Option<()> {
        let take = store.take(&request.take_hash());
        // One maker per take; the others wait, as the real engine has them do.
        let _lease = loop {
            if let Some(lease) = take.try_lease().ok()? {
                break lease;
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        if !take.is_complete() {
            take.begin(request).ok()?;
            if request.latent.is_some() {
                stream.send(&FromEngine::Event(Event::Note { text: "runs on the CPU".into() }), PATIENCE).ok()?;
                take.put_preview(2, 4, &[preview(60), preview(90), preview(120)]).ok()?;
                stream.send(&FromEngine::Event(Event::Preview { step: 2, of: 4 }), PATIENCE).ok()?;
            }
            for n in 0..request.frames {
                if let Ok(Some(FromClient::Cancel)) = stream.receive(Duration::from_millis(1)) {
                    return stream.send(&FromEngine::Event(Event::Cancelled), PATIENCE).ok();
                }
                take.put_frame(n, &shot(request, n)).ok()?;
                if request.prompt.starts_with("slow") {
                    std::thread::sleep(Duration::from_millis(30));
                }
                let fraction = f64::from(n + 1) / f64::from(request.frames);
                let progress = Event::Progress { stage: "frames".into(), done: n + 1, of: request.frames, fraction, seconds_left: None };
                stream.send(&FromEngine::Event(progress), PATIENCE).ok()?;
            }
            take.complete(request).ok()?;
        }
        stream.send(&FromEngine::Event(Event::Done { take: request.take_hash(), frames: request.frames, seconds: 1.5 }), PATIENCE).ok()
    }
}

/// Frame `n` of every take: a grey that tells its number.
pub fn grey(n: u32) -> u8 {
    (20 + 5 * n) as u8
}

/// A small grey picture.
pub fn preview(level: u8) -> Picture {
    Picture::filled(8, 4, &[f32::from(level) / 255.0; 3]).unwrap()
}

fn shot(request: &Request, n: u32) -> Picture {
    Picture::filled(request.width as usize, request.height as usize, &[f32::from(grey(n)) / 255.0; 3]).unwrap()
}
