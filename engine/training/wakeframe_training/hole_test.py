"""Holes in photographs that were never trained on, as files for the engine's `fill` example, and the network's error in them.

The error at the size the network works at is printed here, beside that of a smooth fill; what becomes of it once patches are
laid is printed by `cargo run --release --example fill`.
"""

import cv2
import numpy as np
import onnxruntime
import torch

from .class_maps import load_split
from .fill import carried
from .holes import LARGEST, SMALLEST, border, resized_map, silhouette, subjects
from .photos import photo_path
from .settings import FILL_SIDE, PACK, SCRATCH, SEED

FOLDER = SCRATCH / "holes"
#: Longer side of the pictures, pixels; the engine finds its patches on a copy of a third of it.
SIDE = 768
#: Pixels from a hole's edge that are measured; the renderer uncovers no more (a twelfth of the longer side).
REACH = SIDE // 12
#: In a mask: filled and measured; filled, but what was there is no answer (a subject stood there, or it is too deep).
MEASURED, MADE = 255, 128
MULTIPLE = 8


def coarse_size(height: int, width: int) -> tuple[int, int]:
    """(height, width) in cells: FILL_SIDE along the longer side, multiples of eight."""
    longest = max(height, width)
    return tuple(MULTIPLE * max(1, int(side * FILL_SIDE / longest / MULTIPLE + 0.5)) for side in (height, width))


def coarse_input(picture: np.ndarray, hole: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """picture (H,W,3) uint8, hole (H,W) bool -> network input (1,4,h,w) and the whole coarse picture (1,3,h,w), 0..1."""
    height, width = coarse_size(*hole.shape)
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    share = cv2.resize(hole.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
    known = (share < 1e-3).astype(np.float32)[None, None]
    truth = np.ascontiguousarray(small.transpose(2, 0, 1)[None])
    return np.concatenate([truth * known, known], 1), truth


def test_holes():
    """Yield (name, picture (H,W,3) uint8, mask (H,W) uint8): shapes of subjects of other photographs, and borders."""
    photos = load_split("test")
    random = np.random.default_rng(SEED + 1)
    names = sorted(photos)
    donors = [name for name in names if subjects(photos[name][1].transpose(2, 0, 1)).mean() > SMALLEST]
    for name in names:
        picture = cv2.imread(str(photo_path(name)))[..., ::-1]
        scale = SIDE / max(picture.shape[:2])
        size = tuple(round(side * scale) for side in picture.shape[:2])
        picture = cv2.resize(picture, size[::-1], interpolation=cv2.INTER_AREA)
        own = resized_map(subjects(photos[name][1].transpose(2, 0, 1)), size) > 0.3
        for kind in ("subject", "border"):
            for _ in range(100):
                if kind == "border":
                    hole = border(random, size)
                else:
                    donor = photos[donors[random.integers(len(donors))]][1]
                    hole = silhouette(random, size, donor.transpose(2, 0, 1))
                    hole = cv2.dilate(hole.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
                measured = hole & ~own
                if SMALLEST < hole.mean() < LARGEST / 1.5 and measured.sum() > 0.7 * hole.sum():
                    break
            else:
                continue
            near = cv2.distanceTransform((hole | own).astype(np.uint8), cv2.DIST_L2, 3) <= REACH
            mask = np.where(measured & near, MEASURED, np.where(hole | own, MADE, 0)).astype(np.uint8)
            yield f"{name}-{kind}", picture, mask


def error_in(guess: np.ndarray, truth: np.ndarray, judged: np.ndarray) -> tuple[float, float]:
    """Mean difference and PSNR (dB) of (1,3,h,w) where `judged` (h,w) is true."""
    difference = (guess - truth)[0][:, judged]
    return float(np.abs(difference).mean()), float(-10 * np.log10((difference**2).mean() + 1e-9))


def write_holes() -> None:
    """Write the pictures and their holes, and print the network's error."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    session = onnxruntime.InferenceSession(str(PACK / "fill.onnx"))
    errors = {"subject": [], "border": []}
    for name, picture, mask in test_holes():
        cv2.imwrite(str(FOLDER / f"{name}.png"), np.ascontiguousarray(picture[..., ::-1]))
        cv2.imwrite(str(FOLDER / f"{name}.hole.png"), mask)
        given, truth = coarse_input(picture, mask > 0)
        judged = cv2.resize((mask == MEASURED).astype(np.float32), truth.shape[:1:-1], interpolation=cv2.INTER_AREA) > 0.5
        colours, known = (torch.from_numpy(part) for part in (given[:, :3], given[:, 3:]))
        smooth = carried(colours, known)[0][0].numpy()
        found = session.run(["filled"], {"picture": given})[0]
        errors[name.rsplit("-", 1)[1]].append((error_in(smooth, truth, judged), error_in(found, truth, judged)))
    for kind, rows in errors.items():
        (smooth, smooth_db), (found, found_db) = np.mean(rows, 0)
        print(f"{kind} holes, {len(rows)}: smooth fill {smooth:.4f}, {smooth_db:.2f} dB; network {found:.4f}, {found_db:.2f} dB")
    print(f"pictures and holes written to {FOLDER}")
