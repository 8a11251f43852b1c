//! What the chosen model cannot be told is greyed out, and its help says why.

use wakeframe_take::pack::{Control, Controls, Pack};
use wakeframe_take::params::{Kind, Param, TABLE};

use crate::host::Host;
use crate::menu::Choice;
use crate::node::Node;
use crate::wording;

/// Brings the panel in line with the chosen model. Enabled and hint are properties, not values: setting them makes no
/// host render again, and is allowed wherever the panel is.
pub fn refresh(node: &Node, host: &dyn Host, time: f64) {
    let Ok(pack) = Choice::read(host, time).among(&node.models.packs) else { return };
    let controls = pack.controls();
    for param in TABLE.iter().filter(|p| p.in_node() && !p.secret) {
        let Some(control) = param.control else { continue };
        host.set_enabled(param.name, controls.has(control));
        host.set_hint(param.name, &hint(param, control, pack, &controls));
    }
}

fn hint(param: &Param, control: Control, pack: &Pack, controls: &Controls) -> String {
    if controls.has(control) { param.hint.into() } else { wording::greyed_out(param.hint, &pack.title, control) }
}

/// Everything the panel has and `pack` lacks, in words, where somebody set it; for the status.
pub fn left_out(host: &dyn Host, time: f64, pack: &Pack) -> Option<String> {
    let controls = pack.controls();
    let shown = TABLE.iter().filter(|p| p.in_node() && !p.secret);
    let lacks = shown.filter_map(|p| p.control.filter(|c| !controls.has(*c)).map(|c| (p, c)));
    let mut lacking: Vec<&str> = lacks.filter(|(p, _)| is_set(p, host, time)).map(|(_, c)| c.label()).collect();
    lacking.dedup();
    (!lacking.is_empty()).then(|| wording::left_out(&pack.title, &lacking))
}

fn is_set(param: &Param, host: &dyn Host, time: f64) -> bool {
    match param.kind {
        // A frame number alone asks for nothing: “Use last frame” does.
        Kind::Double { unit: "frames", .. } => false,
        Kind::Double { default, .. } => host.number(param.name, time).is_some_and(|v| v != default),
        Kind::Int { default, .. } => host.int(param.name, time).is_some_and(|v| v != default),
        Kind::Bool { default } => host.int(param.name, time).is_some_and(|v| (v != 0) != default),
        Kind::Choice { .. } => host.int(param.name, time).is_some_and(|v| v != 0),
        Kind::Text { .. } | Kind::Size => host.text(param.name, time).is_some_and(|v| !v.trim().is_empty()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use wakeframe_take::pack::Installed;

    use super::*;
    use crate::fake::{FakeHost, pack};

    fn node(controls: &str) -> Node {
        let mut node = Node::default();
        node.models = Arc::new(Installed { packs: vec![pack("some", controls)], faults: Vec::new() });
        node
    }

    #[test]
    fn what_the_model_lacks_is_greyed_out_and_says_why() {
        let host = FakeHost::default();
        refresh(&node(r#""prompt", "steps""#), &host, 0.0);
        let (enabled, hints) = (host.enabled.borrow(), host.hints.borrow());
        assert!(enabled["prompt"] && enabled["steps"] && enabled["modelSize"]);
        assert!(!enabled["guidance"] && !enabled["keyframes"] && !enabled["useLast"]);
        assert!(hints["guidance"].ends_with("Greyed out: Some has no guidance."), "{}", hints["guidance"]);
        assert!(!hints["prompt"].contains("Greyed"));
        assert!(!enabled.contains_key("seed") && !enabled.contains_key("revision"), "every model has a seed");
    }

    #[test]
    fn a_model_that_is_not_there_changes_nothing() {
        let host = FakeHost::default();
        host.put_int("model", 3);
        refresh(&node(""), &host, 0.0);
        assert!(host.enabled.borrow().is_empty());
    }

    #[test]
    fn only_what_was_set_and_is_lacking_is_told() {
        let host = FakeHost::default();
        let node = node(r#""prompt", "steps""#);
        assert_eq!(left_out(&host, 0.0, &node.models.packs[0]), None);
        host.put_int("steps", 9);
        host.put_number("lastFrame", 40.0);
        host.put_number("pan", 0.5);
        host.put_number("tilt", 0.5);
        host.put_text("negativePrompt", "blur");
        let said = left_out(&host, 0.0, &node.models.packs[0]).unwrap();
        assert_eq!(said, "Some has no negative prompt, camera direction: these are left out");
    }
}
