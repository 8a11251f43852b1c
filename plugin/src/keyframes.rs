//! The Keyframes field: one `FRAME:SOURCEFRAME[:STRENGTH]` per line.

/// One line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Key {
    /// Frame of the take; 0 is the still.
    pub frame: u32,
    /// The Source frame that is its picture.
    pub source: f64,
    /// How firmly it is kept to, 0…1.
    pub strength: f64,
}

/// Every line of the field, or the line that is none.
pub fn parse(text: &str) -> Result<Vec<Key>, String> {
    // Some hosts' single-line editors take no line break: a comma or a semicolon parts lines, too.
    let lines = text.split(['\n', '\r', ',', ';']).map(str::trim).filter(|l| !l.is_empty());
    lines.map(|line| key(line).ok_or_else(|| line.to_string())).collect()
}

fn key(line: &str) -> Option<Key> {
    let mut parts = line.split(':').map(str::trim);
    let frame = parts.next()?.parse().ok()?;
    let source: f64 = parts.next()?.parse().ok()?;
    let strength = parts.next().map_or(Some(1.0), |s| s.parse().ok())?;
    let whole = source.is_finite() && (0.0..=1.0).contains(&strength) && parts.next().is_none();
    whole.then_some(Key { frame, source, strength })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_with_and_without_a_strength() {
        let keys = parse("24:1025\r\n 48 : 1049 : 0.5 \n\n96:-3,120:7").unwrap();
        let parts: Vec<_> = keys.iter().map(|k| (k.frame, k.source, k.strength)).collect();
        assert_eq!(parts, [(24, 1025.0, 1.0), (48, 1049.0, 0.5), (96, -3.0, 1.0), (120, 7.0, 1.0)]);
        assert_eq!(parse(" \n").unwrap(), []);
    }

    #[test]
    fn a_line_that_is_none_is_named() {
        for wrong in ["24", "24:", "a:1", "1:2:3", "1:2:0.5:1", "-1:2", "1:inf", "1:2:NaN"] {
            assert_eq!(parse(&format!("4:5\n{wrong}")), Err(wrong.into()));
        }
    }
}
