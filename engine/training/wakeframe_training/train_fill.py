"""Train the fill on the pool's pictures, made small, with holes of many kinds."""

import time

import cv2
import numpy as np
import torch

from .descent import descend, set_rate
from .fill import FillNetwork
from .holes import random_hole
from .settings import BATCH, FILL_STEPS, FILL_STRIDE, SCRATCH, SEED, THREADS, scaled
from .train_encoder import load_pool

CHECKPOINT = SCRATCH / "fill.pt"
LEARNING_RATE, WEIGHT_DECAY = 2e-3, 0.01
GRADIENT_WEIGHT = 0.5
#: Sizes (height, width) that a batch is cut to: landscape, portrait, square.
CUTS = ((72, 128), (72, 128), (80, 128), (128, 80), (96, 96))
#: Cells from the hole's edge that count in full, for the renderer uncovers no more; what is deeper counts by FAR_WEIGHT.
NEAR, FAR_WEIGHT = 12, 0.2


def load_fill() -> FillNetwork:
    network = FillNetwork()
    network.load_state_dict(torch.load(CHECKPOINT))
    return network.eval()


def reduced(pictures: np.ndarray) -> np.ndarray:
    """(N,3,H,W) uint8 -> every FILL_STRIDE pixels one, their mean, uint8."""
    count, channels, height, width = pictures.shape
    parts = (count, channels, height // FILL_STRIDE, FILL_STRIDE, width // FILL_STRIDE, FILL_STRIDE)
    return pictures.reshape(parts).mean((3, 5), dtype=np.float32).round().astype(np.uint8)


def masked_mean(values, mask):
    """Mean of values (B,C,h,w), weighed by mask (B,1,h,w)."""
    return (values * mask).sum() / (values.shape[1] * mask.sum() + 1)


def fill_loss(filled, truth, judged):
    """L1 of colours and of their differences between neighbours, weighed by `judged`."""
    error = filled - truth
    across, down = judged[..., 1:] * judged[..., :-1], judged[..., 1:, :] * judged[..., :-1, :]
    edges = masked_mean((error[..., 1:] - error[..., :-1]).abs(), across)
    edges = edges + masked_mean((error[..., 1:, :] - error[..., :-1, :]).abs(), down)
    return masked_mean(error.abs(), judged) + GRADIENT_WEIGHT * edges


def counted(hole: np.ndarray, judged: np.ndarray) -> np.ndarray:
    """How much every cell of a hole counts, (h,w) float32."""
    depth = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 3)
    return judged * np.where(depth <= NEAR, 1, FAR_WEIGHT).astype(np.float32)


def make_batch(random, pictures: np.ndarray, maps: np.ndarray):
    """Pictures with holes (B,4,h,w), what was there (B,3,h,w) and how much that counts (B,1,h,w), all of one random size."""
    height, width = CUTS[random.integers(len(CUTS))]
    inputs, truths, judgements = [], [], []
    for row in random.integers(len(pictures), size=BATCH):
        picture = pictures[row].astype(np.float32) / 255
        hole, judged = random_hole(random, picture.shape[1:], maps[row], maps[random.integers(len(maps))])
        planes = np.concatenate([picture, hole[None], counted(hole, judged)[None]]).astype(np.float32)
        top = random.integers(planes.shape[1] - height + 1)
        left = random.integers(planes.shape[2] - width + 1)
        planes = planes[:, top : top + height, left : left + width]
        if random.random() < 0.5:
            planes = planes[..., ::-1]
        known = 1 - planes[3:4]
        inputs.append(np.concatenate([planes[:3] * known, known]))
        truths.append(planes[:3])
        judgements.append(planes[4:5])
    return tuple(torch.from_numpy(np.ascontiguousarray(np.stack(part))) for part in (inputs, truths, judgements))


def train_fill() -> None:
    torch.set_num_threads(THREADS)
    torch.manual_seed(SEED)
    random = np.random.default_rng(SEED)
    pool, steps = load_pool(), scaled(FILL_STEPS)
    pictures, maps = reduced(pool.pictures), pool.maps
    del pool
    network, average = FillNetwork().train(), FillNetwork()
    average.load_state_dict(network.state_dict())
    optimizer = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    recent, start = [], time.time()
    for step in range(steps):
        set_rate(optimizer, step, steps, LEARNING_RATE)
        picture, truth, judged = make_batch(random, pictures, maps)
        loss = fill_loss(network(picture), truth, judged)
        descend(loss, optimizer, network, average, step)
        recent.append(loss.item())
        if (step + 1) % 100 == 0:
            print(f"fill {step + 1}/{steps} loss {np.mean(recent[-100:]):.4f} {time.time() - start:.0f}s", flush=True)
    torch.save(average.state_dict(), CHECKPOINT)
