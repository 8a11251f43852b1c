"""Procedural smoke, steam and fire for composites: a coverage (H,W,1) 0..1 and a colour (H,W,3) 0..255."""

import cv2
import numpy as np

from .synthetic import fractal_noise

#: Colours of a flame from its edge to its heart.
FLAME = np.array([[70, 8, 0], [190, 45, 5], [250, 130, 20], [255, 215, 90], [255, 250, 220]], np.float32)


def plume_shape(random, height: int, width: int, spread: float, tall: float):
    """(along, across): how far up the plume each place is (0 at the source, 1 at its end), and how far from its axis."""
    base = np.array([random.uniform(0.15, 0.85) * width, random.uniform(0.55, 1.0) * height])
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    along = (base[1] - rows) / (tall * height)
    wander = fractal_noise(random, height, 1, (2, 4))[:, :, 0] * 0.05 * width
    axis = base[0] + random.normal() * 0.25 * width * np.clip(along, 0, 1) + wander * np.clip(along, 0, 1)
    reach = width * spread * (0.25 + np.clip(along, 0, 1) ** random.uniform(0.6, 1.2))
    return along, (columns - axis) / reach


def smoke(random, height: int, width: int):
    """A plume or a bank of smoke or steam, thin or thick, white to black."""
    noise = fractal_noise(random, height, width, (3, 6, 12, 24, 48))[..., 0]
    along, across = plume_shape(random, height, width, random.uniform(0.06, 0.3), random.uniform(0.3, 1.2))
    body = np.clip(1.3 - np.abs(across) + 0.5 * noise, 0, 1) * np.clip(along * 12, 0, 1) * np.clip(1.2 - along, 0, 1)
    thick = random.uniform(0.4, 1.0)
    cover = np.clip(body * (0.75 + 0.5 * noise), 0, 1) * thick
    tone = random.choice([random.uniform(180, 250), random.uniform(90, 180), random.uniform(20, 80)], p=[0.5, 0.3, 0.2])
    tint = random.uniform(0.92, 1.05, 3).astype(np.float32)
    shading = 1 + 0.16 * fractal_noise(random, height, width, (4, 8, 16, 32))
    return cover[..., None].astype(np.float32), np.clip(tone * tint * shading, 0, 255).astype(np.float32)


def fire(random, height: int, width: int):
    """Tongues of flame over a glowing base."""
    tall = random.uniform(0.15, 0.6)
    stretch = max(8, height // 3)
    noise = cv2.resize(fractal_noise(random, stretch, width, (4, 8, 16))[..., 0], (width, height))
    along, across = plume_shape(random, height, width, random.uniform(0.05, 0.25), tall)
    heat = np.clip(1.25 - np.abs(across) * (0.5 + np.clip(along, 0, 1)) - np.clip(along, 0, 2) * 0.9 + 0.45 * noise, 0, 1)
    heat = heat * np.clip(along * 15 + 1, 0, 1)
    level = heat * (len(FLAME) - 1)
    below = np.clip(level.astype(int), 0, len(FLAME) - 2)
    part = (level - below)[..., None]
    colour = FLAME[below] * (1 - part) + FLAME[below + 1] * part
    return np.clip(heat * 2.2, 0, 1)[..., None].astype(np.float32), colour.astype(np.float32)
