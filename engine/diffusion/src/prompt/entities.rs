//! `html.unescape` of Python, which follows HTML 5 but for code points that a document may not contain: those it drops.

use std::borrow::Cow;

/// Longest name looked at, without its semicolon.
const LONGEST: usize = 32;

/// Every `&name;`, `&name` of the old names, `&#number;` and `&#xnumber;` replaced by what it stands for.
pub fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, reference) = rest.split_at(at);
        out.push_str(before);
        let (length, replacement) = numeric(reference).or_else(|| named(reference)).unwrap_or((1, "&".into()));
        out.push_str(&replacement);
        rest = &reference[length..];
    }
    out.push_str(rest);
    out
}

/// What `&name` or `&name;` stands for, exactly.
pub fn entity(reference: &str) -> Option<&'static str> {
    htmlize::ENTITIES.get(reference.as_bytes()).and_then(|bytes| std::str::from_utf8(bytes).ok())
}

/// Bytes of the numeric reference that `text` begins with, and its character.
fn numeric(text: &str) -> Option<(usize, Cow<'static, str>)> {
    let body = text.strip_prefix("&#")?;
    let (prefix, digits, radix) = match body.strip_prefix(['x', 'X']) {
        Some(digits) => (3, digits, 16),
        None => (2, body, 10),
    };
    let end = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
    if end == 0 {
        return None;
    }
    let number = digits[..end].chars().filter_map(|c| c.to_digit(radix)).fold(0u32, |n, d| n.saturating_mul(radix).saturating_add(d));
    let semicolon = usize::from(digits[end..].starts_with(';'));
    Some((prefix + end + semicolon, character(number).map_or(Cow::Borrowed(""), |c| c.to_string().into())))
}

/// The character of a number; `None` where Python drops it.
fn character(number: u32) -> Option<char> {
    match number {
        0 => Some('\u{fffd}'),
        0x80..=0x9f => Some(windows_1252(number as u8)),
        0x01..=0x08 | 0x0b | 0x0e..=0x1f | 0x7f | 0xfdd0..=0xfdef => None,
        _ if number <= 0x10_ffff && number & 0xfffe == 0xfffe => None,
        _ => Some(char::from_u32(number).unwrap_or('\u{fffd}')),
    }
}

/// A C1 control as Windows-1252 has it; the five that it lacks stay as they are.
pub fn windows_1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•',
        '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    byte.checked_sub(0x80).and_then(|n| HIGH.get(usize::from(n))).copied().unwrap_or(char::from(byte))
}

/// Bytes of the named reference that `text` begins with, and what it stands for: the longest name that is one.
fn named(text: &str) -> Option<(usize, Cow<'static, str>)> {
    let body = text.strip_prefix('&')?;
    let mut ends: Vec<usize> = Vec::new();
    for (at, c) in body.char_indices().take(LONGEST) {
        if matches!(c, '\t' | '\n' | '\u{c}' | ' ' | '<' | '&' | '#' | ';') {
            break;
        }
        ends.push(at + c.len_utf8());
    }
    let last = *ends.last()?;
    if body[last..].starts_with(';') {
        ends.push(last + 1);
    }
    // Python tries the whole, then shorter ones down to two characters.
    let shortest = if ends.len() == 1 { 0 } else { 1 };
    let found = ends.iter().skip(shortest).rev().find_map(|end| Some((1 + end, entity(&text[..1 + end])?)));
    found.map(|(length, replacement)| (length, replacement.into()))
}
