"""Random input of unit variance for each kind of model, small and always the same."""

import torch
from torch import nn


def _noise(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def moving_picture(video: bool) -> torch.Tensor:
    """Soft shapes with fine detail, drifting, in -1…1: two clips [2, 3, 9, 128, 160], or their frames [18, 3, 128, 160]."""
    soft = nn.functional.interpolate(_noise(1, 2, 3, 4, 8, 10), (9, 128, 160), mode="trilinear", align_corners=True)
    clips = (0.6 * soft + 0.1 * _noise(2, 2, 3, 9, 128, 160)).clamp(-1, 1)
    return clips if video else clips.transpose(1, 2).flatten(0, 1)


def denoiser_inputs(model: nn.Module, components: dict) -> dict:
    """Arguments of a denoiser's forward."""
    config = model.config
    kind = type(model).__name__
    if kind == "WanTransformer3DModel":
        given = {"hidden_states": _noise(3, 1, config["in_channels"], 3, 4, 6), "encoder_hidden_states": _noise(4, 1, 512, config["text_dim"])}
        # TI2V has a timestep per token.
        given["timestep"] = torch.full((1, 18), 500.0) if config["in_channels"] == config["out_channels"] else torch.full((1,), 500.0)
        if config["image_dim"]:
            tokens = (config["pos_embed_seq_len"] or 257 * 2) // 2
            pictures = 2 if config["pos_embed_seq_len"] else 1
            given["encoder_hidden_states_image"] = _noise(5, pictures, tokens, config["image_dim"])
        return given
    raise TypeError(f"no input is known for {kind}")
