"""Whether a region churns: what lies apart in it goes different ways."""

import numpy as np

from wakeframe_training.settings import CLASSES

from .flow import length, steps, travelled
from .regions import contrast

STRIDE = 16
#: Places are set beside those this part of the width away.
APART = 0.1
#: Most that they may be alike: 1 is one way, 0 any way.
ALIKE = 0.5


def alike(flows: list[np.ndarray], inside: np.ndarray) -> float:
    """Mean cosine between the ways of places that lie apart across or down, over all steps, longer ways counting more."""
    far, mask = round(APART * inside.shape[1] / STRIDE), inside[::STRIDE, ::STRIDE]
    along = total = 0.0
    for flow in (flow[::STRIDE, ::STRIDE] for flow in flows):
        for a, b in ((np.s_[:, :-far], np.s_[:, far:]), (np.s_[:-far], np.s_[far:])):
            both = mask[a] & mask[b]
            along += float((flow[a] * flow[b]).sum(-1)[both].sum())
            total += float((length(flow[a]) * length(flow[b]))[both].sum())
    return along / (total + 1e-9)


def measure(case, photograph, frames) -> dict:
    inside, outside = photograph.region(CLASSES.index(case.label))
    flows = steps(frames)
    return contrast(travelled(flows), inside, outside) | {"alike": alike(flows, inside)}
