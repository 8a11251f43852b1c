"""Random weights, each from a generator of its own, so that the value of one does not hang on the order of the others."""

import hashlib
from collections.abc import Iterator

import torch
from torch import nn

#: Parameters that are no layer's `weight` or `bias`: name -> (what they start from, how far they spread). None: as the class sets it.
OWN = {
    "gamma": (None, 0.1),  # RMS norms of the Wan VAE
    "scale_shift_table": (0.0, 0.3),
    "class_embedding": (0.0, 1.0),  # CLIP
    "pos_embed": (0.0, 0.3),  # image positions of Wan's first-and-last-frame form
    "pos_embedding": (None, 0.2),  # learned positions of CogVideoX
    "mix_factor": (None, 0.7),  # space against time in SVD
    "per_channel_scale1": (0.0, 0.3),  # injected noise of LTX 0.9.1
    "per_channel_scale2": (0.0, 0.3),
    "latents_mean": (0.0, 0.3),  # LTX keeps them as buffers
    "latents_std": (1.0, 0.2),
    "timestep_scale_multiplier": (None, 0.0),  # LTX VAE: 1000 in every checkpoint
}
LAYERS = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)


def fill(model: nn.Module, key: str, shared: bool = False) -> None:
    """Fills every parameter and every stored buffer. No layer is left at zero, as some are before training: errors would hide.

    `shared`: layers of one shape get the same weights, so that a pack can store them once.
    """
    with torch.no_grad():
        for prefix, module, name, held in _stored(model):
            place = str(tuple(held.shape)) if shared and isinstance(module, LAYERS) and name == "weight" else f"{prefix}.{name}"
            held.copy_(_value(module, name, held, f"{key}/{place}"))


def _stored(model: nn.Module) -> Iterator[tuple[str, nn.Module, str, torch.Tensor]]:
    """What `save_pretrained` writes: module's name, module, name, numbers."""
    for prefix, module in model.named_modules():
        kept = [(name, held) for name, held in module.named_buffers(recurse=False) if name not in module._non_persistent_buffers_set]
        for name, held in [*module.named_parameters(recurse=False), *kept]:
            if held.is_floating_point():
                yield prefix, module, name, held


def _value(module: nn.Module, name: str, held: torch.Tensor, key: str) -> torch.Tensor:
    seed = int.from_bytes(hashlib.sha256(key.encode()).digest()[:6])
    noise = torch.randn(held.shape, generator=torch.Generator().manual_seed(seed))
    if isinstance(module, LAYERS) and name == "weight":
        return noise / held[0].numel() ** 0.5
    if isinstance(module, nn.Embedding):
        return noise
    if name == "bias":
        return 0.1 * noise
    if name == "weight" and held.ndim == 1:
        return 1 + 0.1 * noise
    if name in OWN:
        start, spread = OWN[name]
        return (held if start is None else start) + spread * noise
    raise TypeError(f"{key}: no rule says how to fill this parameter of {type(module).__name__}")


def settle(model: nn.Module) -> None:
    """Rounds everything to numbers that fp32, fp16 and bf16 all hold exactly: a pack may store them in 16 bits and lose nothing."""
    with torch.no_grad():
        for _prefix, _module, _name, held in _stored(model):
            held.copy_(held.half().bfloat16().float())
