"""The encoder: a still -> features, class logits and a pseudo inverse depth, once per clip."""

import torch
import torch.nn.functional as F
from torch import nn

from .layers import GROUPS, ResidualBlock, position_maps, resize_like
from .settings import CLASS_COUNT, FEATURES

CHANNELS = (24, FEATURES, 80, 112)
DEPTH_CHANNELS = 32
PICTURE_MEAN, PICTURE_SPREAD = 0.45, 0.27


class Encoder(nn.Module):
    """still (B,3,4h,4w) sRGB 0..1 -> features (B,48,h,w) of unit variance, logits (B,5,h,w), depth (B,1,h,w) 0..1."""

    def __init__(self):
        super().__init__()
        half, quarter, eighth, sixteenth = CHANNELS
        self.stem_half = nn.Conv2d(5, half, 3, 2, 1)
        self.block_half = ResidualBlock(half, half)
        self.down_quarter = nn.Conv2d(half, quarter, 3, 2, 1)
        self.block_quarter = ResidualBlock(quarter, quarter)
        self.down_eighth = nn.Conv2d(quarter, eighth, 3, 2, 1)
        self.block_eighth = ResidualBlock(eighth, eighth)
        self.down_sixteenth = nn.Conv2d(eighth, sixteenth, 3, 2, 1)
        self.blocks_sixteenth = nn.ModuleList([ResidualBlock(sixteenth, sixteenth),
                                               ResidualBlock(sixteenth, sixteenth, dilation=2)])
        self.whole_picture = nn.Linear(sixteenth, sixteenth)
        self.up_eighth = ResidualBlock(sixteenth + eighth, eighth)
        self.up_quarter = ResidualBlock(eighth + quarter, quarter)
        self.norm = nn.GroupNorm(GROUPS, quarter)
        self.classify = nn.Conv2d(quarter, CLASS_COUNT, 1)
        self.depth_in = nn.Conv2d(FEATURES + CLASS_COUNT + 2, DEPTH_CHANNELS, 5, padding=2)
        self.depth_out = nn.Conv2d(DEPTH_CHANNELS, 1, 5, padding=2)

    def forward(self, still):
        still = (still - PICTURE_MEAN) / PICTURE_SPREAD
        half = self.block_half(self.stem_half(torch.cat([still, position_maps(still)], 1)))
        quarter = self.block_quarter(self.down_quarter(half))
        eighth = self.block_eighth(self.down_eighth(quarter))
        deep = self.down_sixteenth(eighth)
        for block in self.blocks_sixteenth:
            deep = block(deep)
        deep = deep + self.whole_picture(deep.mean((2, 3)))[:, :, None, None]
        joined = self.up_eighth(torch.cat([resize_like(deep, eighth), eighth], 1))
        joined = self.up_quarter(torch.cat([resize_like(joined, quarter), quarter], 1))
        features = self.norm(joined)
        logits = self.classify(F.silu(features))
        clues = torch.cat([features, logits.softmax(1), position_maps(features)], 1)
        depth = torch.sigmoid(self.depth_out(F.silu(self.depth_in(clues))))
        return features, logits, depth
