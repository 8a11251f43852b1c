"""Train the encoder: class maps and depth from pictures."""

import math
import time

import numpy as np
import torch
import torch.nn.functional as F

from .augment import Pool, make_pool
from .encoder import Encoder
from .settings import BATCH, ENCODER_ROUNDS, POOL_SAMPLES, SCRATCH, SEED, THREADS, EncoderRound, scaled

CHECKPOINT = SCRATCH / "encoder.pt"
DEPTH_WEIGHT = 4.0
CLASS_WEIGHTS = (1.0, 1.0, 1.5, 1.0, 2.0)
AVERAGE_DECAY = 0.995
SAVE_EVERY = 200


def load_pool(index: int = 0) -> Pool:
    """A pool of training samples; cached in the scratch folder."""
    count = scaled(POOL_SAMPLES)
    cache = SCRATCH / f"pool{index}.npz"
    if cache.exists():
        cached = np.load(cache)
        if len(cached["depth"]) == count:
            return Pool(cached["pictures"], cached["maps"], cached["depth"])
    pool = make_pool(count, SEED + 1000 * index, THREADS)
    np.savez(cache, pictures=pool.pictures, maps=pool.maps, depth=pool.depth)
    return pool


def load_encoder() -> Encoder:
    encoder = Encoder()
    encoder.load_state_dict(torch.load(CHECKPOINT))
    return encoder.eval()


def learning_rate(step: int, steps: int, peak: float) -> float:
    """Short warm-up, then a quarter cosine down to 3 %."""
    return peak * min(1, (step + 1) / 50) * max(0.03, math.cos(0.5 * math.pi * step / steps))


def update_average(average, model, step: int) -> None:
    """Exponential moving average of the weights, quick to follow at first."""
    decay = min(AVERAGE_DECAY, (step + 1) / (step + 12))
    with torch.no_grad():
        for kept, current in zip(average.parameters(), model.parameters()):
            kept.lerp_(current, 1 - decay)


def train_round(index: int, plan: EncoderRound) -> None:
    """One round, from the checkpoint of the one before; bfloat16 where torch thinks it safe. Saves the averaged weights."""
    pool, steps = load_pool(plan.pool), scaled(plan.steps)
    torch.manual_seed(SEED + index)
    random = np.random.default_rng(SEED + index)
    encoder, average = (load_encoder(), load_encoder()) if index else (Encoder(), Encoder())
    average.load_state_dict(encoder.train().state_dict())
    weights = torch.tensor(CLASS_WEIGHTS)[None, :, None, None]
    optimizer = torch.optim.AdamW(encoder.parameters(), plan.learning_rate, weight_decay=plan.weight_decay)
    recent, start = [], time.time()
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, steps, plan.learning_rate)
        rows = random.integers(len(pool.depth), size=BATCH)
        pictures = torch.from_numpy(pool.pictures[rows]).float() / 255
        maps, depth = torch.from_numpy(pool.maps[rows]).float(), torch.from_numpy(pool.depth[rows]).float()
        if random.random() < 0.5:
            pictures, maps, depth = pictures.flip(3), maps.flip(3), depth.flip(3)
        pictures = pictures * torch.from_numpy(random.uniform(0.92, 1.08, (BATCH, 3, 1, 1))).float()
        with torch.autocast("cpu", torch.bfloat16):
            _, logits, guess = encoder(pictures)
        classes = -(maps * logits.float().log_softmax(1) * weights).sum(1).mean()
        loss = classes + DEPTH_WEIGHT * F.mse_loss(guess.float(), depth)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(encoder.parameters(), 1.0)
        optimizer.step()
        update_average(average, encoder, step)
        recent.append(loss.item())
        if (step + 1) % 50 == 0:
            print(f"encoder {step + 1}/{steps} loss {np.mean(recent[-50:]):.3f} {time.time() - start:.0f}s", flush=True)
        if (step + 1) % SAVE_EVERY == 0:
            torch.save(average.state_dict(), CHECKPOINT)
    torch.save(average.state_dict(), CHECKPOINT)


def train_encoder() -> None:
    torch.set_num_threads(THREADS)
    for index, plan in enumerate(ENCODER_ROUNDS):
        train_round(index, plan)
