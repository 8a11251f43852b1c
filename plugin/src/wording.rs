//! What the node says. Short, and always with what to do next.

use wakeframe_take::pack::Control;
use wakeframe_take::request::Request;

/// The node in a host's help.
pub const DESCRIPTION: &str = "Wakeframe wakes up a still: it takes one frame of Source and makes the shot that follows from it. \
Describe the motion, press Generate, and the frames play from Start frame on. Background renders make missing frames by themselves.";
/// Status of a new node.
pub const FIRST_STATUS: &str = "Press Generate to make the take.";
/// A render found no take.
pub const NOT_MADE: &str = "Still shown: no take for these settings yet. Press Generate.";
/// A setting was changed after a press.
pub const CHANGED: &str = "Settings changed. If the picture stands still, press Generate.";
/// `WAKEFRAME_SAFE_MODE=1`.
pub const SAFE_MODE: &str = "Safe mode: the still is passed through. Unset WAKEFRAME_SAFE_MODE and restart the host to generate.";
/// Source has no picture.
pub const NO_SOURCE: &str = "No picture in Source. Connect one.";
/// The host hands out no picture outside a render.
pub const NO_STILL_NOW: &str =
    "The host gave no picture of Source at Still frame. Check Still frame and Source, then press Generate again.";
/// Pixels of a sort the node cannot read.
pub const ODD_PIXELS: &str = "The host's pixels cannot be read: RGB or RGBA in 8, 16, half or float are needed.";
/// Use mask is on and there is no mask.
pub const NO_MASK: &str = "Use mask is on but Mask has no picture: everything moves. Connect Mask or turn Use mask off.";
/// No pack.
pub const NO_MODEL: &str = "No model is installed. Reinstall the Wakeframe bundle.";
/// The menu has no such line.
pub const UNKNOWN_MODEL: &str = "The chosen model is not installed here. Choose another Model.";
/// The node failed inside.
pub const INSIDE: &str = "Wakeframe failed inside. Set WAKEFRAME_LOG=1, restart the host, try again and send node.log.";
/// The engine says done, the frame is not there.
pub const FRAME_LOST: &str = "The engine finished but this frame is not in the take store. Press Generate again.";
/// The engine cancelled for somebody else.
pub const CANCELLED_ELSEWHERE: &str = "The take was cancelled by another host. What was finished is kept: press Generate to go on.";

/// The model the project was made with is not in the menu.
pub fn missing_model(name: &str) -> String {
    format!(
        "The model “{name}” is not installed here. Add its pack with “wakeframe models add” and restart the host, or choose another Model."
    )
}

/// The help of a parameter the chosen model cannot be told.
pub fn greyed_out(hint: &str, model: &str, control: Control) -> String {
    format!("{hint} Greyed out: {model} has no {}.", control.label())
}

/// What is set in the panel and the model cannot be told.
pub fn left_out(model: &str, lacking: &[&str]) -> String {
    let (list, rest) = (lacking.join(", "), if lacking.len() == 1 { "it is left out" } else { "these are left out" });
    format!("{model} has no {list}: {rest}")
}

/// A line of the Keyframes field that is none.
pub fn odd_keyframe(line: &str) -> String {
    format!("Keyframes has the line “{line}”. Write FRAME:SOURCEFRAME or FRAME:SOURCEFRAME:STRENGTH, strength 0 to 1, such as 48:1049:0.8")
}

/// The Model size field holds no size.
pub fn odd_model_size(text: &str) -> String {
    format!("Model size is “{text}”. Write WIDTHxHEIGHT, such as 832x480, or leave it empty")
}

/// A picture beside the still is not to be had.
pub fn no_picture(what: &str, frame: f64) -> String {
    format!("The host gave no picture of Source at frame {frame} ({what}). Choose another frame")
}

/// The latest denoise step of a take that is not whole.
pub fn preview(step: u32, of: u32) -> String {
    format!("Preview after denoise step {step} of {of}. Press Generate to go on.")
}

/// What a person should know, after the status.
pub fn notes(all: &[String]) -> String {
    all.iter().map(|note| format!(" {}", sentence(note))).collect()
}

/// With a capital and one full stop.
fn sentence(text: &str) -> String {
    let text = text.trim();
    let mut letters = text.chars();
    let start = letters.next().map(|c| c.to_uppercase().collect::<String>()).unwrap_or_default();
    let stop = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{start}{}{stop}", letters.as_str())
}

/// A take of another size stands in.
pub fn stand_in(width: u32, height: u32, larger: bool) -> Option<String> {
    (!larger).then(|| format!("Preview from the {width}×{height} take. Press Generate for full size."))
}

/// A press ended well.
pub fn done(request: &Request, seconds: f64) -> String {
    if seconds < 0.05 {
        return already(request);
    }
    format!("Done: {} frames in {}, seed {}.", request.frames, duration(seconds), request.seed)
}

/// The take was there.
pub fn already(request: &Request) -> String {
    format!("Already made: {} frames, seed {}.", request.frames, request.seed)
}

/// The user cancelled.
pub fn cancelled(done: u32, of: u32) -> String {
    if done == 0 {
        "Cancelled. Press Generate to start again; what was done is kept.".into()
    } else {
        format!("Cancelled: {done} of {of} frames are kept. Press Generate to go on.")
    }
}

/// A press or a background render failed.
pub fn failed(reason: &str) -> String {
    let reason = reason.trim();
    let stop = if reason.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("Failed: {reason}{stop}")
}

/// A frame had to be moved into the Source's range.
pub fn moved(what: &str, asked: f64, used: f64) -> String {
    format!(" {what} {asked} is outside Source; frame {used} was used.")
}

/// The progress bar's title.
pub fn progress_title(request: &Request) -> String {
    format!("Wakeframe: {} frames", request.frames)
}

fn duration(seconds: f64) -> String {
    if seconds < 60.0 { format!("{seconds:.1} s") } else { format!("{} min {:02} s", (seconds / 60.0) as u64, (seconds % 60.0) as u64) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_ends_in_one_full_stop() {
        assert_eq!(failed("the disk is full"), "Failed: the disk is full.");
        assert_eq!(failed("The disk is full. "), "Failed: The disk is full.");
    }

    #[test]
    fn notes_are_sentences() {
        assert_eq!(notes(&["the model works at 8×8".into(), "Éa?".into()]), " The model works at 8×8. Éa?");
        assert_eq!(notes(&[]), "");
        assert_eq!(left_out("Mini", &["guidance"]), "Mini has no guidance: it is left out");
    }

    #[test]
    fn durations_read_well() {
        assert_eq!(duration(3.26), "3.3 s");
        assert_eq!(duration(125.0), "2 min 05 s");
    }
}
