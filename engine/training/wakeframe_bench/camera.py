"""Which way the camera went, from two frames."""

import cv2
import numpy as np

from .flow import flow

AXES = ("pan", "tilt", "dolly", "roll")
#: What a full move does to the far plane (engine/src/camera.rs): parts of the width, of the height, growth, radians.
FULL = np.array([0.04, 0.04, 0.066, np.radians(5)])
#: Least part of a full move that counts as a direction at all.
LEAST = 0.1
GRID = 16


def measured_move(displacement: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Flow (H,W,2) -> (pan, tilt, dolly, roll) in full moves: the similarity that most of the picture follows.

    With pan + the picture moves left, with tilt + down, with dolly + it grows, with roll + it turns anticlockwise.
    """
    height, width = mask.shape
    y, x = np.mgrid[GRID // 2 : height : GRID, GRID // 2 : width : GRID]
    y, x = y[mask[y, x]], x[mask[y, x]]
    centred = np.stack([x - width / 2, y - height / 2], -1).astype(np.float32)
    found, _ = cv2.estimateAffinePartial2D(centred, centred + displacement[y, x], ransacReprojThreshold=6.0, maxIters=4000)
    if found is None:
        return np.zeros(4)
    growth, turn = np.hypot(found[0, 0], found[1, 0]), np.arctan2(found[1, 0], found[0, 0])
    return np.array([-found[0, 2] / width, found[1, 2] / height, np.log(growth), -turn]) / FULL


def is_direction(move: np.ndarray, axis: int, sign: int, zoomed: bool = True) -> bool:
    """Whether a measured move goes the way that was asked, and more that way than any other.

    A pan, tilt or roll is allowed the overscan zoom that hides its borders, which measures as a dolly in.
    """
    others = [k for k in range(4) if k != axis and not (zoomed and k == 2 and axis != 2)]
    return bool(move[axis] * sign >= LEAST and all(abs(move[k]) < abs(move[axis]) for k in others))


def measure(case, photograph, frames) -> dict:
    move = measured_move(flow(frames[0], frames[-1]), photograph.textured)
    return {"move": [round(float(v), 3) for v in move], "right": is_direction(move, AXES.index(case.axis), case.sign)}
