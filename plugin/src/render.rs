//! Rendering a frame.

use wakeframe_take::pack::{Control, Pack};
use wakeframe_take::request::{Note, Request};
use wakeframe_take::store::{Preview, Store, Take};

use crate::bridge::ffi::RenderCall;
use crate::decision::{self, Facts, Plan, Why};
use crate::guard::guarded;
use crate::host::{Host, HostImage, MessageKind};
use crate::making::{self, Ended, Want};
use crate::node::{self, Node, safe_mode};
use crate::ofx::{self, Status};
use crate::pictures::Pictures;
use crate::pixels::output::{self, Content, Finish, Shot, Values};
use crate::pixels::{Rect, View, ViewMut};
use crate::settings::{self, NodeSettings};
use crate::similar::{self, StandIn};
use crate::still::{NoStill, Still};
use crate::time_map::{self, Moment};
use crate::{log, wording};

/// Writes every pixel of the render window, whatever happens: MLT shows what it finds in memory.
pub fn render(node: &Node, host: &dyn Host, call: &RenderCall) -> Status {
    let Some(output) = host.fetch(ofx::OUTPUT, call.time) else {
        // An aborted host gives no image and expects none.
        return if host.aborted() { ofx::OK } else { ofx::FAILED };
    };
    // SAFETY: the host promises what its image properties say while the image is held, and lends an output to one
    // render at a time.
    let Some(mut out) = (unsafe { ViewMut::new(&output.facts) }) else { return ofx::FAILED };
    let settings = settings::read(host, call.time);
    let window = window(call, &out);
    let still = Still::fetch(host, settings.still_frame, settings.transfer);
    let shown = match &still {
        Ok(still) => show(node, host, call, &settings, still),
        Err(reason) => without_still(node, host, call, *reason),
    };
    let mask = mask(host, call, &settings, &shown);
    paint(&mut out, window, &settings, still.as_ref().ok(), &shown.picture, mask.as_ref());
    match &shown.news {
        News::None => {}
        News::Good if settings.use_mask && mask.is_none() => drop(node.say(host, MessageKind::Warning, wording::NO_MASK)),
        News::Good => node.unsay(host),
        News::Say(kind, text) => tell(node, host, call, *kind, text),
    }
    shown.status
}

/// What to paint, what to answer, what to say.
struct Shown {
    picture: Picture,
    status: Status,
    news: News,
}

enum News {
    /// What was said before stands.
    None,
    /// All is as it should be.
    Good,
    /// This is to be said.
    Say(MessageKind, String),
}

enum Picture {
    Still,
    Black { opaque: bool },
    Nothing,
    Half(wakeframe_take::frame_file::Frame),
    Resampled(wakeframe_take::picture::Picture),
}

impl Shown {
    fn fine(picture: Picture, news: News) -> Self {
        Self { picture, status: ofx::OK, news }
    }

    /// A failed render: `picture` is painted all the same, and the host is told.
    fn failed(picture: Picture, why: &str) -> Self {
        Self { picture, status: ofx::FAILED, news: News::Say(MessageKind::Error, wording::failed(why)) }
    }
}

/// A host that can only show a message once is told of failures where frames count; in a viewer a box for every
/// frame would be no help.
fn tell(node: &Node, host: &dyn Host, call: &RenderCall, kind: MessageKind, text: &str) {
    if kind == MessageKind::Error {
        log::note(&format!("render at {}: {text}", call.time));
    }
    if !node.say(host, kind, text) && kind == MessageKind::Error && on_demand(node, call) {
        host.message(kind, text);
    }
}

/// A whole window where the call names none.
fn window(call: &RenderCall, out: &ViewMut) -> Rect {
    let asked = Rect::from(call.window);
    if asked.is_empty() { out.bounds() } else { asked }
}

/// "the plugin should continue operation, but assume the image was black and transparent" (clipGetImage). A farm
/// must not take that for a frame.
fn without_still(node: &Node, host: &dyn Host, call: &RenderCall, reason: NoStill) -> Shown {
    if host.aborted() {
        return Shown::fine(Picture::Nothing, News::None);
    }
    let text = match reason {
        NoStill::Unconnected | NoStill::NoImage => wording::NO_SOURCE,
        NoStill::OddPixels => wording::ODD_PIXELS,
    };
    if on_demand(node, call) || reason == NoStill::OddPixels {
        return Shown::failed(Picture::Nothing, text);
    }
    Shown::fine(Picture::Nothing, News::Say(MessageKind::Warning, text.into()))
}

fn on_demand(node: &Node, call: &RenderCall) -> bool {
    decision::on_demand(node.background, call.interactive, call.sequential)
}

/// What is asked of which model, and where the take may be.
pub(crate) struct Asked<'a> {
    pub(crate) request: Request,
    pub(crate) notes: Vec<Note>,
    pub(crate) pictures: Pictures<'a>,
    pub(crate) pack: Pack,
    pub(crate) store: Store,
}

