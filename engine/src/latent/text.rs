//! Prompts → hidden states of the text encoder.

use ndarray::{Array2, ArrayD};
use serde::Deserialize;
use tokenizers::Tokenizer;
use wakeframe_diffusion::prompt::{self, encode::PromptEncoder};

use super::Components;
use crate::family::ModelError;
use crate::runtime::Input;

/// `[text]` in `pack.toml`.
#[derive(Debug, Clone, Deserialize)]
pub struct TextConfig {
    /// Every prompt is cut or padded to so many tokens.
    pub max_tokens: usize,
    /// Token the rest is filled with.
    pub pad: u32,
    /// How a prompt is cleaned before it is read.
    pub clean: Cleaning,
}

/// How a prompt is cleaned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cleaning {
    /// As it stands.
    None,
    /// As Wan's pipeline does.
    Wan,
}

/// A read prompt.
#[derive(Debug, Clone)]
pub struct Text {
    /// [1, L, D]
    pub hidden: ArrayD<f32>,
    /// [1, L]: 1 for tokens of the prompt, 0 for the filling.
    pub mask: Array2<i64>,
}

/// Reads `prompts` one after the other and closes the text encoder.
pub fn read<const N: usize>(components: &Components, config: &TextConfig, prompts: [&str; N]) -> Result<[Text; N], ModelError> {
    let path = components.pack().component("tokenizer")?;
    let fault = |reason: String| ModelError::Prompt(format!("{}: {reason}", path.display()));
    let tokenizer = Tokenizer::from_file(path).map_err(|e| fault(e.to_string()))?;
    let encoding = PromptEncoder::new(tokenizer, config.max_tokens, config.pad).map_err(|e| fault(e.to_string()))?;
    let encoder = components.get("text_encoder")?;
    let masked = encoder.input("attention_mask").is_some();
    let mut texts = Vec::with_capacity(N);
    for text in prompts {
        let cleaned = match config.clean {
            Cleaning::None => text.to_string(),
            Cleaning::Wan => prompt::clean::wan(text),
        };
        let tokens = encoding.encode(&cleaned).map_err(|e| fault(e.to_string()))?;
        let shape = |v: Vec<i64>| Array2::from_shape_vec((1, v.len()), v).map_err(|e| ModelError::Prompt(e.to_string()));
        let (ids, mask) = (shape(tokens.ids)?, shape(tokens.mask)?);
        let mut inputs = vec![("input_ids", Input::Int(ids.view().into_dyn()))];
        if masked {
            inputs.push(("attention_mask", Input::Int(mask.view().into_dyn())));
        }
        let hidden = components.output(encoder.run(inputs)?, "hidden", 3)?;
        texts.push(Text { hidden, mask });
    }
    components.close("text_encoder");
    texts.try_into().map_err(|_| ModelError::Prompt("not every prompt was read".into()))
}
