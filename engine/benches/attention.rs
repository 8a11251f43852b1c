//! One block of a Wan-like denoiser (12 heads × 64, text of 512 tokens) at 2k, 8k and 16k tokens: time and memory. Attention
//! is fused, so memory must grow in proportion to the tokens. Run with `make bench`.
//!
//! `block.onnx` is written by `python -m wakeframe_export bench-block`.

use std::path::Path;
use std::time::Instant;

use ndarray::ArrayD;
use wakeframe_engine::runtime::{Input, Place, Provider, Session};

const WIDTH: usize = 768;
const HEAD: usize = 64;
const TEXT: usize = 512;

fn main() {
    let graph = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/block.onnx");
    // One number of tokens a process: a peak never falls again.
    match std::env::var("WAKEFRAME_BENCH_TOKENS").ok().and_then(|v| v.parse().ok()) {
        Some(tokens) => one(&graph, tokens),
        None => {
            println!("tokens     time of one block   memory above the inputs");
            for tokens in [2048, 8192, 16384] {
                let program = std::env::current_exe().expect("this program");
                let status = std::process::Command::new(program).env("WAKEFRAME_BENCH_TOKENS", tokens.to_string()).status();
                assert!(status.is_ok_and(|s| s.success()), "{tokens} tokens failed");
            }
        }
    }
}

fn one(graph: &Path, tokens: usize) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let session = Session::open_at(graph, Place { provider: Provider::Cpu, threads }).expect("the block");
    let wave = |shape: &[usize]| {
        let mut n = 0u32;
        ArrayD::from_shape_simple_fn(shape, || {
            n = n.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (n >> 8) as f32 / 8_388_608.0 - 1.0
        })
    };
    let hidden = wave(&[1, tokens, WIDTH]);
    let (text, modulation) = (wave(&[1, TEXT, WIDTH]), wave(&[1, 6, WIDTH]));
    let (cosine, sine) = (wave(&[1, tokens, 1, HEAD]), wave(&[1, tokens, 1, HEAD]));
    let run = || {
        let inputs = [("hidden", &hidden), ("text", &text), ("modulation", &modulation), ("cosine", &cosine), ("sine", &sine)];
        let inputs = inputs.map(|(name, a)| (name, Input::Float(a.view())));
        session.run(inputs.into()).expect("the block runs")
    };
    let before = memory("VmRSS:");
    let first = Instant::now();
    drop(run());
    let warm = Instant::now();
    drop(run());
    let (cold, hot) = (warm.duration_since(first).as_secs_f64(), warm.elapsed().as_secs_f64());
    println!("{tokens:>6}     {:>6.2} s            {:>6} MB", hot.min(cold), memory("VmHWM:").saturating_sub(before) / 1024);
}

/// KiB of this process.
fn memory(key: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix(key)).unwrap_or_default();
    line.split_whitespace().next().and_then(|v| v.parse().ok()).unwrap_or(0)
}
