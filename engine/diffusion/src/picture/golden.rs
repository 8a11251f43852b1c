//! Pictures against Pillow, diffusers and transformers.

use ndarray::Array4;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::clip::{ClipProcessor, Resize};
use super::pillow::Filter;
use super::tests::sample;
use super::{Rgb8, i2vgen, svd, video};
use crate::golden::{Golden, Worst};

fn pair(case: &Value, key: &str) -> (usize, usize) {
    let number = |n: usize| case[key][n].as_u64().unwrap() as usize;
    (number(0), number(1))
}

/// Runs `result` over the cases of a kind, and compares digests.
fn exact(kind: &str, result: impl Fn(&Value, &Rgb8) -> Vec<u8>) {
    let golden = Golden::read("pictures");
    let mut count = 0;
    for case in golden.cases().iter().filter(|c| c["kind"] == kind) {
        let (width, height) = pair(case, "source");
        let bytes = result(case, &sample(width, height));
        let digest: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(digest, case["sha256"].as_str().unwrap(), "{case}");
        count += 1;
    }
    assert!(count > 0, "no cases of {kind}");
}

fn bytes(pixels: Array4<f32>) -> Vec<u8> {
    pixels.iter().flat_map(|v| v.to_le_bytes()).collect()
}

#[test]
fn resizing_equals_pillow_bit_for_bit() {
    exact("resize", |case, still| {
        let filter = match case["filter"].as_str().unwrap() {
            "lanczos" => Filter::Lanczos,
            "bicubic" => Filter::Bicubic,
            "bilinear" => Filter::Bilinear,
            _ => Filter::Box,
        };
        let (width, height) = pair(case, "target");
        still.resized(width, height, filter).unwrap().bytes().to_vec()
    });
}

#[test]
fn vae_pixels_equal_diffusers_bit_for_bit() {
    exact("preprocess", |case, still| {
        let (width, height) = pair(case, "target");
        bytes(video::preprocess(still, width, height).unwrap())
    });
}

#[test]
fn clip_pixels_equal_transformers_bit_for_bit() {
    exact("clip", |case, still| {
        let crop = Some(pair(case, "crop"));
        let processor = ClipProcessor { crop, ..ClipProcessor::with_size(case["edge"].as_u64().unwrap() as usize) };
        bytes(processor.pixel_values(still).unwrap())
    });
    exact("clip exact", |_, still| {
        let processor = ClipProcessor {
            resize: Some(Resize::Exact(72, 40)),
            resample: Filter::from_pillow(2).unwrap(),
            crop: None,
            mean: [0.5, 0.4, 0.3],
            std: [0.5, 0.25, 0.2],
        };
        bytes(processor.pixel_values(still).unwrap())
    });
}

#[test]
fn i2vgen_crops_equal_the_reference_bit_for_bit() {
    exact("wide", |case, still| {
        let (width, height) = pair(case, "target");
        i2vgen::center_crop_wide(still, width, height).unwrap().bytes().to_vec()
    });
    exact("wide pixels", |case, still| {
        let (width, height) = pair(case, "target");
        bytes(i2vgen::vae_pixels(still, width, height).unwrap())
    });
    exact("wide clip", |case, still| {
        let (width, _) = pair(case, "target");
        bytes(i2vgen::clip_pixels(still, width, (56, 56), &ClipProcessor::with_size(224)).unwrap())
    });
}

#[test]
fn svd_clip_pixels_equal_the_reference() {
    let golden = Golden::read("pictures");
    let mut worst = Worst::default();
    for case in golden.cases().iter().filter(|c| c["kind"] == "svd") {
        let (width, height) = pair(case, "source");
        let (size, stride) = (case["size"].as_u64().unwrap() as usize, case["stride"].as_u64().unwrap() as usize);
        let ours = svd::pixel_values(&sample(width, height), size, &ClipProcessor::with_size(size)).unwrap();
        let ours: Vec<f32> = ours.iter().step_by(stride).copied().collect();
        let reference = golden.tensor(case["name"].as_str().unwrap());
        assert_eq!(ours.len(), reference.len());
        worst.see(&ours, &reference, &case.to_string());
    }
    worst.check(3e-6, "SVD's CLIP pixels");
}
