"""An exported pack against the reference pipeline: a loop in numpy and ONNX Runtime gives the frames of diffusers."""

import diffusers
import numpy as np
import pytest
import torch
from PIL import Image
from pack_runner import Pack
from wan_loop import generate

LARGEST_DIFFERENCE = 1e-4
FORMS = ("wan21-i2v", "wan21-flf2v", "wan22-a14b", "wan22-ti2v")


def still(seed: int, width: int = 72, height: int = 56) -> Image.Image:
    """A small picture with soft shapes and hard pixels."""
    pixels = np.random.default_rng(seed).integers(0, 255, (7, 9, 3), dtype=np.uint8)
    return Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC)


def request(form: str, case: int) -> dict:
    """Case 0 with guidance, case 1 without it at another size and length."""
    ti2v = form == "wan22-ti2v"
    asked = {"image": still(1), "prompt": "a cat walks on the grass", "negative_prompt": "blurry, low quality", "num_inference_steps": 4,
             "num_frames": (9, 5)[case], "guidance_scale": (3.5, 1.0)[case], "width": (48, 64)[case] * (1 + ti2v), "height": (32, 48)[case] * (1 + ti2v)}
    if form == "wan22-a14b":
        asked["guidance_scale_2"] = (2.5, 1.0)[case]
    if form == "wan21-flf2v":
        asked["last_image"] = still(2)
    return asked


@pytest.mark.parametrize("form", FORMS)
def test_frames_equal_the_reference(form, checkpoint_of, pack_of):
    reference = diffusers.WanImageToVideoPipeline.from_pretrained(checkpoint_of(form), local_files_only=True)
    reference.set_progress_bar_config(disable=True)
    pack = Pack(pack_of(form))
    for case in (0, 1):
        asked = request(form, case)
        expected = reference(**asked, output_type="np", generator=torch.Generator().manual_seed(3)).frames[0].transpose(0, 3, 1, 2)
        found = generate(pack, **asked, seed=3)
        assert found.shape == expected.shape
        # Frames cut off at black and white would hide a difference.
        assert expected.std() > 0.05 and np.mean((expected <= 0) | (expected >= 1)) < 0.2
        assert np.abs(found - expected).max() <= LARGEST_DIFFERENCE


def test_both_experts_take_part(pack_of):
    """Without the low-noise expert the frames are others: the boundary in pack.toml is used."""
    pack = Pack(pack_of("wan22-a14b"))
    asked = request("wan22-a14b", 1)
    frames = generate(pack, **asked)
    pack.facts["wan"]["boundary"] = 0.0
    assert np.abs(generate(pack, **asked) - frames).max() > 1e-3
