"""Hand-drawn polygons -> soft class maps that follow the edges of the photograph."""

import hashlib
import json
import os
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from .cut_out import cut_out
from .photos import photo_path, photo_table
from .settings import ANIMAL, CANVAS_HEIGHT, CANVAS_WIDTH, CLASS_COUNT, CLASSES, DATA, FABRIC, SCRATCH

ANNOTATIONS = DATA / "annotations.json"
GUIDE_RADIUS = 12
GUIDE_EPSILON = 1e-3
#: Painted over what is behind them.
SUBJECTS = ("animal", "fabric")
#: Width over height outside which a photograph is cut into pieces, not squeezed into the canvas.
TALLEST, WIDEST = 1.2, 2.2
POLYGON_UNITS = 10.0  # polygon corners are in tenths of the picture's width and height
#: A label of the split "test" alone: of no class there, so that it is measured neither inside a region nor outside it.
UNCLEAR = "unclear"


def resized(planes: np.ndarray, width: int, height: int) -> np.ndarray:
    """(H,W,K) -> (height,width,K); OpenCV takes four channels at a time."""
    small = [cv2.resize(np.ascontiguousarray(planes[..., k]), (width, height), interpolation=cv2.INTER_AREA)
             for k in range(planes.shape[-1])]
    return np.stack(small, -1)


