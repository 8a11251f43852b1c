//! Parameter values read from the host.

use wakeframe_take::params::{self, Kind};
use wakeframe_take::request::{Camera, Settings};
use wakeframe_take::transfer::Transfer;

use crate::host::Host;
use crate::ofx;
use crate::time_map::AfterEnd;

/// What the panel says.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeSettings {
    /// What the take depends on; `fps` and `model` are settled with the host and the menu.
    pub take: Settings,
    /// Line of the model menu.
    pub model: i32,
    /// The Source frame that is the still.
    pub still_frame: f64,
    /// The timeline frame of the take's first frame.
    pub start_frame: f64,
    /// What plays after the end.
    pub after_end: AfterEnd,
    /// Whether Mask is read.
    pub use_mask: bool,
    /// How the host's numbers are encoded.
    pub transfer: Transfer,
}

/// Reads the panel. Nothing animates, so `time` only satisfies the suite; what a host does not keep has the
/// table's default.
pub fn read(host: &dyn Host, time: f64) -> NodeSettings {
    let number = |name: &str| host.number(name, time).unwrap_or_else(|| params::double(name).0);
    let word = |name: &str| chosen(name, host.int(name, time).unwrap_or(0));
    let seed = host.int("seed", time).unwrap_or(1);
    NodeSettings {
        take: Settings {
            prompt: host.text("prompt", time).unwrap_or_default(),
            negative_prompt: host.text("negativePrompt", time).unwrap_or_default(),
            seed: u32::try_from(seed).unwrap_or(0),
            duration: number("duration"),
            fps: fps(host),
            camera: Camera { pan: number("pan"), tilt: number("tilt"), dolly: number("dolly"), roll: number("roll") },
            strength: number("strength"),
            ..Settings::default()
        },
        model: host.int("model", time).unwrap_or(0),
        still_frame: number("stillFrame"),
        start_frame: number("startFrame"),
        after_end: match word("afterEnd") {
            "loop" => AfterEnd::Loop,
            "ping-pong" => AfterEnd::PingPong,
            "black" => AfterEnd::Black,
            _ => AfterEnd::Hold,
        },
        use_mask: host.int("useMask", time).unwrap_or(0) != 0,
        transfer: match word("inputTransfer") {
            "srgb" => Transfer::Srgb,
            "rec709" => Transfer::Rec709,
            _ => Transfer::Linear,
        },
    }
}

/// Frames of a take of that length.
pub fn frames(settings: &Settings) -> u32 {
    ((settings.duration * settings.fps).round() as u32).max(2)
}

/// The stable word behind a menu's line.
fn chosen(name: &str, index: i32) -> &'static str {
    match params::find(name).map(|p| p.kind) {
        Some(Kind::Choice { options }) => usize::try_from(index).ok().and_then(|i| options.get(i)).map_or("", |o| o.name),
        _ => "",
    }
}

/// Where neither timeline nor Source names a rate.
const USUAL_RATE: f64 = 24.0;

/// The timeline's rate; the Source's where the host does not name it (MLT names neither).
fn fps(host: &dyn Host) -> f64 {
    let usable = |rate: &f64| *rate >= 1.0 && *rate <= params::range_of("fps").1;
    let source = || host.clip(ofx::SOURCE).map_or(0.0, |c| c.frame_rate);
    Some(host.frame_rate()).filter(usable).or_else(|| Some(source()).filter(usable)).unwrap_or(USUAL_RATE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::FakeHost;

    #[test]
    fn every_parameter_arrives() {
        let host = FakeHost::default();
        host.put_text("prompt", "waves");
        host.put_text("negativePrompt", "sky");
        for (name, v) in [
            ("duration", 2.0),
            ("pan", 0.1),
            ("tilt", 0.2),
            ("dolly", 0.3),
            ("roll", 0.4),
            ("strength", 0.6),
            ("stillFrame", 7.0),
            ("startFrame", 9.0),
        ] {
            host.put_number(name, v);
        }
        for (name, v) in [("seed", 5), ("model", 1), ("afterEnd", 2), ("useMask", 1), ("inputTransfer", 2)] {
            host.put_int(name, v);
        }
        let s = read(&host, 0.0);
        let t = &s.take;
        assert_eq!((t.prompt.as_str(), t.negative_prompt.as_str(), t.seed, t.duration, t.strength), ("waves", "sky", 5, 2.0, 0.6));
        assert_eq!(t.camera, Camera { pan: 0.1, tilt: 0.2, dolly: 0.3, roll: 0.4 });
        assert_eq!(
            (s.model, s.still_frame, s.start_frame, s.after_end, s.use_mask, s.transfer),
            (1, 7.0, 9.0, AfterEnd::PingPong, true, Transfer::Rec709)
        );
    }

    #[test]
    fn a_host_without_values_means_the_defaults() {
        let s = read(&FakeHost::default(), 0.0);
        assert_eq!(s.take.duration, params::double("duration").0);
        assert_eq!((s.after_end, s.transfer, s.take.fps), (AfterEnd::Hold, Transfer::Linear, 24.0));
    }

    #[test]
    fn the_rate_is_the_timelines_then_the_sources() {
        let mut host = FakeHost { rate: 25.0, ..FakeHost::default() };
        assert_eq!(read(&host, 0.0).take.fps, 25.0);
        host.rate = 0.0;
        host.source.frame_rate = 30.0;
        assert_eq!(read(&host, 0.0).take.fps, 30.0);
        host.source.frame_rate = f64::NAN;
        assert_eq!(read(&host, 0.0).take.fps, 24.0);
    }
}
