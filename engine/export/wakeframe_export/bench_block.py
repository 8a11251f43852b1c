"""One block of a Wan-like denoiser, for measuring attention at real token counts."""

from pathlib import Path

import torch
from diffusers.models.transformers.transformer_wan import WanTransformerBlock
from torch import Tensor, nn

from .external import write_graphs
from .families.wan import Attention, TEXT_TOKENS
from .family import Graph
from .graph import to_onnx
from .weights import fold_transposes

HEADS, HEAD_SIZE, FEED_FORWARD = 12, 64, 768
WIDTH = HEADS * HEAD_SIZE


class Block(nn.Module):
    """hidden [B,S,768], text [B,512,768], modulation [B,6,768], rotation cosine and sine [1,S,1,64] -> output [B,S,768]."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.block = WanTransformerBlock(WIDTH, FEED_FORWARD, HEADS, cross_attn_norm=True).eval()
        self.block.attn1.set_processor(Attention())
        self.block.attn2.set_processor(Attention())

    def forward(self, hidden: Tensor, text: Tensor, modulation: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
        return self.block(hidden, text, modulation, (cosine, sine))


def graph() -> Graph:
    """The block, for any number of tokens."""

    def examples(trial: int, random: torch.Generator):
        batch, tokens = ((2, 24), (1, 40))[trial]
        shapes = ((batch, tokens, WIDTH), (batch, TEXT_TOKENS, WIDTH), (batch, 6, WIDTH), (1, tokens, 1, HEAD_SIZE), (1, tokens, 1, HEAD_SIZE))
        return tuple(torch.randn(shape, generator=random) for shape in shapes)

    names = ["hidden", "text", "modulation", "cosine", "sine"]
    axes = [{0: "batch", 1: "tokens"}, {0: "batch"}, {0: "batch"}, {1: "tokens"}, {1: "tokens"}]
    return Graph("block", Block(), names, ["output"], axes, examples)


def write(path: Path) -> None:
    """Writes the block as one file."""
    described = graph()
    model = to_onnx(described, described.examples(0, torch.Generator().manual_seed(0)))
    fold_transposes(model)
    waiting = path.parent / f".{path.name}.new"
    waiting.mkdir(parents=True, exist_ok=True)
    write_graphs({"block": model}, waiting, "block")
    (waiting / "block.onnx").replace(path)
    waiting.rmdir()
