"""Attention in the graphs is the fused operator, its memory grows in proportion to the tokens, and masks mean what they mean in torch."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import nn
from torch.nn import functional
from wakeframe_export.bench_block import write
from wakeframe_export.errors import ExportError
from wakeframe_export.family import Graph
from wakeframe_export.graph import to_onnx
from wakeframe_export.selfcheck import run_torch
from wakeframe_export.external import write_graphs

FORMS = ("wan21-i2v", "wan21-flf2v", "wan22-a14b", "wan22-ti2v")
MEASURE = Path(__file__).with_name("measure_block.py")


@pytest.mark.parametrize("form", FORMS)
def test_no_plain_attention_is_left(form, pack_of):
    for path in sorted(pack_of(form).glob("*.onnx")):
        operators = [node.op_type for node in onnx.load(path, load_external_data=False).graph.node]
        assert "Softmax" not in operators and "MultiHeadAttention" in operators, path.name


def test_memory_grows_in_proportion_to_the_tokens(tmp_path):
    write(tmp_path / "block.onnx")

    def extra(tokens: int) -> int:
        return int(subprocess.run([sys.executable, str(MEASURE), str(tmp_path / "block.onnx"), str(tokens)], capture_output=True, text=True, check=True).stdout)

    small, large = extra(2048), extra(8192)
    # Four times the tokens: a plain export needs sixteen times as much, 6.4 GB of scores alone.
    assert large < 5 * small and large < 400e6


class Attend(nn.Module):
    """Self-attention of 3 heads with a mask as the models give it."""

    def __init__(self, causal: bool = False):
        super().__init__()
        self.causal = causal

    def forward(self, tokens, mask=None):
        rows = tokens.unflatten(2, (3, -1)).transpose(1, 2)
        return functional.scaled_dot_product_attention(rows, 2 * rows, rows, attn_mask=mask, is_causal=self.causal).transpose(1, 2).flatten(2)


def masks(batch: int, length: int) -> dict:
    """Every kind of mask that is translated: name -> (mask, dynamic axes)."""
    random = torch.Generator().manual_seed(length)
    keys = torch.rand(batch, 1, 1, length, generator=random) > 0.4
    keys[..., 0] = True
    pairs = torch.rand(batch, 1, length, length, generator=random) > 0.4
    pairs |= torch.eye(length, dtype=torch.bool)
    return {
        "keys": (keys, {0: "batch", 3: "length"}),
        "keys for all": (keys[:1], {3: "length"}),
        "keys, added": (torch.randn(batch, 1, 1, length, generator=random), {0: "batch", 3: "length"}),
        "pairs": (pairs, {0: "batch", 2: "length", 3: "length"}),
        "bias per head": (torch.randn(1, 3, length, length, generator=random), {2: "length", 3: "length"}),
        "bias": (torch.randn(length, length, generator=random), {0: "length", 1: "length"}),
    }


@pytest.mark.parametrize("kind", masks(1, 4))
def test_masks(kind, tmp_path):
    def examples(trial, random):
        batch, length = ((2, 9), (3, 14))[trial]
        return torch.randn(batch, length, 12, generator=random), masks(batch, length)[kind][0]

    check(Graph("graph", Attend(), ["tokens", "mask"], ["output"], [{0: "batch", 1: "length"}, masks(1, 4)[kind][1]], examples), tmp_path)


def test_causal(tmp_path):
    check(Graph("graph", Attend(causal=True), ["tokens"], ["output"], [{0: "batch", 1: "length"}],
                lambda trial, random: (torch.randn(2 + trial, 9 + trial, 12, generator=random),)), tmp_path)


def test_a_mask_without_a_fused_form_is_refused():
    def examples(_trial, random):
        return torch.randn(3, 5, 12, generator=random), torch.randn(3, 5, 5, generator=random)

    graph = Graph("graph", Attend(), ["tokens", "mask"], ["output"], [{}, {}], examples)
    with pytest.raises(ExportError, match="no fused form"):
        to_onnx(graph, examples(0, torch.Generator()))


def check(graph: Graph, folder: Path) -> None:
    """The graph in ONNX Runtime equals torch in both trials."""
    expected = run_torch(graph, "fp32")
    write_graphs({"graph": to_onnx(graph, expected[0].inputs)}, folder, "graph")
    session = onnxruntime.InferenceSession(str(folder / "graph.onnx"))
    for trial in expected:
        found = session.run(None, {name: value.numpy() for name, value in zip(graph.inputs, trial.inputs)})[0]
        np.testing.assert_allclose(found, trial.outputs[0], atol=2e-6)
