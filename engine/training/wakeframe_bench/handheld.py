"""Whether a camera sways as in a hand: about its place, both ways, and little."""

import numpy as np

from .camera import FULL, measured_move
from .flow import flow

#: Parts of the width. An ordinary sway is told to reach 0.4 % (engine/src/family/motion_field/render/handheld.rs): a
#: quarter of that is sure to be seen, and 0.65 % is what a full one may reach.
MOVES, MOST = 0.001, 0.0065
#: Least length of the path, of where it ends: a drift has 1.
BACK = 3.0


def places(frames, mask: np.ndarray) -> np.ndarray:
    """Where the picture lies at each frame (n,2) against the first, + right and + down, in parts of the width."""
    height, width = mask.shape
    moves = np.array([measured_move(flow(frames[0], frame), mask)[:2] * FULL[:2] for frame in frames])
    return moves * [-1.0, height / width]


def verdict(places: np.ndarray) -> dict:
    reach = np.abs(places).max(0)
    back = np.abs(np.diff(places, axis=0)).sum(0) / (np.abs(places[-1]) + 1e-9)
    right = (reach >= MOVES).all() and (reach <= MOST).all() and (back >= BACK).all()
    return {"reach": [float(v) for v in reach], "back": [float(v) for v in np.minimum(back, 99)], "right": bool(right)}


def measure(case, photograph, frames) -> dict:
    return verdict(places(frames, photograph.textured))
