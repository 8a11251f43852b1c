"""The command line, as a user calls it."""

import subprocess
import sys
from pathlib import Path

import onnx
import pytest
from wakeframe_export.command import main, parser

PACKAGE = Path(__file__).resolve().parents[1]


def test_an_error_is_one_line_and_a_status(tmp_path):
    done = subprocess.run([sys.executable, "-m", "wakeframe_export", str(tmp_path), str(tmp_path / "pack")], cwd=PACKAGE, capture_output=True, text=True)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("wakeframe_export: ") and "model_index.json is missing" in done.stderr and done.stderr.count("\n") == 1


def test_the_bench_block(tmp_path):
    assert main(["bench-block", str(tmp_path / "block.onnx")]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["block.onnx"]
    path = tmp_path / "block.onnx"
    assert path.stat().st_size < 100_000
    operators = [node.op_type for node in onnx.load(path).graph.node]
    assert operators.count("MultiHeadAttention") == 2 and operators.count("MatMul") == 10
    assert main(["bench-block"]) == 1


def test_options(capsys):
    given = parser().parse_args(["checkpoint", "pack", "--dtype", "bf16", "--quantize", "int4", "--lora", "a", "--lora", "b:2", "--commercial-use", "no", "--best-for", "x"])
    assert (given.dtype, given.quantize, given.lora, given.commercial_use, given.best_for) == ("bf16", "int4", ["a", "b:2"], "no", "x")
    with pytest.raises(SystemExit):
        parser().parse_args(["checkpoint", "pack", "--dtype", "fp8"])
    assert "--dtype" in capsys.readouterr().err
