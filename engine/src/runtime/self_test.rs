//! Does a tiny graph give the right numbers?

use std::path::Path;

use ndarray::Array2;

use super::{Input, RuntimeError, Session};

/// `y = tanh(x · w + b)`, w and b fixed; written by `self_test.py`.
const GRAPH: &[u8] = include_bytes!("self_test.onnx");

/// Runs the tiny graph and compares with the same sum made here.
pub fn self_test() -> Result<(), RuntimeError> {
    let file = std::env::temp_dir().join(format!("wakeframe-self-test-{}.onnx", std::process::id()));
    let unwritable = |e: std::io::Error| RuntimeError::Graph { path: file.clone(), reason: e.to_string() };
    std::fs::write(&file, GRAPH).map_err(unwritable)?;
    let result = compare(&file);
    let _ = std::fs::remove_file(&file);
    result
}

fn compare(file: &Path) -> Result<(), RuntimeError> {
    let session = Session::open(file)?;
    session.expect(&["x"], &["y"])?;
    let x = Array2::from_shape_fn((2, 3), |(i, j)| (i * 3 + j) as f32 * 0.25 - 0.5);
    let outputs = session.run(vec![("x", Input::Float(x.view().into_dyn()))])?;
    let y = outputs.get("y").ok_or_else(|| RuntimeError::Wrong("no output".into()))?;
    for i in 0..2 {
        for j in 0..2 {
            // w[k][j] = 0.5·k − j + 0.25, b[j] = 0.125·j, as in self_test.py
            let sum: f32 = (0..3).map(|k| x[[i, k]] * (0.5 * k as f32 - j as f32 + 0.25)).sum::<f32>() + 0.125 * j as f32;
            let got = y.get([i, j].as_slice()).copied().unwrap_or(f32::NAN);
            let off = (got - libm::tanhf(sum)).abs();
            if off.is_nan() || off > 1e-5 {
                return Err(RuntimeError::Wrong(format!("y[{i},{j}] is {got}, expected {}", libm::tanhf(sum))));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_installed_runtime_is_right() {
        super::self_test().unwrap();
    }
}
