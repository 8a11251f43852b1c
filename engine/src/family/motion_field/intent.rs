//! Prompt → intent: what each class of region should do.

use std::path::Path;

use ndarray::Array2;
use tokenizers::Tokenizer;

use super::{CLASSES, INTENT, ModelError};
use crate::pack::Validated;
use crate::runtime::{Input, Session};

/// Tokens read of a prompt; the encoder was trained on short sentences.
const MAX_TOKENS: usize = 64;
/// Below this a region stays still: the reader's answer to a prompt that asks nothing of it is not exactly 0.
const DEAD_ZONE: f32 = 0.2;
const LIVE: usize = 3;

/// Per class: drift x (+ right), drift y (+ down), sway, live; about −2…2, 1 is an ordinary pace.
#[derive(Debug, Clone, PartialEq)]
pub struct Intent(pub [[f32; INTENT]; CLASSES]);

/// Reads prompts.
pub struct PromptReader {
    tokenizer: Tokenizer,
    text: Session,
    reader: Session,
    pack: String,
}

impl PromptReader {
    pub fn open(pack: &Validated) -> Result<Self, ModelError> {
        let tokenizer = load_tokenizer(pack.component("tokenizer")?)?;
        let text = Session::open(pack.component("text")?)?;
        text.expect(&["input_ids", "attention_mask", "token_type_ids"], &[])?;
        let reader = Session::open(pack.component("reader")?)?;
        reader.expect(&["hidden", "mask"], &["intent"])?;
        Ok(Self { tokenizer, text, reader, pack: pack.pack().name.clone() })
    }

    /// What the prompt asks, less what the negative prompt forbids: a region the negative prompt would wake
    /// stays still.
    pub fn read(&self, prompt: &str, negative: &str) -> Result<Intent, ModelError> {
        let mut intent = self.of_text(prompt)?;
        if !negative.trim().is_empty() {
            let forbidden = self.of_text(negative)?;
            for (class, not) in intent.0.iter_mut().zip(forbidden.0) {
                let keep = 1.0 - not[LIVE].clamp(0.0, 1.0);
                class.iter_mut().for_each(|v| *v *= keep);
            }
        }
        for class in &mut intent.0 {
            if class[LIVE] < DEAD_ZONE {
                *class = [0.0; INTENT];
            }
        }
        Ok(intent)
    }

    fn of_text(&self, text: &str) -> Result<Intent, ModelError> {
        if text.trim().is_empty() {
            return Ok(Intent([[0.0; INTENT]; CLASSES]));
        }
        let encoded = self.tokenizer.encode(text, true).map_err(|e| ModelError::Prompt(e.to_string()))?;
        let ids: Vec<i64> = encoded.get_ids().iter().map(|&id| i64::from(id)).collect();
        let tokens = ids.len();
        let shape = |v: Vec<i64>| Array2::from_shape_vec((1, tokens), v).map_err(|e| ModelError::Prompt(e.to_string()));
        let (ids, ones, zeros) = (shape(ids)?, shape(vec![1; tokens])?, shape(vec![0; tokens])?);
        let states = self.text.run(vec![
            ("input_ids", Input::Int(ids.view().into_dyn())),
            ("attention_mask", Input::Int(ones.view().into_dyn())),
            ("token_type_ids", Input::Int(zeros.view().into_dyn())),
        ])?;
        let wrong = |what: String| ModelError::Shape { pack: self.pack.clone(), what };
        let hidden = states.into_values().find(|v| v.ndim() == 3).ok_or_else(|| wrong("no token states from its text graph".into()))?;
        let mask = Array2::<f32>::ones((1, tokens));
        let outputs = self.reader.run(vec![("hidden", Input::Float(hidden.view())), ("mask", Input::Float(mask.view().into_dyn()))])?;
        let values: Vec<f32> = outputs.get("intent").map(|a| a.iter().copied().collect()).unwrap_or_default();
        if values.len() != CLASSES * INTENT {
            return Err(wrong(format!("an intent of {} values", values.len())));
        }
        let mut intent = Intent([[0.0; INTENT]; CLASSES]);
        for (slot, value) in intent.0.iter_mut().flatten().zip(values) {
            // Rounded, so that kernels that differ in the last digits give the same take.
            *slot = if value.is_finite() { (value * 64.0).round() / 64.0 } else { 0.0 };
        }
        Ok(intent)
    }
}

fn load_tokenizer(path: &Path) -> Result<Tokenizer, ModelError> {
    let fault = |e: tokenizers::Error| ModelError::Prompt(format!("{}: {e}", path.display()));
    let mut tokenizer = Tokenizer::from_file(path).map_err(fault)?;
    tokenizer.with_padding(None);
    let truncation = tokenizers::TruncationParams { max_length: MAX_TOKENS, ..Default::default() };
    tokenizer.with_truncation(Some(truncation)).map_err(fault)?;
    Ok(tokenizer)
}
