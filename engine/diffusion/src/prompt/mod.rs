//! Prompts on their way to a text encoder.
//!
//! | module | subject |
//! |---|---|
//! | [`clean`] | Wan's `prompt_clean` |
//! | [`encode`] | text to token ids and mask |
//! | `entities` | Python's `html.unescape` |
//! | `fix` | what ftfy does to well-encoded text |

pub mod clean;
pub mod encode;
mod entities;
mod fix;
#[cfg(test)]
mod golden;
