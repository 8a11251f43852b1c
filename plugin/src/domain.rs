//! Where and when the node has a picture.

use crate::bridge::ffi::{Preferences, Range, Region, RenderCall};
use crate::host::{Host, MessageKind};
use crate::node::{Node, safe_mode};
use crate::{ofx, pictures, settings, still, wording};

/// From the take's first frame to its last, in the General context; elsewhere the host decides.
pub fn time_domain(node: &Node, host: &dyn Host) -> Option<Range> {
    if !node.general {
        return None;
    }
    let s = settings::read(host, 0.0);
    let last = s.start_frame + f64::from(settings::frames(&s.take)) - 1.0;
    Some(Range { first: s.start_frame, last })
}

/// The Source frame that is the still.
fn still_time(host: &dyn Host, time: f64) -> Option<f64> {
    let s = settings::read(host, time);
    Some(still::frame_in_range(host, s.still_frame))
}

/// The frames of Source and of Mask that a render reads: the still's and those of the pictures beside it.
pub fn frames_needed(node: &Node, host: &dyn Host, time: f64) -> (Vec<f64>, Vec<f64>) {
    let s = settings::read(host, time);
    let still = still::frame_in_range(host, s.still_frame);
    let Ok(pack) = s.model.among(&node.models.packs) else { return (vec![still], vec![time]) };
    let mut source = vec![still];
    source.extend(pictures::frames(host, &s, pack));
    source.dedup();
    let mut mask = vec![time];
    if s.use_mask && pack.latent.is_some() {
        mask.push(s.still_frame);
    }
    (source, mask)
}

/// The output is defined where the still is, or on the whole project where there is none: a host's own answer would
/// be an empty picture, in which nothing can be said.
pub fn region_of_definition(host: &dyn Host, time: f64) -> Option<Region> {
    source_region(host, time).or_else(|| host.project_region())
}

/// The take is made from the whole still, whatever part of the output is wanted.
pub fn source_region(host: &dyn Host, time: f64) -> Option<Region> {
    if !host.clip(ofx::SOURCE)?.connected {
        return None;
    }
    host.clip_region(ofx::SOURCE, still_time(host, time)?)
}

/// The output is as the Source is.
pub fn clip_preferences(host: &dyn Host) -> Option<Preferences> {
    let source = host.clip(ofx::SOURCE).filter(|c| c.connected && (c.components == ofx::RGB || c.components == ofx::RGBA));
    Some(source.map_or_else(Preferences::default, |c| Preferences { components: c.components, premultiplication: c.premultiplication }))
}

/// In safe mode the node is its Source at the still frame, and says so. Otherwise it never is: even before the take
/// begins it shows another time of the Source.
pub fn identity(node: &Node, host: &dyn Host, call: &RenderCall) -> Option<f64> {
    if !safe_mode() || !host.clip(ofx::SOURCE)?.connected {
        return None;
    }
    node.say(host, MessageKind::Warning, wording::SAFE_MODE);
    still_time(host, call.time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::FakeHost;

    #[test]
    fn the_time_domain_is_the_takes() {
        let host = FakeHost { rate: 25.0, ..FakeHost::default() };
        host.put_number("duration", 2.0);
        host.put_number("startFrame", 10.0);
        let mut general = Node::default();
        general.general = true;
        assert_eq!(time_domain(&general, &host), Some(Range { first: 10.0, last: 59.0 }));
        assert_eq!(time_domain(&Node::default(), &host), None);
    }

    #[test]
    fn preferences_follow_a_source_that_is_there() {
        let mut host = FakeHost::with_still(8, 4, 0.5);
        assert_eq!(clip_preferences(&host).unwrap().components, ofx::RGBA);
        host.source.connected = false;
        assert_eq!(clip_preferences(&host).unwrap().components, "");
        assert_eq!(source_region(&host, 1.0), None);
        assert_eq!(region_of_definition(&host, 1.0).map(|r| r.x2), Some(1920.0));
    }
}
