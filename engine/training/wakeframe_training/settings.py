"""Sizes, units, seeds and step counts: every number that two files must agree on."""

import os
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
TRAINING = PACKAGE.parent
REPOSITORY = TRAINING.parent.parent
DATA = TRAINING / "data"
PACK = REPOSITORY / "resources" / "models" / "mini"
FIXTURE = REPOSITORY / "tests" / "fixtures" / "mini"

#: Downloads, extracted photographs, checkpoints. Never inside the repository.
SCRATCH = Path(os.environ.get("WAKEFRAME_SCRATCH", Path.home() / ".cache" / "wakeframe-training"))

CLASSES = ("rigid", "sky", "water", "foliage", "animal", "fabric", "smoke")  # "animal" means animal or person
CLASS_COUNT = len(CLASSES)
RIGID, SKY, WATER, FOLIAGE, ANIMAL, FABRIC, SMOKE = range(CLASS_COUNT)

#: Per class: drift x, drift y, sway, live.
INTENT_PER_CLASS = 4
INTENT_SIZE = CLASS_COUNT * INTENT_PER_CLASS

#: Drift (2), then sin and cos-1 (2 each) at one and at two cycles per clip.
MOTION_CHANNELS = 10
#: The network works on STATE_SCALE x motion, so that its targets have about unit variance.
STATE_SCALE = 3.0
#: Displacement in picture widths of one unit of drift at the clip's end, and of one unit of sway.
DRIFT_UNIT = 0.05
SWAY_UNIT = 0.01

#: The grid at inference: cells across. The encoder sees GRID_STRIDE pixels per cell.
GRID_WIDTH = 64
GRID_STRIDE = 4
FEATURES = 48
SAMPLER_STEPS = 10

#: Annotated photographs are resized to this before they are mixed (pixels, width x height).
CANVAS_WIDTH, CANVAS_HEIGHT = 512, 320
#: Training crops (pixels); the training grid is a quarter of it each way.
CROP_WIDTH, CROP_HEIGHT = 192, 128

TOKEN_STATE = 384
MAX_TOKENS_TRAINED = 32
MAX_TOKENS = 64

THREADS = int(os.environ.get("WAKEFRAME_THREADS", "2"))
SEED = 20250

POOL_SAMPLES = 3000
PROMPTS = 16000
READER_STEPS = 3000
@dataclass(frozen=True)
class EncoderRound:
    """A round of encoder training, from where the one before ended, with its own learning rate schedule."""

    steps: int
    pool: int  # which pool of samples: the encoder learns one by heart within two rounds
    learning_rate: float
    weight_decay: float


ENCODER_ROUNDS = (EncoderRound(1200, 0, 2e-3, 0.02), EncoderRound(1300, 0, 2e-3, 0.02), EncoderRound(600, 1, 1e-3, 0.1))
DENOISER_STEPS = 800
BATCH = 16


def scaled(count: int) -> int:
    """A step or sample count times WAKEFRAME_FRACTION (default 1; a small value makes a smoke run)."""
    return max(2, int(round(count * float(os.environ.get("WAKEFRAME_FRACTION", "1")))))
