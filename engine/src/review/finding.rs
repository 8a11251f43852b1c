//! The numbers in words, with what the user can do.

use std::fmt;

use serde::{Serialize, Serializer};
use wakeframe_take::check::{asks_for_handheld, asks_for_light, asks_for_rest};
use wakeframe_take::request::Request;

use super::camera::Camera;
use super::direction::{Direction, MOVE};
use super::measure::FrameNumbers;
use super::remedy::Remedy;
use super::summary::Summary;

/// Flicker that is seen, levels of 255. A level at middle grey is 0.9 % of its luminance under a display gamma of 2.2, and eyes
/// see 0.5 to 1 % at about 10 Hz (de Lange, “Research into the dynamic nature of the human fovea”, JOSA 1958).
pub(super) const FLICKER: f64 = 1.0;
/// Breathing that is seen, per cent of the shorter side, root mean square: a swing of the 0.5 % below which VBench's camera test
/// (`camera_motion.py`, factor 0.005) calls a picture static.
pub(super) const BREATHING: f64 = 0.18;
/// Motion below this is none, per cent of the shorter side: VBench's factor again.
pub(super) const TRAVEL: f64 = 0.5;
/// Background consistency (SSIM) below which the background is no more the still's. Unlike VBench's features SSIM falls with
/// every moved leaf: takes of the embedded model measured 0.90 (a pan) and
/// 1.0 (at rest); half is a judgement.
pub(super) const CONSISTENCY: f64 = 0.5;
/// Edge contrast at the end over that at the beginning. A blur of about a pixel costs a third.
pub(super) const SHARPNESS: f64 = 0.65;
/// Shift of the mean colour, levels of 255. 6 levels of grey are a just noticeable ΔE*ab of 2.3 (Mahy et al., 1994); twice that,
/// for a camera that brings in other content shifts the mean too.
pub(super) const COLOUR: f64 = 12.0;
/// Shift of the mean colour from which on light that was asked to change does; less is rounding.
const LIGHT: f64 = 2.0;
/// A step so many times the usual one is a cut.
pub(super) const JUMP: f64 = 6.0;
/// Motion smoothness below which motion is rough, of VBench's measure of the same name; a judgement.
pub(super) const SMOOTHNESS: f64 = 0.95;
/// A roll that counts, degrees.
const ROLL: f64 = 0.3;

/// Something that looks wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Finding {
    /// One frame does not follow from the one before.
    Jumps {
        /// The frame, from 0.
        frame: u32,
    },
    /// Brightness comes and goes.
    Flickers {
        /// Levels of 255.
        levels: f64,
    },
    /// The background swells and shrinks or sways.
    Breathes {
        /// Per cent of the shorter side.
        percent: f64,
    },
    /// The background is no more the still's.
    LosesStill {
        /// Background consistency, 0…1.
        likeness: f64,
    },
    /// The colours go elsewhere.
    ColourShifts {
        /// Levels of 255.
        levels: f64,
    },
    /// The end is softer than the beginning.
    Softens {
        /// Edge contrast kept, 0…1.
        kept: f64,
    },
    /// Frames are not between their neighbours.
    Rough {
        /// Motion smoothness, 0…1.
        smoothness: f64,
    },
    /// Nothing moves though something should.
    Stands,
}

