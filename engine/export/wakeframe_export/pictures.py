"""Procedural pictures: gradients, shapes, noise textures. Ours, seeded, and so the same on every machine."""

import numpy as np


def _cloud(random: np.random.Generator, size: int, detail: int) -> np.ndarray:
    """Smooth colour noise [size,size,3] in 0..1 from a coarse random grid, interpolated linearly."""
    grid = random.random((detail + 1, detail + 1, 3))
    place = np.linspace(0, detail, size, endpoint=False)
    low, share = place.astype(int), (place % 1)
    share = share * share * (3 - 2 * share)
    rows = grid[low] * (1 - share)[:, None, None] + grid[low + 1] * share[:, None, None]
    return rows[:, low] * (1 - share)[None, :, None] + rows[:, low + 1] * share[None, :, None]


def _gradient(random: np.random.Generator, size: int) -> np.ndarray:
    """A straight blend between two colours, at a random angle."""
    down, right = np.mgrid[0:size, 0:size] / size - 0.5
    angle = random.random() * 2 * np.pi
    share = np.clip(0.5 + down * np.sin(angle) + right * np.cos(angle), 0, 1)[..., None]
    first, second = random.random((2, 3))
    return first * (1 - share) + second * share


def _shapes(random: np.random.Generator, size: int) -> np.ndarray:
    """Flat discs and bars over a gradient: hard edges."""
    picture = _gradient(random, size)
    down, right = np.mgrid[0:size, 0:size] / size
    for _ in range(8):
        y, x, height, width = random.random(4) * (1, 1, 0.35, 0.35)
        inside = ((down - y) ** 2 + (right - x) ** 2 < height**2) if random.random() < 0.5 else (abs(down - y) < height) & (abs(right - x) < width)
        picture = np.where(inside[..., None], random.random(3), picture)
    return picture


def pictures(count: int, size: int, seed: int = 0) -> np.ndarray:
    """`count` sRGB pictures [N,size,size,3] in 0..1, fp32."""
    random = np.random.default_rng(seed)
    makers = (_gradient, _shapes, lambda r, s: _cloud(r, s, int(r.integers(2, 9))), lambda r, s: _cloud(r, s, max(2, s // 4)))
    return np.stack([makers[number % len(makers)](random, size) for number in range(count)]).astype(np.float32)
