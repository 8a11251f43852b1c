"""What the seed makes of a drift (engine/src/family/motion_field/wander.rs): the denoiser drifts what is told its side almost
alike for every seed, but no two skies are. Its noise is another than the engine's."""

import cv2
import numpy as np

from .settings import SKY, SMOKE, WATER

#: Cells between the knots: a quarter of the picture.
SPACING = 16
#: Deviation of the pace from 1, and of the direction in radians; nothing wanders farther than FARTHEST of it.
DEVIATION, FARTHEST = 0.2, 2.0
#: What has no shape to lose.
FLOWS = (SKY, WATER, SMOKE)


def wandered(field: np.ndarray, probs: np.ndarray, seed: int) -> np.ndarray:
    """A sampled field (10,h,w) whose drift in what flows of probs (7,h,w) is paced and turned a little from place to place."""
    height, width = field.shape[1:]
    knots = np.random.default_rng([seed, 3]).standard_normal((height // SPACING + 4, width // SPACING + 4, 2)).astype(np.float32)
    whole = cv2.resize(knots, None, fx=SPACING, fy=SPACING, interpolation=cv2.INTER_CUBIC)[:height, :width].transpose(2, 0, 1)
    pace, turn = DEVIATION * probs[list(FLOWS)].sum(0) * whole.clip(-FARTHEST, FARTHEST)
    x, y = field[:2]
    return np.concatenate([np.stack([x + x * pace - y * turn, y + y * pace + x * turn]), field[2:]]).astype(np.float32)