def guided_filter(guide: np.ndarray, maps: np.ndarray, radius: int, epsilon: float, step: int = 3) -> np.ndarray:
    """Colour guided filter: guide (H,W,3) 0..1, maps (H,W,K) -> smoothed maps (H,W,K) with the guide's edges.

    The linear model of each place is found on every `step`-th pixel and applied at full size: He and Sun, "Fast guided
    filter" (2015).
    """
    height, width = guide.shape[:2]
    small_guide, small_maps = (resized(planes, width // step, height // step) for planes in (guide, maps))
    size = 2 * max(1, radius // step) + 1

    def box(values: np.ndarray) -> np.ndarray:
        return cv2.blur(values, (size, size))

    guide_mean = box(small_guide)
    covariance = np.empty(small_guide.shape[:2] + (3, 3), np.float64)
    for i in range(3):
        for j in range(3):
            covariance[..., i, j] = box(small_guide[..., i] * small_guide[..., j]) - guide_mean[..., i] * guide_mean[..., j]
    inverse = np.linalg.inv(covariance + epsilon * np.eye(3))
    result = np.empty_like(maps)
    for k in range(maps.shape[2]):
        values = small_maps[..., k]
        mean = box(values)
        cross = np.stack([box(small_guide[..., i] * values) - guide_mean[..., i] * mean for i in range(3)], -1)
        slope = np.einsum("hwij,hwj->hwi", inverse, cross)
        offset = mean - (slope * guide_mean).sum(-1)
        model = np.stack([box(slope[..., i]) for i in range(3)] + [box(offset)], -1).astype(np.float32)
        model = cv2.resize(model, (width, height), interpolation=cv2.INTER_LINEAR)
        result[..., k] = (model[..., :3] * guide).sum(-1) + model[..., 3]
    return result


def draw_polygons(polygons: list, height: int, width: int) -> np.ndarray:
    """Polygons painted in order over "rigid" -> class numbers (H,W) uint8, CLASS_COUNT where "unclear"."""
    labels = np.zeros((height, width), np.uint8)
    scale = np.array([width, height]) / POLYGON_UNITS
    for name, corners in polygons:
        cv2.fillPoly(labels, [np.round(np.array(corners) * scale).astype(np.int32)],
                     CLASS_COUNT if name == UNCLEAR else CLASSES.index(name))
    return labels


def drawn_labels(picture: np.ndarray, polygons: list) -> np.ndarray:
    """picture (H,W,3) uint8 -> class numbers (H,W), animals and people cut out to their edges."""
    size = picture.shape[:2]
    labels = draw_polygons(polygons, *size)
    subject = (labels == ANIMAL) | (labels == FABRIC)
    if not subject.any():
        return labels
    behind = draw_polygons([polygon for polygon in polygons if polygon[0] not in SUBJECTS], *size)
    found = cut_out(np.ascontiguousarray(picture), subject) & (labels != CLASS_COUNT)
    return np.where(found, np.where(labels == FABRIC, FABRIC, ANIMAL), behind).astype(np.uint8)


def soft_class_maps(picture: np.ndarray, polygons: list) -> np.ndarray:
    """picture (H,W,3) uint8 -> class maps (H,W,CLASS_COUNT) float32, snapped to the picture's edges. They sum to one, and
    to less where something is unclear."""
    maps = np.eye(CLASS_COUNT + 1, CLASS_COUNT, dtype=np.float32)[drawn_labels(picture, polygons)]
    if not polygons:
        return maps
    maps = np.dstack([maps, 1 - maps.sum(-1)])
    maps = guided_filter(picture.astype(np.float32) / 255, maps, GUIDE_RADIUS, GUIDE_EPSILON)
    maps = np.clip(maps, 0, 1) ** 2
    return (maps / (maps.sum(-1, keepdims=True) + 1e-6))[..., :CLASS_COUNT].astype(np.float32)


def windows(picture: np.ndarray, maps: np.ndarray):
    """Yield canvas-sized pieces (picture, maps): the whole, or parts of what is much higher or wider than the canvas."""
    height, width = picture.shape[:2]
    aspect = width / height
    if aspect < TALLEST:
        part = round(width * CANVAS_HEIGHT / CANVAS_WIDTH)
        places = [(top, 0, part, width) for top in np.linspace(0, height - part, 2 if 2 * part >= height else 3).astype(int)]
    elif aspect > WIDEST:
        part = round(height * CANVAS_WIDTH / CANVAS_HEIGHT)
        places = [(0, left, height, part) for left in (0, width - part)]
    else:
        places = [(0, 0, height, width)]
    for top, left, tall, wide in places:
        piece = slice(top, top + tall), slice(left, left + wide)
        yield resized(picture[piece], CANVAS_WIDTH, CANVAS_HEIGHT), resized(maps[piece], CANVAS_WIDTH, CANVAS_HEIGHT)


def drawing_size(picture: np.ndarray) -> tuple[int, int]:
    """(width, height) at which the maps of a picture are drawn: its longer side is the canvas's width."""
    scale = CANVAS_WIDTH / max(picture.shape[:2])
    return round(picture.shape[1] * scale), round(picture.shape[0] * scale)


def label_photographs(split: str) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """name -> (picture (H,W,3) uint8 RGB, class maps (H,W,CLASS_COUNT)): "test" whole, "train" in canvas-sized pieces."""
    annotations = json.loads(ANNOTATIONS.read_text("utf-8"))
    labelled = {}
    for name, entry in photo_table().items():
        if entry["split"] != split:
            continue
        if split != "test" and any(label == UNCLEAR for label, _ in annotations[name]):
            raise ValueError(f"{name} of the split {split!r} has a polygon {UNCLEAR!r}, which is for measuring only: name its class")
        picture = cv2.imread(str(photo_path(name)))[..., ::-1]
        picture = cv2.resize(picture, drawing_size(picture), interpolation=cv2.INTER_AREA)
        maps = soft_class_maps(picture, annotations[name])
        if split == "test":
            labelled[name] = picture, maps
        else:
            labelled.update({f"{name}-{index}": piece for index, piece in enumerate(windows(picture, maps))})
    return labelled


@lru_cache(maxsize=2)
def load_split(split: str) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """`label_photographs`, kept in the scratch folder until the polygons, this file or `cut_out.py` change."""
    sources = (ANNOTATIONS, Path(__file__), Path(__file__).with_name("cut_out.py"))
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]
    cache = SCRATCH / f"labels-{split}-{digest}.npz"
    if not cache.exists():
        labelled = label_photographs(split)
        planes = {f"{kind} {name}": plane for name, pair in labelled.items()
                  for kind, plane in (("picture", pair[0]), ("maps", (pair[1] * 255).round().astype(np.uint8)))}
        waiting = cache.with_suffix(f".{os.getpid()}.npz")
        np.savez(waiting, **planes)
        os.replace(waiting, cache)
    kept = np.load(cache)
    names = [entry.split(" ", 1)[1] for entry in kept.files if entry.startswith("picture ")]
    return {name: (kept[f"picture {name}"], kept[f"maps {name}"].astype(np.float32) / 255) for name in names}
