"""The preview projection: from a normalised latent straight to a small sRGB picture, without the decoder."""

import numpy as np
import torch

from .family import Part
from .pictures import pictures

PICTURES = 24
BATCH = 4
#: Keeps the solution finite where channels say the same thing.
RIDGE = 1e-4


def fit(part: Part, model: torch.nn.Module) -> dict:
    """Least squares from the latents of procedural pictures to the mean colour of the pixels under each latent cell."""
    wanted, known = [], []
    stills = pictures(PICTURES, part.preview_size)
    for start in range(0, PICTURES, BATCH):
        batch = stills[start : start + BATCH]
        with torch.no_grad():
            latents = part.preview(model, torch.from_numpy(batch.transpose(0, 3, 1, 2) * 2 - 1)).float().numpy()
        count, channels, frames, rows, columns = latents.shape
        cells = batch.reshape(count, rows, batch.shape[1] // rows, columns, batch.shape[2] // columns, 3).mean((2, 4))
        known.append(latents.transpose(0, 2, 3, 4, 1).reshape(-1, channels))
        wanted.append(np.repeat(cells[:, None], frames, 1).reshape(-1, 3))
    return solve(np.concatenate(known).astype(np.float64), np.concatenate(wanted).astype(np.float64))


def solve(latents: np.ndarray, colours: np.ndarray) -> dict:
    """latents [N,C], colours [N,3] -> {"matrix": C rows of 3, "bias": 3}."""
    centre, mean = latents.mean(0), colours.mean(0)
    centred = latents - centre
    spread = centred.T @ centred + RIDGE * len(latents) * np.eye(latents.shape[1])
    matrix = np.linalg.solve(spread, centred.T @ (colours - mean))
    bias = mean - centre @ matrix
    return {"matrix": [[round(float(x), 6) for x in row] for row in matrix], "bias": [round(float(x), 6) for x in bias]}
