//! The Rust end of an instance: C++ asks it for pixels and whether to go on, and tells it what
//! the plugin said.

use std::{
    any::Any,
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use crate::{
    bridge::ffi,
    clip::Feed,
    format::{Components, Depth, Format},
    instance::Watch,
    record::{Message, MessageKind, ParamWrite, Progress, ProgressEvent},
    render::Scale,
    status::Status,
};

/// Everything recorded so far.
#[derive(Default)]
pub(crate) struct Records {
    pub(crate) messages: Vec<Message>,
    pub(crate) persistent: Option<Message>,
    pub(crate) progress: Vec<Progress>,
    pub(crate) param_writes: Vec<ParamWrite>,
    pub(crate) actions: Vec<(String, Status)>,
    pub(crate) timeline: f64,
    /// What the plugin called the work it is reporting.
    pub(crate) label: String,
    /// What a watcher panicked with, to be thrown again where it can be.
    pub(crate) panic: Option<Box<dyn Any + Send>>,
}

/// Shared by an instance and its C++ object.
pub(crate) struct Shared {
    pub(crate) feeds: HashMap<String, Feed>,
    pub(crate) watch: Watch,
    pub(crate) abort: AtomicBool,
    pub(crate) polls: AtomicUsize,
    pub(crate) updates: AtomicUsize,
    records: Mutex<Records>,
}

impl Shared {
    pub(crate) fn new(feeds: HashMap<String, Feed>, watch: Watch, timeline: f64) -> Self {
        Shared {
            feeds,
            watch,
            abort: AtomicBool::new(false),
            polls: AtomicUsize::new(0),
            updates: AtomicUsize::new(0),
            records: Mutex::new(Records { timeline, ..Records::default() }),
        }
    }

    pub(crate) fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a watcher. A panic may not cross the plugin's frames: it stops the work and is kept.
    fn watched<T>(&self, run: impl FnOnce() -> T) -> Option<T> {
        match catch_unwind(AssertUnwindSafe(run)) {
            Ok(value) => Some(value),
            Err(payload) => {
                self.abort.store(true, Ordering::SeqCst);
                self.records().panic.get_or_insert(payload);
                None
            }
        }
    }
}

/// What C++ holds of it.
pub struct HostSide(pub(crate) Arc<Shared>);

// Called by C++ while the plugin's frames are on the stack: nothing here may panic.
impl HostSide {
    pub(crate) fn abort_requested(&self, _action: &str) -> bool {
        let polls = self.0.polls.fetch_add(1, Ordering::SeqCst) + 1;
        if let Some(on_poll) = &self.0.watch.on_abort_poll {
            self.0.watched(|| on_poll(polls));
        }
        // Once: the script is over when the test clears the abort.
        if self.0.watch.abort_after_polls.is_some_and(|limit| polls == limit + 1) {
            self.0.abort.store(true, Ordering::SeqCst);
        }
        self.0.abort.load(Ordering::SeqCst)
    }

    pub(crate) fn message(&self, kind: &str, id: &str, format: &str, text: &str, action: &str) -> i32 {
        let kind = MessageKind::from_name(kind);
        // "kOfxStatReplyNo - if the message was of type kOfxMessageQuestion and the user reply no":
        // a headless host has nobody to say yes.
        let answer = if kind == MessageKind::Question { Status::ReplyNo } else { Status::Ok };
        self.0.records().messages.push(message(kind, id, format, text, action, false));
        answer.code()
    }

    pub(crate) fn set_persistent(&self, kind: &str, id: &str, format: &str, text: &str, action: &str) {
        let set = message(MessageKind::from_name(kind), id, format, text, action, true);
        let mut records = self.0.records();
        records.messages.push(set.clone());
        records.persistent = Some(set);
    }

    pub(crate) fn clear_persistent(&self, _action: &str) {
        self.0.records().persistent = None;
    }

    pub(crate) fn progress_start(&self, label: &str, id: &str, action: &str) {
        let event = ProgressEvent::Start { label: label.to_owned(), id: id.to_owned() };
        self.progress(event, action);
        self.0.records().label = label.to_owned();
    }

    pub(crate) fn progress_update(&self, value: f64, action: &str) -> bool {
        let updates = self.0.updates.fetch_add(1, Ordering::SeqCst) + 1;
        let watch = &self.0.watch;
        let label = self.0.records().label.clone();
        let asked = watch.on_progress.as_ref().map(|f| self.0.watched(|| f(&label, value)));
        let go_on = asked.is_none_or(|answer| answer.unwrap_or(false))
            && watch.cancel_at.is_none_or(|limit| value < limit)
            && watch.cancel_after_updates.is_none_or(|limit| updates <= limit);
        self.progress(ProgressEvent::Update { value, go_on }, action);
        go_on
    }

    pub(crate) fn progress_end(&self, action: &str) {
        self.progress(ProgressEvent::End, action);
    }

    fn progress(&self, event: ProgressEvent, action: &str) {
        self.0.records().progress.push(Progress { event, action: action.to_owned() });
    }

    pub(crate) fn timeline_time(&self) -> f64 {
        self.0.records().timeline
    }

    pub(crate) fn timeline_goto(&self, time: f64) {
        self.0.records().timeline = time;
    }

    pub(crate) fn param_written(&self, name: &str, action: &str, legal: bool, evaluates: bool) {
        self.0.records().param_writes.push(ParamWrite { name: name.to_owned(), action: action.to_owned(), legal, evaluates });
    }

    pub(crate) fn action_called(&self, action: &str, status: i32) {
        self.0.records().actions.push((action.to_owned(), Status::from_code(status)));
    }

    #[allow(clippy::too_many_arguments)]
    pub(crate) fn fetch(
        &self,
        clip: &str,
        time: f64,
        scale_x: f64,
        scale_y: f64,
        depth: &str,
        components: &str,
        image: &mut ffi::ImageRecord,
    ) -> bool {
        let found = || {
            let format = Format { depth: Depth::from_name(depth)?, components: Components::from_name(components)? };
            let scale = Scale { x: scale_x, y: scale_y };
            self.0.feeds.get(clip)?.fetch(clip, time, scale, format)
        };
        match self.0.watched(found).flatten() {
            Some(record) => {
                *image = record;
                true
            }
            None => false,
        }
    }
}

fn message(kind: MessageKind, id: &str, format: &str, text: &str, action: &str, persistent: bool) -> Message {
    Message { kind, id: id.to_owned(), text: text.to_owned(), format: format.to_owned(), persistent, action: action.to_owned() }
}
