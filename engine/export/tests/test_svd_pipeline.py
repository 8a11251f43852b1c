"""An exported pack of Stable Video Diffusion against the reference pipeline: a loop in numpy and ONNX Runtime gives its frames."""

import diffusers
import numpy as np
import onnx
import pytest
import torch
from diffusers.pipelines.stable_video_diffusion.pipeline_stable_video_diffusion import _resize_with_antialiasing
from PIL import Image
from pack_runner import Pack

LARGEST_DIFFERENCE = 1e-4


def still(width: int, height: int) -> Image.Image:
    """A small picture with soft shapes and hard pixels."""
    pixels = np.random.default_rng(4).integers(0, 255, (7, 9, 3), dtype=np.uint8)
    return Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC)


def request(case: int) -> dict:
    """Case 0 with guidance, case 1 without it at another size and length."""
    return {"image": still(*((80, 48), (50, 50))[case]), "width": (40, 24)[case], "height": (24, 32)[case], "num_frames": (5, 4)[case],
            "num_inference_steps": 3, "min_guidance_scale": (1.5, 1.0)[case], "max_guidance_scale": (3.0, 1.0)[case], "fps": (7, 12)[case],
            "motion_bucket_id": (127, 40)[case], "noise_aug_strength": (0.02, 0.1)[case], "decode_chunk_size": (None, 3)[case]}


def pixels_of(picture: Image.Image) -> np.ndarray:
    """[1,3,H,W] in -1..1."""
    return (np.asarray(picture, np.float32) / np.float32(255) * 2 - 1).transpose(2, 0, 1)[None]


def generate(pack: Pack, *, image, width, height, num_frames, num_inference_steps, min_guidance_scale, max_guidance_scale, fps,
             motion_bucket_id, noise_aug_strength, decode_chunk_size, seed=0) -> np.ndarray:
    """Frames [F,3,H,W] in 0..1, from the pack alone."""
    svd, latent, scheduler = pack.facts["svd"], pack.facts["latent"], pack.facts["scheduler"]
    random = torch.Generator().manual_seed(seed)
    mean, std = (np.float32(svd[key]).reshape(1, 3, 1, 1) for key in ("image_mean", "image_std"))
    clip = _resize_with_antialiasing(torch.from_numpy(pixels_of(image)), (svd["image_size"],) * 2).numpy()
    token = pack("image_encoder", ((clip + 1) / 2 - mean) / std)[0][:, None]
    pixels = pixels_of(image.resize((width, height), Image.Resampling.LANCZOS))
    pixels = pixels + np.float32(noise_aug_strength) * torch.randn(pixels.shape, generator=random).numpy()
    known = np.repeat(pack("vae_encoder", pixels)[0][:, None], num_frames, 1)
    numbers = np.float32([[fps - 1, motion_bucket_id, noise_aug_strength]])

    stepper = getattr(diffusers, scheduler["class"]).from_config({key: value for key, value in scheduler.items() if key != "class"})
    stepper.set_timesteps(num_inference_steps)
    cells = (num_frames, latent["channels"], height // latent["spatial"], width // latent["spatial"])
    state = torch.randn((1, *cells), generator=random) * stepper.init_noise_sigma
    guidance = torch.linspace(min_guidance_scale, max_guidance_scale, num_frames).numpy().reshape(1, -1, 1, 1, 1)
    for time in stepper.timesteps:
        scaled = stepper.scale_model_input(state, time).numpy()
        guess = pack("denoiser", np.concatenate([scaled, known], 2), time.numpy(), token, numbers)[0]
        if max_guidance_scale > 1:
            free = pack("denoiser", np.concatenate([scaled, np.zeros_like(known)], 2), time.numpy(), np.zeros_like(token), numbers)[0]
            guess = free + guidance * (guess - free)
        state = stepper.step(torch.from_numpy(guess), time, state, return_dict=False)[0]
    state = state[0].numpy() * np.float32(1 / svd["scaling_factor"])
    chunk = decode_chunk_size or num_frames
    frames = np.concatenate([pack("vae_decoder", state[at : at + chunk])[0] for at in range(0, num_frames, chunk)])
    return np.clip(frames / 2 + np.float32(0.5), 0, 1)


@pytest.mark.parametrize("case", (0, 1))
def test_frames_equal_the_reference(case, checkpoint_of, pack_of):
    reference = diffusers.StableVideoDiffusionPipeline.from_pretrained(checkpoint_of("svd"), local_files_only=True)
    reference.set_progress_bar_config(disable=True)
    asked = request(case)
    expected = reference(**asked, output_type="np", generator=torch.Generator().manual_seed(3)).frames[0].transpose(0, 3, 1, 2)
    found = generate(Pack(pack_of("svd")), **asked, seed=3)
    assert found.shape == expected.shape
    # Frames cut off at black and white would hide a difference.
    assert expected.std() > 0.05 and np.mean((expected <= 0) | (expected >= 1)) < 0.2
    assert np.abs(found - expected).max() <= LARGEST_DIFFERENCE


def test_no_plain_attention_is_left(pack_of):
    for path in sorted(pack_of("svd").glob("*.onnx")):
        operators = [node.op_type for node in onnx.load(path, load_external_data=False).graph.node]
        assert "Softmax" not in operators and "MultiHeadAttention" in operators, path.name
