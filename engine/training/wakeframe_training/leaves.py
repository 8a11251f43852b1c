"""Procedural leaves for composites: a coverage (H,W,1) 0..1 and a colour (H,W,3) 0..255, and a pot's coverage and colour.

Close leaves, leaves in the dark and plants in pots are rare in the photographs; a head that never saw them close takes them for
things.
"""

import cv2
import numpy as np

from .synthetic import fractal_noise

GREENS = np.array([[70, 110, 50], [110, 140, 60], [50, 85, 55], [120, 145, 120], [150, 150, 60], [120, 60, 50]], np.float32)


def leaf(random, base, angle: float, length: float, slender: float, bend: float):
    """Outline (n,2) of a leaf and of its one half, from `base` towards `angle`; `slender` is its half width over its length."""
    t = np.linspace(0, 1, 13)
    turn = angle + bend * t
    spine = np.array(base) + np.cumsum(np.stack([np.cos(turn), np.sin(turn)], 1), 0) * length / len(t)
    wide = slender * length * np.sin(np.pi * t ** random.uniform(0.55, 0.9)) ** random.uniform(0.7, 1.2)
    across = np.stack([-np.sin(turn), np.cos(turn)], 1) * wide[:, None]
    return np.concatenate([spine - across, (spine + across)[::-1]]), np.concatenate([spine, (spine + across)[::-1]])


def rosette(random, height: int, width: int):
    """A plant whose leaves come from one place, the hind ones first -> leaves, where it stands (column, row, size), no far edge."""
    size = random.uniform(0.15, 0.5) * height
    foot = np.array([random.uniform(0.15, 0.85) * width, random.uniform(0.45, 0.95) * height])
    slender, droop = random.uniform(0.03, 0.3), random.uniform(0, 1.5)
    found = []
    for _ in range(int(random.integers(12, 70))):
        away = random.uniform(-1, 1)
        angle = -np.pi / 2 + away * random.uniform(1.0, 1.7)
        found.append((foot + random.normal(size=2) * 0.06 * size, angle, size * random.uniform(0.4, 1.1), slender, np.sign(away) * droop))
    return found, (*foot, size), None


def spray(random, height: int, width: int):
    """Twigs with leaves to both sides, hanging in from a side of the picture or standing -> leaves, no foot, no far edge."""
    found, slender, size = [], random.uniform(0.12, 0.4), random.uniform(0.03, 0.14) * height
    heading = random.uniform(-np.pi, np.pi)
    start = np.array([random.uniform(0, width), random.uniform(0, height)])
    for _ in range(int(random.integers(3, 14))):
        at, turn = start + random.normal(size=2) * 0.15 * height, heading + random.normal() * 0.5
        for step in range(int(random.integers(6, 22))):
            turn += random.normal() * 0.12
            at = at + 0.45 * size * np.array([np.cos(turn), np.sin(turn)])
            side = 1 if step % 2 else -1
            found.append((at, turn + side * random.uniform(0.5, 1.3), size * random.uniform(0.6, 1.2), slender, random.normal() * 0.4))
    return found, None, None


def bed(random, height: int, width: int):
    """Leaves close together over a part of the picture, the lower ones nearer -> leaves, no foot, no far edge."""
    size = random.uniform(0.03, 0.16) * height
    middle = np.array([random.uniform(0, 1) * width, random.uniform(0.3, 1.1) * height])
    spread = np.array([random.uniform(0.1, 0.4) * width, random.uniform(0.08, 0.3) * height])
    slender, heading = random.uniform(0.08, 0.45), random.uniform(-np.pi, np.pi)
    loose = random.uniform(0.3, 3)
    places = middle + random.normal(size=(int(random.integers(80, 400)), 2)) * spread
    return [(place, heading + random.normal() * loose, size * random.uniform(0.5, 1.3), slender, random.normal() * 0.4)
            for place in places[np.argsort(places[:, 1])]], None, None


def lawn(random, height: int, width: int):
    """Blades of grass that stand close, the far ones first, over the lower part of the picture or all of it -> leaves,
    no foot, the row of its far edge."""
    top = random.uniform(-0.3, 0.6) * height
    near, lean = random.uniform(0.08, 0.5) * height, random.normal() * 0.25
    slender, loose = random.uniform(0.03, 0.09), random.uniform(0.05, 0.35)
    far = np.sort(random.uniform(0, 1, int(random.integers(500, 1600))) ** random.uniform(1, 2))
    return [(np.array([random.uniform(-0.05, 1.05) * width, top + depth * (1.15 * height - top + near)]),
             -np.pi / 2 + lean + random.normal() * loose, near * (0.25 + 0.75 * depth) * random.uniform(0.5, 1.2), slender, random.normal() * 0.5)
            for depth in far], None, top


