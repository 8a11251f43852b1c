//! The Generate button, and what other changes of the panel mean.

use wakeframe_take::params::{Kind, TABLE};
use wakeframe_take::request::Request;
use wakeframe_take::store::Store;

use crate::bridge::ffi::Change;
use crate::host::{Host, MessageKind};
use crate::making::{self, Ended, News, Want};
use crate::menu::Choice;
use crate::node::{self, Node, safe_mode};
use crate::ofx::{self, Status};
use crate::render::Asked;
use crate::still::{NoStill, Still};
use crate::{controls, hints, log, render, settings, wording};

/// The panel changed. On the main thread: here, and nowhere else, parameters may be set.
pub fn changed(node: &Node, host: &dyn Host, change: &Change) -> Status {
    if !change.of_parameter {
        return ofx::REPLY_DEFAULT;
    }
    if change.name == "generate" {
        generate(node, host, change.time);
        return ofx::OK;
    }
    if change.name == "model" {
        Choice::keep(host, change.time, &node.models.packs);
        controls::refresh(node, host, change.time);
    }
    if change.by_user && names_the_take(&change.name) {
        outdate(node, host, change.time);
        return ofx::OK;
    }
    ofx::REPLY_DEFAULT
}

/// Whether the parameter decides which take is shown, rather than how it is played.
fn names_the_take(name: &str) -> bool {
    let plays = ["startFrame", "afterEnd"];
    TABLE.iter().any(|p| p.in_node() && p.name == name && !p.secret && !matches!(p.kind, Kind::Label | Kind::Button))
        && !plays.contains(&name)
}

/// "Done" must not stay beside settings it is not true of; hints on the new ones are shown at once.
fn outdate(node: &Node, host: &dyn Host, time: f64) {
    let status = host.text("status", time).unwrap_or_default();
    let new = status.is_empty() || status.starts_with(wording::FIRST_STATUS);
    let settings = settings::read(host, time);
    let hints = settings.model.among(&node.models.packs).map(|pack| hints::of_shot(&settings.take, pack)).unwrap_or_default();
    let text = (if new { wording::FIRST_STATUS } else { wording::CHANGED }).to_string() + &wording::notes(&hints);
    if text != status {
        host.set_text("status", &text);
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
    // A scripted press may come without the panel's own changes before it.
    Choice::settle(host, time, &node.models.packs);
    controls::refresh(node, host, time);
    let outcome = press(node, host, time);
    log::note(&format!("generate: {outcome:?}"));
    match outcome {
        Outcome::Made(text) => {
            node.unsay(host);
            host.set_text("status", &text);
            render_again(host, time);
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

/// "Re-render that works": a change of a parameter that evaluates, from the main thread.
fn render_again(host: &dyn Host, time: f64) {
    let revision = host.int("revision", time).unwrap_or(0);
    host.set_int("revision", revision.checked_add(1).unwrap_or(0));
}

fn press(node: &Node, host: &dyn Host, time: f64) -> Outcome {
    let settings = settings::read(host, time);
    let still = match Still::fetch(host, settings.still_frame, settings.transfer) {
        Ok(still) => still,
        Err(NoStill::Unconnected) => return Outcome::Failed(wording::NO_SOURCE.into()),
        Err(NoStill::NoImage) => return Outcome::Failed(wording::NO_STILL_NOW.into()),
        Err(NoStill::OddPixels) => return Outcome::Failed(wording::ODD_PIXELS.into()),
    };
    let Asked { request, notes, pictures, pack, store } = match render::ask(node, host, &settings, &still) {
        Ok(asked) => asked,
        Err(why) => return Outcome::Failed(why),
    };
    let hash = request.take_hash();
    node.turn_to(&hash);
    node.refuse(None);
    let moved = pictures.moved();
    let left_out = controls::left_out(host, time, &pack);
    let hints = hints::of_still(&still).into_iter().chain(hints::of_shot(&settings.take, &pack));
    let told: Vec<String> = notes.iter().map(ToString::to_string).chain(left_out).chain(hints).collect();
    let take = store.take(&hash);
    if making::is_whole(&take, &request) {
        take.touch();
        return Outcome::Made(wording::already(&request) + &moved + &wording::notes(&told));
    }
    if let Err(why) = pictures.keep(&store) {
        return Outcome::Failed(why);
    }
    drop(pictures);
    drop(still);
    let mut said: Vec<String> = Vec::new();
    let ended = {
        let progress = Progress::start(host, &request);
        let mut fraction = 0.0;
        making::make(&node::client(), &store, &request, &pack, Want::Whole, &mut |news| {
            match news {
                News::Progress(done) => fraction = done,
                // Hosts whose progress bar lets them render show the step at once.
                News::Preview => render_again(host, time),
                News::Note(text) => said.push(text),
                News::None => {}
            }
            progress.update(fraction)
        })
    };
    // The engine says what the request's notes say, too.
    said.retain(|text| !told.contains(text));
    match ended {
        Ended::There(seconds) => Outcome::Made(wording::done(&request, seconds) + &moved + &wording::notes(&told) + &wording::notes(&said)),
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
