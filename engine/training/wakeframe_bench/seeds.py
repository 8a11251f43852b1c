"""How far the motions of two seeds lie apart. The table sets the seeds of one photograph and prompt beside each other."""

from itertools import combinations

import numpy as np

from wakeframe_training.settings import CLASSES

from .flow import flow, length

STRIDE = 8


def spread(flows: list[np.ndarray]) -> float:
    """Mean distance between the flows (n,2) of different seeds over their mean length."""
    apart = np.mean([length(a - b).mean() for a, b in combinations(flows, 2)])
    return float(apart / (np.mean([length(f).mean() for f in flows]) + 1e-9))


def sampled_flow(case, photograph, frames) -> np.ndarray:
    """Flow (n,2) inside the region, every few pixels, from the first frame to the one a second later."""
    inside, _ = photograph.region(CLASSES.index(case.label))
    moved = flow(frames[0], frames[min(len(frames) - 1, int(case.fps))])
    return moved[::STRIDE, ::STRIDE][inside[::STRIDE, ::STRIDE]].astype(np.float16)
