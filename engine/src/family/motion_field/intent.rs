//! Prompt → what each class of region should do, and what camera and light should.

use std::path::Path;

use ndarray::Array2;
use tokenizers::Tokenizer;

use super::shot::ShotIntent;
use super::{CLASSES, INTENT, ModelError, SHOT};
use crate::pack::Validated;
use crate::runtime::{Input, Outputs, Session};

/// Tokens read of a prompt; the encoder was trained on short sentences.
const MAX_TOKENS: usize = 64;
/// Below this a region stays still.
const DEAD_ZONE: f32 = 0.2;
/// Place of “live” among the numbers of a class: whether it moves at all.
pub const LIVE: usize = INTENT - 1;

/// Per class: drift x (+ right), drift y (+ down), sway, turbulence, pulse, live; about −2…2, 1 is an ordinary pace.
#[derive(Debug, Clone, PartialEq)]
pub struct Intent(pub [[f32; INTENT]; CLASSES]);

/// What a prompt asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// Of the regions.
    pub intent: Intent,
    /// Of camera and light.
    pub shot: ShotIntent,
}

impl Asked {
    /// What an empty prompt asks for.
    pub const NOTHING: Self = Self { intent: Intent([[0.0; INTENT]; CLASSES]), shot: ShotIntent([0.0; SHOT]) };

    /// The same less what is forbidden: a region that `forbidden` would wake stays still, and an axis of camera or light loses
    /// what `forbidden` has of it on the same side.
    fn without(mut self, forbidden: &Self) -> Self {
        for (class, not) in self.intent.0.iter_mut().zip(&forbidden.intent.0) {
            let keep = 1.0 - not[LIVE].clamp(0.0, 1.0);
            class.iter_mut().for_each(|v| *v *= keep);
        }
        self.shot = self.shot.without(&forbidden.shot);
        self
    }

    /// The same with hair and clothes that go along with who wears them, unless they were told to do more.
    fn dressed(mut self) -> Self {
        let [.., animal, fabric, _] = &mut self.intent.0;
        if fabric[LIVE] < animal[LIVE] {
            *fabric = *animal;
        }
        self
    }

    /// The same without regions that hardly move.
    fn settled(mut self) -> Self {
        for class in self.intent.0.iter_mut().filter(|class| class[LIVE] < DEAD_ZONE) {
            *class = [0.0; INTENT];
        }
        self
    }
}

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
        reader.expect(&["hidden", "mask"], &["intent", "shot"])?;
        Ok(Self { tokenizer, text, reader, pack: pack.pack().name.clone() })
    }

    /// What the prompt asks, less what the negative prompt forbids.
    pub fn read(&self, prompt: &str, negative: &str) -> Result<Asked, ModelError> {
        let asked = self.of_text(prompt)?.dressed();
        if asked == Asked::NOTHING || negative.trim().is_empty() {
            return Ok(asked.settled());
        }
        Ok(asked.without(&self.of_text(negative)?).settled())
    }

    fn of_text(&self, text: &str) -> Result<Asked, ModelError> {
        if text.trim().is_empty() {
            return Ok(Asked::NOTHING);
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
        let mut asked = Asked::NOTHING;
        for (slot, value) in asked.intent.0.iter_mut().flatten().zip(self.numbers(&outputs, "intent", CLASSES * INTENT)?) {
            *slot = value;
        }
        for (slot, value) in asked.shot.0.iter_mut().zip(self.numbers(&outputs, "shot", SHOT)?) {
            *slot = value;
        }
        Ok(asked)
    }

    /// The reader's output `name`, rounded, so that kernels that differ in the last digits give the same take.
    fn numbers(&self, outputs: &Outputs, name: &str, count: usize) -> Result<Vec<f32>, ModelError> {
        let rounded = |v: &f32| if v.is_finite() { (v * 64.0).round() / 64.0 } else { 0.0 };
        let values: Vec<f32> = outputs.get(name).map(|a| a.iter().map(rounded).collect()).unwrap_or_default();
        if values.len() != count {
            let what = format!("a “{name}” of {} values instead of {count}", values.len());
            return Err(ModelError::Shape { pack: self.pack.clone(), what });
        }
        Ok(values)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(class: usize, numbers: [f32; INTENT], shot: [f32; SHOT]) -> Asked {
        let mut asked = Asked { shot: ShotIntent(shot), ..Asked::NOTHING };
        asked.intent.0[class] = numbers;
        asked
    }

    #[test]
    fn a_region_that_is_forbidden_stays_still_and_others_do_not() {
        let mut prompt = asked(1, [-0.6, 0.0, 0.0, 0.0, 0.0, 1.0], [0.0; SHOT]);
        prompt.intent.0[2] = [0.0, 0.0, 0.6, 0.4, 0.0, 1.0];
        let left = prompt.clone().without(&asked(1, [0.0, 0.0, 0.0, 0.0, 0.0, 0.9], [0.0; SHOT])).settled();
        assert_eq!(left.intent.0[1], [0.0; INTENT]);
        assert_eq!(left.intent.0[2], prompt.intent.0[2]);
    }

    #[test]
    fn clothes_go_with_their_wearer_unless_told_to_do_more_or_forbidden() {
        let breathing = [0.0, 0.0, 0.0, 0.0, 0.9, 1.0];
        let person = asked(4, breathing, [0.0; SHOT]).dressed();
        assert_eq!(person.intent.0[5], breathing);
        assert_eq!(person.without(&asked(5, [0.0, 0.0, 1.0, 0.0, 0.0, 1.0], [0.0; SHOT])).settled().intent.0[5], [0.0; INTENT]);
        let mut windy = asked(4, [0.0, 0.0, 0.4, 0.0, 0.0, 0.4], [0.0; SHOT]);
        windy.intent.0[5] = [0.0, 0.0, 1.0, 0.0, 0.0, 1.0];
        assert_eq!(windy.clone().dressed(), windy);
    }

    #[test]
    fn a_camera_move_that_is_forbidden_is_not_made_and_the_other_way_still_is() {
        let prompt = asked(0, [0.0; INTENT], [0.6, 0.6, -0.3, 0.0, 0.0, 0.5, 0.6, 0.0]);
        let not = asked(0, [0.0; INTENT], [0.6, -0.6, -0.6, 0.6, 0.0, 0.6, 0.0, 0.6]);
        assert_eq!(prompt.without(&not).shot.0, [0.0, 0.6, 0.0, 0.0, 0.0, 0.0, 0.6, 0.0]);
    }
}
