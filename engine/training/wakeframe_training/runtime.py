"""The pack at work, in numpy and ONNX Runtime: what the Rust engine does, in its shortest form."""

import cv2
import numpy as np
import onnxruntime

from .manner import UNDIRECTED, add_manners, sampled
from .sentences import SentenceEncoder
from .settings import (ANIMAL, CLASS_COUNT, DRIFT_UNIT, FABRIC, GRID_STRIDE, GRID_WIDTH, INTENT_PER_CLASS, LIVE,
                       MOTION_CHANNELS, PACK, SAMPLER_STEPS, STATE_SCALE, SWAY, SWAY_UNIT, THREADS)
from .wander import wandered


def grid_height(picture_height: int, picture_width: int) -> int:
    """Cells down for a picture: by aspect, a multiple of four."""
    return max(4, 4 * round(GRID_WIDTH * picture_height / picture_width / 4))


def to_still(picture: np.ndarray) -> np.ndarray:
    """picture (H,W,3) uint8 sRGB -> encoder input (1,3,8h,8w) float32 0..1."""
    size = (GRID_STRIDE * GRID_WIDTH, GRID_STRIDE * grid_height(*picture.shape[:2]))
    picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(picture.transpose(2, 0, 1)[None], dtype=np.float32) / 255


def softmax(logits: np.ndarray) -> np.ndarray:
    """Over the classes of (1,C,h,w)."""
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def displacement(field: np.ndarray, tau: float) -> np.ndarray:
    """Motion field (10,h,w) in units -> displacement (2,h,w) in picture widths at tau in 0..1 of the clip."""
    angle = 2 * np.pi * tau
    sway = (field[2:4] * np.sin(angle) + field[4:6] * (np.cos(angle) - 1)
            + field[6:8] * np.sin(2 * angle) + field[8:10] * (np.cos(2 * angle) - 1))
    return DRIFT_UNIT * tau * field[:2] + SWAY_UNIT * sway


def largest_displacement(field: np.ndarray) -> np.ndarray:
    """Motion field (10,h,w) -> the longest way each cell goes from its place (h,w), in picture widths."""
    return np.max([np.linalg.norm(displacement(field, tau), axis=0) for tau in np.linspace(0.125, 1, 8)], 0)


def choose_side(intent: np.ndarray, seed: int) -> np.ndarray:
    """Give classes that travel without a direction one side, by the parity of the seed: intent (42,) -> intent (42,).

    The network alone may send neighbouring patches of one sky to different sides.
    """
    chosen = intent.reshape(CLASS_COUNT, INTENT_PER_CLASS).copy()
    drift, in_place, live = np.linalg.norm(chosen[:, :SWAY], axis=1), chosen[:, SWAY:LIVE].sum(1), chosen[:, LIVE]
    undirected = (live > 0) & (drift < UNDIRECTED * live) & (in_place < 0.5 * live)
    chosen[undirected, 0] = live[undirected] * (1 if seed % 2 else -1)
    return chosen.reshape(-1)


def dress(intent: np.ndarray) -> np.ndarray:
    """Hair and clothes go along with who wears them, unless they were told to do more: intent (42,) -> intent (42,)."""
    dressed = intent.reshape(CLASS_COUNT, INTENT_PER_CLASS).copy()
    if dressed[FABRIC, LIVE] < dressed[ANIMAL, LIVE]:
        dressed[FABRIC] = dressed[ANIMAL]
    return dressed.reshape(-1)


class Pack:
    """The graphs of the pack in the repository."""

    def __init__(self):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = THREADS

        def load(name):
            return onnxruntime.InferenceSession(str(PACK / f"{name}.onnx"), options)

        self.reader, self.encoder, self.denoiser = load("reader"), load("encoder"), load("denoiser")
        self.sentences = SentenceEncoder()

    def read(self, prompt: str) -> tuple[np.ndarray, np.ndarray]:
        """What a prompt asks for: intent (42,) = class x INTENT_CHANNELS, shot (8,) = SHOT_AXES."""
        hidden = self.sentences.states_of(self.sentences.token_ids(prompt))[None]
        mask = np.ones(hidden.shape[:2], np.float32)
        intent, shot = self.reader.run(["intent", "shot"], {"hidden": hidden, "mask": mask})
        return intent[0], shot[0]

    def intent(self, prompt: str) -> np.ndarray:
        return self.read(prompt)[0]

    def encode(self, still: np.ndarray):
        """still (1,3,8h,8w) -> features (1,48,h,w), probs (1,7,h,w), depth (1,1,h,w)."""
        features, logits, depth = self.encoder.run(["features", "logits", "depth"], {"still": still})
        return features, softmax(logits), depth

    def denoise(self, x, t: float, features, probs, intent) -> np.ndarray:
        """One call of the denoiser: state (1,10,h,w) at time t -> its guess of the final state."""
        asked = np.einsum("ck,chw->khw", intent.reshape(CLASS_COUNT, INTENT_PER_CLASS), probs[0])[None]
        inputs = {"x": x, "t": np.full(1, t, np.float32), "features": features, "probs": probs,
                  "intent_map": asked.astype(np.float32)}
        return self.denoiser.run(["x1"], inputs)[0]

    def sample(self, features, probs, intent, seed: int, steps: int = SAMPLER_STEPS) -> np.ndarray:
        """Euler steps from seeded noise -> motion field (10,h,w) in units, at strength 1."""
        asked = dress(intent)
        intent = choose_side(sampled(asked.reshape(CLASS_COUNT, INTENT_PER_CLASS)).reshape(-1), seed)
        x = np.random.default_rng(seed).standard_normal((1, MOTION_CHANNELS) + probs.shape[2:]).astype(np.float32)
        for step in range(steps):
            now, after = step / steps, (step + 1) / steps
            x1 = self.denoise(x, now, features, probs, intent)
            x = (x + (after - now) / (1 - now) * (x1 - x)).astype(np.float32)
        return add_manners(wandered(x[0] / STATE_SCALE, probs[0], seed), probs[0], asked, seed)
