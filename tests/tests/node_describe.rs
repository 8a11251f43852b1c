//! What a host sees before it makes a node.

mod stage;

use std::collections::HashMap;

use stage::{NODE, bundle, host, stage};
use wakeframe_take::params::{Kind, TABLE};
use wakeframe_tests::{Context, Host, HostOptions, Instance, InstanceOptions, ParamKind, Picture, ThreadSafety};

#[test]
fn the_bundle_holds_one_node_with_the_agreed_traits() {
    let (_stage, _turn) = stage();
    let host = host(HostOptions::natron());
    let [plugin] = host.plugins() else { panic!("one plugin was expected") };
    assert_eq!((plugin.id.as_str(), plugin.label.as_str(), plugin.group.as_str()), (NODE, "Wakeframe", "Generate"));
    assert_eq!(plugin.contexts.len(), 2);
    assert!(plugin.contexts.contains(&Context::Filter) && plugin.contexts.contains(&Context::General));
    for depth in ["Byte", "Short", "Half", "Float"] {
        assert!(plugin.depths.iter().any(|d| d.contains(depth)), "{depth} is not declared");
    }
    assert_eq!(plugin.thread_safety, ThreadSafety::FullySafe);
    assert!(!plugin.tiles && plugin.temporal_access && plugin.multi_resolution && !plugin.overlay);
}

#[test]
fn every_parameter_of_the_table_is_there_with_its_range() {
    let (_stage, _turn) = stage();
    let host = host(HostOptions::natron());
    for context in [Context::Filter, Context::General] {
        let described = host.describe_in_context(None, context).unwrap();
        for param in TABLE.iter().filter(|p| p.in_node()) {
            let shown = described.param(param.name).unwrap_or_else(|| panic!("{} is missing in {context:?}", param.name));
            assert_eq!(shown.label, param.label);
            assert_eq!(shown.secret, param.secret, "{}", param.name);
            assert!(!shown.animates, "{} animates", param.name);
            match param.kind {
                Kind::Double { min, max, .. } => {
                    assert_eq!(shown.kind, ParamKind::Double);
                    assert_eq!(shown.range, Some((min, max)), "{}", param.name);
                    assert!(shown.display_range.is_some(), "{}: Resolve would show -1 to 1", param.name);
                }
                Kind::Int { min, max, .. } => {
                    assert_eq!(shown.kind, ParamKind::Int);
                    assert_eq!(shown.range, Some((f64::from(min), f64::from(max))), "{}", param.name);
                }
                Kind::Bool { .. } => assert_eq!(shown.kind, ParamKind::Bool),
                Kind::Choice { options } => {
                    assert_eq!(shown.kind, ParamKind::Choice);
                    assert_eq!(shown.choices.len(), options.len());
                }
                Kind::Model => assert!(shown.choices.first().is_some_and(|c| c.starts_with("Mini")), "{:?}", shown.choices),
                Kind::Button => assert_eq!(shown.kind, ParamKind::PushButton),
                Kind::Text { .. } | Kind::Label | Kind::Size => assert_eq!(shown.kind, ParamKind::String),
                Kind::Picture | Kind::Keyframes | Kind::Folder => panic!("{}: a node has clips, not files", param.name),
            }
        }
        let clips: HashMap<_, _> = described.clips.iter().map(|c| (c.name.as_str(), c)).collect();
        assert!(clips["Source"].temporal_access && !clips["Source"].optional);
        assert!(clips["Mask"].optional && clips["Mask"].mask);
        assert!(clips.contains_key("Output"));
    }
}

#[test]
fn describing_does_not_depend_on_how_often_or_by_whom() {
    let (_stage, _turn) = stage();
    for options in [HostOptions::natron(), HostOptions::resolve(), HostOptions::mlt(), HostOptions::farm()] {
        let name = options.name.clone();
        let host = Host::load(&bundle(), options).unwrap();
        let context = host.plugins()[0].contexts[0];
        let described = host.describe_in_context(None, context).unwrap();
        assert!(described.param("generate").is_some(), "{name}");
        let node = Instance::create(
            &host,
            InstanceOptions::new(context).clip("Source", wakeframe_tests::ClipOptions::still(Picture::gradient(32, 32))),
        )
        .unwrap();
        assert_eq!(node.create_status(), wakeframe_tests::Status::Ok, "{name}: Resolve shows no controls for anything else");
        assert!(node.actions().iter().all(|(_, status)| status.is_good()), "{name}: {:?}", node.actions());
    }
}

#[test]
fn making_a_node_contacts_nobody() {
    let (stage, _turn) = stage();
    stage.stop_engine();
    let host = host(HostOptions::natron());
    let node = stage::node(&host, Picture::gradient(64, 36), 1);
    assert_eq!(node.fetches("Source"), 0, "an image was fetched while the node was made");
    assert_eq!(stage.engine_pid(), None);
}
