"""Optical flow, and where a picture has enough texture for it."""

import cv2
import numpy as np

#: Smaller eigenvalue of the structure tensor (grey 0..255, Sobel of 3, window of 31 px) from which flow can be trusted.
TEXTURE = 0.3


def grey(picture: np.ndarray) -> np.ndarray:
    """BGR uint8 -> luma uint8."""
    return cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)


def measurable(picture: np.ndarray) -> np.ndarray:
    """Where a picture (H,W,3) has texture in both directions: a clear sky moves unseen, and unmeasured."""
    return cv2.cornerMinEigenVal(grey(picture).astype(np.float32), 31, ksize=3) > TEXTURE


def flow(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Displacement (H,W,2) in px, +x right, +y down, that takes what is in `first` to its place in `second`.

    DIS, preset medium: the preset ultrafast works at a quarter of the size and cannot tell half a pixel.
    """
    method = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    return method.calc(grey(first), grey(second), None)


def length(displacement: np.ndarray) -> np.ndarray:
    return np.linalg.norm(displacement, axis=-1)


def path(frames: list[np.ndarray]) -> np.ndarray:
    """How far each place of the picture sees content travel over the frames (H,W), px: the lengths of all steps.

    Steps between neighbours, not from the first frame: what sways comes back, and what flows is faded into itself.
    """
    return travelled(steps(frames))


def steps(frames: list[np.ndarray]) -> list[np.ndarray]:
    """Flows (H,W,2) between neighbours."""
    return [flow(a, b) for a, b in zip(frames, frames[1:])]


def travelled(flows: list[np.ndarray]) -> np.ndarray:
    return sum(length(flow) for flow in flows)
