//! What a pack says of its CLIP image processor.

use serde::Deserialize;
use wakeframe_diffusion::picture::clip::{ClipProcessor, Resize};
use wakeframe_diffusion::picture::pillow::Filter;

use crate::pack::{PackFault, Validated};

/// The checkpoint's `preprocessor_config.json`, in the pack's words.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ClipConfig {
    image_resize: Way,
    image_resize_to: Side,
    image_size: [usize; 2],
    image_filter: String,
    image_mean: [f64; 3],
    image_std: [f64; 3],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Way {
    Shortest,
    Exact,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Side {
    Edge(usize),
    Both([usize; 2]),
}

impl ClipConfig {
    /// The processor that does as the pack says.
    pub fn processor(&self, pack: &Validated) -> Result<ClipProcessor, PackFault> {
        let resample = match self.image_filter.as_str() {
            "lanczos" => Filter::Lanczos,
            "bicubic" => Filter::Bicubic,
            "bilinear" => Filter::Bilinear,
            "box" => Filter::Box,
            other => return Err(pack.malformed(format!("image_filter is “{other}”; known are lanczos, bicubic, bilinear, box"))),
        };
        let resize = match (self.image_resize, self.image_resize_to) {
            (Way::Shortest, Side::Edge(edge)) => Resize::ShortestEdge(edge),
            (Way::Exact, Side::Both([width, height])) => Resize::Exact(width, height),
            _ => return Err(pack.malformed("image_resize_to must be one side for “shortest”, two for “exact”".into())),
        };
        let sane = |n: usize| (1..=4096).contains(&n);
        if !self.image_size.into_iter().all(sane) || self.image_std.iter().any(|s| s.is_nan() || *s <= 0.0) {
            return Err(pack.malformed("image_size or image_std is out of range".into()));
        }
        let [width, height] = self.image_size;
        let (mean, std) = (self.image_mean, self.image_std);
        Ok(ClipProcessor { resize: Some(resize), resample, crop: Some((width, height)), mean, std })
    }
}
