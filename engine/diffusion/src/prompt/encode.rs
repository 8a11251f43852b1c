//! A prompt's token ids and mask, as transformers' tokenizers give them for `padding="max_length", truncation=True`.

use thiserror::Error;
use tokenizers::{Tokenizer, TruncationDirection, TruncationParams, TruncationStrategy};

/// A checkpoint's tokenizer with a fixed length.
pub struct PromptEncoder {
    tokenizer: Tokenizer,
    max_tokens: usize,
    pad: i64,
}

/// A prompt as a text encoder reads it; both have the encoder's `max_tokens` values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    /// `input_ids`.
    pub ids: Vec<i64>,
    /// `attention_mask`: 1 for the prompt's tokens, its end token included; 0 for the padding.
    pub mask: Vec<i64>,
}

impl Tokens {
    /// Tokens that are not padding.
    pub fn count(&self) -> usize {
        self.mask.iter().filter(|m| **m == 1).count()
    }
}

impl PromptEncoder {
    /// A prompt longer than `max_tokens` loses its end, but never the tokens that the tokenizer adds around it (`</s>`); a shorter
    /// one is filled up with `pad` on the right.
    pub fn new(mut tokenizer: Tokenizer, max_tokens: usize, pad: u32) -> Result<Self, PromptError> {
        let truncation = TruncationParams {
            direction: TruncationDirection::Right,
            max_length: max_tokens,
            strategy: TruncationStrategy::LongestFirst,
            stride: 0,
        };
        // The tokenizer's own settings for one prompt at a time give way to these.
        tokenizer.with_padding(None);
        tokenizer.with_truncation(Some(truncation)).map_err(|e| PromptError::Length { max_tokens, reason: e.to_string() })?;
        Ok(Self { tokenizer, max_tokens, pad: i64::from(pad) })
    }

    /// Ids and mask of a prompt.
    pub fn encode(&self, prompt: &str) -> Result<Tokens, PromptError> {
        let encoding = self.tokenizer.encode(prompt, true).map_err(|e| PromptError::Encode { reason: e.to_string() })?;
        let mut ids: Vec<i64> = encoding.get_ids().iter().map(|id| i64::from(*id)).collect();
        if ids.len() > self.max_tokens {
            let reason = format!("{} tokens came out", ids.len());
            return Err(PromptError::Length { max_tokens: self.max_tokens, reason });
        }
        let mut mask = vec![1; ids.len()];
        ids.resize(self.max_tokens, self.pad);
        mask.resize(self.max_tokens, 0);
        Ok(Tokens { ids, mask })
    }
}

/// A prompt that has no tokens.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PromptError {
    /// The length leaves no room.
    #[error("the tokenizer cannot make prompts of {max_tokens} tokens ({reason}): the pack's [text] max_tokens does not fit it")]
    Length {
        /// As asked for.
        max_tokens: usize,
        /// The tokenizer's words.
        reason: String,
    },
    /// The tokenizer failed.
    #[error("the tokenizer cannot read the prompt: {reason}")]
    Encode {
        /// Its words.
        reason: String,
    },
}
