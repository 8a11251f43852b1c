"""The sampling loop of CogVideoX over a pack: what the engine's family does, in one page."""

import math

import diffusers
import numpy as np
import torch
from diffusers.models.embeddings import get_3d_rotary_pos_embed
from diffusers.pipelines.cogvideo.pipeline_cogvideox_image2video import get_resize_crop_region_for_grid
from pack_runner import Pack
from PIL import Image

PIXELS, LATENTS = 8, 2


def batches(count: int, size: int) -> list[slice]:
    """The reference's batches of frames: the remainder in the first one."""
    rest = count % size
    return [slice(size * n + (rest if n else 0), size * (n + 1) + rest) for n in range(max(count // size, 1))]


def pixels_of(still: Image.Image, width: int, height: int) -> np.ndarray:
    """The still at the clip's size, [1,3,1,H,W] in -1..1."""
    resized = np.asarray(still.resize((width, height), Image.Resampling.LANCZOS), np.float32) / np.float32(255)
    return (resized * 2 - 1).transpose(2, 0, 1)[None, :, None]


def encode(pack: Pack, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation of a clip's latents, [1,z,f,h,w]."""
    means, deviations, caches = [], [], []
    for number, part in enumerate(batches(pixels.shape[2], PIXELS)):
        name = "image" if pixels.shape[2] == 1 else "first" if number == 0 else "next"
        mean, deviation, *caches = pack(f"vae_encoder_{name}", pixels[:, :, part], *caches)
        means.append(mean)
        deviations.append(deviation)
    return np.concatenate(means, 2), np.concatenate(deviations, 2)


def decode(pack: Pack, latent: np.ndarray) -> np.ndarray:
    """[1,z,f,h,w], not scaled -> frames [1,3,F,H,W] in -1..1."""
    frames, caches = [], []
    for number, part in enumerate(batches(latent.shape[2], LATENTS)):
        made, *caches = pack(f"vae_decoder_{'next' if number else 'first'}", latent[:, :, part], *caches)
        frames.append(made)
    return np.concatenate(frames, 2)


def rope(facts: dict, grid: tuple[int, int], frames: int) -> tuple[np.ndarray, np.ndarray]:
    """Tables of the reference, [tokens,head]."""
    own, head, pair = facts["rope"]["grid"], facts["rope"]["head"], facts.get("patch_size_t")
    if pair is None:
        crops = get_resize_crop_region_for_grid(grid, own[1], own[0])
        tables = get_3d_rotary_pos_embed(head, crops, grid, frames)
    else:
        tables = get_3d_rotary_pos_embed(head, None, grid, frames // pair, grid_type="slice", max_size=tuple(own))
    return tuple(table.numpy() for table in tables)


def generate(pack: Pack, *, image, prompt, negative_prompt, width, height, num_frames, num_inference_steps, guidance_scale, seed, scheduler,
             use_dynamic_cfg=False) -> np.ndarray:
    """Frames [F,3,H,W] in 0..1. The scheduler is built from pack.toml alone."""
    facts, latent, values = pack.facts["cogvideox"], pack.facts["latent"], pack.facts["scheduler"]
    word = {"ddim": "CogVideoXDDIMScheduler", "dpm": "CogVideoXDPMScheduler"}[scheduler]
    stepper = getattr(diffusers, word).from_config({key: value for key, value in values.items() if key != "class"})
    stepper.set_timesteps(num_inference_steps)
    random = torch.Generator().manual_seed(seed)
    texts = [pack("text_encoder", pack.tokens(text)[0])[0] for text in ([prompt, negative_prompt] if guidance_scale > 1 else [prompt])]

    cells, pair = (height // latent["spatial"], width // latent["spatial"]), facts.get("patch_size_t", 1)
    wanted = (num_frames - 1) // latent["temporal"] + 1
    padding = -wanted % pair
    mean, deviation = encode(pack, pixels_of(image, width, height))
    sampled = mean + deviation * torch.randn(mean.shape, generator=random).numpy()
    factor = 1 / facts["scaling_factor"] if facts["invert_scale_latents"] else facts["scaling_factor"]
    still = np.zeros((1, wanted + padding, latent["channels"], *cells), np.float32)
    # 1.5 puts what is missing to a pair before the first frame, and the still there.
    still[:, :1] = (np.float32(factor) * sampled).transpose(0, 2, 1, 3, 4)
    state = torch.randn(still.shape, generator=random)
    tables = rope(facts, tuple(side // facts["patch_size"] for side in cells), wanted + padding)
    ofs = [np.float32([facts["ofs"]])] if "ofs" in facts else []

    before = None
    for number, time in enumerate(stepper.timesteps):
        given = np.concatenate([state.numpy(), still], 2)
        guesses = [pack("denoiser", given, text, np.float32([time]), *tables, *ofs)[0] for text in texts]
        guess, scale = guesses[0], guidance_scale
        if use_dynamic_cfg:
            scale = 1 + guidance_scale * (1 - math.cos(math.pi * ((num_inference_steps - time.item()) / num_inference_steps) ** 5)) / 2
        if len(guesses) > 1:
            guess = guesses[1] + np.float32(scale) * (guesses[0] - guesses[1])
        if scheduler == "ddim":
            state = stepper.step(torch.from_numpy(guess), time, state, return_dict=False)[0]
        else:
            last = stepper.timesteps[number - 1] if number else None
            state, before = stepper.step(torch.from_numpy(guess), before, time, last, state, generator=random, return_dict=False)
    latents = state[:, padding:].numpy().transpose(0, 2, 1, 3, 4) * np.float32(1 / facts["scaling_factor"])
    return np.clip(decode(pack, latents)[0].transpose(1, 0, 2, 3) / 2 + np.float32(0.5), 0, 1)
