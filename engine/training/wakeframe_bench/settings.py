"""Sizes, thresholds and places of the bench: every number that two files must agree on."""

from wakeframe_training.settings import PACK, REPOSITORY

PROGRAM = REPOSITORY / "target" / "release" / "wakeframe"
RESULTS = REPOSITORY / "target" / "bench-mini"

#: Everything but memory is measured at this size; pixels in the table are its pixels.
WIDTH, HEIGHT = 1920, 1080
STRENGTH = 0.5

#: A region's map is inside above the one and outside below the other, as in the training's own evaluation.
INSIDE, OUTSIDE = 0.8, 0.1
#: Both are drawn in by this much (px): optical flow smears by about its patch, and polygons miss edges.
MARGIN = 24
#: A region is measured if this part of the picture can be measured in it.
SMALLEST_REGION = 0.01
#: The same for what is thin.
SMALLEST_THIN = 0.0005
#: Path in two seconds (px) from which a place counts as moving.
MOVING = 4.0

#: Raised when a measure changes its meaning, so that kept results are not mixed with new ones.
METHOD = 3
