//! Values written on the command line.

use std::path::PathBuf;

use wakeframe_take::params;
use wakeframe_take::picture::Picture;

/// Smallest side of a take, pixels.
const MIN_SIDE: u32 = 16;

/// A whole number from `min` to `max`.
pub(super) fn whole(text: &str, min: i32, max: i32) -> Result<i64, String> {
    let value = text.trim().parse::<i64>().ok().filter(|v| (i64::from(min)..=i64::from(max)).contains(v));
    value.ok_or_else(|| format!("give a whole number, {min} to {max}"))
}

/// A seed as any tool writes it: of more than 32 bits the lower 32 count, as torch's generator on the processor has it.
pub(super) fn seed(text: &str) -> Result<i64, String> {
    let value = text.trim().parse::<u64>().map_err(|_| "give a whole number, 0 or above".to_string())?;
    Ok(i64::from(value as u32))
}

/// A number from `min` to `max`; a fraction such as `24000/1001` is one.
pub(super) fn number(text: &str, min: f64, max: f64) -> Result<f64, String> {
    let plain = |t: &str| t.trim().parse::<f64>().ok().filter(|v| v.is_finite());
    let value = match text.split_once('/') {
        Some((a, b)) => plain(a).zip(plain(b)).map(|(a, b)| a / b).filter(|v| v.is_finite()),
        None => plain(text),
    };
    let value = value.ok_or_else(|| format!("not a number; give {min} to {max}"))?;
    if value >= min && value <= max { Ok(value) } else { Err(format!("out of range; give {min} to {max}")) }
}

/// `1920x1080` as pixels.
pub(super) fn size(text: &str) -> Result<(u32, u32), String> {
    let max = Picture::MAX_SIDE as u32;
    let wrong = || format!("not a size; give WIDTHxHEIGHT in pixels, each {MIN_SIDE} to {max}, such as 1920x1080");
    let side = |n: u32| (MIN_SIDE..=max).contains(&n);
    params::size_of(text).filter(|(w, h)| side(*w) && side(*h)).ok_or_else(wrong)
}

/// A keyframe's place, file and strength.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct KeyframeFile {
    /// Frame of the take; 0 is the still.
    pub(super) frame: u32,
    /// Its picture.
    pub(super) path: PathBuf,
    /// 0…1.
    pub(super) strength: f64,
}

/// `FRAME:STILL[:STRENGTH]`. A still's own name may have colons; what follows the last is a strength only where it is
/// a number.
pub(super) fn keyframe(text: &str) -> Result<KeyframeFile, String> {
    let wrong = || "not a keyframe; give FRAME:STILL or FRAME:STILL:STRENGTH, such as 48:later.png:0.8".to_string();
    let (frame, rest) = text.split_once(':').ok_or_else(wrong)?;
    let frame = frame.trim().parse().map_err(|_| wrong())?;
    let (path, strength) = match rest.rsplit_once(':').map(|(path, strength)| (path, strength.trim().parse::<f64>())) {
        Some((path, Ok(strength))) => (path, strength),
        _ => (rest, 1.0),
    };
    if path.is_empty() {
        return Err(wrong());
    }
    if !(0.0..=1.0).contains(&strength) {
        return Err(format!("the strength {strength} is out of range; give 0 to 1"));
    }
    Ok(KeyframeFile { frame, path: path.into(), strength })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_fractions_within_their_range() {
        assert_eq!(number("-0.6", -1.0, 1.0), Ok(-0.6));
        assert_eq!(number("24000/1001", 1.0, 240.0), Ok(24000.0 / 1001.0));
        assert_eq!(number(" 1e-1 ", 0.0, 1.0), Ok(0.1));
        for text in ["", "x", "nan", "inf", "1/0", "2", "-1.01", "1//2", "0,5"] {
            assert!(number(text, -1.0, 1.0).is_err_and(|e| e.contains("-1 to 1")), "{text}");
        }
    }

    #[test]
    fn keyframes_are_a_frame_a_file_and_perhaps_a_strength() {
        let of = |text: &str| keyframe(text).map(|k| (k.frame, k.path.display().to_string(), k.strength));
        assert_eq!(of("48:later.png"), Ok((48, "later.png".into(), 1.0)));
        assert_eq!(of("48:later.png:0.8"), Ok((48, "later.png".into(), 0.8)));
        assert_eq!(of(r"8:C:\stills\a.png"), Ok((8, r"C:\stills\a.png".into(), 1.0)));
        assert_eq!(of("8:a:b.png:0"), Ok((8, "a:b.png".into(), 0.0)));
        for text in ["", "48", "later.png", "x:later.png", "-1:later.png", "48:", "48::0.5"] {
            assert!(keyframe(text).is_err_and(|e| e.contains("FRAME:STILL")), "{text}");
        }
        for text in ["48:a.png:1.5", "48:a.png:-1", "48:a.png:nan"] {
            assert!(keyframe(text).is_err_and(|e| e.contains("0 to 1")), "{text}");
        }
    }

    #[test]
    fn seeds_of_other_tools_are_taken() {
        assert_eq!((seed("7"), seed("4294967295"), seed("1234567890123")), (Ok(7), Ok(4_294_967_295), Ok(1_912_276_171)));
        assert!(["-1", "x", "1.5", ""].into_iter().all(|t| seed(t).is_err()));
        assert_eq!(whole(" 40", 0, 200), Ok(40));
        assert!(whole("201", 0, 200).is_err_and(|e| e.contains("0 to 200")));
    }

    #[test]
    fn sizes_are_two_sides() {
        assert_eq!(size("1920x1080"), Ok((1920, 1080)));
        assert_eq!(size("640X360"), Ok((640, 360)));
        assert_eq!(size("640×360"), Ok((640, 360)));
        for text in ["", "640", "640x", "x360", "8x8", "640x360x2", "99999x10", "-640x360", "640*360"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
