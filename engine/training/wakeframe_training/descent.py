"""One step of training, alike for all networks: the pace, the step itself, and a running mean of the weights."""

import math

import torch

AVERAGE_DECAY = 0.995
LONGEST_GRADIENT = 1.0


def learning_rate(step: int, steps: int, peak: float) -> float:
    """Short warm-up, then a quarter cosine down to 3 %."""
    return peak * min(1, (step + 1) / 50) * max(0.03, math.cos(0.5 * math.pi * step / steps))


def set_rate(optimizer, step: int, steps: int, peak: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = learning_rate(step, steps, peak)


def descend(loss, optimizer, network, average, step: int) -> None:
    """Take a step down `loss`, and let the weights of `average` follow the network's."""
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), LONGEST_GRADIENT)
    optimizer.step()
    update_average(average, network, step)


def update_average(average, model, step: int) -> None:
    """Exponential moving average of the weights, quick to follow at first."""
    decay = min(AVERAGE_DECAY, (step + 1) / (step + 12))
    with torch.no_grad():
        for kept, current in zip(average.parameters(), model.parameters()):
            kept.lerp_(current, 1 - decay)