impl Finding {
    /// Stable word for programs.
    pub fn word(&self) -> &'static str {
        match self {
            Finding::Jumps { .. } => "jumps",
            Finding::Flickers { .. } => "flickers",
            Finding::Breathes { .. } => "background_breathes",
            Finding::LosesStill { .. } => "loses_still",
            Finding::ColourShifts { .. } => "colour_shifts",
            Finding::Softens { .. } => "softens",
            Finding::Rough { .. } => "rough_motion",
            Finding::Stands => "stands",
        }
    }

    /// What helps, the likeliest first; those a model does not have are left out by [`Verdict::remedies`].
    fn remedies(&self) -> &'static [Remedy] {
        use Remedy::{Change, Lower, Raise, Shorten, Use, Write};
        match self {
            Finding::Jumps { .. } => &[Change("seed"), Raise("steps")],
            Finding::Flickers { .. } => &[Raise("steps"), Lower("guidance"), Change("seed")],
            Finding::Breathes { .. } => &[Lower("strength"), Shorten, Use("useMask"), Write("negativePrompt", "name the background")],
            Finding::LosesStill { .. } => &[Lower("strength"), Shorten, Lower("noiseAug"), Change("seed")],
            Finding::ColourShifts { .. } => &[Lower("guidance"), Shorten, Change("seed")],
            Finding::Softens { .. } => &[Raise("modelSize"), Raise("steps"), Shorten],
            Finding::Rough { .. } => &[Lower("strength"), Raise("steps"), Change("seed")],
            Finding::Stands => &[Raise("motionBucket"), Raise("strength"), Write("prompt", "say what should move")],
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::Jumps { frame } => write!(f, "Picture jumps at frame {}", frame + 1),
            Finding::Flickers { levels } => write!(f, "Picture flickers ({levels:.1} levels of 255)"),
            Finding::Breathes { percent } => write!(f, "Background breathes ({percent:.2} % of the picture)"),
            Finding::LosesStill { likeness } => write!(f, "Background is no more the still's (likeness {likeness:.2})"),
            Finding::ColourShifts { levels } => write!(f, "Colours shift ({levels:.0} levels of 255)"),
            Finding::Softens { kept } => write!(f, "Picture softens ({:.0} % of the edges' contrast is left)", kept * 100.0),
            Finding::Rough { smoothness } => write!(f, "Motion is rough (smoothness {smoothness:.2})"),
            Finding::Stands => f.write_str("Nothing moves"),
        }
    }
}

/// What stands out in a take.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// What looks wrong, the worst first.
    pub findings: Vec<Finding>,
    /// What the camera does since the still.
    pub camera: Camera,
    /// Where the content goes.
    pub direction: Direction,
    /// Whether the light changes, as asked.
    pub relit: bool,
    /// What helps against each finding.
    remedies: Vec<Vec<Remedy>>,
}

impl Verdict {
    /// What helps against the finding of that number.
    pub fn remedies(&self, n: usize) -> &[Remedy] {
        self.remedies.get(n).map_or(&[], Vec::as_slice)
    }
}

/// One short sentence.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(finding) = self.findings.first() {
            let remedies: Vec<String> = self.remedies(0).iter().take(2).map(Remedy::to_string).collect();
            return if remedies.is_empty() { write!(f, "{finding}") } else { write!(f, "{finding}: {}", remedies.join(" or ")) };
        }
        match (camera_words(&self.camera), self.direction) {
            (None, Direction::None) if self.relit => f.write_str("Looks steady: the light changes, nothing moves, as asked"),
            (None, Direction::None) => f.write_str("Looks steady: nothing moves, as asked"),
            (None, direction) => write!(f, "Looks steady: background still, {direction}"),
            (Some(camera), direction) => write!(f, "Looks steady: camera {camera}, {direction}"),
        }
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Said {
            word: &'static str,
            text: String,
            remedies: Vec<String>,
            parameters: Vec<&'static str>,
        }
        #[derive(Serialize)]
        struct Whole {
            sentence: String,
            steady: bool,
            findings: Vec<Said>,
        }
        let said = |(n, finding): (usize, &Finding)| Said {
            word: finding.word(),
            text: finding.to_string(),
            remedies: self.remedies(n).iter().map(Remedy::to_string).collect(),
            parameters: self.remedies(n).iter().map(|r| r.parameter()).collect(),
        };
        let findings = self.findings.iter().enumerate().map(said).collect();
        Whole { sentence: self.to_string(), steady: self.findings.is_empty(), findings }.serialize(serializer)
    }
}

