"""The fill: a small picture with a hole -> the picture without one. It says what goes where; texture is not its task.

Gated convolutions: Yu et al., "Free-form image inpainting with gated convolution" (2019). The network chooses, place by place,
which side of the hole is carried on, and changes that a little: so an edge that runs into the hole stays an edge.
"""

import torch
import torch.nn.functional as F
from torch import nn

from .layers import GROUPS, position_maps, resize_like

#: Channels at half, a quarter and an eighth of the picture's size.
CHANNELS = (32, 64, 64)
DILATIONS = (1, 2, 4, 8)
#: Cells over which a colour's weight falls to a third when it is carried on.
FADING = 3.0
#: Weights below this are none.
NO_WEIGHT = 1e-12
LEAST_WEIGHT = 1e-37
#: The ways a colour is carried on: from all around, from the left, the right, above, below.
WAYS = 5
CHOICE_SIZE = 3 + WAYS


def fading(length: int, like) -> torch.Tensor:
    """(length,length): the weight that a known cell has for another of its row or column."""
    places = torch.arange(length, dtype=like.dtype)
    return torch.exp(-(places[:, None] - places[None, :]).abs() / FADING)


def carried(colours, known):
    """colours (B,3,h,w), zero where known (B,1,h,w) is zero -> fills (B,3,h,w) of the five WAYS, weights (B,4,h,w) of the
    last four, 0 (nothing known on that side) .. 1 (the next cell is known)."""
    planes = torch.cat([colours, known], 1)
    down, across = fading(planes.shape[-2], planes), fading(planes.shape[-1], planes)
    around = down @ planes @ across
    around = around[:, :3] / around[:, 3:].clamp(min=LEAST_WEIGHT)
    sides = [planes @ across.triu(), planes @ across.tril(), down.tril() @ planes, down.triu() @ planes]
    fills = [(side[:, :3] + NO_WEIGHT * around) / (side[:, 3:] + NO_WEIGHT) for side in sides]
    return [around, *fills], torch.cat([side[:, 3:] for side in sides], 1).clamp(0, 1)


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
        self.to_half = Gated(3 * WAYS + (WAYS - 1) + 1 + 2, half, size=5, stride=2)
        self.at_half = Gated(half, half)
        self.to_quarter = Gated(half, quarter, stride=2)
        self.at_quarter = Gated(quarter, quarter)
        self.to_eighth = Gated(quarter, eighth, stride=2)
        self.at_eighth = nn.ModuleList(Gated(eighth, eighth, dilation=d) for d in DILATIONS)
        self.whole_picture = nn.Linear(eighth, eighth)
        self.up_quarter = Gated(eighth + quarter, quarter)
        self.up_half = Gated(quarter + half, half)
        self.choice = nn.Conv2d(half, CHOICE_SIZE, 3, padding=1)
        nn.init.zeros_(self.choice.weight)
        nn.init.zeros_(self.choice.bias)

    def forward(self, picture):
        colours, known = picture[:, :3], picture[:, 3:]
        fills, weights = carried(colours, known)
        seen = torch.cat([*(fill - 0.5 for fill in fills), weights, known, position_maps(picture)], 1)
        half = self.at_half(self.to_half(seen))
        quarter = self.at_quarter(self.to_quarter(half))
        deep = self.to_eighth(quarter)
        for block in self.at_eighth:
            deep = deep + block(deep)
        deep = deep + self.whole_picture(deep.mean((2, 3)))[:, :, None, None]
        joined = self.up_quarter(torch.cat([resize_like(deep, quarter), quarter], 1))
        joined = self.up_half(torch.cat([resize_like(joined, half), half], 1))
        change, choice = resize_like(self.choice(joined), picture).split((3, WAYS), 1)
        shares = choice.softmax(1).chunk(WAYS, 1)
        filled = (change + sum(share * fill for share, fill in zip(shares, fills))).clamp(0, 1)
        return colours + filled * (1 - known)
