"""Procedural flags and hanging cloth for composites: a coverage (H,W,1) 0..1 and a colour (H,W,3) 0..255."""

import cv2
import numpy as np

from .synthetic import fractal_noise


def pattern(random, height: int, width: int) -> np.ndarray:
    """A plain, striped, crossed or spotted cloth (H,W,3)."""
    colours = random.uniform(10, 250, (3, 3)).astype(np.float32)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    kind = random.integers(5)
    if kind == 0:
        index = np.zeros((height, width), int)
    elif kind in (1, 2):
        place = (rows / height if kind == 1 else columns / width) * random.integers(2, 9)
        index = place.astype(int) % 3
    elif kind == 3:
        index = ((np.abs(rows / height - 0.5) < 0.1) | (np.abs(columns / width - 0.36) < 0.08)).astype(int)
    else:
        index = (fractal_noise(random, height, width, (8, 16))[..., 0] > 0.7).astype(int)
    return colours[index]


def folds(random, height: int, width: int) -> np.ndarray:
    """Light and shade of folds (H,W) about 1."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    angle = random.normal() * 0.5
    phase = (columns * np.cos(angle) + rows * np.sin(angle)) / width * random.uniform(8, 40)
    phase += fractal_noise(random, height, width, (2, 4))[..., 0] * random.uniform(0.5, 2.5)
    return 1 + random.uniform(0.1, 0.4) * np.sin(phase) + 0.06 * fractal_noise(random, height, width, (8, 16))[..., 0]


def cloth(random, height: int, width: int):
    """A flag or a cloth, somewhere in the picture, its edge wavy -> coverage, colour, pole (H,W,1) 0..1."""
    wide, tall = random.uniform(0.12, 0.55) * width, random.uniform(0.12, 0.6) * height
    left, top = random.uniform(0, width - wide), random.uniform(0, height - tall)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    across, down = (columns - left) / wide, (rows - top) / tall
    wave = np.sin(across * random.uniform(3, 9) + random.uniform(0, 6)) * random.uniform(0.02, 0.12) * np.clip(across, 0, 1)
    end = 1 + 0.05 * np.sin(down * 7)
    inside = (across > 0) & (across < end) & (down - wave > 0) & (down - wave < 1)
    cover = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), 1.0)[..., None]
    colour = pattern(random, height, width)
    move = np.float32([[wide / width, 0, left], [0, tall / height, top]])
    colour = cv2.warpAffine(colour, move, (width, height), borderMode=cv2.BORDER_REPLICATE)
    shade = cv2.warpAffine(folds(random, height, width).astype(np.float32), move, (width, height),
                           borderMode=cv2.BORDER_REPLICATE)
    pole = np.zeros((height, width, 1), np.float32)
    if random.random() < 0.6:
        thick = random.uniform(2, 7)
        pole[..., 0] = np.clip(thick / 2 - np.abs(columns - left) + 0.5, 0, 1) * (rows > top - 0.03 * height)
    return cover, np.clip(colour * shade[..., None], 0, 255), pole
