//! `ftfy.fix_text` of ftfy 6.3.1 without `fix_encoding`; see [`clean`](super::clean).

use unicode_normalization::UnicodeNormalization;

use super::entities::{entity, unescape, windows_1252};

/// Line by line, each until nothing changes any more.
pub fn fix_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // A literal < says that this is HTML, whose entities are meant; from there on they are kept.
    let mut html = false;
    for line in text.split_inclusive('\n') {
        html |= line.contains('<');
        let mut line = line.to_owned();
        loop {
            let fixed = fix_once(&line, !html);
            if fixed == line {
                break;
            }
            line = fixed;
        }
        out.push_str(&line);
    }
    out
}

fn fix_once(line: &str, entities: bool) -> String {
    let text = if entities { unescape_closed(line) } else { line.to_owned() };
    let text = line_breaks(&text.chars().flat_map(Replaced::of).collect::<String>());
    let text = without_terminal_escapes(&text);
    text.chars().filter(|c| !is_control(*c)).nfc().collect()
}

/// `unescape_html`: references that end in a semicolon, and names written in capitals where that means nothing else.
fn unescape_closed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = reference_length(rest).unwrap_or(1);
        let (reference, after) = rest.split_at(length);
        match closed(reference) {
            Some(replacement) => out.push_str(&replacement),
            None => out.push_str(reference),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Bytes of `&#?[0-9A-Za-z]{1,24};` at the beginning.
fn reference_length(text: &str) -> Option<usize> {
    let name = text.strip_prefix('&')?;
    let name = name.strip_prefix('#').unwrap_or(name);
    let end = name.find(|c: char| !c.is_ascii_alphanumeric())?;
    ((1..=24).contains(&end) && name[end..].starts_with(';')).then(|| text.len() - name.len() + end + 1)
}

fn closed(reference: &str) -> Option<String> {
    if let Some(text) = entity(reference) {
        return Some(text.to_owned());
    }
    if reference.starts_with("&#") {
        let text = unescape(reference);
        return (!text.contains(';')).then_some(text);
    }
    let lower = reference.to_ascii_lowercase();
    let shouted = reference == lower.to_ascii_uppercase() && unescape(reference) == reference;
    entity(&lower).filter(|_| shouted).map(str::to_uppercase)
}

/// What one character becomes: `fix_c1_controls`, `fix_latin_ligatures`, `fix_character_width`, `uncurl_quotes`, in this order.
enum Replaced {
    One(Option<char>),
    Letters(std::str::Chars<'static>),
    Wide(unicode_normalization::Recompositions<std::option::IntoIter<char>>),
}

impl Replaced {
    fn of(c: char) -> Self {
        let c = if ('\u{80}'..='\u{9f}').contains(&c) { windows_1252(c as u8) } else { c };
        match c {
            '\u{3000}' => Self::One(Some(' ')),
            // Widths are undone before quotes, and no wide form gives a curly quote.
            '\u{ff01}'..='\u{ffef}' => Self::Wide(Some(c).into_iter().nfkc()),
            '\u{2bc}' | '\u{2018}'..='\u{201b}' => Self::One(Some('\'')),
            '\u{201c}'..='\u{201f}' => Self::One(Some('"')),
            _ => ligature(c).map_or(Self::One(Some(c)), |letters| Self::Letters(letters.chars())),
        }
    }
}

impl Iterator for Replaced {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        match self {
            Self::One(c) => c.take(),
            Self::Letters(letters) => letters.next(),
            Self::Wide(chars) => chars.next(),
        }
    }
}

fn ligature(c: char) -> Option<&'static str> {
    Some(match c {
        'Ĳ' => "IJ",
        'ĳ' => "ij",
        // ftfy gives U+02BC here, which its quotes then make straight.
        'ŉ' => "'n",
        'Ǳ' => "DZ",
        'ǲ' => "Dz",
        'ǳ' => "dz",
        'Ǆ' => "DŽ",
        'ǅ' => "Dž",
        'ǆ' => "dž",
        'Ǉ' => "LJ",
        'ǈ' => "Lj",
        'ǉ' => "lj",
        'Ǌ' => "NJ",
        'ǋ' => "Nj",
        'ǌ' => "nj",
        'ﬀ' => "ff",
        'ﬁ' => "fi",
        'ﬂ' => "fl",
        'ﬃ' => "ffi",
        'ﬄ' => "ffl",
        'ﬅ' => "ſt",
        'ﬆ' => "st",
        _ => return None,
    })
}

fn line_breaks(text: &str) -> String {
    text.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}', '\u{85}'], "\n")
}

/// `\033\[((?:\d|;)*)([a-zA-Z])` taken out.
fn without_terminal_escapes(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let command = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        match command.strip_prefix(|c: char| c.is_ascii_alphabetic()) {
            Some(after) => out.push_str(after),
            None => {
                out.push_str("\u{1b}[");
                out.push_str(part);
            }
        }
    }
    out
}

/// `remove_control_chars`.
fn is_control(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{e}'..='\u{1f}' | '\u{7f}' | '\u{206a}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffc}')
}
