"""Golden values for the Rust side: ONNX Runtime's outputs on a committed picture and a few prompts."""

import json

import cv2
import numpy as np

from .photos import photo_path
from .runtime import Pack
from .settings import FIXTURE, GRID_STRIDE, MOTION_CHANNELS

STILL, STILL_WIDTH, STILL_HEIGHT = "picosdeeuropa", GRID_STRIDE * 64, GRID_STRIDE * 40
PROMPTS = ["clouds drift to the left, everything else is still", "the grass sways in the wind",
           "slow push in, the light grows warmer", ""]
POSITIONS = [(2, 3), (2, 60), (5, 31), (9, 12), (9, 50), (14, 22), (14, 41), (18, 5), (20, 32), (22, 58), (25, 15),
             (28, 44), (31, 27), (34, 8), (36, 53), (38, 33)]


def formula_state(channels: int, height: int, width: int) -> np.ndarray:
    """x[c,i,j] = sin(0.37 c + 0.11 i + 0.07 j), float32 (1,C,h,w); i is the row and j the column."""
    c, i, j = np.meshgrid(np.arange(channels), np.arange(height), np.arange(width), indexing="ij")
    return np.sin(0.37 * c + 0.11 * i + 0.07 * j).astype(np.float32)[None]


def samples(array: np.ndarray) -> list[list[float]]:
    """Per position of POSITIONS (row, column), the values of all channels of (1,C,h,w)."""
    return [[round(float(value), 6) for value in array[0, :, row, column]] for row, column in POSITIONS]


def write_golden() -> None:
    FIXTURE.mkdir(parents=True, exist_ok=True)
    still_file = FIXTURE / "still.png"
    if not still_file.exists():
        picture = cv2.imread(str(photo_path(STILL)))
        picture = cv2.resize(picture, (STILL_WIDTH, STILL_HEIGHT), interpolation=cv2.INTER_AREA)
        cv2.imwrite(str(still_file), picture, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    picture = cv2.imread(str(still_file))[..., ::-1]
    still = np.ascontiguousarray(picture.transpose(2, 0, 1)[None], dtype=np.float32) / 255
    pack = Pack()
    features, probs, depth = pack.encode(still)
    height, width = probs.shape[2:]
    cases = []
    for prompt in PROMPTS:
        intent, shot = pack.read(prompt)
        x1 = pack.denoise(formula_state(MOTION_CHANNELS, height, width), 0.0, features, probs, intent)
        cases.append({"prompt": prompt, "token_ids": pack.sentences.token_ids(prompt),
                      "intent": [round(float(value), 6) for value in intent],
                      "shot": [round(float(value), 6) for value in shot], "x1": samples(x1)})
    golden = {
        "comment": "x = sin(0.37 c + 0.11 i + 0.07 j), t = 0; positions are (row, column) on the grid; x1 is still scaled "
                   "by state_scale; text.onnx is int8, so its states, and the intent, may differ a little by processor",
        "still": "still.png", "grid": [height, width], "positions": POSITIONS, "probs": samples(probs),
        "depth": samples(depth), "cases": cases,
    }
    (FIXTURE / "golden.json").write_text(json.dumps(golden, indent=1) + "\n", "utf-8")
    print(f"golden values written to {FIXTURE}")