def in_focus_at(random, colour: np.ndarray) -> np.ndarray:
    """`colour` (H,W,3) as a lens shows it that is close: one row is sharp, the more so unsharp the farther from it."""
    height = len(colour)
    rows = np.arange(height, dtype=np.float32)[:, None, None]
    far = np.abs(rows - random.uniform(0.2, 1) * height) / (random.uniform(0.2, 0.8) * height)
    for deviation in (2, 5, 11):
        unsharp = cv2.GaussianBlur(colour, (0, 0), deviation)
        share = np.clip(far * 11 / deviation - 0.5, 0, 1)
        colour = colour * (1 - share) + unsharp * share
    return colour


def pot(random, height: int, width: int, place):
    """A pot below a plant -> coverage, colour."""
    column, row, size = place
    half, tall = size * random.uniform(0.2, 0.5), size * random.uniform(0.3, 0.8)
    top = row - random.uniform(0, 0.15) * size
    corners = np.array([[column - half, top], [column + half, top], [column + 0.75 * half, top + tall], [column - 0.75 * half, top + tall]])
    cover = np.zeros((height, width), np.uint8)
    cv2.fillPoly(cover, [np.round(corners).astype(np.int32)], 1)
    across = np.linspace(0, width, width, dtype=np.float32)[None, :, None]
    round_light = 1.1 - 0.5 * ((across - column + 0.4 * half * random.choice([-1, 1])) / half).clip(-1.2, 1.2) ** 2
    colour = random.uniform(30, 220) * random.uniform(0.6, 1.2, 3) * round_light * np.ones((height, 1, 1))
    return cv2.GaussianBlur(cover.astype(np.float32), (0, 0), 0.8)[..., None], np.clip(colour, 0, 255)


def leaves(random, height: int, width: int):
    """A plant, twigs or a bed of leaves -> coverage, colour, and where a plant's foot is (column, row, size) or None."""
    kind = (rosette, spray, bed, lawn)[random.choice(4, p=[0.28, 0.18, 0.24, 0.3])]
    found, place, far_edge = kind(random, height, width)
    cover, colour = np.zeros((height, width), np.uint8), np.zeros((height, width, 3), np.float32)
    green = GREENS[random.integers(len(GREENS))] * random.uniform(0.25, 1.25) * random.uniform(0.85, 1.15, 3)
    varied, lit = random.uniform(0.05, 0.3), random.uniform(1.0, 1.4)
    for n, (base, angle, length, slender, bend) in enumerate(found):
        whole, half = leaf(random, base, angle, length, slender * random.uniform(0.8, 1.2), bend)
        # What lies behind is in the shade of what lies before.
        tone = green * (0.5 + 0.5 * n / len(found)) * np.clip(1 + random.normal() * varied, 0.3, 1.8) * random.uniform(0.94, 1.06, 3)
        for outline, light in ((whole, 1.0), (half, lit)):
            points = np.round(outline * 8).astype(np.int32)
            cv2.fillPoly(colour, [points], (tone * light).tolist(), cv2.LINE_8, 3)
        cv2.fillPoly(cover, [np.round(whole * 8).astype(np.int32)], 1, cv2.LINE_8, 3)
    if far_edge is not None:
        # Between the blades is what grows behind them.
        ground = np.arange(height)[:, None] + fractal_noise(random, height, width, (4, 20, 60))[..., 0] * random.uniform(2, 8) > far_edge
        colour[ground & (cover == 0)] = green * random.uniform(0.4, 1.1)
        cover, colour = np.maximum(cover, ground), in_focus_at(random, colour)
    light = 1 + random.uniform(0, 0.3) * fractal_noise(random, height, width, (3, 6, 12))
    grain = 1 + random.uniform(0, 0.08) * random.standard_normal((height, width, 1)).astype(np.float32)
    softness = random.uniform(0.5, 1.4)
    # Blurred with what is covered, so that no black comes in from around.
    soft = cv2.GaussianBlur(cover.astype(np.float32), (0, 0), softness).clip(0, 1)[..., None]
    colour = cv2.GaussianBlur(colour * cover[..., None], (0, 0), softness) / np.maximum(soft, 1e-3)
    return soft, np.clip(colour * light * grain, 0, 255), place