/// The request of these settings for this still, or what to say.
pub(crate) fn ask<'a>(node: &Node, host: &dyn Host, settings: &NodeSettings, still: &'a Still) -> Result<Asked<'a>, String> {
    // Read again: it may have been replaced since the menu was made, and its digest is part of the take's name.
    let pack = Pack::open(&settings.model.among(&node.models.packs)?.folder).map_err(|e| e.to_string())?;
    let controls = pack.controls();
    if let Some(odd) = settings.odd_model_size.as_ref().filter(|_| controls.has(Control::ModelSize)) {
        return Err(wording::odd_model_size(odd));
    }
    let pictures = Pictures::fetch(host, settings, &pack, still)?;
    // What the panel greys out stays in it, and out of the request.
    let take = settings.take.clone().only(&controls);
    let (request, notes) = Request::new(&take, &pack, &pictures.named()?).map_err(|e| e.to_string())?;
    let store = Store::open_default().map_err(|e| e.to_string())?;
    Ok(Asked { request, notes, pictures, pack, store })
}

fn show(node: &Node, host: &dyn Host, call: &RenderCall, settings: &NodeSettings, still: &Still) -> Shown {
    let moment = time_map::at(call.time, settings.start_frame, settings::frames(&settings.take), settings.after_end);
    let thumbnail = call.thumbnail || [ofx::SOURCE, ofx::OUTPUT].iter().any(|c| host.clip(c).is_some_and(|c| c.thumbnail));
    let mut facts = Facts {
        safe_mode: safe_mode(),
        thumbnail,
        on_demand: on_demand(node, call),
        still: true,
        moment,
        possible: true,
        made: false,
        stand_in: None,
        preview: false,
    };
    // The take is looked for only where one of its frames belongs on the screen.
    let wanted = match moment {
        Moment::Frame(n) if !facts.safe_mode && !thumbnail => Some(n),
        _ => None,
    };
    let asked = wanted.map(|n| (n, ask(node, host, settings, still)));
    let (mut stand_in, mut preview) = (None, None);
    match &asked {
        Some((n, Ok(asked))) => {
            let take = asked.store.take(&asked.request.take_hash());
            facts.made = matches!(take.frame(*n), Ok(Some(_)));
            if !facts.made {
                stand_in = look_alike(asked, settings);
                facts.stand_in = stand_in.as_ref().map(|s| s.larger);
                // Who waits for frames never looks at it.
                preview = if facts.on_demand { None } else { take.preview() };
                facts.preview = preview.is_some();
            }
        }
        Some((_, Err(_))) => facts.possible = false,
        None => {}
    }
    match (decision::plan(&facts), asked, stand_in) {
        (Plan::Frame(n), Some((_, Ok(asked))), _) => {
            let take = asked.store.take(&asked.request.take_hash());
            node.turn_to(take.hash());
            frame(node, still, &take, n)
        }
        (Plan::StandIn(n), _, Some(stand_in)) => resampled(still, &stand_in, n),
        (Plan::Preview(n), Some((_, Ok(asked))), _) => {
            node.turn_to(&asked.request.take_hash());
            match preview.and_then(|p| previewed(still, &p, n, asked.request.frames)) {
                Some(shown) => shown,
                None => Shown::fine(Picture::Still, News::None),
            }
        }
        (Plan::Make(n), Some((_, Ok(asked))), _) => make(node, host, still, &asked, n),
        (Plan::Over, ..) => {
            let opaque = still.known().is_ok_and(|k| k.opaque);
            Shown::fine(Picture::Black { opaque }, News::None)
        }
        (Plan::Still(Why::SafeMode), ..) => Shown::fine(Picture::Still, News::Say(MessageKind::Warning, wording::SAFE_MODE.into())),
        (Plan::Still(Why::Impossible), Some((_, Err(why))), _) if facts.on_demand => Shown::failed(Picture::Still, &why),
        (Plan::Still(Why::Impossible), Some((_, Err(why))), _) => {
            Shown::fine(Picture::Still, News::Say(MessageKind::Warning, wording::failed(&why)))
        }
        (Plan::Still(Why::NotMade), Some((_, Ok(asked))), _) => {
            let hash = asked.request.take_hash();
            node.turn_to(&hash);
            let news = match node.refusal(&hash) {
                Some(why) => News::Say(MessageKind::Warning, why),
                None => News::Say(MessageKind::Message, wording::NOT_MADE.into()),
            };
            Shown::fine(Picture::Still, news)
        }
        _ => Shown::fine(Picture::Still, News::None),
    }
}

fn look_alike(asked: &Asked, settings: &NodeSettings) -> Option<StandIn> {
    similar::find(&asked.store, &asked.request, settings.transfer, |name| asked.pictures.signature(name))
}

