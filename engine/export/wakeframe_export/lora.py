"""LoRA files merged into a model before it is traced."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import nn

from .errors import ExportError
from .family import Experts

#: What a key may end with, and what it is. Spellings of diffusers/PEFT, of ComfyUI and kohya, and of full weight differences.
ENDINGS = {
    "lora_A.weight": "down", "lora_down.weight": "down", "lora.down.weight": "down", "lora_A.default.weight": "down",
    "lora_B.weight": "up", "lora_up.weight": "up", "lora.up.weight": "up", "lora_B.default.weight": "up",
    "alpha": "alpha", "diff": "diff", "diff_b": "bias", "lora_B.bias": "bias",
}
#: Prefixes that say nothing about the expert.
WRAPPERS = ("base_model.model.", "diffusion_model.", "model.diffusion_model.")
KOHYA = "lora_unet_"


@dataclass
class Lora:
    """One LoRA file, how strongly it is merged, and into which expert (None: what its keys say)."""

    path: Path
    scale: float = 1.0
    expert: str | None = None
    layers: dict[str | None, dict[str, dict[str, str]]] = field(default_factory=dict)
    """Filled by `prepare`: expert -> layer name as the file has it -> role -> key."""

    def prepare(self, experts: Experts, known: list[str]) -> None:
        """Reads the keys and settles which expert each belongs to; weights stay on the disk."""
        if not known:
            raise ExportError(f"{self.path}: this family takes no LoRA")
        if self.expert is not None and self.expert not in known:
            raise ExportError(f"{self.path}: there is no expert {self.expert!r} here; experts: {', '.join(known)}")
        try:
            with safe_open(self.path, "pt") as file:
                keys = list(file.keys())
        except (OSError, SafetensorError) as error:
            raise ExportError(f"{self.path} cannot be read as a safetensors file: {error}") from error
        self.layers = {}
        unknown = []
        for key in keys:
            ending = next((ending for ending in ENDINGS if key.endswith(f".{ending}")), None)
            if ending is None:
                unknown.append(key)
                continue
            named, layer = _split(key.removesuffix(f".{ending}"), experts)
            self.layers.setdefault(self.expert or named, {}).setdefault(layer, {})[ENDINGS[ending]] = key
        if unknown:
            raise ExportError(f"{self.path}: these keys are no LoRA keys that can be merged: {_some(unknown)}")
        if not self.layers:
            raise ExportError(f"{self.path} holds no LoRA layers")
        self._settle(known)

    def _settle(self, known: list[str]) -> None:
        """Where a checkpoint has several experts, every layer must belong to one of them beyond doubt."""
        if len(known) == 1:
            merged: dict[str, dict[str, str]] = {}
            for layers in self.layers.values():
                merged |= layers
            self.layers = {known[0]: merged}
            return
        named = set(self.layers)
        if self.expert is None and (None in named or len(named) == 1):
            raise ExportError(f"{self.path}: this checkpoint has the experts {', '.join(known)} and the file does not say which of them it is "
                              f"for: write {known[0]}={self.path.name} or {known[1]}={self.path.name}, with the path as before")


def parse(text: str) -> Lora:
    """`[EXPERT=]FILE[:SCALE]`, as on the command line."""
    expert, path = None, text
    if not Path(text).exists():
        head, mark, rest = text.partition("=")
        if mark and re.fullmatch(r"[a-z]+", head):
            expert, path = head, rest
    scale = 1.0
    if not Path(path).exists():
        head, mark, rest = path.rpartition(":")
        if mark:
            try:
                path, scale = head, float(rest)
            except ValueError:
                raise ExportError(f"--lora {text}: {rest!r} is not a number; write FILE:SCALE, such as style.safetensors:0.8") from None
    if not Path(path).is_file():
        raise ExportError(f"--lora {text}: {path} is not a file")
    return Lora(Path(path), scale, expert)


def merge(model: nn.Module, lora: Lora, expert: str, experts: Experts) -> int:
    """Adds scale * (alpha / rank) * up @ down to the layers of one expert; returns how many. Every key must find its layer."""
    modules = {name: module for name, module in model.named_modules() if getattr(module, "weight", None) is not None}
    spellings, wanted = _spellings(modules, experts), lora.layers.get(expert, {})
    missing = [layer for layer in wanted if layer not in spellings]
    if missing:
        raise ExportError(f"{lora.path}: these keys match no layer of the model: {_some(missing)}. Is the LoRA for another model?")
    with safe_open(lora.path, "pt") as file, torch.no_grad():
        for layer, keys in wanted.items():
            _merge_layer(modules[spellings[layer]], {role: file.get_tensor(key) for role, key in keys.items()}, lora, layer)
    return len(wanted)


def _merge_layer(module: nn.Module, tensors: dict[str, torch.Tensor], lora: Lora, layer: str) -> None:
    if ("down" in tensors) != ("up" in tensors) or not tensors.keys() & {"down", "diff", "bias"}:
        raise ExportError(f"{lora.path}: {layer} has {', '.join(sorted(tensors))} only: a LoRA layer needs down and up")
    try:
        if "down" in tensors:
            down, up = tensors["down"].float(), tensors["up"].float()
            alpha = float(tensors["alpha"]) if "alpha" in tensors else down.shape[0]
            delta = up.flatten(1) @ down.flatten(1) * (alpha / down.shape[0])
            _add(module.weight, lora.scale * delta)
        if "diff" in tensors:
            _add(module.weight, lora.scale * tensors["diff"])
        if "bias" in tensors:
            if module.bias is None:
                raise ExportError(f"{lora.path}: {layer} has a bias, the model's layer has none")
            _add(module.bias, lora.scale * tensors["bias"])
    except RuntimeError as error:
        raise ExportError(f"{lora.path}: {layer} does not fit the model's layer of shape {tuple(module.weight.shape)}: {error}") from error


def _add(weight: torch.Tensor, delta: torch.Tensor) -> None:
    """Adds in fp32, whatever the weight is held in."""
    weight.copy_(weight.float() + delta.float().reshape(weight.shape))


def _split(layer: str, experts: Experts) -> tuple[str | None, str]:
    """Layer name of a key -> (expert its prefix names or None, name without prefixes)."""
    expert = None
    stripped = True
    while stripped:
        stripped = False
        for prefix in (*WRAPPERS, *experts.prefixes):
            if layer.startswith(prefix):
                layer, expert, stripped = layer[len(prefix) :], experts.prefixes.get(prefix, expert), True
    return expert, layer


def _spellings(modules: dict[str, nn.Module], experts: Experts) -> dict[str, str]:
    """Every known spelling of every layer -> the layer: as in diffusers, as in the original code, both with kohya's underscores."""
    found = {}
    for name in modules:
        original = name
        for pattern, replacement in experts.originals:
            if re.fullmatch(pattern, name):
                original = re.sub(pattern, replacement, name)
                break
        for spelling in (original, name):
            found[spelling] = found[KOHYA + spelling.replace(".", "_")] = name
    return found


def _some(names: list[str]) -> str:
    """The first few of many."""
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
