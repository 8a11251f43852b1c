"""Train the encoder's head: class maps and depth from the frozen backbone's maps, which are made once."""

import time

import numpy as np
import torch
import torch.nn.functional as F

from .augment import Pool, make_pool
from .backbone import load_backbone
from .descent import descend, set_rate
from .encoder import Encoder, Head, pooled_taps
from .settings import BATCH, ENCODER_STEPS, POOL_SAMPLES, SCRATCH, SEED, THREADS, scaled

CHECKPOINT = SCRATCH / "encoder.pt"
ENCODED = SCRATCH / "encoded.npz"
LEARNING_RATE, WEIGHT_DECAY = 1.5e-3, 0.05
DEPTH_WEIGHT = 4.0
CLASS_WEIGHTS = (1.0, 1.0, 1.5, 1.0, 2.0, 2.5, 2.0)
ENCODED_AT_ONCE = 8


def load_pool() -> Pool:
    """The pool of training samples; cached in the scratch folder."""
    count = scaled(POOL_SAMPLES)
    cache = SCRATCH / "pool.npz"
    if cache.exists():
        cached = np.load(cache)
        if len(cached["depth"]) == count:
            return Pool(cached["pictures"], cached["maps"], cached["depth"])
    pool = make_pool(count, SEED, THREADS)
    np.savez(cache, pictures=pool.pictures, maps=pool.maps, depth=pool.depth)
    return pool


def load_encoder() -> Encoder:
    head = Head()
    head.load_state_dict(torch.load(CHECKPOINT))
    return Encoder(head).eval()


@torch.no_grad()
def backbone_maps(pool: Pool) -> list[torch.Tensor]:
    """What the head reads of every picture of the pool, float16."""
    backbone, found, start = load_backbone(), [], time.time()
    for first in range(0, len(pool.depth), ENCODED_AT_ONCE):
        pictures = torch.from_numpy(pool.pictures[first : first + ENCODED_AT_ONCE]).float() / 255
        found.append([level.half() for level in pooled_taps(backbone(pictures))])
        if first % (100 * ENCODED_AT_ONCE) == 0:
            print(f"backbone {first}/{len(pool.depth)} {time.time() - start:.0f}s", flush=True)
    return [torch.cat(level) for level in zip(*found)]


def train_encoder() -> None:
    torch.set_num_threads(THREADS)
    torch.manual_seed(SEED)
    random = np.random.default_rng(SEED)
    pool, steps = load_pool(), scaled(ENCODER_STEPS)
    levels = backbone_maps(pool)
    maps, depth = torch.from_numpy(pool.maps), torch.from_numpy(pool.depth)
    head, average = Head().train(), Head()
    average.load_state_dict(head.state_dict())
    weights = torch.tensor(CLASS_WEIGHTS)[None, :, None, None]
    optimizer = torch.optim.AdamW(head.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    recent, start = [], time.time()
    for step in range(steps):
        set_rate(optimizer, step, steps, LEARNING_RATE)
        rows = torch.from_numpy(random.integers(len(depth), size=BATCH))
        _, logits, guess = head(*(level[rows].float() for level in levels))
        classes = -(maps[rows].float() * logits.log_softmax(1) * weights).sum(1).mean()
        loss = classes + DEPTH_WEIGHT * F.mse_loss(guess, depth[rows].float())
        descend(loss, optimizer, head, average, step)
        recent.append(loss.item())
        if (step + 1) % 100 == 0:
            print(f"encoder {step + 1}/{steps} loss {np.mean(recent[-100:]):.3f} {time.time() - start:.0f}s", flush=True)
    torch.save(average.state_dict(), CHECKPOINT)
    keep_encoded(average.eval(), levels)


@torch.no_grad()
def keep_encoded(head: Head, levels) -> None:
    """What the trained encoder says of the pool, for the denoiser: features (N,48,h,w), probs (N,7,h,w), float16."""
    features, probs = [], []
    for first in range(0, len(levels[0]), 32):
        found, logits, _ = head(*(level[first : first + 32].float() for level in levels))
        features.append(found.half().numpy())
        probs.append(logits.softmax(1).half().numpy())
    np.savez(ENCODED, features=np.concatenate(features), probs=np.concatenate(probs))
