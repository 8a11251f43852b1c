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
        let all = SafeTensors::deserialize(&self.bytes).unwrap();
        let view = all.tensor(name).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(view.dtype(), Dtype::F32, "{name}");
        view.data().as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
    }
}
