"""Which way the light goes, and that nothing moves in it."""

import numpy as np

from .flow import flow, length

AXES = ("warmth", "brightness")
#: Rec.709, of red, green, blue.
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
#: Least change that counts, stops: of red over blue, of luminance.
LEAST = 0.1
#: sRGB byte -> linear light.
LINEAR = np.where(np.arange(256) <= 10, np.arange(256) / 255 / 12.92, ((np.arange(256) / 255 + 0.055) / 1.055) ** 2.4)


def light(picture: np.ndarray) -> np.ndarray:
    """BGR uint8 -> (red over blue, luminance) of its mean linear light, stops."""
    blue, green, red = (float(LINEAR[picture[..., k]].mean()) + 1e-6 for k in range(3))
    return np.log2([red / blue, LUMINANCE @ [red, green, blue]])


def is_light(lights: np.ndarray, axis: int, sign: int) -> bool:
    """Whether the lights (n,2) of a clip go that way from frame to frame, and farther than the other way."""
    change = lights[-1] - lights[0]
    return bool((np.diff(lights[:, axis]) * sign > 0).all() and change[axis] * sign >= LEAST and abs(change[1 - axis]) < abs(change[axis]))


def relit(picture: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """The picture (H,W,3) in the light of the reference: each value of a channel becomes the mean of what is there in the other."""
    out = np.empty_like(picture)
    for k in range(3):
        values = picture[..., k].ravel()
        count = np.maximum(np.bincount(values, minlength=256), 1)
        mean = np.bincount(values, reference[..., k].ravel(), 256) / count
        out[..., k] = np.round(mean).astype(np.uint8)[picture[..., k]]
    return out


def moved(first: np.ndarray, last: np.ndarray, mask: np.ndarray) -> float:
    """Displacement between two frames of different light, px: the 99th percentile, for in darker bytes single pixels stray."""
    return float(np.percentile(length(flow(first, relit(last, first)))[mask], 99))


def measure(case, photograph, frames) -> dict:
    lights = np.array([light(frame) for frame in frames])
    return {"change": [round(float(v), 3) for v in lights[-1] - lights[0]], "right": is_light(lights, AXES.index(case.axis), case.sign),
            "equal": bool(np.array_equal(frames[0], photograph.still)), "moved": moved(frames[0], frames[-1], photograph.textured)}
