//! Values written on the command line.

use wakeframe_take::picture::Picture;

/// Smallest side of a take, pixels.
const MIN_SIDE: u32 = 16;

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
    let (w, h) = text.split_once(['x', 'X', '×']).ok_or_else(wrong)?;
    let side = |t: &str| t.trim().parse::<u32>().ok().filter(|n| (MIN_SIDE..=max).contains(n));
    side(w).zip(side(h)).ok_or_else(wrong)
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
    fn sizes_are_two_sides() {
        assert_eq!(size("1920x1080"), Ok((1920, 1080)));
        assert_eq!(size("640X360"), Ok((640, 360)));
        assert_eq!(size("640×360"), Ok((640, 360)));
        for text in ["", "640", "640x", "x360", "8x8", "640x360x2", "99999x10", "-640x360", "640*360"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
