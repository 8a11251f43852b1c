//! Reads what the scripts in `golden/` wrote.

use std::path::Path;

use safetensors::{Dtype, SafeTensors};
use serde_json::Value;

/// One golden file: named tensors, and a list of cases as JSON in its metadata.
pub struct Golden {
    bytes: Vec<u8>,
    cases: Vec<Value>,
}

impl Golden {
    /// `golden/<name>.safetensors`.
    pub fn read(name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(format!("{name}.safetensors"));
        let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
        let cases = serde_json::from_str(&header.metadata().as_ref().unwrap()["cases"]).unwrap();
        Self { bytes, cases }
    }

    /// The cases, in the script's order.
    pub fn cases(&self) -> &[Value] {
        &self.cases
    }

    /// An fp32 tensor, flat.
    pub fn tensor(&self, name: &str) -> Vec<f32> {
        self.find(name).unwrap_or_else(|| panic!("no tensor {name}"))
    }

    /// The same, where there may be none.
    pub fn find(&self, name: &str) -> Option<Vec<f32>> {
        let view = SafeTensors::deserialize(&self.bytes).unwrap().tensor(name).ok()?;
        assert_eq!(view.dtype(), Dtype::F32, "{name}");
        Some(view.data().as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect())
    }
}

/// The largest difference seen, relative to magnitude above 1.
#[derive(Default)]
pub struct Worst {
    difference: f32,
    unequal: usize,
    of: usize,
    at: String,
}

impl Worst {
    /// Compares two rows of numbers.
    pub fn see(&mut self, ours: &[f32], reference: &[f32], at: &str) {
        for (n, (a, b)) in ours.iter().zip(reference).enumerate() {
            let difference = (a - b).abs() / b.abs().max(1.0);
            self.of += 1;
            self.unequal += usize::from(a != b);
            if difference.is_nan() || difference > self.difference {
                self.difference = if difference.is_nan() { f32::INFINITY } else { difference };
                self.at = format!("value {n}, {a} for {b}, {at}");
            }
        }
    }

    /// Says how close it is (seen with `--nocapture`), and fails beyond `limit`.
    pub fn check(&self, limit: f32, what: &str) {
        println!("{what}: largest difference {:e}, {} of {} values differ; {}", self.difference, self.unequal, self.of, self.at);
        assert!(self.of > 0 && self.difference <= limit, "{what}: {} at {}", self.difference, self.at);
    }
}
