"""What must not move: the frames of a static prompt, and frame 0."""

import numpy as np

from .flow import flow, length


def psnr(picture: np.ndarray, reference: np.ndarray) -> float:
    """Peak signal to noise ratio of 8-bit pictures, dB; 99 where they are equal."""
    error = np.mean((picture.astype(np.float64) - reference) ** 2)
    return 99.0 if error == 0 else float(min(99.0, 10 * np.log10(255**2 / error)))


def measure(case, photograph, frames) -> dict:
    """Largest displacement of any measurable pixel, px, over all frames against the first."""
    moved = [length(flow(frames[0], frame))[photograph.textured] for frame in frames[1:]]
    return {"worst": float(max(step.max() for step in moved)),
            "equal": all(np.array_equal(frames[0], frame) for frame in frames[1:])}
