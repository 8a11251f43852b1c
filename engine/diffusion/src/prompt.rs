//! Placeholder until the branch lands.
use tokenizers::Tokenizer;
/// t
pub struct Tokens { /// i
 pub ids: Vec<i64>, /// m
 pub mask: Vec<i64> }
/// c
pub fn clean(t: &str) -> String { t.split_whitespace().collect::<Vec<_>>().join(" ") }
/// e
pub fn encode(t: &Tokenizer, text: &str, max: usize, pad: u32) -> Result<Tokens, tokenizers::Error> {
    let mut t = t.clone();
    t.with_padding(None);
    t.with_truncation(Some(tokenizers::TruncationParams { max_length: max, ..Default::default() }))?;
    let e = t.encode(text, true)?;
    let mut ids: Vec<i64> = e.get_ids().iter().map(|i| i64::from(*i)).collect();
    let n = ids.len();
    ids.resize(max, i64::from(pad));
    Ok(Tokens { mask: (0..max).map(|i| i64::from(i < n)).collect(), ids })
}
