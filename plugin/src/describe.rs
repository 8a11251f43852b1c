//! What the node is: clips and parameters, made from the engine's table.

use wakeframe_take::params::{Group, Kind, Param, TABLE};

use crate::bridge::ffi::{ClipDescription, HostFacts, NodeDescription, ParamDescription, ParamKind};
use crate::{menu, ofx, wording};

/// Everything a host is told; `anew` looks for models again.
pub fn node(host: &HostFacts, anew: bool) -> NodeDescription {
    let models = menu::options(&if anew { menu::find(host) } else { menu::last(host) }.packs);
    NodeDescription { params: params(HostKind::of(host), &models), ..bare() }
}

/// The node without parameters: what is left to say after a fault inside.
pub fn bare() -> NodeDescription {
    let clip = |name: &str, components: &[&str], mask: bool| ClipDescription {
        name: name.into(),
        components: components.iter().map(|c| (*c).to_string()).collect(),
        optional: mask,
        is_mask: mask,
        temporal: name == ofx::SOURCE,
    };
    NodeDescription {
        label: "Wakeframe".into(),
        grouping: "Generate".into(),
        description: wording::DESCRIPTION.into(),
        version: wakeframe_take::VERSION.into(),
        clips: vec![
            clip(ofx::SOURCE, &[ofx::RGBA, ofx::RGB], false),
            clip(ofx::MASK, &[ofx::ALPHA, ofx::RGBA], true),
            clip(ofx::OUTPUT, &[ofx::RGBA, ofx::RGB], false),
        ],
        params: Vec::new(),
    }
}

/// What a host's name tells about its pixels and its clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostKind {
    /// Timeline-encoded, usually Rec.709.
    Resolve,
    /// Display-referred bytes; clips count their frames from 0.
    Mlt,
    /// Scene-linear: Natron, Nuke and what is not known.
    Linear,
}

impl HostKind {
    /// None of these hosts tells its colour space (OpenFX 1.5 colour properties), so its name has to.
    pub fn of(host: &HostFacts) -> Self {
        let names = format!("{} {}", host.name, host.label).to_lowercase();
        if names.contains("resolve") {
            HostKind::Resolve
        } else if ["mlt", "shotcut", "kdenlive"].iter().any(|n| names.contains(n)) {
            HostKind::Mlt
        } else {
            HostKind::Linear
        }
    }

    fn input_transfer(self) -> &'static str {
        match self {
            HostKind::Resolve => "rec709",
            HostKind::Mlt => "srgb",
            HostKind::Linear => "linear",
        }
    }
}

fn params(host: HostKind, models: &[String]) -> Vec<ParamDescription> {
    let mut groups: Vec<Group> = Vec::new();
    let mut all = Vec::new();
    for param in TABLE.iter().filter(|p| p.in_node()) {
        if !groups.contains(&param.group) {
            groups.push(param.group);
            all.push(ParamDescription { name: param.group.name().into(), label: param.group.label().into(), ..blank(ParamKind::Group) });
        }
        all.extend(describe(param, host, models));
    }
    all
}

fn blank(kind: ParamKind) -> ParamDescription {
    ParamDescription {
        name: String::new(),
        label: String::new(),
        hint: String::new(),
        group: String::new(),
        kind,
        default_value: 0.0,
        default_text: String::new(),
        minimum: 0.0,
        maximum: 0.0,
        display_minimum: 0.0,
        display_maximum: 0.0,
        increment: 0.01,
        digits: 2,
        options: Vec::new(),
        secret: false,
        evaluate_on_change: true,
        persistent: true,
        can_undo: true,
    }
}

/// The slider's part of a range too wide for one.
fn displayed(min: f64, max: f64) -> (f64, f64) {
    const WIDEST: f64 = 1000.0;
    if max - min <= WIDEST { (min, max) } else { (min.max(0.0), max.min(WIDEST)) }
}

