"""Drift that differs from seed to seed."""

import numpy as np

from wakeframe_training.settings import CLASS_COUNT, FOLIAGE, MOTION_CHANNELS, SKY
from wakeframe_training.wander import DEVIATION, FARTHEST, wandered

HEIGHT, WIDTH = 36, 64


def test_seeds_drift_apart_the_way_they_were_told():
    probs = np.zeros((CLASS_COUNT, HEIGHT, WIDTH), np.float32)
    probs[SKY, :18], probs[FOLIAGE, 18:] = 1, 1
    field = np.zeros((MOTION_CHANNELS, HEIGHT, WIDTH), np.float32)
    field[0] = -1
    one, other = (wandered(field, probs, seed) for seed in (1, 2))
    assert one[0, :18].max() <= FARTHEST * DEVIATION - 1 and np.hypot(*(one - other)[:2, :18]).mean() > 0.1
    assert np.array_equal(one[:, 18:], field[:, 18:]) and np.array_equal(one[2:], field[2:])
