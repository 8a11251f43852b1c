//! `describe`: what hosts see before anybody makes a node.

use std::{path::Path, time::Instant};

use wakeframe_tests::{ContextInfo, Host, HostOptions, ParamInfo, ParamKind, ParamValue, PluginInfo, Result};

/// Prints every plugin of the bundle.
pub fn run(bundle: &Path) -> Result<()> {
    let start = Instant::now();
    let host = Host::load(bundle, HostOptions::default())?;
    let loaded = start.elapsed();
    println!("{}", host.bundle().display());
    println!("opened, loaded and described in {:.1} ms", loaded.as_secs_f64() * 1e3);
    for plugin in host.plugins() {
        println!();
        print_plugin(plugin);
        // Contexts in which the plugin is the same are told once.
        let mut told: Vec<(Vec<String>, ContextInfo)> = Vec::new();
        for context in &plugin.contexts {
            let described = host.describe_in_context(Some(&plugin.id), *context)?;
            match told.iter_mut().find(|(_, same)| *same == described) {
                Some((names, _)) => names.push(context.to_string()),
                None => told.push((vec![context.to_string()], described)),
            }
        }
        for (names, described) in &told {
            println!("\n  In {}", names.join(" and "));
            print_clips(described);
            print_params(described);
        }
    }
    Ok(())
}

fn print_plugin(plugin: &PluginInfo) {
    let (major, minor) = plugin.version;
    println!("{}  ({} {major}.{minor}, in the menu {})", plugin.label, plugin.id, plugin.group);
    for line in plugin.description.lines() {
        println!("  {line}");
    }
    let contexts: Vec<String> = plugin.contexts.iter().map(ToString::to_string).collect();
    let depths: Vec<&str> = plugin.depths.iter().map(|d| d.trim_start_matches("OfxBitDepth")).collect();
    println!("  contexts       {}", contexts.join(", "));
    println!("  depths         {}", depths.join(", "));
    println!("  thread safety  {:?}", plugin.thread_safety);
    let traits = [
        ("tiles", plugin.tiles),
        ("multiple resolutions", plugin.multi_resolution),
        ("temporal access", plugin.temporal_access),
        ("multiple clip depths", plugin.multiple_clip_depths),
        ("sequential render", plugin.sequential_render),
        ("host frame threading", plugin.host_frame_threading),
        ("single instance", plugin.single_instance),
        ("overlay", plugin.overlay),
    ];
    let named = |on: bool| {
        let names: Vec<&str> = traits.iter().filter(|t| t.1 == on).map(|t| t.0).collect();
        if names.is_empty() { "–".to_owned() } else { names.join(", ") }
    };
    println!("  has            {}", named(true));
    println!("  has not        {}", named(false));
}

fn print_clips(context: &ContextInfo) {
    for clip in &context.clips {
        let components: Vec<&str> = clip.components.iter().map(|c| c.trim_start_matches("OfxImageComponent")).collect();
        let mut traits = vec![components.join("/")];
        for (name, on) in [("optional", clip.optional), ("mask", clip.mask), ("any frame at any time", clip.temporal_access)] {
            if on {
                traits.push(name.to_owned());
            }
        }
        println!("    clip {:<10} {}", clip.name, traits.join(", "));
    }
}

fn print_params(context: &ContextInfo) {
    if context.params.is_empty() {
        println!("    no parameters");
        return;
    }
    let heading = ["parameter", "type", "default", "range", "label"].map(str::to_owned);
    let mut rows = vec![heading];
    rows.extend(context.params.iter().filter(|p| p.kind != ParamKind::Page).map(|p| row(p, context)));
    let widths: Vec<usize> = (0..4).map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)).collect();
    println!();
    for [name, kind, default, range, label] in rows {
        let line = format!("    {name:<0$}  {kind:<1$}  {default:<2$}  {range:<3$}  {label}", widths[0], widths[1], widths[2], widths[3]);
        println!("{}", line.trim_end());
    }
}

fn row(param: &ParamInfo, context: &ContextInfo) -> [String; 5] {
    let depth = std::iter::successors(Some(param), |p| context.param(&p.parent)).skip(1).count();
    let name = format!("{}{}", "  ".repeat(depth), param.name);
    let default = match (&param.default, &param.kind) {
        (Some(ParamValue::Int(index)), ParamKind::Choice) => {
            param.choices.get(*index as usize).cloned().unwrap_or_else(|| index.to_string())
        }
        (Some(ParamValue::String(text)), _) => shorten(&format!("{text:?}"), 28),
        (Some(value), _) => value.to_string(),
        (None, _) => String::new(),
    };
    let range = match (&param.kind, param.range, param.display_range) {
        (ParamKind::Choice, ..) => shorten(&param.choices.join(" | "), 44),
        (_, Some((low, high)), Some(shown)) if shown != (low, high) => {
            format!("{} … {} (slider {} … {})", limit(low), limit(high), limit(shown.0), limit(shown.1))
        }
        (_, Some((low, high)), _) => format!("{} … {}", limit(low), limit(high)),
        (ParamKind::String, ..) => param.string_mode.trim_start_matches("OfxParamStringIs").to_owned(),
        _ => String::new(),
    };
    let mut label = param.label.clone();
    for (note, on) in [(" (hidden)", param.secret), (" (greyed out)", !param.enabled)] {
        if on {
            label.push_str(note);
        }
    }
    [name, param.kind.to_string(), default, range, label]
}

/// Beyond what an int holds is no limit at all.
fn limit(value: f64) -> String {
    match value {
        v if v >= 2_147_483_646.0 => "∞".to_owned(),
        v if v <= -2_147_483_647.0 => "−∞".to_owned(),
        v => v.to_string(),
    }
}

fn shorten(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}
