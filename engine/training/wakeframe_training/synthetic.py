"""Procedural noise, skies and water for composites."""

import cv2
import numpy as np

SKY_COLOURS = np.array([[90, 140, 215], [200, 215, 235], [150, 160, 175], [240, 150, 90], [30, 40, 90]], np.float32)


def fractal_noise(random, height: int, width: int, octaves=(2, 4, 8)) -> np.ndarray:
    """Smooth noise (H,W,1) float32, about -2..2; `octaves` are cells across the height."""
    total = np.zeros((height, width), np.float32)
    for index, cells in enumerate(octaves):
        grid = random.standard_normal((cells + 2, int(cells * 1.6) + 2)).astype(np.float32)
        total += cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC) * 0.6**index
    return total[..., None] / 1.2


def vertical_ramp(height: int, top: float, bottom: float) -> np.ndarray:
    return np.linspace(top, bottom, height, dtype=np.float32)[:, None, None]


def synthetic_sky(random, height: int, width: int) -> np.ndarray:
    """A sky (H,W,3) float32 0..255: a colour gradient, usually with clouds."""
    top = SKY_COLOURS[random.integers(len(SKY_COLOURS))] * random.uniform(0.7, 1.1)
    bottom = SKY_COLOURS[random.integers(1, 3)] if random.random() < 0.7 else SKY_COLOURS[3]
    blend = vertical_ramp(height, 0, 1)
    sky = np.broadcast_to(top * (1 - blend) + bottom * blend, (height, width, 3)).copy()
    if random.random() < 0.75:
        noise = fractal_noise(random, height, width, (3, 6, 12, 24, 48))
        cover = np.clip((noise - random.uniform(-0.4, 0.8)) * random.uniform(0.6, 2.5), 0, 1)
        cloud = random.uniform(150, 255) * random.uniform(0.9, 1, 3).astype(np.float32)
        shading = 1 + 0.08 * fractal_noise(random, height, width, (6, 12, 24))
        sky = sky * (1 - cover) + cloud * cover * shading
    return np.clip(sky + sun(random, height, width) if random.random() < 0.15 else sky, 0, 255)


def sun(random, height: int, width: int) -> np.ndarray:
    """Light (H,W,3) of a low sun and the glow around it; it is sky, not fire."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    far = np.hypot(columns - random.uniform(0, width), rows - random.uniform(0.05, 0.7) * height)
    glow = np.exp(-far / (random.uniform(0.05, 0.3) * width))
    disc = np.clip(random.uniform(4, 25) - far, 0, 1)
    warm = np.array([1, random.uniform(0.5, 0.95), random.uniform(0.15, 0.8)], np.float32)
    return (glow * random.uniform(40, 180) + disc * 255)[..., None] * warm


def synthetic_water(random, height: int, width: int) -> np.ndarray:
    """Water (H,W,3) float32 0..255: a dark colour with noise stretched sideways."""
    colour = np.array([random.uniform(20, 120), random.uniform(50, 150), random.uniform(70, 190)], np.float32)
    ripples = np.zeros((height, width), np.float32)
    for cells in (8, 16, 40, 80):
        grid = random.standard_normal((cells, max(2, cells // 5))).astype(np.float32)
        ripples += cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC) * (8.0 / cells) ** 0.3
    light = vertical_ramp(height, random.uniform(0.8, 1.5), random.uniform(0.6, 1.1))
    return np.clip(colour * light + ripples[..., None] * random.uniform(4, 20), 0, 255)


def reflection(random, picture: np.ndarray, shore: int) -> np.ndarray:
    """What lies above row `shore` of a picture (H,W,3) 0..255, mirrored below it: darker, tinted, rippled."""
    height, width = picture.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    depth = np.maximum(rows - shore, 0)
    squeeze = random.uniform(0.8, 1.3)
    ripples = fractal_noise(random, height, width, (24, 48, 96))[..., 0] * random.uniform(0, 5)
    source = np.clip(shore - depth * squeeze + ripples, 0, max(shore - 1, 0)).astype(np.float32)
    mirrored = cv2.remap(picture, (columns + ripples * 0.6).astype(np.float32), source, cv2.INTER_LINEAR,
                         borderMode=cv2.BORDER_REFLECT)
    if random.random() < 0.7:
        mirrored = cv2.GaussianBlur(mirrored, (0, 0), sigmaX=random.uniform(0.6, 2), sigmaY=random.uniform(0.6, 5))
    water = synthetic_water(random, height, width)
    clear = random.uniform(0.45, 0.95)
    return np.clip(mirrored * random.uniform(0.6, 1.0), 0, 255) * clear + water * (1 - clear)
