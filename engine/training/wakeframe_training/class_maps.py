"""Hand-drawn polygons -> soft class maps that follow the edges of the photograph."""

import json
from functools import lru_cache

import cv2
import numpy as np

from .photos import photo_path, photo_table
from .settings import CANVAS_HEIGHT, CANVAS_WIDTH, CLASS_COUNT, CLASSES, DATA

GUIDE_RADIUS = 10
GUIDE_EPSILON = 1e-3
POLYGON_UNITS = 10.0  # polygon corners are in tenths of the picture's width and height
#: A label of the split "test" alone: of no class there, so that it is measured neither inside a region nor outside it.
UNCLEAR = "unclear"


def guided_filter(guide: np.ndarray, maps: np.ndarray, radius: int, epsilon: float) -> np.ndarray:
    """Colour guided filter: guide (H,W,3) 0..1, maps (H,W,K) -> smoothed maps (H,W,K) with the guide's edges."""

    def box(values: np.ndarray) -> np.ndarray:
        return cv2.blur(values, (2 * radius + 1, 2 * radius + 1))

    guide_mean = box(guide)
    covariance = np.empty(guide.shape[:2] + (3, 3), np.float64)
    for i in range(3):
        for j in range(3):
            covariance[..., i, j] = box(guide[..., i] * guide[..., j]) - guide_mean[..., i] * guide_mean[..., j]
    inverse = np.linalg.inv(covariance + epsilon * np.eye(3))
    result = np.empty_like(maps)
    for k in range(maps.shape[2]):
        values = maps[..., k]
        mean = box(values)
        cross = np.stack([box(guide[..., i] * values) - guide_mean[..., i] * mean for i in range(3)], -1)
        slope = np.einsum("hwij,hwj->hwi", inverse, cross)
        offset = mean - (slope * guide_mean).sum(-1)
        slope = np.stack([box(slope[..., i]) for i in range(3)], -1)
        result[..., k] = (slope * guide).sum(-1) + box(offset)
    return result


def draw_polygons(polygons: list, height: int, width: int) -> np.ndarray:
    """Polygons painted in order over "rigid" -> one-hot (H,W,CLASS_COUNT) float32, all zero where "unclear"."""
    labels = np.zeros((height, width), np.uint8)
    scale = np.array([width, height]) / POLYGON_UNITS
    for name, corners in polygons:
        cv2.fillPoly(labels, [np.round(np.array(corners) * scale).astype(np.int32)],
                     CLASS_COUNT if name == UNCLEAR else CLASSES.index(name))
    return np.eye(CLASS_COUNT + 1, CLASS_COUNT, dtype=np.float32)[labels]


def soft_class_maps(picture: np.ndarray, polygons: list) -> np.ndarray:
    """picture (H,W,3) uint8 -> class maps (H,W,CLASS_COUNT) float32, snapped to the picture's edges. They sum to one, and
    to less where something is unclear."""
    maps = draw_polygons(polygons, *picture.shape[:2])
    if not polygons:
        return maps
    maps = np.dstack([maps, 1 - maps.sum(-1)])
    maps = guided_filter(picture.astype(np.float32) / 255, maps, GUIDE_RADIUS, GUIDE_EPSILON)
    maps = np.clip(maps, 0, 1) ** 2
    return (maps / (maps.sum(-1, keepdims=True) + 1e-6))[..., :CLASS_COUNT].astype(np.float32)


@lru_cache(maxsize=2)
def load_split(split: str) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """name -> (picture (H,W,3) uint8 RGB at canvas size, class maps (H,W,CLASS_COUNT))."""
    annotations = json.loads((DATA / "annotations.json").read_text("utf-8"))
    loaded = {}
    for name, entry in photo_table().items():
        if entry["split"] != split:
            continue
        if split != "test" and any(label == UNCLEAR for label, _ in annotations[name]):
            raise ValueError(f"{name} of the split {split!r} has a polygon {UNCLEAR!r}, which is for measuring only: name its class")
        picture = cv2.imread(str(photo_path(name)))[..., ::-1]
        picture = cv2.resize(picture, (CANVAS_WIDTH, CANVAS_HEIGHT), interpolation=cv2.INTER_AREA)
        loaded[name] = picture, soft_class_maps(picture, annotations[name])
    return loaded
