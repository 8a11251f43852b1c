//! `prompt_clean` of `pipeline_wan_i2v.py`: `ftfy.fix_text`, HTML entities twice, white space.
//!
//! One part of ftfy is left out: the repair of mojibake (`fix_encoding`: "schÃ¶n" for "schön"), which guesses with tables of ten
//! old encodings whether a text was once decoded with the wrong one. Text that is not mojibake comes out as from ftfy 6.3.1.

use super::{entities, fix};

/// The prompt as Wan's text encoder was trained to see it.
pub fn wan(prompt: &str) -> String {
    let text = entities::unescape(&entities::unescape(&fix::fix_text(prompt)));
    text.split(is_space).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Python's `\s` and `str.isspace`: Unicode white space and the four information separators.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}
