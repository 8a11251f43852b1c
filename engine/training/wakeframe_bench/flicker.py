"""What changes between neighbours that motion does not explain, and whether a loop closes."""

import os

import cv2
import numpy as np

from wakeframe_training.photos import fetch_deb

from .flow import flow, grey

LAST_PAIRS = 6
#: A real locked-off clip: people cross a square under a fixed camera (OpenCV's vtest.avi, 768x576, 10 frames/s, compressed).
REAL_PACKAGE, REAL_NAME = "opencv-doc", "vtest.avi"


def warp_error(first: np.ndarray, second: np.ndarray) -> float:
    """Mean luma difference (of 255) between `second`, brought back along the flow, and `first`."""
    moved = flow(first, second)
    y, x = np.mgrid[: first.shape[0], : first.shape[1]].astype(np.float32)
    back = cv2.remap(grey(second), x + moved[..., 0], y + moved[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return float(np.abs(back.astype(np.float32) - grey(first)).mean())


def difference(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.abs(first.astype(np.int16) - second).mean())


def loop_ratios(frames: list[np.ndarray]) -> tuple[float, float]:
    """Difference of the last frame to the first, over the mean of the steps on either side of that cut, and over the
    mean of all steps. What sways is fastest where it starts, so that the second is above 1 without any jump."""
    steps = [difference(a, b) for a, b in zip(frames, frames[1:])]
    cut = difference(frames[-1], frames[0])
    return cut / ((steps[0] + steps[-1]) / 2 + 1e-9), cut / (float(np.mean(steps)) + 1e-9)


def measure(case, photograph, frames) -> dict:
    last = frames[-1 - LAST_PAIRS :]
    return {"warp_error": float(np.mean([warp_error(a, b) for a, b in zip(last, last[1:])]))}


def measure_loop(case, photograph, frames) -> dict:
    beside, mean = loop_ratios(frames)
    return {"beside": beside, "mean": mean}


def real_warp_error() -> float | None:
    """The same of the real clip, over its neighbours at ten places; None where it cannot be read."""
    root = fetch_deb(REAL_PACKAGE)
    found = next((os.path.join(folder, REAL_NAME) for folder, _, files in os.walk(root) if REAL_NAME in files), None)
    clip = cv2.VideoCapture(found) if found else None
    if clip is None or not clip.isOpened():
        return None
    frames = []
    while len(frames) < 200 and (read := clip.read())[0]:
        frames.append(read[1])
    starts = range(0, len(frames) - 1, max(1, len(frames) // 10))
    return float(np.mean([warp_error(frames[k], frames[k + 1]) for k in starts])) if len(frames) > 1 else None
