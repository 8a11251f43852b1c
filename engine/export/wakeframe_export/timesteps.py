"""Sines of a timestep, at the reference's own frequencies.

A trace computes the frequencies once and for all, but not with torch: the last bit of some differs. A timestep near 1000 makes six
times 1e-5 of it, more than everything else in a graph together.
"""

import math

import torch
from diffusers.models.embeddings import Timesteps
from torch import Tensor, nn


class StoredTimesteps(Timesteps):
    """`get_timestep_embedding` with the frequencies at hand."""

    frequencies: Tensor

    def forward(self, timesteps: Tensor) -> Tensor:
        angles = self.scale * (timesteps[:, None].float() * self.frequencies)
        parts = (angles.cos(), angles.sin()) if self.flip_sin_to_cos else (angles.sin(), angles.cos())
        return nn.functional.pad(torch.cat(parts, -1), (0, self.num_channels % 2))


def store_frequencies(model: nn.Module) -> nn.Module:
    """Lets every `Timesteps` of a model keep its frequencies; they are no weights, so that narrowing leaves them in fp32."""
    for module in model.modules():
        if type(module) is Timesteps:
            half = module.num_channels // 2
            exponents = -math.log(10000) * torch.arange(0, half, dtype=torch.float32) / (half - module.downscale_freq_shift)
            module.__class__, module.frequencies = StoredTimesteps, torch.exp(exponents)
    return model
