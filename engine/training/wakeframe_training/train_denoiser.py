"""Train the denoiser by flow matching with x1-prediction, on the frozen encoder and reader."""

import time

import numpy as np
import torch

from .denoiser import Denoiser
from .descent import descend, set_rate
from .manner import sampled
from .motion import intent_map, motion_target
from .reader import settle
from .settings import BATCH, DENOISER_STEPS, SCRATCH, SEED, THREADS, scaled
from .train_encoder import ENCODED, load_pool
from .train_reader import load_reader, make_prompts

CHECKPOINT = SCRATCH / "denoiser.pt"
LEARNING_RATE, WEIGHT_DECAY = 1e-3, 0.01
#: Steps are drawn more often near t = 1, where the field takes its final shape.
TIME_POWER = 1.3
LONGEST_WEIGHT = 8.0


def load_denoiser() -> Denoiser:
    denoiser = Denoiser()
    denoiser.load_state_dict(torch.load(CHECKPOINT))
    return denoiser.eval()


@torch.no_grad()
def read_prompts(prompts) -> torch.Tensor:
    """What the reader understands of each prompt: (N,42)."""
    reader, found = load_reader(), []
    for first in range(0, len(prompts["mask"]), 256):
        states = torch.from_numpy(prompts["states"][first : first + 256]).float()
        found.append(settle(reader(states, torch.from_numpy(prompts["mask"][first : first + 256])))[0])
    return torch.cat(found)


def train_denoiser() -> None:
    torch.set_num_threads(THREADS)
    torch.manual_seed(SEED)
    random = torch.Generator().manual_seed(SEED)
    start = time.time()
    pool, prompts = load_pool(), make_prompts()
    encoded = np.load(ENCODED)
    features, probs = torch.from_numpy(encoded["features"]), torch.from_numpy(encoded["probs"])
    maps = torch.from_numpy(pool.maps)
    meant = torch.from_numpy(sampled(prompts["intent"]))
    read = torch.from_numpy(sampled(read_prompts(prompts).reshape(meant.shape).numpy()))
    moving = meant.abs().sum((1, 2)).nonzero()[:, 0]  # a prompt for stillness gives an output of exactly zero
    print(f"denoiser: {len(maps)} samples, {len(moving)} prompts, {time.time() - start:.0f}s", flush=True)
    denoiser, average, steps = Denoiser(), Denoiser(), scaled(DENOISER_STEPS)
    average.load_state_dict(denoiser.state_dict())
    optimizer = torch.optim.AdamW(denoiser.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    recent = []
    for step in range(steps):
        set_rate(optimizer, step, steps, LEARNING_RATE)
        rows = torch.randint(len(maps), (BATCH,), generator=random)
        asked = moving[torch.randint(len(moving), (BATCH,), generator=random)]
        intent = meant[asked]
        x1 = motion_target(random, maps[rows].float(), intent)
        seen = intent if step % 2 else read[asked]
        guided = intent_map(seen.flatten(1), probs[rows].float())
        t = 1 - torch.rand(BATCH, generator=random) ** TIME_POWER
        mix = t[:, None, None, None]
        noisy = (1 - mix) * torch.randn(x1.shape, generator=random) + mix * x1
        guess = denoiser(noisy, t, features[rows].float(), probs[rows].float(), guided)
        weight = (1 / (1.08 - t)).clamp(max=LONGEST_WEIGHT)
        error = ((guess - x1) ** 2).mean((1, 2, 3))
        loss = (error * weight).mean()
        descend(loss, optimizer, denoiser, average, step)
        recent.append(error.mean().item())
        if (step + 1) % 25 == 0:
            print(f"denoiser {step + 1}/{steps} error {np.mean(recent[-25:]):.4f} {time.time() - start:.0f}s", flush=True)
    torch.save(average.state_dict(), CHECKPOINT)