fn frame(node: &Node, still: &Still, take: &Take, n: u32) -> Shown {
    take.touch();
    match take.frame(n) {
        Ok(Some(frame)) if (frame.width(), frame.height()) == (still.area().width(), still.area().height()) => {
            node.refuse(None);
            Shown::fine(Picture::Half(frame), News::Good)
        }
        Ok(_) => Shown::failed(Picture::Still, wording::FRAME_LOST),
        Err(fault) => Shown::failed(Picture::Still, &fault.to_string()),
    }
}

fn resampled(still: &Still, stand_in: &StandIn, n: u32) -> Shown {
    stand_in.take.touch();
    let resized = || -> Result<_, String> {
        let frame = stand_in.take.frame(n).map_err(|e| e.to_string())?.ok_or(wording::FRAME_LOST)?;
        let whole = frame.picture().map_err(|e| e.to_string())?;
        whole.resized(still.area().width(), still.area().height()).map_err(|e| e.to_string())
    };
    match resized() {
        Ok(picture) => {
            let note = wording::stand_in(stand_in.size.0, stand_in.size.1, stand_in.larger);
            Shown::fine(Picture::Resampled(picture), note.map_or(News::Good, |text| News::Say(MessageKind::Message, text)))
        }
        Err(why) => Shown::failed(Picture::Still, &why),
    }
}

/// The small picture nearest to frame `n` of `frames`, as large as the still.
fn previewed(still: &Still, preview: &Preview, n: u32, frames: u32) -> Option<Shown> {
    let last = preview.pictures.len().checked_sub(1)?;
    let nearest = (f64::from(n) / f64::from(frames.max(2) - 1) * last as f64).round() as usize;
    let picture = preview.pictures.get(nearest.min(last))?.resized(still.area().width(), still.area().height()).ok()?;
    let note = wording::preview(preview.step, preview.of);
    Some(Shown::fine(Picture::Resampled(picture), News::Say(MessageKind::Message, note)))
}

fn make(node: &Node, host: &dyn Host, still: &Still, asked: &Asked, n: u32) -> Shown {
    let Asked { request, pack, store, .. } = asked;
    let take = store.take(&request.take_hash());
    node.turn_to(take.hash());
    if let Err(why) = asked.pictures.keep(store) {
        return Shown::failed(Picture::Still, &why);
    }
    match making::make(&node::client(), store, request, pack, Want::Frame(n), &mut |_| !host.aborted()) {
        Ended::There(_) => frame(node, still, &take, n),
        Ended::Stopped => Shown::fine(Picture::Still, News::None),
        Ended::Failed(why) => Shown::failed(Picture::Still, &why),
    }
}

/// The mask, where it is wanted and makes a difference. Resolve says that an optional clip is connected and gives no
/// image.
fn mask(host: &dyn Host, call: &RenderCall, settings: &NodeSettings, shown: &Shown) -> Option<HostImage> {
    let moving = !matches!(shown.picture, Picture::Still | Picture::Nothing);
    if !settings.use_mask || !moving || !host.clip(ofx::MASK).is_some_and(|c| c.connected) {
        return None;
    }
    host.fetch(ofx::MASK, call.time)
}

fn paint(out: &mut ViewMut, window: Rect, settings: &NodeSettings, still: Option<&Still>, picture: &Picture, mask: Option<&HostImage>) {
    let area = still.map_or(window, Still::area);
    let content = match picture {
        Picture::Still => Content::Still,
        Picture::Nothing => Content::Black { opaque: false },
        Picture::Black { opaque } => Content::Black { opaque: *opaque },
        Picture::Half(f) => {
            Content::Shot(Shot { width: f.width(), height: f.height(), channels: f.channels(), values: Values::Half(f.values()) })
        }
        Picture::Resampled(p) => {
            Content::Shot(Shot { width: p.width(), height: p.height(), channels: p.channels(), values: Values::Full(p.data()) })
        }
    };
    let finish = Finish {
        still: still.and_then(Still::view),
        area,
        content,
        transfer: settings.transfer,
        // SAFETY: the image is held by the caller.
        mask: mask.and_then(|m| unsafe { View::new(&m.facts) }),
    };
    output::write(out, window, &finish);
}

/// After a fault inside: the still, or nothing, in every pixel.
pub fn after_panic(node: &Node, host: &dyn Host, call: &RenderCall) -> Status {
    guarded(
        "render after a fault",
        || (),
        || {
            let Some(output) = host.fetch(ofx::OUTPUT, call.time) else { return };
            // SAFETY: as in `render`, which has given its image back.
            let Some(mut out) = (unsafe { ViewMut::new(&output.facts) }) else { return };
            let window = window(call, &out);
            let settings = settings::read(host, call.time);
            paint(&mut out, window, &settings, None, &Picture::Nothing, None);
            let still = Still::fetch(host, settings.still_frame, settings.transfer).ok();
            paint(&mut out, window, &settings, still.as_ref(), if still.is_some() { &Picture::Still } else { &Picture::Nothing }, None);
            node.say(host, MessageKind::Error, wording::INSIDE);
        },
    );
    ofx::FAILED
}
