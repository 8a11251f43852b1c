"""What a family tells the exporter. A family is one file in `families/` with `PIPELINES` and `plan(checkpoint) -> Plan`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Graph:
    """One ONNX graph of the pack."""

    component: str
    """Name in `[components]`; the file is `<component>.onnx`."""
    module: nn.Module
    """`module(*inputs)` gives one tensor or a flat tuple of tensors."""
    inputs: Sequence[str]
    outputs: Sequence[str]
    axes: Sequence[dict[int, Any]]
    """Per input, its dynamic axes: axis -> name, `torch.export.Dim`, or None for a dynamic axis without a name."""
    examples: Callable[[int, torch.Generator], tuple[Tensor, ...]]
    """`examples(trial, random)`: fp32 inputs of unit variance. Trial 0 is traced; 0 and 1 differ in every dynamic axis and both
    are compared with torch. Must not hold the model: it is used after the model is dropped."""
    full_inputs: frozenset[str] = frozenset()
    """Inputs that stay fp32 in fp16 packs (timesteps)."""

    shapes: Callable[[int, int, int], Sequence[Sequence[int]]] | None = None
    """Shapes of the inputs in one call of the engine, for rows and columns of latent cells and latent frames of the call; the
    memory estimate in pack.toml comes from them."""
    frames_per_call: int = 0
    """Latent frames that one call works on: 0 for all, 1 for a causal VAE's chunks."""

    def without_module(self) -> "Graph":
        """The same description once the model is dropped."""
        return replace(self, module=nn.Identity())


@dataclass(frozen=True)
class Part:
    """One model of the checkpoint. It is loaded, written as one or several graphs, and dropped before the next one."""

    subfolder: str
    load: Callable[[], nn.Module]
    graphs: Callable[[nn.Module], list[Graph]]
    narrowed: bool = False
    """Whether `--dtype` and `--quantize` apply; parts that the reference keeps in fp32 (VAE, image encoder) leave this out."""
    expert: str | None = None
    """The word by which LoRAs name this denoiser; None where no LoRA applies."""
    preview: Callable[[nn.Module, Tensor], Tensor] | None = None
    """For the VAE: (model, pictures [N,3,H,W] in -1..1) -> normalised latents [N,C,F,h,w] of still clips of them."""
    preview_size: int = 256
    """Width and height of those pictures: a multiple of the latent cell."""


@dataclass(frozen=True)
class Experts:
    """How the LoRAs of a family name its denoisers and their layers."""

    prefixes: dict[str, str]
    """Key prefix of the diffusers spelling -> expert: {"transformer.": "high", "transformer_2.": "low"}."""
    originals: Sequence[tuple[str, str]] = ()
    """Regular expression over a layer's name in diffusers -> its name in the model's original code, as ComfyUI uses it."""


@dataclass(frozen=True)
class Plan:
    """Everything about one checkpoint of a family."""

    family: str
    form: str
    name: str
    title: str
    best_for: str
    licence: str
    licence_url: str
    commercial_use: bool
    parts: Sequence[Part]
    denoiser: str
    """Component whose precision is the pack's."""
    experts: Experts
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Tables of pack.toml: limits, latent, defaults, scheduler, text, and the family's own section."""
    tokenizer: str | None = None
    """Subfolder of the tokenizer."""
