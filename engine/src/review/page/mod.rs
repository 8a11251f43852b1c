//! Everything on one page: verdicts, pictures, curves. One file, no scripts, nothing fetched.

mod pictures;
mod plot;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::finding::{BREATHING, COLOUR, CONSISTENCY, FLICKER, SHARPNESS, SMOOTHNESS, TRAVEL};
use super::{Finding, Footage, FrameNumbers, Review, ReviewError};
use pictures::Pictures;
use plot::{Axis, Line, curves, rose};

/// 18 % grey is sRGB 118; the page around it is darker, neutral, and without a hue that would tint the judgement of colours.
const STYLE: &str = "\
:root{color-scheme:dark}\
*{box-sizing:border-box}\
body{margin:0;background:#2b2b2b;color:#d8d8d8;font:15px/1.45 system-ui,sans-serif}\
main{max-width:1240px;margin:0 auto;padding:28px 24px 56px}\
header h1{font-size:26px;line-height:1.25;margin:0 0 6px;color:#fff;font-weight:600}\
header p{margin:0;color:#a6a6a6;overflow-wrap:anywhere}\
h2{font-size:13px;font-weight:600;letter-spacing:.06em;text-transform:uppercase;color:#a6a6a6;margin:34px 0 12px}\
ul.found{list-style:none;margin:18px 0 0;padding:0}\
ul.found li{background:#3a3a3a;border-left:5px solid #e0a33a;padding:10px 14px;margin:0 0 8px}\
ul.found li.good{border-color:#7fb069}\
ul.found b{color:#fff;font-weight:600}\
ul.found span{display:block;color:#c4c4c4}\
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(185px,1fr));gap:1px;background:#444;margin:0;border:1px solid #444}\
dl div{background:#323232;padding:9px 12px}\
dt{color:#a6a6a6;font-size:12px}\
dd{margin:0;color:#fff;font-size:18px;font-variant-numeric:tabular-nums}\
dd small{display:block;color:#8f8f8f;font-size:11px}\
.over dd{color:#f0bd62}\
figure{margin:0}\
figure img{display:block;width:100%;height:auto;background:#111}\
figcaption{color:#a6a6a6;font-size:12px;padding:5px 0 0}\
.two{display:grid;grid-template-columns:1fr 1fr;gap:16px}\
.plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(380px,1fr));gap:16px}\
.plots figure{background:#323232;padding:12px}\
svg{display:block;width:100%;height:auto}\
svg text{fill:#a6a6a6;font:11px system-ui,sans-serif}\
.plots h3{margin:0 0 6px;font-size:14px;font-weight:600;color:#eee}\
@media(max-width:760px){.two{grid-template-columns:1fr}.plots{grid-template-columns:1fr}}";

/// The page of a review; `footage` is what was reviewed.
pub fn page(review: &Review, footage: &Footage) -> Result<String, ReviewError> {
    let pictures = Pictures::of(review, footage)?;
    let title = format!("Review of {}", short(&review.name));
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { main {
                (head(review, footage))
                (findings(review))
                h2 { "Pictures" }
                (pictures_of(&pictures, review))
                h2 { "Frame by frame" }
                (plots(review))
                h2 { "Numbers" }
                (numbers(review))
            } }
        }
    };
    Ok(markup.into_string())
}

fn head(review: &Review, footage: &Footage) -> Markup {
    let seconds = f64::from(review.frames) / review.fps;
    let rate = (review.fps * 1000.0).round() / 1000.0;
    html! {
        header {
            h1 { (review.verdict) }
            p { (review.frames) " frames, " (review.width) "×" (review.height) ", " (rate) " frames/s, " (format!("{seconds:.2}")) " s" }
            @if let Some(r) = footage.request() {
                p {
                    (r.model) ", seed " (r.seed) ", strength " (r.strength)
                    @for (name, v) in r.camera.parts().iter().filter(|(_, v)| *v != 0.0) { ", " (name) " " (format!("{v:+}")) }
                    @if !r.prompt.is_empty() { ", “" (r.prompt) "”" }
                    @if !r.negative_prompt.is_empty() { ", not “" (r.negative_prompt) "”" }
                }
            }
            p { (review.name) }
        }
    }
}

fn findings(review: &Review) -> Markup {
    let verdict = &review.verdict;
    html! {
        ul.found {
            @for (n, finding) in verdict.findings.iter().enumerate() {
                li {
                    b { (finding) }
                    @let remedies = verdict.remedies(n).iter().map(|r| r.to_string()).collect::<Vec<_>>().join("; ");
                    @if !remedies.is_empty() { span { "Try, in this order: " (remedies) "." } }
                }
            }
            @if verdict.findings.is_empty() { li.good { b { "Nothing stands out." } } }
        }
    }
}

fn picture(uri: &str, caption: &str) -> Markup {
    html! { figure { img src=(uri) alt=(caption); figcaption { (caption) } } }
}

fn pictures_of(p: &Pictures, review: &Review) -> Markup {
    let last = review.frames.saturating_sub(1);
    html! {
        (picture(&p.sheet, "Contact sheet, first frame to last"))
        div.two style="margin-top:16px" {
            (picture(&p.still, "Still"))
            (picture(&p.first, "First frame"))
            (picture(&p.last, &format!("Last frame ({})", last + 1)))
            (picture(&p.heat, &format!("Difference from the still, mean of all frames: black 0, white {:.0} levels of 255 and more; the frame marks the most changed region", p.brightest)))
        }
        div style="margin-top:16px" { (picture(&p.strip, "The most changed region, first frame to last")) }
    }
}

