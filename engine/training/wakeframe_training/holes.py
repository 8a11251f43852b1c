"""Holes to learn to fill: what the renderer uncovers, and more."""

import cv2
import numpy as np

from .settings import ANIMAL, FABRIC, SKY, SMOKE, WATER

#: Shares of a picture that a hole may take.
SMALLEST, LARGEST = 0.02, 0.6
TRIES = 8
#: Share of a cell that makes it a region's.
INSIDE = 0.5
#: Regions that the renderer carries on past their edges.
CARRIED_ON = (SKY, WATER)


def resized_map(plane: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(h,w) -> (height,width) of `size`, float32."""
    return cv2.resize(plane.astype(np.float32), size[::-1], interpolation=cv2.INTER_LINEAR)


def subjects(maps: np.ndarray) -> np.ndarray:
    """Class maps (CLASS_COUNT,h,w) -> how far a cell is an animal, a person or their clothes."""
    return maps[ANIMAL : FABRIC + 1].astype(np.float32).sum(0)


def silhouette(random, size, maps) -> np.ndarray:
    """The subjects of another sample, moved, mirrored and scaled -> (height,width) bool."""
    height, width = size
    cover = resized_map(subjects(maps) + (maps[SMOKE] if random.random() < 0.2 else 0), size)
    scale = random.uniform(0.5, 1.4)
    move = np.array([[scale * random.choice([-1, 1]), 0, 0], [0, scale, 0]], np.float32)
    target = np.array([random.uniform(0.15, 0.85) * width, random.uniform(0.25, 0.85) * height])
    move[:, 2] = target - move[:, :2] @ np.array([width / 2, height / 2])
    return grown(random, cv2.warpAffine(cover, move, (width, height)) > INSIDE)


def grown(random, hole: np.ndarray) -> np.ndarray:
    """Holes reach a little past what was taken away."""
    return cv2.dilate(hole.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=int(random.integers(0, 3))) > 0


def border(random, size) -> np.ndarray:
    """A strip along one side or two."""
    hole = np.zeros(size, bool)
    for _ in range(int(random.integers(1, 3))):
        turned = np.rot90(hole, int(random.integers(4)))
        turned[: max(1, round(random.uniform(0.04, 0.3) * turned.shape[0]))] = True
    return hole


def strokes(random, size) -> np.ndarray:
    """Thick bent lines."""
    hole = np.zeros(size, np.uint8)
    height, width = size
    for _ in range(int(random.integers(1, 4))):
        corners = random.uniform(0, 1, (int(random.integers(2, 6)), 2)) * (width, height)
        cv2.polylines(hole, [corners.round().astype(np.int32)], False, 1, int(random.integers(3, max(4, height // 5))))
    return hole > 0


def disc(random, size) -> np.ndarray:
    """A large ellipse."""
    height, width = size
    hole = np.zeros(size, np.uint8)
    middle = (int(random.uniform(0, width)), int(random.uniform(0, height)))
    axes = (int(random.uniform(0.08, 0.4) * width), int(random.uniform(0.1, 0.45) * height))
    cv2.ellipse(hole, middle, axes, random.uniform(0, 180), 0, 360, 1, -1)
    return hole > 0


def shape(random, size, other_maps) -> np.ndarray:
    """Any of the shapes, of a size that leaves something to find and something to find it from."""
    for _ in range(TRIES):
        choice = random.random()
        if choice < 0.5:
            hole = silhouette(random, size, other_maps)
        elif choice < 0.62:
            hole = border(random, size)
        elif choice < 0.75:
            hole = strokes(random, size)
        else:
            hole = disc(random, size)
        if SMALLEST < hole.mean() < LARGEST:
            return hole
    return disc(random, size) | border(random, size)


def carried_on(random, size, maps, hole):
    """Only the sky or the water is known, and that not everywhere -> (hole, judged) or None where there is neither."""
    label = int(random.choice(CARRIED_ON))
    region = resized_map(maps[label], size) > INSIDE
    left = region & ~hole
    if left.mean() < 0.06 or (region & hole).mean() < SMALLEST / 2:
        return None
    return ~left, region & hole


def random_hole(random, size, maps, other_maps) -> tuple[np.ndarray, np.ndarray]:
    """A hole for a sample of class maps `maps`, and where its content is judged; both (height,width) bool.

    A subject may stand in the hole, but is never asked for: what is uncovered is what stands behind it.
    """
    hole = shape(random, size, other_maps)
    if random.random() < 0.25:
        found = carried_on(random, size, maps, hole)
        if found is not None:
            return found
    own = resized_map(subjects(maps), size) > 0.3
    if random.random() < 0.5 and own.mean() < LARGEST / 2:
        hole = hole | own
    return hole, hole & ~own
