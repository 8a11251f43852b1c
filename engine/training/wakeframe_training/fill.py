"""The fill: a coarse picture with a hole -> the picture without one. It says what goes where; texture is not its task.

Gated convolutions: Yu et al., "Free-form image inpainting with gated convolution" (2019).
"""

import torch
import torch.nn.functional as F
from torch import nn

from .layers import GROUPS, position_maps, resize_like

#: Channels at half, a quarter and an eighth of the picture's size.
CHANNELS = (24, 64, 64)
DILATIONS = (1, 2, 4)
#: Times the sides are halved.
HALVINGS = len(CHANNELS)
LEAST_KNOWN = 1e-3


def smooth_fill(colours, known):
    """colours (B,3,h,w), zero where known (B,1,h,w) is zero -> holes filled smoothly from what surrounds them."""
    pooled, shares = [colours], [known]
    for _ in range(HALVINGS):
        pooled.append(F.avg_pool2d(pooled[-1], 2))
        shares.append(F.avg_pool2d(shares[-1], 2))
    filled = pooled[-1].mean((2, 3), keepdim=True) / (shares[-1].mean((2, 3), keepdim=True) + LEAST_KNOWN)
    for total, share in zip(reversed(pooled), reversed(shares)):
        certain = (4 * share).clamp(0, 1)
        filled = total / (share + LEAST_KNOWN) * certain + resize_like(filled, total) * (1 - certain)
    return filled


class Gated(nn.Module):
    """A convolution that decides, place by place, what of it counts. (B,in,h,w) -> (B,out,h/stride,w/stride)."""

    def __init__(self, channels_in: int, channels_out: int, size: int = 3, stride: int = 1, dilation: int = 1):
        super().__init__()
        padding = dilation * (size // 2)
        self.both = nn.Conv2d(channels_in, 2 * channels_out, size, stride, padding, dilation)
        self.norm = nn.GroupNorm(GROUPS, channels_out)

    def forward(self, x):
        content, gate = self.both(x).chunk(2, 1)
        return F.silu(self.norm(content)) * torch.sigmoid(gate)


class FillNetwork(nn.Module):
    """picture (B,4,h,w): colours 0..1, zero in the hole, and 1 where they are known -> filled (B,3,h,w) 0..1.

    Sides are multiples of eight; what is known comes back as it was.
    """

    def __init__(self):
        super().__init__()
        half, quarter, eighth = CHANNELS
        self.to_half = Gated(6, half, size=5, stride=2)
        self.at_half = Gated(half, half)
        self.to_quarter = Gated(half, quarter, stride=2)
        self.to_eighth = Gated(quarter, eighth, stride=2)
        self.at_eighth = nn.ModuleList(Gated(eighth, eighth, dilation=d) for d in DILATIONS)
        self.whole_picture = nn.Linear(eighth, eighth)
        self.up_quarter = Gated(eighth + quarter, quarter)
        self.up_half = Gated(quarter + half, half)
        self.change = nn.Conv2d(half, 3, 3, padding=1)
        nn.init.zeros_(self.change.weight)
        nn.init.zeros_(self.change.bias)

    def forward(self, picture):
        colours, known = picture[:, :3], picture[:, 3:]
        smooth = smooth_fill(colours, known)
        half = self.at_half(self.to_half(torch.cat([smooth - 0.5, known, position_maps(picture)], 1)))
        quarter = self.to_quarter(half)
        deep = self.to_eighth(quarter)
        for block in self.at_eighth:
            deep = deep + block(deep)
        deep = deep + self.whole_picture(deep.mean((2, 3)))[:, :, None, None]
        joined = self.up_quarter(torch.cat([resize_like(deep, quarter), quarter], 1))
        joined = self.up_half(torch.cat([resize_like(joined, half), half], 1))
        filled = (smooth + resize_like(self.change(joined), smooth)).clamp(0, 1)
        return colours + filled * (1 - known)
