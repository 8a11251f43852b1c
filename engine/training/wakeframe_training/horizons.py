"""Procedural far ridges in haze, cloud banks and a strip of sea for composites: what lies at the horizon.

A head that never saw them takes a far ridge for the lower sky, a bank of clouds for hills and a sea behind dunes for land.
"""

import cv2
import numpy as np

from .depth import sky_ends
from .settings import SKY
from .synthetic import fractal_noise, synthetic_water

#: Fractions of the width that show sky, and of the height down to which it reaches, for it to have a lower end.
LEAST_SKY, LEAST_HEIGHT = 0.3, 0.2
ROCKS = np.array([[70, 85, 110], [60, 75, 65], [110, 100, 95], [40, 45, 60], [130, 110, 90]], np.float32)


def profile(random, width: int, octaves=(3, 6, 12, 24, 60)) -> np.ndarray:
    """A ragged line (W,), about -2..2."""
    return fractal_noise(random, 1, width, octaves)[0, :, 0]


def lower_end(maps: np.ndarray) -> float | None:
    """Row at which most columns of the sky end; None where there is too little of it."""
    columns, lowest = sky_ends(maps)
    if columns.mean() < LEAST_SKY:
        return None
    end = float(np.median(lowest[columns]))
    return end if end > LEAST_HEIGHT * len(maps) else None


def sky_colour(picture: np.ndarray, sky: np.ndarray, row: float) -> np.ndarray:
    """Mean colour (3,) of the sky (H,W,1) close above `row`."""
    height = len(picture)
    band = slice(max(0, int(row - 0.15 * height)), max(1, int(row)))
    weight = sky[band] + 1e-4
    return (picture[band] * weight).sum((0, 1)) / weight.sum()


def far_ridges(random, picture: np.ndarray, maps: np.ndarray, end: float):
    """One to four ridges before the sky's lower end, paler the farther they are -> coverage (H,W,1), colour (H,W,3)."""
    height, width = picture.shape[:2]
    rows = np.arange(height, dtype=np.float32)[:, None]
    air = sky_colour(picture, maps[..., SKY : SKY + 1], end) * random.uniform(0.85, 1.08)
    rock = ROCKS[random.integers(len(ROCKS))] * random.uniform(0.4, 1.1)
    count = int(random.integers(1, 5))
    tops = end * (1 - np.sort(random.uniform(0.0, 0.45, count))[::-1])
    haze = np.sort(random.uniform(0.1, 0.93, count))[::-1]
    softness = random.uniform(0.6, 3.0)
    cover, colour = np.zeros((height, width, 1), np.float32), np.zeros_like(picture)
    for top, far in zip(tops, haze):
        octaves = (2, 4, 8, 16, 40) if random.random() < 0.5 else (1, 2, 4)
        line = top + profile(random, width, octaves) * random.uniform(0.004, 0.1) * end
        inside = np.clip((rows - line) / softness + 0.5, 0, 1)[..., None]
        tone = rock * (1 - far) + air * far
        # Haze lies in the valleys: a ridge pales towards its foot.
        foot = np.clip((rows - line) / (random.uniform(0.1, 0.4) * height), 0, 1)[..., None] * random.uniform(0, 0.6)
        relief = 1 + (1 - far) * random.uniform(0, 0.12) * fractal_noise(random, height, width, (24, 48, 96))
        layer = tone * relief * (1 - foot) + air * foot
        colour = colour * (1 - inside) + layer * inside
        cover = np.maximum(cover, inside)
    return cover, np.clip(colour, 0, 255)


def puffs(random, width: int) -> np.ndarray:
    """The upper outline (W,) of many round heaps side by side, 0..1."""
    count = int(random.integers(8, 60))
    middles, reach = random.uniform(0, width, (count, 1)), random.uniform(0.2, 1.0, (count, 1)) * random.uniform(0.05, 0.2) * width
    across = np.arange(width, dtype=np.float32)[None]
    round_tops = np.sqrt(np.maximum(reach**2 - (across - middles) ** 2, 0)) / reach * (reach / reach.max()) ** 0.7
    return round_tops.max(0)


def cloud_bank(random, picture: np.ndarray, maps: np.ndarray, end: float):
    """Clouds in a row low over the horizon, with heaped tops and darker flat feet -> coverage, colour. They are sky."""
    height, width = picture.shape[:2]
    rows = np.arange(height, dtype=np.float32)[:, None]
    air = sky_colour(picture, maps[..., SKY : SKY + 1], end)
    tall = random.uniform(0.08, 0.5) * end
    heaps = puffs(random, width) if random.random() < 0.6 else 0.6 + 0.3 * profile(random, width, (2, 4, 8))
    line = end * random.uniform(0.9, 1) - tall * heaps
    ragged = fractal_noise(random, height, width, (12, 24, 48))[..., 0] * random.uniform(1, 8)
    cover = np.clip((rows - line + ragged) / random.uniform(3, 20), 0, 1)[..., None] * random.uniform(0.5, 1)
    lit, shade = random.uniform(0.95, 1.6), random.uniform(0.45, 1.1)
    down = np.clip((rows - line) / tall, 0, 1)[..., None]
    folds = 1 + random.uniform(0.03, 0.15) * fractal_noise(random, height, width, (8, 16, 32, 64))
    tint = 0.6 * air.mean() + 0.4 * air
    return cover, np.clip(tint * (lit * (1 - down) + shade * down) * folds, 0, 255)


def far_sea(random, picture: np.ndarray, maps: np.ndarray, end: float):
    """A strip of sea between the sky and the land, level above, with a shore or what stands before it below -> coverage,
    colour. What stands higher than the horizon stands before it."""
    height, width = picture.shape[:2]
    rows = np.arange(height, dtype=np.float32)[:, None]
    top = end + random.uniform(-0.1, 0.02) * height
    wide = random.uniform(0.02, 0.25) * height
    shore = top + wide + profile(random, width, (2, 4, 8, 24)) * random.uniform(0, 0.5) * wide
    cover = np.clip((rows - top) / 1.2, 0, 1) * np.clip((shore - rows) / random.uniform(1, 4), 0, 1)
    _, lowest = sky_ends(maps)
    open_sky = (np.abs(lowest - end) < 0.05 * height).astype(np.float32)[None]
    cover = cover * cv2.blur(open_sky, (9, 1))
    sea = synthetic_water(random, height, width)
    if random.random() < 0.5:
        # Breakers: white streaks along the shore.
        streaks = cv2.GaussianBlur(random.standard_normal((height, width)).astype(np.float32), (0, 0), sigmaX=12, sigmaY=0.9)
        foam = np.clip(streaks / streaks.std() - random.uniform(0.6, 2), 0, 1)[..., None]
        sea = sea * (1 - foam) + 235 * foam
    if random.random() < 0.5:
        air = picture[max(0, int(top) - 8) : max(1, int(top))].mean((0, 1))
        sea = sea * random.uniform(0.4, 0.9) + air * random.uniform(0.1, 0.5)
    return cover[..., None], np.clip(sea, 0, 255)
