//! The queue with models of its own: made once, cancelled by nobody's interest, alive after a panic.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use wakeframe_take::pack::Pack;
use wakeframe_take::picture::Picture;
use wakeframe_take::provider::Provider;
use wakeframe_take::request::{Request, Settings, Stills};
use wakeframe_take::service::Event;
use wakeframe_take::store::Store;

use super::ServeOptions;
use super::queue::{Queue, Ticket};
use crate::family::{Model, ModelError};
use crate::generate::tests::pack;
use crate::generate::{Models, StillReader, Work};

/// Waits at a gate, then writes flat frames; panics for seed 13.
#[derive(Default)]
struct Gated {
    open: Mutex<bool>,
    opened: Condvar,
    made: AtomicU32,
    cancelled: AtomicU32,
}

impl Gated {
    fn open(&self) {
        *self.open.lock() = true;
        self.opened.notify_all();
    }
}

impl Model for Gated {
    fn make(&self, request: &Request, stills: &StillReader<'_>, work: &Work<'_>) -> Result<(), ModelError> {
        assert!(request.seed != 13, "seed 13");
        let mut open = self.open.lock();
        while !*open {
            if work.check().is_err() {
                self.cancelled.fetch_add(1, Ordering::Relaxed);
                return Err(ModelError::Cancelled);
            }
            self.opened.wait_for(&mut open, Duration::from_millis(5));
        }
        for n in 0..request.frames {
            work.keep_frame(n, &stills.of_take()?)?;
        }
        self.made.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn check(&self) -> Result<(), ModelError> {
        Ok(())
    }
}

struct Bench {
    _dir: tempfile::TempDir,
    store: Store,
    pack: Pack,
    model: Arc<Gated>,
    queue: Arc<Queue>,
}

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let pack = pack();
        let model = Arc::new(Gated::default());
        let queue = Queue::start(Models::with(&pack, model.clone())).unwrap();
        Self { store: Store::open(dir.path()).unwrap(), _dir: dir, pack, model, queue }
    }

    fn submit(&self, seed: u32) -> Ticket {
        let still = self.store.put_still(&Picture::filled(32, 16, &[0.5; 3]).unwrap()).unwrap();
        let settings = Settings { seed, duration: 0.1, ..Settings::default() };
        let (request, _) = Request::new(&settings, &self.pack, &Stills::one(still, (32, 16), 1.0)).unwrap();
        self.queue.submit(request, self.pack.clone(), self.store.clone(), Provider::Auto)
    }
}

fn last(ticket: &Ticket) -> Event {
    ticket.events.iter().find(Event::is_last).unwrap()
}

#[test]
fn two_who_ask_for_the_same_take_get_one_generation() {
    let b = Bench::new();
    let (one, two) = (b.submit(1), b.submit(1));
    b.model.open();
    let (first, second) = (last(&one), last(&two));
    assert!(matches!(first, Event::Done { frames: 2, .. }));
    assert_eq!(first, second);
    assert_eq!(b.model.made.load(Ordering::Relaxed), 1);
}

#[test]
fn a_take_is_cancelled_only_when_nobody_waits_for_it() {
    let b = Bench::new();
    let (one, two) = (b.submit(1), b.submit(1));
    drop(one);
    b.model.open();
    assert!(matches!(last(&two), Event::Done { .. }));
    assert_eq!(b.model.cancelled.load(Ordering::Relaxed), 0);
}

#[test]
fn the_withdrawn_take_frees_the_queue_for_the_next() {
    let b = Bench::new();
    let first = b.submit(1);
    let second = b.submit(2);
    assert_eq!(second.events.recv().unwrap(), Event::Queued { ahead: 1 });
    drop(first);
    b.model.open();
    assert!(matches!(last(&second), Event::Done { .. }));
}

#[test]
fn a_panic_is_reported_and_the_queue_goes_on() {
    let b = Bench::new();
    b.model.open();
    assert!(matches!(last(&b.submit(13)), Event::Failed(_)));
    // The panicking model was dropped, and this pack has no folder to load it from again.
    assert!(matches!(last(&b.submit(2)), Event::Failed(f) if f.message.contains("pack.toml")));
    assert!(!b.queue.unload());
}

#[test]
fn an_idle_service_ends_and_takes_its_socket_away() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("private/engine.sock");
    let options = ServeOptions { socket: socket.clone(), idle_unload: Duration::ZERO, idle_exit: Duration::from_millis(50) };
    super::serve(options).unwrap();
    assert!(!socket.exists() && !socket.with_extension("pid").exists());
}
