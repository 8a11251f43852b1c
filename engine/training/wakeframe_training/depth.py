"""A pseudo inverse depth (0 far .. 1 near) made from class maps: the label the encoder's depth head learns.

Nothing measures depth in the photographs, so the label is a stage set: the sky far away, the ground rising from the
horizon to the lower edge, what stands above the horizon a flat backdrop (a slope would make towers lean in a camera
move), and each animal or person one flat cut-out, a little nearer than the ground at its feet.
"""

import cv2
import numpy as np

from .settings import ANIMAL, FABRIC, SKY

SKY_DEPTH = 0.02
BACKDROP = 0.16
NEAREST_GROUND = 0.85
SUBJECT_STEP = 0.12
NO_SKY_HORIZON = 0.12
SMALLEST_SUBJECT = 0.002  # fraction of the picture
SMOOTHING = 9  # pixels of the canvas


def sky_ends(maps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each column, whether it shows sky (W,), and the row at which its sky ends (W,)."""
    is_sky = maps[..., SKY] > 0.5
    return is_sky.any(0), len(maps) - np.argmax(is_sky[::-1], 0)


def horizon_row(maps: np.ndarray) -> float:
    """The horizon as a fraction of the height: where the sky ends in the columns in which it reaches lowest."""
    columns, lowest = sky_ends(maps)
    if columns.mean() < 0.15:
        return NO_SKY_HORIZON
    return float(np.clip(np.percentile(lowest[columns], 85) / len(maps), NO_SKY_HORIZON, 0.9))


def ground_depth(rows: np.ndarray, horizon: float) -> np.ndarray:
    """Inverse depth of the ground at `rows` (fractions of the height), at least BACKDROP."""
    below = np.clip((rows - horizon) / (1 - horizon), 0, 1)
    return BACKDROP + (NEAREST_GROUND - BACKDROP) * below


def pseudo_depth(maps: np.ndarray) -> np.ndarray:
    """Class maps (H,W,CLASS_COUNT) -> inverse depth (H,W) float32, 0 far .. 1 near."""
    height, width = maps.shape[:2]
    horizon = horizon_row(maps)
    rows = (np.arange(height, dtype=np.float32)[:, None] + 0.5) / height
    scene = np.broadcast_to(ground_depth(rows, horizon), (height, width)).astype(np.float32)
    sky, animal = maps[..., SKY], maps[..., ANIMAL] + maps[..., FABRIC]
    depth = scene * (1 - sky) + SKY_DEPTH * sky
    count, labels, stats, _ = cv2.connectedComponentsWithStats((animal > 0.5).astype(np.uint8))
    subjects = depth.copy()
    for index in range(1, count):
        _, top, _, tall, area = stats[index]
        if area < SMALLEST_SUBJECT * height * width:
            continue
        feet = np.float32((top + tall) / height)
        subjects[labels == index] = min(1.0, float(ground_depth(feet, horizon)) + SUBJECT_STEP)
    return cv2.blur(subjects, (SMOOTHING, SMOOTHING)).clip(0, 1).astype(np.float32)
