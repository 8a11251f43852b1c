"""One block of a Wan-like denoiser, for measuring attention at real token counts."""

from pathlib import Path

import torch
from diffusers.models.transformers.transformer_wan import WanTransformerBlock
from torch import Tensor, nn
from torch.func import functional_call

from .external import write_graphs
from .families.wan import TEXT_TOKENS, Attention
from .family import Graph
from .graph import to_onnx

HEADS, HEAD_SIZE = 12, 64
WIDTH = HEADS * HEAD_SIZE


class Block(nn.Module):
    """hidden [B,S,768], text [B,512,768], modulation [B,6,768], rotation cosine and sine [1,S,1,64] -> output [B,S,768].

    Its matrices are computed in the graph: the runtime does that once when it loads the graph, and the file has a few kilobytes.
    """

    def __init__(self):
        super().__init__()
        self.block = WanTransformerBlock(WIDTH, WIDTH, HEADS, cross_attn_norm=True).eval().requires_grad_(False)
        self.block.attn1.set_processor(Attention())
        self.block.attn2.set_processor(Attention())
        for name, parameter in self.block.named_parameters():
            parameter.data = torch.full_like(parameter, 1.0 if "norm" in name and name.endswith("weight") else 0.0)

    def forward(self, hidden: Tensor, text: Tensor, modulation: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
        # Neighbouring numbers of this sequence have nothing to do with each other; its variance is that of a usual weight.
        angles = (torch.arange(WIDTH * WIDTH, dtype=torch.float32) * 12.9898).reshape(WIDTH, WIDTH)
        names = [name for name, parameter in self.block.named_parameters() if parameter.ndim == 2]
        weights = {name: torch.sin(angles + number) * (2 / WIDTH) ** 0.5 for number, name in enumerate(names)}
        return functional_call(self.block, weights, (hidden, text, modulation, (cosine, sine)))


def graph() -> Graph:
    """The block, for any number of tokens."""

    def shapes(rows: int, columns: int, frames: int, batch: int = 1):
        rotation = (1, rows * columns * frames, 1, HEAD_SIZE)
        return (batch, rotation[1], WIDTH), (batch, TEXT_TOKENS, WIDTH), (batch, 6, WIDTH), rotation, rotation

    def examples(trial: int, random: torch.Generator):
        return tuple(torch.randn(shape, generator=random) for shape in shapes(4, *((3, 2, 2), (5, 2, 1))[trial]))

    names = ["hidden", "text", "modulation", "cosine", "sine"]
    axes = [{0: "batch", 1: "tokens"}, {0: "batch"}, {0: "batch"}, {1: "tokens"}, {1: "tokens"}]
    return Graph("block", Block(), names, ["output"], axes, examples, shapes=shapes)


def write(path: Path) -> None:
    """Writes the block as one file."""
    described = graph()
    model = to_onnx(described, described.examples(0, torch.Generator().manual_seed(0)))
    waiting = path.parent / f".{path.name}.new"
    waiting.mkdir(parents=True, exist_ok=True)
    write_graphs({"block": model}, waiting, "block")
    (waiting / "block.onnx").replace(path)
    waiting.rmdir()
