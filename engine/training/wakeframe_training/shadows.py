"""Shadows that pasted subjects cast, scenes against the light, and a low sun whose glare spills over the land.

A shadow lies on the ground and is the ground: a head that only saw subjects without one takes it for a part of them.
"""

import cv2
import numpy as np

from .depth import sky_ends
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


def low_sun(random, picture: np.ndarray, maps: np.ndarray) -> np.ndarray:
    """A picture (H,W,3) 0..255 into which a sun shines from about where its sky ends: glare, and rays and ghosts of the lens, over
    the land as well. What lies under it stays what it is."""
    open_sky, lowest = sky_ends(maps)
    if not open_sky.any():
        return picture
    height, width = picture.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    column = random.choice(np.flatnonzero(open_sky))
    row = lowest[column] - random.uniform(-0.01, 0.12) * height
    far, angle = np.hypot(columns - column, rows - row), np.arctan2(rows - row, columns - column)
    disc = random.uniform(5, 40)
    glare = np.exp(-far / (random.uniform(0.03, 0.2) * width)) * random.uniform(0.3, 1.1)
    glare += np.exp(-np.maximum(far - disc, 0) / (0.4 * disc))
    points, turn = int(random.integers(6, 17)), random.uniform(0, np.pi)
    rays = np.abs(np.cos(points / 2 * angle + turn)) ** 24 * np.exp(-far / (random.uniform(0.05, 0.2) * width))
    glare += rays * random.uniform(0, 0.6)
    ghosts = np.zeros_like(glare)
    for along in random.uniform(0.3, 2.2, int(random.integers(0, 5))):
        ghost = np.hypot(columns - column - along * (width / 2 - column), rows - row - along * (height / 2 - row))
        ghosts += np.clip(random.uniform(4, 25) - ghost, 0, 1) * random.uniform(0.03, 0.25)
    warm = np.array([1, random.uniform(0.6, 1), random.uniform(0.2, 0.9)], np.float32)
    tint = random.uniform(0.2, 1, 3)
    white = np.clip(glare - 1, 0, 1)[..., None]
    return 255 - (255 - picture) * (1 - np.clip(glare[..., None] * (warm * (1 - white) + white), 0, 1)) * (1 - ghosts[..., None].clip(0, 1) * tint)