/// The camera's largest move in words.
fn camera_words(camera: &Camera) -> Option<&'static str> {
    let moves = [
        (camera.pan / MOVE, "pans right", "pans left"),
        (camera.tilt / MOVE, "tilts up", "tilts down"),
        (camera.dolly / MOVE / 2.0, "moves in", "moves back"),
        (camera.roll / ROLL, "rolls clockwise", "rolls anticlockwise"),
    ];
    let (size, positive, negative) = moves.into_iter().max_by(|a, b| a.0.abs().total_cmp(&b.0.abs()))?;
    (size.abs() >= 1.0).then_some(if size > 0.0 { positive } else { negative })
}

pub(super) fn judge(s: &Summary, frames: &[FrameNumbers], request: Option<&Request>) -> Verdict {
    let mut findings = Vec::new();
    let flickers = s.flicker > FLICKER;
    let asked = |what: fn(&str) -> bool| request.is_some_and(|r| what(&r.prompt));
    let (new_light, in_hand) = (asked(asks_for_light), asked(asks_for_handheld));
    if let Some((frame, _)) = s.jump.filter(|(_, times)| *times >= JUMP && !flickers) {
        findings.push(Finding::Jumps { frame });
    }
    if flickers {
        findings.push(Finding::Flickers { levels: s.flicker });
    }
    // Optical flow takes light that changes for motion.
    if s.breathing > BREATHING && !flickers && !in_hand {
        findings.push(Finding::Breathes { percent: s.breathing });
    }
    if s.background_consistency < CONSISTENCY {
        findings.push(Finding::LosesStill { likeness: s.background_consistency });
    }
    if s.colour_shift > COLOUR && !new_light {
        findings.push(Finding::ColourShifts { levels: s.colour_shift });
    }
    if s.sharpness_kept < SHARPNESS {
        findings.push(Finding::Softens { kept: s.sharpness_kept });
    }
    if let Some(smoothness) = s.motion_smoothness.filter(|m| *m < SMOOTHNESS && !flickers) {
        findings.push(Finding::Rough { smoothness });
    }
    let relit = new_light && s.colour_shift >= LIGHT;
    if s.travel < TRAVEL && !relit && frames.len() > 1 && request.is_some_and(wants_motion) {
        findings.push(Finding::Stands);
    }
    let remedies = findings.iter().map(|f: &Finding| f.remedies().iter().copied().filter(|r| r.helps(request)).collect()).collect();
    Verdict { findings, camera: s.camera, direction: s.direction, relit, remedies }
}

