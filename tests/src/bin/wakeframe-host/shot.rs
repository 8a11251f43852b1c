//! `shot`: a node on a still, rendered to files.

use std::time::{Duration, Instant};

use serde_json::json;
use wakeframe_tests::{Error, Frame, Host, HostOptions, Instance, InstanceOptions, Picture, RenderRequest, Result, Watch};

use crate::{args::Shot, film::Film, report::Report, screen::seconds};

/// Anything that ends a shot.
type Fault = Box<dyn std::error::Error>;

/// Renders the shot. False if the plugin failed, which was reported.
pub fn run(options: Shot) -> Result<bool, Fault> {
    let film = Film::new(&options.out, options.sheet.as_deref(), options.frames, options.fps)?;
    let report = Report::new(options.json);
    let start = Instant::now();
    let host_options = match options.press {
        Some(_) => HostOptions::default(),
        None => HostOptions::farm(),
    };
    let host = Host::load(&options.bundle, host_options)?;
    let loaded = start.elapsed();
    let still = Picture::read(&options.still)?;
    introduce(&report, &options, &host, &still, loaded)?;

    let start = Instant::now();
    let node = create(&options, &host, still, &report)?;
    let created = start.elapsed();

    let start = Instant::now();
    if let Some(button) = &options.press {
        let status = node.press(button)?;
        report.end_bar();
        // A plugin reports a failed press by a message that stays on the node.
        let failed = node.persistent_message().is_some() || !status.is_good();
        report.messages(&node.messages());
        if failed {
            report.say(
                &format!("  {button} failed ({status})"),
                || json!({"event": "failed", "stage": button, "status": status.to_string()}),
            );
            return Ok(false);
        }
        node.clear_records();
    }
    let pressed = start.elapsed();

    let (times, good) = render(&options, film, &node, &report)?;
    report.messages(&node.messages());
    let destroyed = node.destroy()?;
    if good {
        summarise(&report, &options, [loaded, created, pressed], &times);
    }
    Ok(good && destroyed.is_good())
}

fn introduce(report: &Report, options: &Shot, host: &Host, still: &Picture, loaded: Duration) -> Result<()> {
    let plugin = host.plugin(None)?;
    let (major, minor) = plugin.version;
    let mut text = format!(
        "{} {major}.{minor} in the reference host, context {}\n  still      {} ({} × {})\n  shot       {} frames at {} a second",
        plugin.label,
        options.context,
        options.still.display(),
        still.width(),
        still.height(),
        options.frames,
        options.fps,
    );
    let width = options.params.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    for (name, value) in &options.params {
        text.push_str(&format!("\n  asked      {name:<width$}  {value}"));
    }
    report.say(&text, || {
        json!({
            "event": "loaded", "plugin": plugin.id, "version": [major, minor],
            "still": options.still, "size": [still.width(), still.height()],
            "params": options.params, "seconds": loaded.as_secs_f64(),
        })
    });
    Ok(())
}

fn create(options: &Shot, host: &Host, still: Picture, report: &Report) -> Result<Instance> {
    let described = host.describe_in_context(None, options.context)?;
    let shown = report.clone();
    let stage = options.press.clone().unwrap_or_else(|| "working".to_owned());
    let watch = Watch {
        on_progress: Some(Box::new(move |label, value| {
            shown.progress(&stage, value, label);
            true
        })),
        ..Watch::default()
    };
    let last = f64::from(options.first) + f64::from(options.frames.max(1)) - 1.0;
    let mut made = InstanceOptions { context: options.context, interactive: options.press.is_some(), ..InstanceOptions::general(still) }
        .source(|clip| clip.depth(options.depth))
        .frames(f64::from(options.first), last)
        .frame_rate(options.fps)
        .watch(watch);
    for (name, text) in &options.params {
        let param = described.param(name).ok_or_else(|| Error::Param {
            name: name.clone(),
            reason: "the plugin has no such parameter; `describe` lists them".to_owned(),
        })?;
        made = made.value(name, param.parse(text)?);
    }
    Instance::create(host, made)
}