/// The curve of one number.
fn line<'a>(name: &'a str, colour: &'a str, frames: &[FrameNumbers], of: impl Fn(&FrameNumbers) -> Option<f64>) -> Line<'a> {
    Line { name, colour, points: frames.iter().filter_map(|f| Some((f64::from(f.frame + 1), of(f)?))).collect() }
}

fn plots(review: &Review) -> Markup {
    const PLAIN: &str = "#d0d0d0";
    let f = &review.per_frame;
    let outside = if review.masked { "outside the mask" } else { "" };
    let mut drift = vec![line(outside, PLAIN, f, |f| Some(f.drift_outside))];
    if review.masked {
        drift.push(line("inside the mask", "#e0a33a", f, |f| f.drift_inside));
    }
    let colour = ["#e06c6c", "#7fb069", "#6c9be0"].iter().zip(["red", "green", "blue"]).enumerate();
    let colours: Vec<Line<'_>> = colour.map(|(k, (c, name))| line(name, c, f, move |f| f.colour.get(k).copied())).collect();
    let plot = |title: &str, axis: Axis, lines: &[Line<'_>]| html! { figure { h3 { (title) } (curves(&axis, lines)) } };
    html! {
        div.plots {
            (plot("Drift from the still", Axis::from_zero("levels of 255", 4.0), &drift))
            (plot("Flicker", Axis::from_zero("levels of 255", 2.0).limit(FLICKER), &[line("", PLAIN, f, |f| f.flicker)]))
            (plot("Background, likeness to the still", Axis::up_to_one("SSIM").limit(CONSISTENCY), &[line("", PLAIN, f, |f| Some(f.background))]))
            (plot("Sharpness against the still", Axis::from_zero("× the still", 1.25).limit(SHARPNESS), &[line("", PLAIN, f, |f| Some(f.sharpness))]))
            (plot("Mean colour", Axis::around("levels of 255", 8.0), &colours))
            (plot("Motion of the fastest twentieth", Axis::from_zero("% of the shorter side per second", 4.0), &[line("", PLAIN, f, |f| Some(f.motion))]))
            figure { h3 { "Where content goes" } (rose(&review.summary.rose, review.summary.travel >= TRAVEL)) }
        }
    }
}

fn numbers(review: &Review) -> Markup {
    let s = &review.summary;
    let found = |word: &str| review.verdict.findings.iter().any(|f| Finding::word(f) == word);
    let opt = |v: Option<f64>| v.map_or("–".to_string(), |v| format!("{v:.3}"));
    let c = s.camera;
    // Rounded first, so that a camera at rest has no sign.
    let signed = |v: f64| format!("{:+.1}", (v * 10.0).round() / 10.0 + 0.0);
    let rows = [
        ("Background consistency", format!("{:.3}", s.background_consistency), format!("good from {CONSISTENCY}"), "loses_still"),
        ("Subject consistency", opt(s.subject_consistency), "inside the mask".into(), ""),
        ("Temporal flickering", opt(s.temporal_flickering), "1 is none, motion counts".into(), ""),
        ("Flicker", format!("{:.2}", s.flicker), format!("levels, seen from {FLICKER}"), "flickers"),
        ("Motion smoothness", opt(s.motion_smoothness), format!("good from {SMOOTHNESS}"), "rough_motion"),
        ("Breathing", format!("{:.2} %", s.breathing), format!("seen from {BREATHING} %"), "background_breathes"),
        ("Farthest motion", format!("{:.1} %", s.travel), format!("of the shorter side, none below {TRAVEL}"), "stands"),
        ("Dynamic degree", if s.dynamic { "dynamic" } else { "calm" }.into(), "fast motion in a quarter of the looks".into(), ""),
        ("Direction", s.direction.to_string().replacen("motion ", "", 1), "of the content".into(), ""),
        ("Camera pan", format!("{} %", signed(c.pan * 100.0)), "of the width, + to the right".into(), ""),
        ("Camera tilt", format!("{} %", signed(c.tilt * 100.0)), "of the height, + up".into(), ""),
        ("Camera dolly", format!("{} %", signed(c.dolly * 100.0)), "growth, + in".into(), ""),
        ("Camera roll", format!("{}°", signed(c.roll)), "+ clockwise".into(), ""),
        ("Sharpness kept", format!("{:.0} %", s.sharpness_kept * 100.0), format!("good from {:.0} %", SHARPNESS * 100.0), "softens"),
        ("Colour shift", format!("{:.1}", s.colour_shift), format!("levels, much from {COLOUR}"), "colour_shifts"),
    ];
    html! {
        dl {
            @for (name, value, note, word) in &rows {
                div class=[found(word).then_some("over")] { dt { (name) } dd { (value) small { (note) } } }
            }
        }
    }
}

/// A hash's beginning, a path's end.
fn short(name: &str) -> String {
    match name.rsplit_once(['/', '\\']) {
        Some((_, end)) if !end.is_empty() => end.into(),
        _ => name.chars().take(12).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short() {
        assert_eq!(short("shots/wide/f"), "f");
        assert_eq!(short(&"a".repeat(64)), "a".repeat(12));
    }
}
