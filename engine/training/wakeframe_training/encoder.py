"""The encoder: a still -> features, class logits and a pseudo inverse depth, once per clip."""

import torch
import torch.nn.functional as F
from torch import nn

from .backbone import TAP_CHANNELS, load_backbone
from .layers import GROUPS, ResidualBlock, position_maps, resize_like
from .settings import ANIMAL, CLASS_COUNT, FEATURES, FOLIAGE, SKY, SMOKE, WATER

#: Channels of the head at 1/8, 1/16 and 1/32 of the picture.
CHANNELS = (64, 96, 128)
DEPTH_CHANNELS = 32
#: Share of the backbone's channels hidden in training: a hundred photographs are soon learned by heart.
DROPPED = 0.15
#: Taken off a class's logits once the head is trained: a wall that moves is worse than a leaf that does not.
CAUTION = {SKY: 2.0, WATER: 2.5, FOLIAGE: 1.5, ANIMAL: 2.5, SMOKE: 1.0}


def pooled_taps(taps) -> list:
    """What the head reads: maps at 1/8 (the backbone's at 1/4 halved, and its own), 1/16 and 1/32."""
    quarter, eighth, sixteenth, smallest = taps
    return [torch.cat([F.avg_pool2d(quarter, 2), eighth], 1), sixteenth, smallest]

class Head(nn.Module):
    """Maps of `pooled_taps` -> features (B,48,h,w) of unit variance, logits (B,7,h,w), depth (B,1,h,w) 0..1."""

    def __init__(self):
        super().__init__()
        eighth, sixteenth, smallest = CHANNELS
        quarter_tap, eighth_tap, sixteenth_tap, smallest_tap = TAP_CHANNELS
        self.drop = nn.Dropout2d(DROPPED)
        self.in_eighth = nn.Conv2d(quarter_tap + eighth_tap + 2, eighth, 1)
        self.in_sixteenth = nn.Conv2d(sixteenth_tap, sixteenth, 1)
        self.in_smallest = nn.Conv2d(smallest_tap + 2, smallest, 1)
        self.block_smallest = ResidualBlock(smallest, smallest)
        self.whole_picture = nn.Linear(smallest, smallest)
        self.up_sixteenth = ResidualBlock(smallest + sixteenth, sixteenth)
        self.up_eighth = ResidualBlock(sixteenth + eighth, FEATURES)
        self.norm = nn.GroupNorm(GROUPS, FEATURES)
        self.classify = nn.Conv2d(FEATURES, CLASS_COUNT, 1)
        self.depth_in = nn.Conv2d(FEATURES + CLASS_COUNT + 2, DEPTH_CHANNELS, 5, padding=2)
        self.depth_out = nn.Conv2d(DEPTH_CHANNELS, 1, 5, padding=2)

    def forward(self, eighth, sixteenth, smallest):
        eighth = self.in_eighth(torch.cat([self.drop(eighth), position_maps(eighth)], 1))
        sixteenth = self.in_sixteenth(self.drop(sixteenth))
        deep = self.block_smallest(self.in_smallest(torch.cat([self.drop(smallest), position_maps(smallest)], 1)))
        deep = deep + self.whole_picture(deep.mean((2, 3)))[:, :, None, None]
        joined = self.up_sixteenth(torch.cat([resize_like(deep, sixteenth), sixteenth], 1))
        joined = self.up_eighth(torch.cat([resize_like(joined, eighth), eighth], 1))
        features = self.norm(joined)
        logits = self.classify(F.silu(features))
        clues = torch.cat([features, logits.softmax(1), position_maps(features)], 1)
        depth = torch.sigmoid(self.depth_out(F.silu(self.depth_in(clues))))
        return features, logits, depth


class Encoder(nn.Module):
    """still (B,3,8h,8w) sRGB 0..1, h and w multiples of four -> features (B,48,h,w), logits (B,7,h,w), depth (B,1,h,w)."""

    def __init__(self, head: Head):
        super().__init__()
        self.backbone, self.head = load_backbone(), head
        caution = torch.tensor([CAUTION.get(label, 0.0) for label in range(CLASS_COUNT)])
        self.register_buffer("caution", caution[None, :, None, None], persistent=False)

    def forward(self, still):
        features, logits, depth = self.head(*pooled_taps(self.backbone(still)))
        return features, logits - self.caution, depth
