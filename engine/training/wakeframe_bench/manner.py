"""How alike the motions of two manners are. The table sets churning and pulsing beside swaying, of one photograph and seed."""

import numpy as np

#: Cosine up to which two motions are not the same one.
OTHER = 0.7


def likeness(first: np.ndarray, second: np.ndarray) -> float:
    """Cosine of two flows (n,2), whatever their sizes: 1 is the same motion."""
    first, second = np.asarray(first, np.float64), np.asarray(second, np.float64)
    return float((first * second).sum() / (np.sqrt((first**2).sum() * (second**2).sum()) + 1e-9))