/// Whether something was asked to move.
fn wants_motion(r: &Request) -> bool {
    let directed = r.camera.parts().iter().chain(&r.drift.parts()).any(|(_, v)| *v != 0.0);
    r.strength > 0.0 && (directed || !(asks_for_rest(&r.prompt) || r.prompt.is_empty() && r.latent.is_none()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wakeframe_take::params;

    fn summary() -> Summary {
        Summary {
            background_consistency: 0.95,
            subject_consistency: None,
            temporal_flickering: Some(0.99),
            motion_smoothness: Some(0.99),
            dynamic: false,
            flicker: 0.2,
            breathing: 0.02,
            travel: 4.0,
            sharpness_kept: 1.0,
            colour_shift: 2.0,
            jump: Some((5, 1.5)),
            drift: 3.0,
            camera: Camera::default(),
            direction: Direction::Left,
            rose: [0.0; 16],
        }
    }

    #[test]
    fn every_remedy_names_a_parameter_that_exists() {
        let all = [
            Finding::Jumps { frame: 1 },
            Finding::Flickers { levels: 2.0 },
            Finding::Breathes { percent: 1.0 },
            Finding::LosesStill { likeness: 0.1 },
            Finding::ColourShifts { levels: 20.0 },
            Finding::Softens { kept: 0.3 },
            Finding::Rough { smoothness: 0.8 },
            Finding::Stands,
        ];
        for remedy in all.iter().flat_map(|f| f.remedies()) {
            let param = params::find(remedy.parameter()).unwrap_or_else(|| panic!("{remedy:?}"));
            assert!(param.in_node() && remedy.to_string().to_lowercase().contains(&param.label.to_lowercase()), "{remedy}");
        }
        // Without a mask or a prompt of its own every finding still has something to do.
        assert!(all.iter().all(|f| f.remedies().iter().any(|r| r.helps(None))));
    }

    #[test]
    fn each_threshold_has_two_sides() {
        type Set = fn(&mut Summary, f64);
        let cases: [(&str, f64, bool, Set); 6] = [
            ("flickers", FLICKER, true, |s, v| s.flicker = v),
            ("background_breathes", BREATHING, true, |s, v| s.breathing = v),
            ("colour_shifts", COLOUR, true, |s, v| s.colour_shift = v),
            ("loses_still", CONSISTENCY, false, |s, v| s.background_consistency = v),
            ("softens", SHARPNESS, false, |s, v| s.sharpness_kept = v),
            ("rough_motion", SMOOTHNESS, false, |s, v| s.motion_smoothness = Some(v)),
        ];
        for (word, limit, above, set) in cases {
            let found = |v: f64| {
                let mut s = summary();
                set(&mut s, v);
                judge(&s, &[], None).findings.first().map(Finding::word)
            };
            let (over, under) = (found(limit * 1.01), found(limit * 0.99));
            assert_eq!((over == Some(word), under == Some(word)), (above, !above), "{word}");
        }
        let jumps = judge(&Summary { jump: Some((5, 7.0)), ..summary() }, &[], None);
        assert_eq!(jumps.to_string(), "Picture jumps at frame 6: change Seed");
    }

    #[test]
    fn a_verdict_is_one_short_sentence() {
        let said = |s: &Summary| judge(s, &[], None).to_string();
        assert_eq!(said(&summary()), "Looks steady: background still, motion to the left");
        let pan = Camera { pan: 0.04, ..Camera::default() };
        assert_eq!(said(&Summary { camera: pan, ..summary() }), "Looks steady: camera pans right, motion to the left");
        assert_eq!(
            said(&Summary { breathing: 0.4, ..summary() }),
            "Background breathes (0.40 % of the picture): lower Strength or shorten Duration"
        );
        assert_eq!(said(&Summary { travel: 0.1, direction: Direction::None, ..summary() }), "Looks steady: nothing moves, as asked");
    }

    #[test]
    fn light_and_a_hand_that_were_asked_for_are_no_faults() {
        let frames = vec![FrameNumbers { frame: 0, ..still_frame() }, FrameNumbers { frame: 1, ..still_frame() }];
        let found = |prompt: &str, s: &Summary| -> Vec<&str> {
            let request = crate::family::motion_field::request_of(prompt);
            judge(s, &frames, Some(&request)).findings.iter().map(Finding::word).collect()
        };
        let changed = Summary { colour_shift: 20.0, breathing: 0.4, ..summary() };
        assert_eq!(found("clouds drift", &changed), ["background_breathes", "colour_shifts"]);
        assert_eq!(found("handheld, the light grows warmer", &changed), [] as [&str; 0]);
        let standing = Summary { travel: 0.1, colour_shift: 5.0, ..summary() };
        assert_eq!(found("clouds drift", &standing), ["stands"]);
        assert_eq!(found("the light grows warmer", &standing), [] as [&str; 0]);
        let request = crate::family::motion_field::request_of("the light grows warmer");
        let said = judge(&Summary { direction: Direction::None, ..standing.clone() }, &frames, Some(&request)).to_string();
        assert_eq!(said, "Looks steady: the light changes, nothing moves, as asked");
        assert_eq!(found("the light grows warmer", &Summary { colour_shift: 0.5, ..standing }), ["stands"]);
    }

    fn still_frame() -> FrameNumbers {
        FrameNumbers {
            frame: 0,
            drift_outside: 0.0,
            drift_inside: None,
            flicker: None,
            step: None,
            sharpness: 1.0,
            colour: [100.0; 3],
            background: 1.0,
            motion: 0.0,
            camera: Camera::default(),
        }
    }
}
