"""An exported pack of I2VGen-XL against the reference pipeline: a loop in numpy and ONNX Runtime gives its frames."""

import diffusers
import numpy as np
import onnx
import pytest
import torch
from diffusers.pipelines.deprecated.i2vgen_xl.pipeline_i2vgen_xl import _center_crop_wide, _resize_bilinear
from pack_runner import Pack
from PIL import Image
from torch import nn
from wakeframe_export.families.i2vgen import AveragePool
from wakeframe_export.golden.reference import load

LARGEST_DIFFERENCE = 1e-4


def still(width: int, height: int) -> Image.Image:
    """A small picture with soft shapes and hard pixels."""
    pixels = np.random.default_rng(5).integers(0, 255, (7, 9, 3), dtype=np.uint8)
    return Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC)


def request(case: int) -> dict:
    """Case 0 with guidance, case 1 without it at another size and length."""
    return {"image": still(*((72, 56), (50, 60))[case]), "prompt": "a cat walks on the grass", "negative_prompt": "blurry, low quality",
            "width": (48, 24)[case], "height": (32, 40)[case], "num_frames": (4, 3)[case], "num_inference_steps": 3, "guidance_scale": (9.0, 1.0)[case],
            "target_fps": (16, 8)[case]}


def generate(pack: Pack, *, image, prompt, negative_prompt, width, height, num_frames, num_inference_steps, guidance_scale, target_fps, seed=0) -> np.ndarray:
    """Frames [F,3,H,W] in 0..1, from the pack alone."""
    facts, latent, scheduler = pack.facts["i2vgen"], pack.facts["latent"], pack.facts["scheduler"]
    random, vae_random = (torch.Generator().manual_seed(seed) for _ in range(2))
    texts = [pack("text_encoder", pack.tokens(text)[0])[0] for text in (prompt, negative_prompt)]
    mean, std = (np.float32(facts[key]).reshape(1, 3, 1, 1) for key in ("image_mean", "image_std"))
    square = _resize_bilinear(_center_crop_wide(image, (width, width)), tuple(facts["image_size"]))
    unit = (np.asarray(square, np.float32) / np.float32(255)).transpose(2, 0, 1)[None]
    token = pack("image_encoder", (unit - mean) / std)[0]
    pixels = (np.asarray(_center_crop_wide(image, (width, height)), np.float32) / np.float32(255) * 2 - 1).transpose(2, 0, 1)[None]
    centre, spread = pack("vae_encoder", pixels)
    first = (centre + spread * torch.randn(centre.shape, generator=vae_random).numpy()) * np.float32(facts["scaling_factor"])
    positions = np.float32([number / (num_frames - 1) for number in range(num_frames)]).reshape(1, 1, -1, 1, 1)
    known = np.broadcast_to(positions, (1, latent["channels"], num_frames, *first.shape[2:])).copy()
    known[:, :, 0] = first

    stepper = getattr(diffusers, scheduler["class"]).from_config({key: value for key, value in scheduler.items() if key != "class"})
    stepper.set_timesteps(num_inference_steps)
    state = torch.randn(known.shape, generator=random)
    for time in stepper.timesteps:
        def guess(text, token, time=time, state=state):
            return pack("denoiser", state.numpy(), time.numpy(), [target_fps], known, token, text)[0]

        found = guess(texts[0], token)
        if guidance_scale > 1:
            free = guess(texts[1], np.zeros_like(token))
            found = free + np.float32(guidance_scale) * (found - free)
        state = stepper.step(torch.from_numpy(found), time, state, return_dict=False)[0]
    state = (state[0].numpy() * np.float32(1 / facts["scaling_factor"])).transpose(1, 0, 2, 3)
    frames = np.concatenate([pack("vae_decoder", frame[None])[0] for frame in state])
    return np.clip(frames / 2 + np.float32(0.5), 0, 1)


@pytest.mark.parametrize("case", (0, 1))
def test_frames_equal_the_reference(case, checkpoint_of, pack_of):
    reference = load(checkpoint_of("i2vgen"))
    asked = request(case)
    torch.manual_seed(3)
    expected = reference(**asked, output_type="np", generator=torch.Generator().manual_seed(3)).frames[0].transpose(0, 3, 1, 2)
    found = generate(Pack(pack_of("i2vgen")), **asked, seed=3)
    assert found.shape == expected.shape
    # Frames cut off at black and white would hide a difference.
    assert expected.std() > 0.05 and np.mean((expected <= 0) | (expected >= 1)) < 0.2
    assert np.abs(found - expected).max() <= LARGEST_DIFFERENCE


def test_no_plain_attention_is_left(pack_of):
    for path in sorted(pack_of("i2vgen").glob("*.onnx")):
        operators = [node.op_type for node in onnx.load(path, load_external_data=False).graph.node]
        assert "Softmax" not in operators and "MultiHeadAttention" in operators, path.name


@pytest.mark.parametrize("size", ((88, 160), (20, 33), (32, 32), (5, 40)))
def test_pooling_is_the_adaptive_average(size):
    """Real latents are larger than the pool, those of tiny checkpoints smaller."""
    latent = torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(AveragePool(32, 32)(latent), nn.AdaptiveAvgPool2d((32, 32))(latent), atol=1e-6)
