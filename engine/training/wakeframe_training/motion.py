"""The motion basis, the procedural targets the denoiser learns, and the sampler.

A motion field x (B,10,h,w) holds, in units (not scaled by STATE_SCALE):
channels 0-1 drift (x,y) · 2-3 sin (x,y) · 4-5 cos-1 (x,y) · 6-7 and 8-9 the same at two cycles per clip.
+x is right, +y is down, and the field says where the content goes. At tau = 0 every term is zero.
"""

import math

import torch
import torch.nn.functional as F

from .settings import (ANIMAL, CLASS_COUNT, DRIFT_UNIT, DRIFT_Y, FABRIC, FOLIAGE, INTENT_PER_CLASS, LIVE, MOTION_CHANNELS,
                       PULSE, SAMPLER_STEPS, SKY, SMOKE, STATE_SCALE, SWAY, SWAY_UNIT, WATER)

SECOND_HARMONIC = 0.35


def displacement(field, tau: float):
    """Motion field (B,10,h,w) in units -> displacement (B,2,h,w) in picture widths at tau in 0..1 of the clip."""
    angle = 2 * math.pi * tau
    sway = (field[:, 2:4] * math.sin(angle) + field[:, 4:6] * (math.cos(angle) - 1)
            + field[:, 6:8] * math.sin(2 * angle) + field[:, 8:10] * (math.cos(2 * angle) - 1))
    return DRIFT_UNIT * tau * field[:, :2] + SWAY_UNIT * sway


def intent_map(intent, probs):
    """intent (B,42), probs (B,7,h,w) -> (B,6,h,w): what is asked for at each cell, in the order of INTENT_CHANNELS."""
    return torch.einsum("bck,bchw->bkhw", intent.reshape(-1, CLASS_COUNT, INTENT_PER_CLASS), probs)


def smooth_noise(random, batch: int, channels: int, height: int, width: int, cells=(3, 5)):
    """Smooth random maps (B,channels,h,w) of about unit variance; `cells` are knots down and across."""
    grid = torch.randn(batch, channels, *cells, generator=random)
    return F.interpolate(grid, size=(height, width), mode="bicubic", align_corners=True) * 1.1


def undirected(intent):
    """Classes (B,CLASS_COUNT) bool that travel without having been told where to, and do nothing else."""
    drift, live = intent[..., : DRIFT_Y + 1].abs().sum(-1), intent[..., LIVE]
    return (live > 0) & (drift == 0) & (intent[..., SWAY : PULSE + 1].sum(-1) < 0.5 * live)


def drift_target(random, probs, intent):
    """Drift (B,2,h,w): what was asked for, unevenly; a class that travels without a direction gets one by chance."""
    batch, _, height, width = probs.shape
    drift = intent[..., : DRIFT_Y + 1].clone()
    side = torch.where(torch.rand(batch, CLASS_COUNT, generator=random) < 0.5, -1.0, 1.0)
    drift[..., 0] = torch.where(undirected(intent), side * intent[..., LIVE], drift[..., 0])
    field = torch.einsum("bck,bchw->bkhw", drift, probs)
    amount = field.norm(dim=1, keepdim=True)
    uneven = (0.2 * probs[:, SKY] + 0.3 * probs[:, WATER] + 0.35 * probs[:, SMOKE] + 0.1 * probs[:, WATER:].sum(1))[:, None]
    noise = smooth_noise(random, batch, 2, height, width)
    across = torch.cat([torch.zeros_like(amount), amount * noise[:, 1:] * uneven * 0.5], 1)
    return field * (1 + noise[:, :1] * uneven) + across


def amount_of(channel: int, probs, intent):
    """How much of one channel of the intent is asked for at each cell: (B,1,h,w)."""
    return torch.einsum("bc,bchw->bhw", intent[..., channel], probs)[:, None]


def wave_pair(size, axis, angle):
    """The sin and cos-1 coefficients (B,4,h,w) of swaying along `axis` that starts at phase `angle`."""
    return torch.cat([size * axis * angle.cos()[:, None], size * axis * angle.sin()[:, None]], 1)


def sway_target(random, probs, intent):
    """To and fro (B,8,h,w): a travelling wave of random direction and phase, and a smaller one at twice the rate."""
    batch, _, height, width = probs.shape
    amount = amount_of(SWAY, probs, intent)
    amount = amount * (1 + 0.35 * smooth_noise(random, batch, 1, height, width)).clamp(0.35, 2)
    wave = torch.randn(batch, 2, generator=random)[:, :, None, None] * 2.5
    across = torch.linspace(0, 1, width)[None, None, :]
    down = torch.linspace(0, 1, height)[None, :, None]
    start = torch.rand(batch, generator=random)[:, None, None] * 2 * math.pi
    phase = start + wave[:, 0] * across + wave[:, 1] * down + 0.8 * smooth_noise(random, batch, 1, height, width)[:, 0]
    upright = (0.8 * probs[:, WATER] + 0.7 * probs[:, ANIMAL] + 0.4 * probs[:, SKY] + 0.25 * probs[:, FOLIAGE]
               + 0.5 * probs[:, FABRIC] + 0.3 * probs[:, SMOKE])[:, None]
    axis = torch.cat([1 - 0.7 * upright, upright], 1)
    second = phase * 1.3 + torch.rand(batch, generator=random)[:, None, None] * 2 * math.pi
    return torch.cat([wave_pair(amount, axis, phase), wave_pair(SECOND_HARMONIC * amount, axis, second)], 1)


def motion_target(random, probs, intent):
    """A random motion that answers the intent: probs (B,7,h,w), intent (B,7,6) -> scaled state x1 (B,10,h,w).

    Strength, the camera, churning and pulsing (manner.py) are no part of it: all are applied to the sampled field afterwards.
    """
    return STATE_SCALE * torch.cat([drift_target(random, probs, intent), sway_target(random, probs, intent)], 1)


@torch.no_grad()
def sample_field(denoiser, features, probs, intent, seed: int, steps: int = SAMPLER_STEPS):
    """Euler steps from noise: features (1,48,h,w), probs (1,7,h,w), intent (1,42) -> motion field (1,10,h,w) in units."""
    height, width = probs.shape[-2:]
    random = torch.Generator().manual_seed(seed)
    x = torch.randn(1, MOTION_CHANNELS, height, width, generator=random)
    asked = intent_map(intent, probs)
    times = torch.linspace(0, 1, steps + 1)
    for step in range(steps):
        now, after = times[step], times[step + 1]
        x1 = denoiser(x, now.expand(1), features, probs, asked)
        x = x + (after - now) / (1 - now) * (x1 - x)
    return x / STATE_SCALE
