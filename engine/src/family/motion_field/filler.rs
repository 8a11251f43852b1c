//! What stands behind a layer, guessed by the network of the component `fill`.

use ndarray::Array4;

use super::ModelError;
use super::render::Coarse;
use crate::pack::Validated;
use crate::runtime::{Input, Session};

/// Steps between 0 and 1 that the network's colours are rounded to.
const STEPS: f32 = 64.0;

/// Completes coarse pictures.
pub struct Filler {
    network: Session,
}

impl Filler {
    /// Opens the pack's component.
    pub fn open(pack: &Validated) -> Result<Self, ModelError> {
        let network = Session::open(pack.component("fill")?)?;
        network.expect(&["picture"], &["filled"])?;
        Ok(Self { network })
    }

    /// Colours of all cells, or why there are none: a [`super::render::Guess`].
    pub fn complete(&self, coarse: &Coarse) -> Result<Vec<[f32; 3]>, String> {
        let (w, h) = (coarse.width, coarse.height);
        let input = Array4::from_shape_fn((1, 4, h, w), |(_, c, y, x)| {
            let cell = y * w + x;
            let known = coarse.known.get(cell).copied().unwrap_or(false);
            match coarse.colours.get(cell).and_then(|colour| colour.get(c)) {
                Some(value) if known => *value,
                Some(_) => 0.0,
                None => f32::from(u8::from(known)),
            }
        });
        let mut outputs = self.network.run(vec![("picture", Input::Float(input.view().into_dyn()))]).map_err(|e| e.to_string())?;
        let filled = outputs.remove("filled").filter(|a| a.shape() == [1, 3, h, w]);
        let filled: Vec<f32> =
            filled.ok_or_else(|| format!("the network's answer does not fit a picture of {w}×{h} cells"))?.into_iter().collect();
        let at = |channel: usize, cell: usize| filled.get(channel * w * h + cell).copied().map_or(0.0, rounded);
        Ok((0..w * h).map(|cell| std::array::from_fn(|channel| at(channel, cell))).collect())
    }
}

/// Coarse: kernels that differ in the last digits must not make another take.
fn rounded(v: f32) -> f32 {
    if v.is_finite() { (v.clamp(0.0, 1.0) * STEPS).round() / STEPS } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use wakeframe_take::pack::Pack;

    use super::*;

    #[test]
    fn the_embedded_network_carries_a_horizon_on_behind_a_hole() {
        let pack = Pack::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../resources/models/mini")).unwrap();
        let filler = Filler::open(&Validated::open(&pack).unwrap()).unwrap();
        for (width, height) in [(64, 40), (40, 64)] {
            let (sky, land) = ([0.5, 0.7, 0.9], [0.2, 0.3, 0.1]);
            let truth = |i: usize| if i / width < height / 2 { sky } else { land };
            let known: Vec<bool> =
                (0..width * height).map(|i| !(16..32).contains(&(i % width)) || (i / width).abs_diff(height / 2) >= 10).collect();
            let colours = (0..width * height).map(|i| if known[i] { truth(i) } else { [0.0; 3] }).collect();
            let filled = filler.complete(&Coarse { width, height, colours, known: known.clone() }).unwrap();
            let far = |i: &usize| !known[*i] && (i / width).abs_diff(height / 2) >= 7;
            let off = |i: usize| (0..3).map(|k| (filled[i][k] - truth(i)[k]).abs()).fold(0.0, f32::max);
            assert!((0..width * height).filter(far).all(|i| off(i) < 0.2), "at {width}×{height}");
            assert!(filled.iter().flatten().all(|v| (v * STEPS).fract() == 0.0));
        }
    }
}
