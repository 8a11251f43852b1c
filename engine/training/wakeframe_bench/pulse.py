"""Whether a region pulses: it, or each part of it, swells or shrinks about its middle, and comes back."""

import cv2
import numpy as np

from wakeframe_training.settings import ANIMAL, CLASSES, FABRIC

from .flow import flow, path
from .photographs import MAP_SCALE
from .regions import contrast

STRIDE = 8
#: Least swelling, px at the mean distance from the middle: twice the flow's error.
LEAST = 1.0
#: Part of the motion at its height that must be swelling.
SHARE = 0.5
#: Most of it that may be left at the clip's end.
LEFT = 0.5


def middles_at(maps: np.ndarray, label: int, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Middles (2,n,2) of the region that pixels lie in, and of its connected parts: every animal is one, with what it wears.
    They are those of what is drawn, whose texture may lie to one side."""
    own = maps[..., label] + (maps[..., FABRIC] if label == ANIMAL else 0)
    _, numbers, _, middles = cv2.connectedComponentsWithStats((own > 0.5).astype(np.uint8), connectivity=4)
    of_parts = middles[numbers[rows // MAP_SCALE, columns // MAP_SCALE]]
    whole = np.argwhere(own > 0.5).mean(0)[::-1]
    return (np.stack([np.broadcast_to(whole, of_parts.shape), of_parts]) + 0.5) * MAP_SCALE


def swelling(displacement: np.ndarray, outward: np.ndarray) -> tuple[float, float]:
    """Displacements (n,2) of places that lie `outward` (n,2) of the middle of their part -> how far these swell (px, at the
    mean distance), and which part of all motion (its squares) that is."""
    squares = float((outward**2).sum())
    growth = float((outward * displacement).sum()) / (squares + 1e-9)
    return growth * np.sqrt(squares / len(outward)), growth**2 * squares / (float((displacement**2).sum()) + 1e-9)


def verdict(swellings: list[tuple[float, float]]) -> dict:
    """Of the frames after the first."""
    most, share = max(swellings, key=lambda entry: abs(entry[0]))
    left = abs(swellings[-1][0] / most) if most else 1.0
    return {"swelling": float(most), "share": float(share), "left": float(left),
            "right": bool(abs(most) >= LEAST and share >= SHARE and left <= LEFT)}


def measure(case, photograph, frames) -> dict:
    inside, outside = photograph.region(CLASSES.index(case.label))
    rows, columns = np.nonzero(inside[::STRIDE, ::STRIDE])
    rows, columns = rows * STRIDE, columns * STRIDE
    outward = np.stack([columns, rows], -1) - middles_at(photograph.maps, CLASSES.index(case.label), rows, columns)
    moved = [flow(frames[0], frame)[rows, columns] for frame in frames[1:]]
    verdicts = [verdict([swelling(displacement, way) for displacement in moved]) for way in outward]
    return contrast(path(frames), inside, outside) | max(verdicts, key=lambda one: (one["right"], one["share"]))
