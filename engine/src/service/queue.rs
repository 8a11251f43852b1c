//! The queue: one take at a time, each made once however many wait for it.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use parking_lot::{Condvar, Mutex};
use wakeframe_take::pack::Pack;
use wakeframe_take::provider::Provider;
use wakeframe_take::request::Request;
use wakeframe_take::service::{Event, Failure};
use wakeframe_take::store::{Store, default_limit};

use crate::generate::{Control, GenerateError, Models, generate};

/// A take to be made and those who wait for it.
struct Entry {
    request: Request,
    pack: Pack,
    store: Store,
    provider: Provider,
    cancel: AtomicBool,
    waiting: Mutex<Vec<(u64, Sender<Event>)>>,
}

impl Entry {
    fn tell(&self, event: &Event) {
        self.waiting.lock().retain(|(_, sender)| sender.send(event.clone()).is_ok());
    }

    fn is(&self, request: &Request, store: &Store) -> bool {
        self.request == *request && self.store.root() == store.root()
    }
}

#[derive(Default)]
struct State {
    queued: VecDeque<Arc<Entry>>,
    current: Option<Arc<Entry>>,
}

pub struct Queue {
    state: Mutex<State>,
    work: Condvar,
    models: Models,
    tickets: AtomicU64,
}

/// One client's interest in a take. Dropping it withdraws the interest.
pub struct Ticket {
    queue: Arc<Queue>,
    entry: Arc<Entry>,
    number: u64,
    /// What happens to the take.
    pub events: Receiver<Event>,
}

impl Queue {
    pub fn start(models: Models) -> std::io::Result<Arc<Self>> {
        let queue = Arc::new(Self { state: Mutex::default(), work: Condvar::new(), models, tickets: AtomicU64::new(0) });
        let worker = queue.clone();
        std::thread::Builder::new().name("worker".into()).spawn(move || worker.run())?;
        Ok(queue)
    }

    /// Hands a request in, or joins those who wait for the same take.
    pub fn submit(self: &Arc<Self>, request: Request, pack: Pack, store: Store, provider: Provider) -> Ticket {
        let (sender, events) = channel();
        let number = self.tickets.fetch_add(1, Ordering::Relaxed);
        let mut state = self.state.lock();
        let same = state.current.iter().chain(&state.queued).find(|e| e.is(&request, &store) && !e.cancel.load(Ordering::Relaxed)).cloned();
        let entry = match same {
            Some(entry) => {
                entry.waiting.lock().push((number, sender));
                entry
            }
            None => {
                let ahead = state.queued.len() + usize::from(state.current.is_some());
                if ahead > 0 {
                    let _ = sender.send(Event::Queued { ahead });
                }
                let waiting = Mutex::new(vec![(number, sender)]);
                let entry = Arc::new(Entry { request, pack, store, provider, cancel: AtomicBool::new(false), waiting });
                state.queued.push_back(entry.clone());
                self.work.notify_one();
                entry
            }
        };
        drop(state);
        Ticket { queue: self.clone(), entry, number, events }
    }

    /// Whether a take is made or waits.
    pub fn is_busy(&self) -> bool {
        let state = self.state.lock();
        state.current.is_some() || !state.queued.is_empty()
    }

    /// Gives the model's memory back. True where one was loaded.
    pub fn unload(&self) -> bool {
        self.models.unload()
    }

    fn run(&self) {
        loop {
            let entry = {
                let mut state = self.state.lock();
                loop {
                    if let Some(entry) = state.queued.pop_front() {
                        state.current = Some(entry.clone());
                        for (ahead, waiting) in state.queued.iter().enumerate() {
                            waiting.tell(&Event::Queued { ahead: ahead + 1 });
                        }
                        break entry;
                    }
                    self.work.wait(&mut state);
                }
            };
            let last = self.make(&entry);
            // Off the queue before the last word, so that who hears it and asks again gets a fresh entry.
            self.state.lock().current = None;
            entry.tell(&last);
        }
    }

    fn make(&self, entry: &Entry) -> Event {
        let report = |event: Event| entry.tell(&event);
        let control = Control { cancel: &entry.cancel, report: &report };
        self.models.prefer(entry.provider);
        let made = catch_unwind(AssertUnwindSafe(|| generate(&self.models, &entry.request, &entry.pack, &entry.store, &control)));
        match made {
            Ok(Ok(made)) => {
                if let Err(e) = entry.store.evict(default_limit(), Some(&made.take)) {
                    eprintln!("the store could not be kept to its limit: {e}");
                }
                let seconds = if made.reused { 0.0 } else { made.seconds };
                Event::Done { take: made.take.hash().clone(), frames: entry.request.frames, seconds }
            }
            Ok(Err(GenerateError::Cancelled)) => Event::Cancelled,
            Ok(Err(e)) => {
                eprintln!("take {} failed: {e}", entry.request.take_hash());
                Event::Failed(Failure { message: e.to_string() })
            }
            Err(_) => {
                self.models.unload();
                Event::Failed(Failure {
                    message:
                        "the engine met an error of its own; engine.log beside its socket has the details. Press Generate to try again"
                            .into(),
                })
            }
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        // Under the queue's lock, so that nobody joins an entry that is being cancelled.
        let mut state = self.queue.state.lock();
        let mut waiting = self.entry.waiting.lock();
        waiting.retain(|(number, _)| *number != self.number);
        if waiting.is_empty() {
            self.entry.cancel.store(true, Ordering::Relaxed);
            state.queued.retain(|e| !Arc::ptr_eq(e, &self.entry));
        }
    }
}
