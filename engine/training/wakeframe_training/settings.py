"""Sizes, units, seeds and step counts: every number that two files must agree on."""

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
TRAINING = PACKAGE.parent
REPOSITORY = TRAINING.parent.parent
DATA = TRAINING / "data"
PACK = REPOSITORY / "resources" / "models" / "mini"
FIXTURE = REPOSITORY / "tests" / "fixtures" / "mini"

#: Downloads, extracted photographs, checkpoints. Never inside the repository.
SCRATCH = Path(os.environ.get("WAKEFRAME_SCRATCH", Path.home() / ".cache" / "wakeframe-training"))

#: "animal" means animal or person, "fabric" hair, cloth and flags, "smoke" smoke, steam and fire.
CLASSES = ("rigid", "sky", "water", "foliage", "animal", "fabric", "smoke")
CLASS_COUNT = len(CLASSES)
RIGID, SKY, WATER, FOLIAGE, ANIMAL, FABRIC, SMOKE = range(CLASS_COUNT)

#: What a prompt asks of a class.
INTENT_CHANNELS = ("drift x", "drift y", "sway", "turbulence", "pulse", "live")
INTENT_PER_CLASS = len(INTENT_CHANNELS)
DRIFT_X, DRIFT_Y, SWAY, TURBULENCE, PULSE, LIVE = range(INTENT_PER_CLASS)
INTENT_SIZE = CLASS_COUNT * INTENT_PER_CLASS
#: What a prompt asks of the whole shot: camera and light, each about -1..1 (handheld 0..1).
SHOT_AXES = ("pan", "tilt", "dolly", "roll", "orbit", "handheld", "warmth", "brightness")
SHOT_SIZE = len(SHOT_AXES)
PAN, TILT, DOLLY, ROLL, ORBIT, HANDHELD, WARMTH, BRIGHTNESS = range(SHOT_SIZE)

#: Drift (2), then sin and cos-1 (2 each) at one and at two cycles per clip.
MOTION_CHANNELS = 10
#: The network works on STATE_SCALE x motion, so that its targets have about unit variance.
STATE_SCALE = 3.0
#: Displacement in picture widths of one unit of drift at the clip's end, and of one unit of sway.
DRIFT_UNIT = 0.05
SWAY_UNIT = 0.01

#: The grid at inference: cells across. The encoder sees GRID_STRIDE pixels per cell.
GRID_WIDTH = 64
GRID_STRIDE = 8
FEATURES = 48
#: The fill works on a copy of the still this many cells along its longer side; training pictures are made this much smaller.
FILL_SIDE = 128
FILL_STRIDE = 2
SAMPLER_STEPS = 10

#: Annotated photographs are resized to this before they are mixed (pixels, width x height).
CANVAS_WIDTH, CANVAS_HEIGHT = 768, 480
#: Training crops (pixels); the training grid is an eighth of it each way.
CROP_WIDTH, CROP_HEIGHT = 384, 256

TOKEN_STATE = 384
MAX_TOKENS_TRAINED = 48
MAX_TOKENS = 64

THREADS = int(os.environ.get("WAKEFRAME_THREADS", "2"))
SEED = 20250

POOL_SAMPLES = 5000
PROMPTS = 24000
READER_STEPS = 4000
ENCODER_STEPS = 3600
DENOISER_STEPS = 1200
FILL_STEPS = 2600
BATCH = 16


def scaled(count: int) -> int:
    """A step or sample count times WAKEFRAME_FRACTION (default 1; a small value makes a smoke run)."""
    return max(2, int(round(count * float(os.environ.get("WAKEFRAME_FRACTION", "1")))))