fn describe(param: &Param, host: HostKind, models: &[String]) -> Option<ParamDescription> {
    let base = |kind| ParamDescription {
        name: param.name.into(),
        label: param.label.into(),
        hint: param.hint.into(),
        group: param.group.name().into(),
        secret: param.secret,
        // Every setting names the take that belongs on the screen, so every setting must render again; a host that
        // did not would go on showing frames of other settings. Status and button name none.
        evaluate_on_change: !matches!(param.kind, Kind::Label | Kind::Button),
        ..blank(kind)
    };
    Some(match param.kind {
        Kind::Text { multiline } => {
            ParamDescription { can_undo: !param.secret, ..base(if multiline { ParamKind::MultilineText } else { ParamKind::Text }) }
        }
        // What happened yesterday is no news when the project is opened today.
        Kind::Label => {
            ParamDescription { default_text: wording::FIRST_STATUS.into(), persistent: false, can_undo: false, ..base(ParamKind::Label) }
        }
        Kind::Int { default, min, max } => {
            let (lo, hi) = displayed(min.into(), max.into());
            ParamDescription {
                default_value: default.into(),
                minimum: min.into(),
                maximum: max.into(),
                display_minimum: lo,
                display_maximum: hi,
                can_undo: !param.secret,
                ..base(ParamKind::Int)
            }
        }
        Kind::Double { default, min, max, unit } => {
            let (lo, hi) = displayed(min, max);
            let frames = unit == "frames";
            ParamDescription {
                // MLT counts a clip's frames from 0; a start at 1 would repeat the first.
                default_value: if host == HostKind::Mlt && frames { default - 1.0 } else { default },
                minimum: min,
                maximum: max,
                display_minimum: lo,
                display_maximum: hi,
                increment: if frames { 1.0 } else { 0.01 },
                ..base(ParamKind::Double)
            }
        }
        Kind::Bool { default } => ParamDescription { default_value: f64::from(u8::from(default)), ..base(ParamKind::Bool) },
        Kind::Choice { options } => {
            let first = if param.name == "inputTransfer" { host.input_transfer() } else { "" };
            let default = options.iter().position(|o| o.name == first).unwrap_or(0);
            ParamDescription {
                default_value: default as f64,
                options: options.iter().map(|o| o.label.to_string()).collect(),
                ..base(ParamKind::Choice)
            }
        }
        Kind::Model => ParamDescription { options: models.to_vec(), ..base(ParamKind::Choice) },
        Kind::Button => base(ParamKind::Button),
        Kind::Size => base(ParamKind::Text),
        // Files are the command line's.
        Kind::Picture | Kind::Keyframes | Kind::Folder => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(host: &str) -> Vec<ParamDescription> {
        params(HostKind::of(&HostFacts { name: host.into(), ..Default::default() }), &["Mini — any still".into()])
    }

    fn find<'a>(all: &'a [ParamDescription], name: &str) -> &'a ParamDescription {
        all.iter().find(|p| p.name == name).unwrap_or_else(|| panic!("{name} is missing"))
    }

    #[test]
    fn every_node_parameter_is_there_with_a_group_and_ranges() {
        let all = described("fr.inria.Natron");
        for p in TABLE.iter().filter(|p| p.in_node()) {
            let d = find(&all, p.name);
            assert_eq!(find(&all, &d.group).kind, ParamKind::Group);
            if matches!(d.kind, ParamKind::Int | ParamKind::Double) {
                assert!(d.minimum < d.maximum && d.display_minimum < d.display_maximum, "{}", d.name);
                assert!(d.minimum <= d.default_value && d.default_value <= d.maximum, "{}", d.name);
                assert!(d.minimum <= d.display_minimum && d.display_maximum <= d.maximum, "{}", d.name);
            }
            if d.kind == ParamKind::Choice {
                assert!((d.default_value as usize) < d.options.len(), "{}", d.name);
            }
        }
        assert!(!all.iter().any(|p| p.name == "fps" || p.name == "size"));
    }

    #[test]
    fn only_status_and_button_do_not_render_again() {
        let all = described("x");
        let silent: Vec<&str> = all.iter().filter(|p| !p.evaluate_on_change).map(|p| p.name.as_str()).collect();
        assert_eq!(silent, ["generate", "status"]);
        assert!(find(&all, "revision").secret);
    }

    #[test]
    fn the_host_decides_how_its_numbers_are_read() {
        let transfer = |host: &str| find(&described(host), "inputTransfer").default_value;
        assert_eq!(transfer("fr.inria.Natron"), 0.0);
        assert_eq!(transfer("uk.co.thefoundry.nuke"), 0.0);
        assert_eq!(transfer("DaVinciResolve"), 2.0);
        assert_eq!(transfer("mlt"), 1.0);
        assert_eq!(find(&described("mlt"), "startFrame").default_value, 0.0);
        assert_eq!(find(&described("mlt"), "lastFrame").default_value, 1.0);
        assert_eq!(find(&described("DaVinciResolve"), "startFrame").default_value, 1.0);
    }
}
