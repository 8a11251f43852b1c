//! Parameter values read from the host.

use wakeframe_take::pack::Scheduler;
use wakeframe_take::params::{self, Kind};
use wakeframe_take::request::{Camera, Drift, Settings};
use wakeframe_take::transfer::Transfer;

use crate::host::Host;
use crate::menu::Choice;
use crate::ofx;
use crate::time_map::AfterEnd;

/// What the panel says.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeSettings {
    /// What the take depends on; `fps` and `model` are settled with the host and the menu.
    pub take: Settings,
    /// The Model size field, where it holds no size.
    pub odd_model_size: Option<String>,
    /// The model chosen.
    pub model: Choice,
    /// The Source frame that the take ends on, where it shall.
    pub last_frame: Option<f64>,
    /// The Keyframes field.
    pub keyframes: String,
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
    let on = |name: &str| host.int(name, time).unwrap_or(0) != 0;
    let text = |name: &str| host.text(name, time).unwrap_or_default();
    let count = |name: &str| host.int(name, time).and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
    let seed = host.int("seed", time).unwrap_or(1);
    let model_size = text("modelSize");
    NodeSettings {
        take: Settings {
            prompt: text("prompt"),
            negative_prompt: text("negativePrompt"),
            seed: u32::try_from(seed).unwrap_or(0),
            duration: number("duration"),
            fps: fps(host),
            camera: Camera { pan: number("pan"), tilt: number("tilt"), dolly: number("dolly"), roll: number("roll") },
            drift: Drift { x: number("driftX"), y: number("driftY") },
            strength: number("strength"),
            steps: count("steps"),
            guidance: number("guidance"),
            guidance_low: number("guidanceLow"),
            guidance_first: number("guidanceFirst"),
            dynamic_guidance: on("dynamicGuidance"),
            scheduler: Scheduler::of_word(word("scheduler")),
            shift: number("shift"),
            motion_bucket: count("motionBucket"),
            noise_aug: Some(number("noiseAug")),
            degradation: count("degradation"),
            model_size: params::size_of(&model_size),
            ..Settings::default()
        },
        odd_model_size: (params::size_of(&model_size).is_none() && !model_size.trim().is_empty()).then_some(model_size),
        model: Choice::read(host, time),
        last_frame: on("useLast").then(|| number("lastFrame")),
        keyframes: text("keyframes"),
        still_frame: number("stillFrame"),
        start_frame: number("startFrame"),
        after_end: match word("afterEnd") {
            "loop" => AfterEnd::Loop,
            "ping-pong" => AfterEnd::PingPong,
            "black" => AfterEnd::Black,
            _ => AfterEnd::Hold,
        },
        use_mask: on("useMask"),
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
            ("lastFrame", 48.0),
            ("driftX", 0.5),
            ("driftY", -0.5),
            ("guidance", 5.0),
            ("guidanceLow", 4.0),
            ("guidanceFirst", 1.5),
            ("shift", 3.0),
            ("noiseAug", 0.1),
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
        host.put_text("modelSize", "640x368");
        host.put_text("keyframes", "24:7");
        for (name, v) in [
            ("seed", 5),
            ("model", 1),
            ("afterEnd", 2),
            ("useMask", 1),
            ("inputTransfer", 2),
            ("steps", 30),
            ("dynamicGuidance", 1),
            ("scheduler", 2),
            ("motionBucket", 99),
            ("degradation", 29),
            ("useLast", 1),
        ] {
            host.put_int(name, v);
        }
        let s = read(&host, 0.0);
        let t = &s.take;
        assert_eq!((t.prompt.as_str(), t.negative_prompt.as_str(), t.seed, t.duration, t.strength), ("waves", "sky", 5, 2.0, 0.6));
        assert_eq!(t.camera, Camera { pan: 0.1, tilt: 0.2, dolly: 0.3, roll: 0.4 });
        assert_eq!(t.drift, Drift { x: 0.5, y: -0.5 });
        assert_eq!((t.steps, t.guidance, t.guidance_low, t.guidance_first, t.dynamic_guidance), (30, 5.0, 4.0, 1.5, true));
        assert_eq!((t.scheduler, t.shift, t.motion_bucket, t.noise_aug), (Some(Scheduler::Euler), 3.0, 99, Some(0.1)));
        assert_eq!((t.degradation, t.model_size, &s.odd_model_size), (29, Some((640, 368)), &None));
        assert_eq!((s.last_frame, s.keyframes.as_str(), &s.model), (Some(48.0), "24:7", &Choice::read(&host, 0.0)));
        assert_eq!(
            (s.still_frame, s.start_frame, s.after_end, s.use_mask, s.transfer),
            (7.0, 9.0, AfterEnd::PingPong, true, Transfer::Rec709)
        );
    }

    #[test]
    fn a_size_that_is_none_is_told_from_an_empty_one() {
        let host = FakeHost::default();
        for (text, size, odd) in [("", None, false), (" 1280 × 704 ", Some((1280, 704)), false), ("wide", None, true), ("12x", None, true)]
        {
            host.put_text("modelSize", text);
            let s = read(&host, 0.0);
            assert_eq!((s.take.model_size, s.odd_model_size.is_some()), (size, odd), "{text}");
        }
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
