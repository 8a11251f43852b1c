"""Group norms with their statistics taken row by row.

ONNX Runtime adds up a whole group in one fp32 sum: over a few million features that is off by 1e-4 of a deviation, where torch is off
by 1e-6. Means of rows, and means of those, stay as exact as torch's; and what is left is one product and one sum per feature.
"""

import torch
from torch import Tensor, nn


def scale_and_shift(features: Tensor, norm: nn.GroupNorm) -> tuple[Tensor, Tensor]:
    """Two numbers per channel, [B,C] each: the norm of `features` [B,C,…,W] is features·scale + shift."""
    means, squares = (part.unflatten(1, (norm.num_groups, -1)).flatten(2) for part in (features.mean(-1), (features * features).mean(-1)))
    mean = means.mean(-1, keepdim=True)
    # Within the rows, and of the rows: neither loses much to a mean far from zero.
    variance = (squares - means * means + (means - mean) ** 2).mean(-1, keepdim=True)
    scale = norm.weight.view(norm.num_groups, -1) * torch.rsqrt(variance + norm.eps)
    return scale.flatten(1), (norm.bias.view(norm.num_groups, -1) - mean * scale).flatten(1)


class RowwiseGroupNorm(nn.GroupNorm):
    """The same norm of [B,C,…,W], by rows."""

    def forward(self, features: Tensor) -> Tensor:
        scale, shift = (part.view(*part.shape, *[1] * (features.ndim - 2)) for part in scale_and_shift(features, self))
        return features * scale + shift
