"""Building blocks shared by the encoder and the denoiser."""

import torch
import torch.nn.functional as F
from torch import nn

GROUPS = 8


class ResidualBlock(nn.Module):
    """Two convolutions with a skip; an optional embedding (B,E) scales and shifts the middle. (B,in,h,w) -> (B,out,h,w)."""

    def __init__(self, channels_in: int, channels_out: int, embedding: int = 0, dilation: int = 1):
        super().__init__()
        self.norm_in = nn.GroupNorm(GROUPS, channels_in)
        self.conv_in = nn.Conv2d(channels_in, channels_out, 3, padding=dilation, dilation=dilation)
        self.norm_out = nn.GroupNorm(GROUPS, channels_out)
        self.conv_out = nn.Conv2d(channels_out, channels_out, 3, padding=1)
        self.skip = nn.Conv2d(channels_in, channels_out, 1) if channels_in != channels_out else nn.Identity()
        self.modulation = nn.Linear(embedding, 2 * channels_out) if embedding else None
        nn.init.zeros_(self.conv_out.weight)
        nn.init.zeros_(self.conv_out.bias)

    def forward(self, x, embedding=None):
        hidden = self.norm_out(self.conv_in(F.silu(self.norm_in(x))))
        if self.modulation is not None:
            scale, shift = self.modulation(embedding)[:, :, None, None].chunk(2, 1)
            hidden = hidden * (1 + scale) + shift
        return self.skip(x) + self.conv_out(F.silu(hidden))


def position_maps(x):
    """(B,C,h,w) -> (B,2,h,w): x and y of each cell, -1 at the left and top edge, +1 at the right and bottom edge."""
    batch, _, height, width = x.shape
    across = torch.linspace(-1, 1, width, dtype=x.dtype)
    down = torch.linspace(-1, 1, height, dtype=x.dtype)
    across = across[None, None, None, :].expand(batch, 1, height, width)
    down = down[None, None, :, None].expand(batch, 1, height, width)
    return torch.cat([across, down], 1)


def resize_like(x, reference):
    """Bilinear (B,C,*,*) -> the height and width of `reference`."""
    return F.interpolate(x, size=reference.shape[-2:], mode="bilinear", align_corners=False)
