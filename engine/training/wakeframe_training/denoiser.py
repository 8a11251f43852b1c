"""The denoiser: one flow-matching step of the motion field."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from .layers import GROUPS, ResidualBlock, position_maps, resize_like
from .settings import CLASS_COUNT, FEATURES, INTENT_PER_CLASS, LIVE, MOTION_CHANNELS, STATE_SCALE

CHANNELS = (48, 80, 112)
TIME_FREQUENCIES, FASTEST, EMBEDDING = 16, 200.0, 128


class Denoiser(nn.Module):
    """x (B,10,h,w), t (B,) 0..1, features (B,48,h,w), probs (B,7,h,w), intent_map (B,6,h,w) -> x1 (B,10,h,w).

    The output is the live map (last channel of intent_map) times the network's: where nothing is asked to move, nothing can.
    """

    def __init__(self):
        super().__init__()
        fine, middle, coarse = CHANNELS
        self.time = nn.Sequential(nn.Linear(2 * TIME_FREQUENCIES, EMBEDDING), nn.SiLU(), nn.Linear(EMBEDDING, EMBEDDING),
                                  nn.SiLU())
        inputs = MOTION_CHANNELS + FEATURES + CLASS_COUNT + INTENT_PER_CLASS + 2
        self.inward = nn.Conv2d(inputs, fine, 3, padding=1)
        self.block_fine = ResidualBlock(fine, fine, EMBEDDING)
        self.down_middle = nn.Conv2d(fine, middle, 3, 2, 1)
        self.block_middle = ResidualBlock(middle, middle, EMBEDDING)
        self.down_coarse = nn.Conv2d(middle, coarse, 3, 2, 1)
        self.blocks_coarse = nn.ModuleList([ResidualBlock(coarse, coarse, EMBEDDING) for _ in range(2)])
        self.up_middle = ResidualBlock(coarse + middle, middle, EMBEDDING)
        self.up_fine = ResidualBlock(middle + fine, fine, EMBEDDING)
        self.norm = nn.GroupNorm(GROUPS, fine)
        self.outward = nn.Conv2d(fine, MOTION_CHANNELS, 3, padding=1)
        nn.init.normal_(self.outward.weight, std=0.01)
        nn.init.zeros_(self.outward.bias)
        frequencies = torch.exp(torch.linspace(0, math.log(FASTEST), TIME_FREQUENCIES))
        self.register_buffer("frequencies", frequencies, persistent=False)

    def forward(self, x, t, features, probs, intent_map):
        angles = t[:, None] * self.frequencies[None]
        time = self.time(torch.cat([angles.sin(), angles.cos()], 1))
        fine = self.inward(torch.cat([x, features, probs, intent_map, position_maps(x)], 1))
        fine = self.block_fine(fine, time)
        middle = self.block_middle(self.down_middle(fine), time)
        coarse = self.down_coarse(middle)
        for block in self.blocks_coarse:
            coarse = block(coarse, time)
        joined = self.up_middle(torch.cat([resize_like(coarse, middle), middle], 1), time)
        joined = self.up_fine(torch.cat([resize_like(joined, fine), fine], 1), time)
        motion = self.outward(F.silu(self.norm(joined)))
        live = intent_map[:, LIVE:].clamp(min=0)
        return STATE_SCALE * live * motion
