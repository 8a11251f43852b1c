"""Stills for the cases: soft colours with fine grain, so that every way of resizing gives other pixels."""

import zlib

import numpy as np
from PIL import Image


def make_still(name: str, width: int, height: int) -> Image.Image:
    """An RGB picture that depends on nothing but its name and size."""
    random = np.random.RandomState(zlib.crc32(f"{name} {width}x{height}".encode()))
    coarse = Image.fromarray(random.randint(0, 256, (5, 7, 3), dtype=np.uint8))
    soft = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC), dtype=np.int16)
    grain = random.randint(-28, 29, (height, width, 3))
    return Image.fromarray(np.clip(soft + grain, 0, 255).astype(np.uint8))
