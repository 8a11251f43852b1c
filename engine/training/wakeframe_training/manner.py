"""Churning and pulsing, which are not sampled: they follow from the regions and the seed alone, as the camera does.

`sampled` says what the denoiser is asked for instead, in training and after. The rest is what the engine does
(engine/src/family/motion_field/manner.rs) in its shortest form; its noise is another.
"""

import cv2
import numpy as np

from .settings import ANIMAL, CLASS_COUNT, FABRIC, INTENT_PER_CLASS, LIVE, PULSE, SWAY, TURBULENCE

#: Drift below this share of live is taken for none.
UNDIRECTED = 0.3
#: What only churns or pulses sways a little as well, this much of what was asked.
REST = 0.1
#: Cells between the knots of turbulence; its size at one and at two cycles, units of sway.
EDDY, ONCE, TWICE = 5, 0.5, 0.55
#: A pulse of 1 moves what is one extent from the middle by this many units of sway at most, and by this much of the extent.
PULSE_SIZE, PULSE_STRAIN = 0.7, 3.3
FARTHEST, SECOND = 1.6, 0.15
#: How much the seed makes of being late, of its shape and of where its middle is.
LATE, UNEVEN = 0.35, 0.2
#: Likely cells below which a part has no middle of its own, and the probability that joins them to one part.
SMALLEST, LIKELY, JOINED = 6, 0.5, 0.25
#: Part of an animal's height over which its motion grows from nothing, and of a body that must be animal for it to stand.
PLANTED, LEAST_ANIMAL = 0.3, 0.2


def sampled(intent: np.ndarray) -> np.ndarray:
    """What of an intent (...,7,6) the denoiser is asked for: drift and sway, and a little of what only churns or pulses."""
    out = intent.copy()
    drift, live = np.linalg.norm(intent[..., :SWAY], axis=-1), intent[..., LIVE]
    alone = (intent[..., TURBULENCE] + intent[..., PULSE] > 0) & (drift < UNDIRECTED * live) & (intent[..., SWAY] < 0.5 * live)
    out[..., SWAY] = np.where(alone, REST * live, out[..., SWAY])
    out[..., LIVE] = np.where(alone, 2 * REST * live, live)
    out[..., [TURBULENCE, PULSE]] = 0
    return out


def parts(own: np.ndarray) -> list[np.ndarray]:
    """The connected parts (h,w) bool of a region (h,w) with something likely in them."""
    count, labels = cv2.connectedComponents((own >= JOINED).astype(np.uint8), connectivity=4)
    found = [labels == n for n in range(1, count)]
    return [part for part in found if (own[part] >= LIKELY).sum() >= SMALLEST]


def nearest(found: list[np.ndarray]) -> np.ndarray:
    """For every cell the number of the part it is nearest to: (h,w)."""
    far = [cv2.distanceTransform((~part).astype(np.uint8), cv2.DIST_L1, 3) for part in found]
    return np.argmin(far, 0)


def churning(random, probs: np.ndarray, intent: np.ndarray) -> np.ndarray:
    """Each place on its own small ellipse: probs (7,h,w), intent (7,6) -> (8,h,w) units."""
    height, width = probs.shape[1:]
    amount = np.einsum("c,chw->hw", intent[:, TURBULENCE], probs)
    knots = random.standard_normal((height // EDDY + 2, width // EDDY + 2, 8)).astype(np.float32)
    eddies = np.stack([cv2.resize(knots[..., k], (width, height), interpolation=cv2.INTER_CUBIC) for k in range(8)])
    return amount * eddies * np.repeat([ONCE, TWICE], 4)[:, None, None]


def pulsing(random, own: np.ndarray, amount: float) -> np.ndarray:
    """Swelling and shrinking of every part of a region (h,w) about its own middle -> (8,h,w) units; negative `amount`: the
    other way first."""
    height, width = own.shape
    rows, columns = np.mgrid[0:height, 0:width] / width
    motion, found = np.zeros((8, height, width)), parts(own)
    owner = nearest(found) if found else None
    for n, part in enumerate(found):
        weight = own * part / (own * part).sum()
        out = np.stack([columns - (columns * weight).sum(), rows - (rows * weight).sum()])
        extent = np.sqrt(((out**2).sum(0) * weight).sum()) + 0.5 / width
        late, wide, tall, aside, above = np.clip(random.standard_normal(5), -2, 2)
        late, shape, off = LATE * late, UNEVEN * np.array([wide, tall]), UNEVEN * np.array([aside, above])
        size = amount * own * min(PULSE_SIZE, PULSE_STRAIN * extent) * (owner == n)
        swell = size * (1 + shape)[:, None, None] * np.clip(out / extent - off[:, None, None], -FARTHEST, FARTHEST)
        once = np.concatenate([late * swell, -0.5 * swell])
        motion += np.concatenate([once, SECOND * once])
    return motion


def planted(probs: np.ndarray) -> np.ndarray:
    """How far what moves in place is let move (h,w): nothing where an animal stands, unless the picture cuts it off there."""
    body = probs[ANIMAL] + probs[FABRIC]
    height, width = body.shape
    held, found = np.ones((height, width)), parts(body)
    owner = nearest(found) if found else None
    for n, part in enumerate(found):
        standing = np.flatnonzero(part.any(1))
        top, bottom = standing[0], standing[-1] + 1
        if bottom == height or (probs[ANIMAL] * (owner == n)).sum() < LEAST_ANIMAL * (body * (owner == n)).sum():
            continue
        rise = np.clip((bottom - np.arange(height)[:, None] - 0.5) / (PLANTED * (bottom - top)), 0, 1)
        held = np.where(owner == n, 1 - body.clip(0, 1) * (1 - rise**2 * (3 - 2 * rise)), held)
    return held


def add_manners(field: np.ndarray, probs: np.ndarray, intent: np.ndarray, seed: int) -> np.ndarray:
    """A sampled field (10,h,w) with what an intent (42,) asks of churning and pulsing over probs (7,h,w)."""
    intent, random = intent.reshape(CLASS_COUNT, INTENT_PER_CLASS), np.random.default_rng([seed, 1])
    in_place = field[2:] + churning(random, probs, intent)
    worn = bool((intent[FABRIC] == intent[ANIMAL]).all())
    for label in np.flatnonzero(intent[:, PULSE] > 0):
        if not (label == FABRIC and worn):
            own = probs[ANIMAL] + probs[FABRIC] if label == ANIMAL and worn else probs[label]
            in_place = in_place + pulsing(random, own, intent[label, PULSE] * (1 if seed % 2 else -1))
    return np.concatenate([field[:2], in_place * planted(probs)]).astype(np.float32)
