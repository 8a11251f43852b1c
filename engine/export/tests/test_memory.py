"""The memory estimate: by hand on small graphs, and against a measured run of the bench block."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import torch
from torch import nn
from wakeframe_export.bench_block import graph as block
from wakeframe_export.bench_block import write
from wakeframe_export.family import Graph
from wakeframe_export.graph import to_onnx
from wakeframe_export.memory import activation, peak

MEASURE = Path(__file__).with_name("measure_block.py")


def traced(module: nn.Module, width: int = 8):
    graph = Graph("graph", module.requires_grad_(False), ["x"], ["y"], [{0: "batch"}], lambda *_: (), shapes=lambda rows, columns, frames: [(rows * columns * frames, width)])
    return graph, to_onnx(graph, (torch.randn(2, width),))


def test_widest_moment_counts():
    """x [n,8], wide [n,32], wide again: in and out of GELU live at one time."""
    graph, model = traced(nn.Sequential(nn.Linear(8, 32), nn.GELU(), nn.Linear(32, 8)))
    assert peak(model, [(100, 8)]) == 100 * 4 * (8 + 32 + 32)
    assert activation(graph, model) == {"fixed": 0, "per_cell": 4.0 * 72, "frames": 0}


def test_views_and_in_place_operators_take_nothing():
    class Chain(nn.Module):
        def forward(self, x):
            return ((x * x).reshape(-1, 4, 2).flatten(1) + 1).sigmoid() * 2

    _, model = traced(Chain())
    assert peak(model, [(100, 8)]) == 100 * 4 * (8 + 8)


def test_values_are_freed_after_their_last_use():
    class Steps(nn.Module):
        def __init__(self, count):
            super().__init__()
            self.layers = nn.ModuleList(nn.Linear(8, 8) for _ in range(count))

        def forward(self, x):
            for layer in self.layers:
                x = torch.nn.functional.gelu(layer(x))
            return x

    assert peak(traced(Steps(2))[1], [(100, 8)]) == peak(traced(Steps(6))[1], [(100, 8)])


def test_scores_of_masked_attention_count():
    class Attend(nn.Module):
        def forward(self, x):
            rows = x.unflatten(2, (2, 4)).transpose(1, 2)
            mask = torch.ones(1, 1, 1, 3, dtype=torch.bool).expand(1, 1, 1, 3)
            return torch.nn.functional.scaled_dot_product_attention(rows, rows[:, :, :3], rows[:, :, :3], attn_mask=mask).transpose(1, 2).flatten(2)

    graph = Graph("graph", Attend(), ["x"], ["y"], [{1: "length"}], lambda *_: ())
    model = to_onnx(graph, (torch.randn(1, 5, 8),))
    assert peak(model, [(1, 1000, 8)]) - peak(model, [(1, 500, 8)]) >= 500 * 3 * 2 * 4 + 500 * 8 * 4 * 2


def test_the_estimate_is_near_what_a_run_takes(tmp_path):
    tokens = 8192
    write(tmp_path / "block.onnx")
    measured = int(subprocess.run([sys.executable, str(MEASURE), str(tmp_path / "block.onnx"), str(tokens)], capture_output=True, text=True, check=True).stdout)
    described = block()
    model = to_onnx(described, described.examples(0, torch.Generator()))
    shapes = described.shapes(1, 1, tokens)
    inputs = 4 * sum(torch.Size(shape).numel() for shape in shapes)
    assert 0.7 < (peak(model, shapes) - inputs) / measured < 1.5


@pytest.mark.parametrize("form", ["wan21-i2v", "wan22-ti2v"])
def test_packs_carry_it(form, pack_of):
    components = tomllib.loads((pack_of(form) / "pack.toml").read_text("utf-8"))["components"]
    needs = {name: entry["activation"] for name, entry in components.items() if name != "tokenizer"}
    assert needs["text_encoder"]["per_cell"] == 0 and needs["text_encoder"]["fixed"] > 0
    assert needs["denoiser"]["frames"] == 0 and needs["denoiser"]["per_cell"] > 100
    for name in ("vae_encoder_first", "vae_encoder_next", "vae_decoder_first", "vae_decoder_next"):
        assert needs[name]["frames"] == 1 and needs[name]["per_cell"] > 1000
    assert needs["vae_decoder_next"]["per_cell"] > needs["vae_decoder_first"]["per_cell"]
