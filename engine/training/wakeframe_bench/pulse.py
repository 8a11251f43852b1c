"""Whether a region pulses: swells or shrinks about its middle, and comes back."""

import numpy as np

from wakeframe_training.settings import CLASSES

from .flow import flow, path
from .regions import contrast

STRIDE = 8
#: Least swelling, px at the mean distance from the middle: twice the flow's error.
LEAST = 1.0
#: Part of the motion at its height that must be swelling.
SHARE = 0.5
#: Most of it that may be left at the clip's end.
LEFT = 0.5


def swelling(displacement: np.ndarray, places: np.ndarray) -> tuple[float, float]:
    """Displacements (n,2) of places (n,2) -> how far the region swells (px, at the mean distance from its middle), and which
    part of all motion (its squares) that is."""
    outward = places - places.mean(0)
    squares = float((outward**2).sum())
    growth = float((outward * displacement).sum()) / (squares + 1e-9)
    return growth * np.sqrt(squares / len(places)), growth**2 * squares / (float((displacement**2).sum()) + 1e-9)


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
    places = np.stack([columns, rows], -1).astype(np.float64)
    found = [swelling(flow(frames[0], frame)[rows, columns], places) for frame in frames[1:]]
    return contrast(path(frames), inside, outside) | verdict(found)
