"""Train the reader on the synthetic grammar."""

import math
import time

import numpy as np
import torch

from .prompts import random_prompt
from .reader import SHOT_SCALE, Reader
from .sentences import SentenceEncoder
from .settings import PROMPTS, READER_STEPS, SCRATCH, SEED, THREADS, scaled

CHECKPOINT = SCRATCH / "reader.pt"
PROMPT_CACHE = SCRATCH / "prompts.npz"
LEARNING_RATE, PROMPT_BATCH, STATE_NOISE, VALIDATION = 1.5e-3, 96, 0.03, 500


def make_prompts() -> dict[str, np.ndarray]:
    """states (N,L,384) float16, mask (N,L), intent (N,7,6), shot (N,8) of random prompts; cached in the scratch folder."""
    count = scaled(PROMPTS)
    if PROMPT_CACHE.exists():
        cached = dict(np.load(PROMPT_CACHE))
        if len(cached["mask"]) == count:
            return cached
    random = np.random.default_rng(SEED)
    drawn = [random_prompt(random) for _ in range(count)]
    states, mask = SentenceEncoder()([text for text, _, _ in drawn])
    made = {"states": states, "mask": mask, "intent": np.stack([intent for _, intent, _ in drawn]),
            "shot": np.stack([shot for _, _, shot in drawn])}
    np.savez(PROMPT_CACHE, **made)
    return made


def load_reader() -> Reader:
    reader = Reader()
    reader.load_state_dict(torch.load(CHECKPOINT))
    return reader.eval()


def train_reader() -> None:
    torch.set_num_threads(THREADS)
    torch.manual_seed(SEED)
    prompts = make_prompts()
    states, mask = torch.from_numpy(prompts["states"]), torch.from_numpy(prompts["mask"])
    asked = torch.cat([torch.from_numpy(prompts["intent"]).flatten(1), SHOT_SCALE * torch.from_numpy(prompts["shot"])], 1)
    reader, steps, start = Reader(), scaled(READER_STEPS), time.time()
    held = min(VALIDATION, len(mask) // 4)
    optimizer = torch.optim.AdamW(reader.parameters(), LEARNING_RATE, weight_decay=0.02)
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * min(1, (step + 1) / 50) * math.cos(0.5 * math.pi * step / steps)
        rows = torch.randint(held, len(mask), (PROMPT_BATCH,))
        length = int(mask[rows].sum(1).max())
        hidden = states[rows, :length].float()
        hidden = hidden + torch.randn_like(hidden) * STATE_NOISE
        loss = ((reader(hidden, mask[rows, :length]) - asked[rows]) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if (step + 1) % 250 == 0:
            print(f"reader {step + 1}/{steps} loss {loss.item():.4f} {time.time() - start:.0f}s", flush=True)
    reader.eval()
    with torch.no_grad():
        error = ((reader(states[:held].float(), mask[:held]) - asked[:held]) ** 2).mean().item()
    print(f"reader: validation error {error:.4f}, {time.time() - start:.0f}s")
    torch.save(reader.state_dict(), CHECKPOINT)
