"""Writes pictures.safetensors: pictures resized by Pillow, and prepared by diffusers' and transformers' processors.

The source pictures are made by `sample`, which the tests have too. Results that are the same to the last bit are kept as the
SHA-256 of their bytes, others as numbers.
"""

import hashlib

import numpy as np
import torch
from diffusers import StableVideoDiffusionPipeline
from diffusers.pipelines.deprecated.i2vgen_xl.pipeline_i2vgen_xl import (
    I2VGenXLPipeline,
    _center_crop_wide,
    _resize_bilinear,
)
from diffusers.pipelines.stable_video_diffusion.pipeline_stable_video_diffusion import _resize_with_antialiasing
from diffusers.video_processor import VideoProcessor
from PIL import Image
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from writing import write

FILTERS = {"lanczos": Image.LANCZOS, "bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC, "box": Image.BOX}
SIZES = [
    ((97, 61), (97, 61)),
    ((97, 61), (48, 30)),
    ((97, 61), (50, 61)),
    ((97, 61), (97, 40)),
    ((97, 61), (200, 150)),
    ((97, 61), (13, 130)),
    ((97, 61), (1, 1)),
    ((33, 120), (32, 121)),
    # The columns first, by Pillow 13's rule; and just not.
    ((61, 97), (72, 40)),
    ((117, 42), (113, 33)),
    ((117, 42), (113, 34)),
    ((18, 73), (17, 66)),
    ((40, 300), (30, 20)),
    ((5, 3), (64, 40)),
    ((1, 7), (16, 16)),
    ((2, 2), (3, 5)),
    ((640, 427), (832, 480)),
    ((640, 427), (224, 149)),
    ((1000, 667), (704, 512)),
    ((1920, 1080), (1280, 720)),
    ((1920, 1080), (71, 33)),
]

tensors: dict[str, torch.Tensor] = {}
cases: list[dict] = []


def sample(width: int, height: int) -> Image.Image:
    y, x, c = np.meshgrid(*(np.arange(n, dtype=np.uint64) for n in (height, width, 3)), indexing="ij")
    mask = np.uint64(0xFFFFFFFF)
    h = ((y * np.uint64(width) + x) * np.uint64(3) + c) * np.uint64(2654435761) & mask
    h ^= h >> np.uint64(15)
    h = h * np.uint64(2246822519) & mask
    h ^= h >> np.uint64(13)
    smooth = (x * np.uint64(255) // np.uint64(width) + y * np.uint64(255) // np.uint64(height)) // np.uint64(2)
    noisy = (x // np.uint64(8) + y // np.uint64(8)) % np.uint64(2) == 0
    return Image.fromarray(np.where(noisy, h & np.uint64(255), smooth).astype(np.uint8))


def exact(kind: str, source: tuple[int, int], result: Image.Image | torch.Tensor, **fields) -> None:
    """A case whose result must be equal to the last bit."""
    array = np.asarray(result) if isinstance(result, Image.Image) else result.numpy()
    digest = hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
    cases.append({"kind": kind, "source": source, "sha256": digest, "shape": array.shape} | fields)


def svd(still: Image.Image, size: int) -> torch.Tensor:
    """`StableVideoDiffusionPipeline._encode_image` up to the encoder."""
    pixels = VideoProcessor.numpy_to_pt(VideoProcessor.pil_to_numpy(still)) * 2.0 - 1.0
    pixels = (_resize_with_antialiasing(pixels, (size, size)) + 1.0) / 2.0
    return normalised(pixels)


def normalised(pixels: torch.Tensor) -> torch.Tensor:
    only = {"do_normalize": True, "do_center_crop": False, "do_resize": False, "do_rescale": False}
    return CLIPImageProcessorPil()(images=pixels, **only, return_tensors="pt").pixel_values


def main() -> None:
    assert StableVideoDiffusionPipeline and I2VGenXLPipeline
    for source, target in SIZES:
        for name, number in FILTERS.items():
            exact("resize", source, sample(*source).resize(target, number), target=target, filter=name)

    for source, (w, h) in (((97, 61), (96, 64)), ((640, 427), (832, 480)), ((300, 500), (64, 96)), ((64, 32), (64, 32))):
        processor = VideoProcessor(vae_scale_factor=8)
        exact("preprocess", source, processor.preprocess(sample(*source), height=h, width=w), target=(w, h))

    for source in ((97, 61), (61, 97), (640, 427), (224, 224), (225, 224), (30, 500), (1280, 720)):
        still = sample(*source)
        for size, crop in ((224, (224, 224)), (56, (56, 56)), (64, (48, 32)), (32, (41, 36))):
            processor = CLIPImageProcessorPil(size={"shortest_edge": size}, crop_size={"height": crop[1], "width": crop[0]})
            values = processor(images=still, return_tensors="pt").pixel_values
            exact("clip", source, values, edge=size, crop=crop)
        plain = CLIPImageProcessorPil(
            size={"height": 40, "width": 72},
            do_center_crop=False,
            resample=2,
            image_mean=[0.5, 0.4, 0.3],
            image_std=[0.5, 0.25, 0.2],
        )
        exact("clip exact", source, plain(images=still, return_tensors="pt").pixel_values)

    for source in ((100, 33), (97, 61), (640, 427), (61, 97), (50, 50), (1280, 704), (1023, 575), (33, 100)):
        still = sample(*source)
        for target in ((33, 33), (64, 40), (40, 64), (128, 128), (320, 176)):
            wide = _center_crop_wide(still, target)
            exact("wide", source, wide, target=target)
            exact("wide pixels", source, VideoProcessor(do_resize=False).preprocess(wide), target=target)
            square = _resize_bilinear(_center_crop_wide(still, (target[0], target[0])), (56, 56))
            unit = VideoProcessor.numpy_to_pt(VideoProcessor.pil_to_numpy(square))
            exact("wide clip", source, normalised(unit), target=target)

    for source, size in (((97, 61), 24), ((640, 427), 56), ((1024, 576), 224), ((30, 50), 64), ((224, 224), 224), ((3, 2), 16)):
        name = f"svd.{source[0]}x{source[1]}"
        values = svd(sample(*source), size).flatten()
        # A prime stride: every row and column has its turn.
        tensors[name] = values[:: 1 if size < 100 else 37]
        cases.append({"kind": "svd", "source": source, "size": size, "name": name, "stride": 1 if size < 100 else 37})
    write("pictures", tensors, cases)


if __name__ == "__main__":
    main()