/// How long each frame took to render and to write.
struct Times {
    render: Vec<Duration>,
    write: Duration,
    total: Duration,
}

fn render(options: &Shot, mut film: Film, node: &Instance, report: &Report) -> Result<(Times, bool), Fault> {
    let start = Instant::now();
    let mut times = Times { render: Vec::new(), write: Duration::ZERO, total: Duration::ZERO };
    let mut good = true;
    let numbers: Vec<i32> = (0..options.frames).map(|i| options.first + i as i32).collect();
    // As many at once as threads, so that no more frames than that are in memory.
    for numbers in numbers.chunks(options.threads.max(1)) {
        let requests: Vec<RenderRequest> =
            numbers.iter().map(|number| RenderRequest::at(f64::from(*number)).scale(options.scale)).collect();
        let began = Instant::now();
        let frames = node.render_all(&requests, options.threads)?;
        times.render.push(began.elapsed() / numbers.len().max(1) as u32);
        let began = Instant::now();
        for (number, frame) in numbers.iter().zip(&frames) {
            film.add(frame)?;
            good &= check(*number, frame, report);
        }
        times.write += began.elapsed();
        if !good {
            break;
        }
        let done = numbers.last().map_or(0, |last| last - options.first + 1);
        let note = format!("{done} of {}", options.frames);
        report.progress("frames", f64::from(done) / f64::from(options.frames), &note);
    }
    report.end_bar();
    if good {
        let began = Instant::now();
        for note in film.finish()? {
            report.say(&format!("  note       {note}"), || json!({"event": "note", "text": note.to_string()}));
        }
        times.write += began.elapsed();
    }
    times.total = start.elapsed();
    Ok((times, good))
}

/// Whether the frame kept every rule; what it broke is told.
fn check(number: i32, frame: &Frame, report: &Report) -> bool {
    if !frame.is_clean() {
        let text = format!(
            "  frame {number}: {}, {} pixels unwritten, {} images leaked{}",
            frame.status,
            frame.unwritten,
            frame.leaked_images,
            if frame.wrote_outside { ", wrote outside of the image" } else { "" },
        );
        report.say(&text, || {
            json!({"event": "failed", "stage": "frame", "frame": number,
                   "status": frame.status.to_string(), "unwritten": frame.unwritten})
        });
    }
    frame.is_clean()
}

fn summarise(report: &Report, options: &Shot, [loaded, created, pressed]: [Duration; 3], times: &Times) {
    let files = [Some(&options.out), options.sheet.as_ref()];
    let written = files.into_iter().flatten().map(|f| format!("  {}", f.display())).collect::<Vec<_>>().join("\n");
    let rendered: Duration = times.total.saturating_sub(times.write);
    let count = f64::from(options.frames.max(1));
    let slowest = times.render.iter().max().copied().unwrap_or_default();
    let mut text =
        format!("  load       {:>9}   the bundle, with its description\n  create     {:>9}   the node", seconds(loaded), seconds(created),);
    if let Some(button) = &options.press {
        text.push_str(&format!("\n  {button:<10} {:>9}", seconds(pressed)));
    }
    text.push_str(&format!(
        "\n  render     {:>9}   {} a frame, the slowest {}\n  write      {:>9}\n{}",
        seconds(rendered),
        seconds(rendered.div_f64(count)),
        seconds(slowest),
        seconds(times.write),
        written,
    ));
    report.say(&text, || {
        json!({
            "event": "done", "load": loaded.as_secs_f64(), "create": created.as_secs_f64(),
            "press": pressed.as_secs_f64(), "render": rendered.as_secs_f64(),
            "slowest": slowest.as_secs_f64(), "write": times.write.as_secs_f64(),
            "frames": options.frames, "out": options.out, "sheet": options.sheet,
        })
    });
}
