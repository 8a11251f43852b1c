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


def denoiser_inputs(model: nn.Module) -> dict:
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
    if kind == "LTXVideoTransformer3DModel":
        return {
            "hidden_states": _noise(3, 1, 18, config["in_channels"]), "encoder_hidden_states": _noise(4, 1, 128, config["caption_channels"]),
            "timestep": torch.full((1, 18), 500.0), "encoder_attention_mask": torch.ones(1, 128), "video_coords": 100 * _noise(5, 1, 3, 18).abs(),
        }
    if kind == "UNetSpatioTemporalConditionModel":
        return {
            "sample": _noise(3, 1, 5, config["in_channels"], 8, 12), "timestep": torch.tensor(0.5),
            "encoder_hidden_states": _noise(4, 1, 1, config["cross_attention_dim"]), "added_time_ids": torch.tensor([[6.0, 127.0, 0.02]]),
        }
    if kind == "CogVideoXTransformer3DModel":
        rows, columns = (config["sample_height"], config["sample_width"]) if config["use_learned_positional_embeddings"] else (4, 6)
        tokens = 4 // (config["patch_size_t"] or 1) * (rows // 2) * (columns // 2)
        angles = 3 * _noise(5, tokens, config["attention_head_dim"] // 2).repeat_interleave(2, 1)
        return {
            "hidden_states": _noise(3, 1, 4, config["in_channels"], rows, columns), "timestep": torch.tensor([500]),
            "encoder_hidden_states": _noise(4, 1, config["max_text_seq_length"], config["text_embed_dim"]),
            "ofs": torch.full((1,), 2.0) if config["ofs_embed_dim"] else None, "image_rotary_emb": (angles.cos(), angles.sin()),
        }
    if kind == "I2VGenXLUNet":
        return {
            "sample": _noise(3, 1, 4, 5, 8, 12), "timestep": torch.tensor(500), "fps": torch.tensor([16]), "image_latents": _noise(6, 1, 4, 5, 8, 12),
            "image_embeddings": _noise(5, 1, 1, config["cross_attention_dim"]), "encoder_hidden_states": _noise(4, 1, 77, config["cross_attention_dim"]),
        }
    raise TypeError(f"no input is known for {kind}")
