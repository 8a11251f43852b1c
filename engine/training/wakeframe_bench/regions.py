"""Motion inside a named region and outside it, how much of the region moves, rigid things, and how sharp it stays."""

import cv2
import numpy as np

from wakeframe_training.settings import CLASSES, RIGID

from .flow import flow, grey, length, path
from .settings import MOVING, SMALLEST_REGION, SMALLEST_THIN

FLOOR = 0.01  # px: keeps a contrast finite where nothing moves outside
CHANGED = 2  # of 255
GONE = 24  # of 255: what stood here stands here no more


def gradient_energy(picture: np.ndarray, mask: np.ndarray) -> float:
    """Mean squared gradient of luma (Sobel) in a mask."""
    luma = grey(picture).astype(np.float32)
    energy = cv2.Sobel(luma, cv2.CV_32F, 1, 0) ** 2 + cv2.Sobel(luma, cv2.CV_32F, 0, 1) ** 2
    return float(energy[mask].mean())


def shape_change(displacement: np.ndarray) -> float:
    """Displacements (n,2) of one thing -> 95th percentile of how far its places part from their common shift, px."""
    return float(np.percentile(length(displacement - np.median(displacement, axis=0)), 95))


def rigid_motion(first, last, mask: np.ndarray) -> dict:
    """What a rigid region did between two frames: median, 95th percentile, shape change (px), part of it changed."""
    moved = flow(first, last)[mask]
    changed = np.abs(first[mask].astype(np.int16) - last[mask]).max(-1) > CHANGED
    return {"rigid_median": float(np.median(length(moved))), "rigid_p95": float(np.percentile(length(moved), 95)),
            "rigid_shape": shape_change(moved), "rigid_changed": float(changed.mean())}


def thin_gone(first, last, mask: np.ndarray) -> float:
    """Part of a mask's pixels that show something else in the last frame; flow sees no mast that is narrower than its patch."""
    return float((np.abs(first[mask].astype(np.int16) - last[mask]).max(-1) > GONE).mean())


def contrast(travelled: np.ndarray, inside: np.ndarray, outside: np.ndarray) -> dict:
    """Path lengths (H,W) -> mean inside, mean outside, their ratio, and the part of the inside that moves."""
    within, without = float(travelled[inside].mean()), float(travelled[outside].mean())
    return {"inside": within, "outside": without, "contrast": within / (without + FLOOR),
            "covered": float((travelled[inside] > MOVING).mean())}


def measure(case, photograph, frames) -> dict:
    inside, outside = photograph.region(CLASSES.index(case.label))
    result = contrast(path(frames), inside, outside)
    middle = frames[len(frames) // 2]
    result["sharpness"] = gradient_energy(middle, inside) / gradient_energy(photograph.still, inside)
    rigid, _ = photograph.region(RIGID)
    if rigid.mean() >= SMALLEST_REGION:
        result |= rigid_motion(frames[0], frames[-1], rigid)
    thin = photograph.thin_rigid()
    if case.label == "sky" and thin.mean() >= SMALLEST_THIN:
        result["thin_gone"] = thin_gone(frames[0], frames[-1], thin)
    if case.direction:
        result["way"] = float(np.median(flow(frames[0], middle)[inside][:, 0]))
        result["way_right"] = bool(np.sign(result["way"]) == case.direction)
    return result
