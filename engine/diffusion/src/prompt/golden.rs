//! Prompts against Wan's pipeline, Python and transformers.

use std::path::Path;

use serde_json::Value;
use tokenizers::Tokenizer;

use super::encode::{PromptEncoder, PromptError};
use super::{clean, entities};
use crate::golden::Golden;

fn tokenizer(kind: &str) -> Tokenizer {
    Tokenizer::from_file(Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("golden/tokenizer_{kind}.json"))).unwrap()
}

fn each(kind: &str, check: impl Fn(&Value, &str)) {
    let golden = Golden::read("prompts");
    let cases: Vec<_> = golden.cases().iter().filter(|c| c["kind"] == kind).collect();
    assert!(!cases.is_empty(), "no cases of {kind}");
    cases.iter().for_each(|case| check(case, case["text"].as_str().unwrap()));
}

#[test]
fn prompts_are_cleaned_as_wan_does() {
    each("clean", |case, text| assert_eq!(clean::wan(text), case["clean"].as_str().unwrap(), "{text:?}"));
}

#[test]
fn entities_are_those_of_python() {
    each("unescape", |case, text| assert_eq!(entities::unescape(text), case["clean"].as_str().unwrap(), "{text:?}"));
}

/// What the documentation says is not done. Should it be one day, this test says so.
#[test]
fn mojibake_is_not_repaired() {
    each("mojibake", |case, text| assert_ne!(clean::wan(text), case["clean"].as_str().unwrap(), "{text:?}"));
}

#[test]
fn tokens_are_those_of_transformers() {
    each("tokens", |case, text| {
        let number = |key: &str| case[key].as_u64().unwrap();
        let list = |key: &str| case[key].as_array().unwrap().iter().map(|v| v.as_i64().unwrap()).collect::<Vec<_>>();
        let tokenizer = tokenizer(case["tokenizer"].as_str().unwrap());
        let encoder = PromptEncoder::new(tokenizer, number("length") as usize, number("pad") as u32).unwrap();
        let tokens = encoder.encode(text).unwrap();
        assert_eq!((tokens.ids, tokens.mask), (list("ids"), list("mask")), "{case}");
    });
}

#[test]
fn a_long_prompt_keeps_its_end_token() {
    let end = tokenizer("t5").token_to_id("</s>").map(i64::from);
    let encoder = PromptEncoder::new(tokenizer("t5"), 8, 0).unwrap();
    let tokens = encoder.encode(&"the quick brown fox ".repeat(9)).unwrap();
    assert_eq!((tokens.ids.len(), tokens.ids.last().copied(), tokens.count()), (8, end, 8));
}

#[test]
fn a_length_without_room_is_refused() {
    let made = PromptEncoder::new(tokenizer("clip"), 1, 0).and_then(|e| e.encode("dance monkey"));
    assert!(matches!(made, Err(PromptError::Length { max_tokens: 1, .. })), "{made:?}");
}
