"""Whether an orbit goes around its subject: the far goes with the camera, the near against it, the subject stays."""

from dataclasses import dataclass

import numpy as np

from wakeframe_training.settings import ANIMAL

from .flow import flow

#: Part of the width from which two depths count as parted: an ordinary orbit parts sky and animal by ten times that.
LEAST = 0.0025
#: Most that the subject may go, of what the far goes past it.
STAYS = 0.25
#: Pixels across which two depths are set beside each other: a zoom moves both there alike.
COLUMN = 64
#: Pixels of each that a column must hold.
ENOUGH = 400


@dataclass(frozen=True)
class Depths:
    """Which rows are sure to be far or near, in parts of the height; animals are left out of both."""

    far: float  # what is above lies behind the subject
    near: float = 1.0  # what is below lies before it
    animal: bool = True  # the subject; without one, the near is what the far goes past

    def masks(self, photograph) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Measurable pixels (H,W) that are far, the subject's, and near."""
        inside, outside = photograph.region(ANIMAL)
        rows = (np.arange(inside.shape[0]) / inside.shape[0])[:, None]
        return outside & (rows < self.far), inside & (rows >= self.far) & self.animal, outside & (rows >= self.near)


#: Photographs on which it is known.
DEPTHS = {"horse": Depths(0.25, 0.94), "erase-horse": Depths(0.35), "erase-kitten": Depths(0.35), "picosdeeuropa": Depths(0.4, 0.85, False),
          "messi5": Depths(0.4), "cow": Depths(0.3), "erase-penguin": Depths(0.35), "squirrel_cls": Depths(0.2)}
QUICK = ("horse", "erase-horse", "picosdeeuropa")


def goes_past(across: np.ndarray, these: np.ndarray, those: np.ndarray) -> float:
    """How far these pixels go to the right of those (H,W masks), px: the median over columns that hold both."""
    ways = []
    for left in range(0, across.shape[1], COLUMN):
        here, first, second = (a[:, left : left + COLUMN] for a in (across, these, those))
        if min(first.sum(), second.sum()) >= ENOUGH:
            ways.append(np.median(here[first]) - np.median(here[second]))
    return float(np.median(ways)) if ways else 0.0


def verdict(across: np.ndarray, far, subject, near, sign: int) -> dict:
    """Shifts (H,W) in px, + right, under an orbit to that side."""
    least = LEAST * across.shape[1]
    parted = goes_past(across, far, subject if subject.any() else near)
    result = {"parted": parted, "right": bool(parted * sign >= least)}
    if subject.any():
        result["subject"] = float(np.median(across[subject]))
        result["stays"] = bool(abs(result["subject"]) <= STAYS * abs(parted))
        if near.any():
            result["near"] = goes_past(across, near, subject)
            result["near_right"] = bool(result["near"] * sign <= -least)
    return result


def measure(case, photograph, frames) -> dict:
    return verdict(flow(frames[0], frames[-1])[..., 0], *DEPTHS[case.photo].masks(photograph), case.sign)
