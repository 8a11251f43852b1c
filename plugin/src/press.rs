//! The Generate button, and what other changes of the panel mean.

use wakeframe_take::params::{Kind, TABLE};
use wakeframe_take::request::Request;
use wakeframe_take::store::Store;

use crate::bridge::ffi::Change;
use crate::host::{Host, MessageKind};
use crate::making::{self, Ended, Want};
use crate::node::{self, Node, safe_mode};
use crate::ofx::{self, Status};
use crate::render::Asked;
use crate::still::{NoStill, Still};
use crate::{log, render, settings, wording};

/// The panel changed. On the main thread: here, and nowhere else, parameters may be set.
pub fn changed(node: &Node, host: &dyn Host, change: &Change) -> Status {
    if !change.of_parameter {
        return ofx::REPLY_DEFAULT;
    }
    if change.name == "generate" {
        generate(node, host, change.time);
        return ofx::OK;
    }
    if change.by_user && names_the_take(&change.name) {
        outdate(host, change.time);
        return ofx::OK;
    }
    ofx::REPLY_DEFAULT
}

/// Whether the parameter decides which take is shown, rather than how it is played.
fn names_the_take(name: &str) -> bool {
    let plays = ["startFrame", "afterEnd", "useMask"];
    TABLE.iter().any(|p| p.in_node() && p.name == name && !p.secret && !matches!(p.kind, Kind::Label | Kind::Button))
        && !plays.contains(&name)
}

/// "Done" must not stay beside settings it is not true of.
fn outdate(host: &dyn Host, time: f64) {
    let status = host.text("status", time).unwrap_or_default();
    if !status.is_empty() && status != wording::FIRST_STATUS && status != wording::CHANGED {
        host.set_text("status", wording::CHANGED);
    }
}

/// How a press ended.
#[derive(Debug, Clone, PartialEq)]
enum Outcome {
    /// The take is there.
    Made(String),
    /// The user pressed cancel.
    Cancelled(String),
    /// What to say.
    Failed(String),
}

fn generate(node: &Node, host: &dyn Host, time: f64) {
    if safe_mode() {
        host.set_text("status", wording::SAFE_MODE);
        node.say(host, MessageKind::Warning, wording::SAFE_MODE);
        return;
    }
    let outcome = press(node, host, time);
    log::note(&format!("generate: {outcome:?}"));
    match outcome {
        Outcome::Made(text) => {
            node.unsay(host);
            host.set_text("status", &text);
            // "Re-render that works": a change of a parameter that evaluates, from the main thread.
            let revision = host.int("revision", time).unwrap_or(0);
            host.set_int("revision", revision.checked_add(1).unwrap_or(0));
        }
        Outcome::Cancelled(text) => {
            host.set_text("status", &text);
            node.say(host, MessageKind::Message, &text);
        }
        Outcome::Failed(why) => {
            let text = wording::failed(&why);
            host.set_text("status", &text);
            // A warning, not an error: an error stops hosts from rendering, and the still can be shown.
            if !node.say(host, MessageKind::Warning, &text) {
                host.message(MessageKind::Error, &text);
            }
        }
    }
}

fn press(node: &Node, host: &dyn Host, time: f64) -> Outcome {
    let settings = settings::read(host, time);
    let still = match Still::fetch(host, settings.still_frame) {
        Ok(still) => still,
        Err(NoStill::Unconnected) => return Outcome::Failed(wording::NO_SOURCE.into()),
        Err(NoStill::NoImage) => return Outcome::Failed(wording::NO_STILL_NOW.into()),
        Err(NoStill::OddPixels) => return Outcome::Failed(wording::ODD_PIXELS.into()),
    };
    let Asked { request, pack, store } = match render::ask(node, &settings, &still) {
        Ok(asked) => asked,
        Err(why) => return Outcome::Failed(why),
    };
    let hash = request.take_hash();
    node.turn_to(&hash);
    node.refuse(None);
    let moved = still.moved.map(|(asked, used)| wording::still_moved(asked, used)).unwrap_or_default();
    let take = store.take(&hash);
    if making::is_whole(&take, &request) {
        take.touch();
        return Outcome::Made(wording::already(&request) + &moved);
    }
    if let Err(why) = render::keep_still(&store, &still, &settings) {
        return Outcome::Failed(why);
    }
    drop(still);
    let ended = {
        let progress = Progress::start(host, &request);
        let mut fraction = 0.0;
        making::make(&node::client(), &store, &request, &pack, Want::Whole, &mut |news| {
            fraction = news.unwrap_or(fraction);
            progress.update(fraction)
        })
    };
    match ended {
        Ended::There(seconds) => Outcome::Made(wording::done(&request, seconds) + &moved),
        Ended::Stopped => Outcome::Cancelled(wording::cancelled(kept(&store, &request), request.frames)),
        Ended::Failed(why) => {
            node.refuse(Some((hash, wording::failed(&why))));
            Outcome::Failed(why)
        }
    }
}

fn kept(store: &Store, request: &Request) -> u32 {
    store.take(&request.take_hash()).frames_done(request.frames)
}

/// The host's progress bar, closed when dropped. Hosts without one still generate.
struct Progress<'a> {
    host: &'a dyn Host,
    open: bool,
}

impl<'a> Progress<'a> {
    fn start(host: &'a dyn Host, request: &Request) -> Self {
        Self { host, open: host.progress_start(&wording::progress_title(request), "wakeframe.generate") }
    }

    /// False where the user pressed cancel.
    fn update(&self, fraction: f64) -> bool {
        !self.open || self.host.progress_update(fraction.clamp(0.0, 1.0))
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        if self.open {
            self.host.progress_end();
        }
    }
}
