"""Shadows that pasted subjects cast, and scenes against the light.

A shadow lies on the ground and is the ground: a head that only saw subjects without one takes it for a part of them.
"""

import cv2
import numpy as np

from .settings import SKY


def cast_shadow(random, mask: np.ndarray) -> np.ndarray:
    """The shade 0 (none) .. 1 (H,W,1) that a standing subject `mask` (H,W,1) throws on the ground from its feet."""
    height, width = mask.shape[:2]
    held = np.argwhere(mask[..., 0] > 0.5)
    if len(held) == 0:
        return np.zeros_like(mask)
    feet = float(np.percentile(held[:, 0], 98))
    # Lengths along the ground are foreshortened; a low sun draws them out to a side.
    length, lean = random.uniform(0.12, 0.6) * random.choice([-1, 1], p=[0.35, 0.65]), random.normal() * 0.9
    # A pixel `up` above the feet falls `length` · up below them (towards us) and `lean` · up to the side.
    move = np.float32([[1, -lean, lean * feet], [0, -length, feet + length * feet]])
    shade = cv2.warpAffine(np.ascontiguousarray(mask[..., 0], np.float32), move, (width, height))
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    middle, wide = held[:, 1].mean(), max(4.0, float(np.ptp(held[:, 1])))
    pool = np.exp(-(((columns - middle) / (0.45 * wide)) ** 2 + ((rows - feet) / (0.1 * wide)) ** 2))
    softness = random.uniform(0.8, 6)
    shade = cv2.GaussianBlur(np.maximum(shade, pool * random.uniform(0, 1)), (0, 0), softness)
    return (shade * random.uniform(0.35, 0.9))[..., None]


def in_shadow(random, picture: np.ndarray, shade: np.ndarray) -> np.ndarray:
    """A picture (H,W,3) 0..255 under `shade`: darker, and bluer under a blue sky."""
    tint = np.array([0.85, 0.95, random.uniform(1, 1.3)], np.float32) * random.uniform(0.05, 0.45)
    return picture * (1 - shade) + picture * tint * shade


def against_the_light(random, picture: np.ndarray, maps: np.ndarray) -> np.ndarray:
    """What is not sky, dark before it; where no sky is, the picture at dusk."""
    land = 1 - maps[..., SKY : SKY + 1]
    dark = random.uniform(0.06, 0.4) * np.array([1.05, 1, random.uniform(0.9, 1.3)], np.float32)
    return picture * (1 - land) + picture * dark * land if land.mean() < 0.95 else picture * dark * 1.5
