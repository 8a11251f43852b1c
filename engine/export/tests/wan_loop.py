"""The sampling loop of Wan over a pack: what the engine's family does, in one page."""

import diffusers
import numpy as np
import torch
from PIL import Image
from pack_runner import Pack

FILTERS = {"bicubic": Image.Resampling.BICUBIC, "bilinear": Image.Resampling.BILINEAR, "lanczos": Image.Resampling.LANCZOS}


def pixels_of(still: Image.Image, width: int, height: int) -> np.ndarray:
    """The still at the clip's size, [1,3,H,W] in -1..1."""
    resized = np.asarray(still.resize((width, height), Image.Resampling.LANCZOS), np.float32) / np.float32(255)
    return (resized * 2 - 1).transpose(2, 0, 1)[None]


def clip_pixels(still: Image.Image, facts: dict) -> np.ndarray:
    """The still as the image encoder takes it, from the facts in pack.toml."""
    if facts["image_resize"] == "exact":
        size = tuple(facts["image_resize_to"])
    else:
        short, (width, height) = facts["image_resize_to"], still.size
        long = int(short * max(width, height) / min(width, height))
        size = (short, long) if width <= height else (long, short)
    resized = np.asarray(still.resize(size, FILTERS[facts["image_filter"]]))
    width, height = facts["image_size"]
    top, left = (resized.shape[0] - height) // 2, (resized.shape[1] - width) // 2
    cropped = resized[top : top + height, left : left + width].astype(np.float32) * np.float32(facts["image_rescale"])
    normal = (cropped - np.float32(facts["image_mean"])) / np.float32(facts["image_std"])
    return normal.transpose(2, 0, 1)[None].astype(np.float32)


def embed(pack: Pack, prompt: str) -> np.ndarray:
    """Text states [1,512,D]; what lies past the prompt's end is zero."""
    ids, mask = pack.tokens(prompt)
    hidden = pack("text_encoder", ids, mask)[0]
    return hidden * mask[..., None].astype(np.float32)


def condition_of(pack: Pack, still, last, frames: int, width: int, height: int) -> np.ndarray:
    """ti2v: the still's latent [1,z,1,h,w]; others: mask and latent of still, grey frames, last still [1,4+z,F,h,w]."""
    wan, latent = pack.facts["wan"], pack.facts["latent"]
    mean, scale = (np.float32(wan[key]).reshape(1, -1, 1, 1, 1) for key in ("latents_mean", "latents_std"))
    first = pixels_of(still, width, height)[:, :, None]
    if wan["expand_timesteps"]:
        return (pack.chunks("encoder", [first]) - mean) * (np.float32(1) / scale)
    step = latent["temporal"]
    clip = np.concatenate([first, np.zeros((1, 3, frames - 1, height, width), np.float32)], 2)
    known = np.zeros((1, frames, height // latent["spatial"], width // latent["spatial"]), np.float32)
    known[:, 0] = 1
    if last is not None:
        clip[:, :, -1], known[:, -1] = pixels_of(last, width, height), 1
    encoded = pack.chunks("encoder", [clip[:, :, :1], *(clip[:, :, at : at + step] for at in range(1, frames, step))])
    known = np.concatenate([np.repeat(known[:, :1], step, 1), known[:, 1:]], 1)
    known = known.reshape(1, -1, step, *known.shape[2:]).transpose(0, 2, 1, 3, 4)
    return np.concatenate([known, (encoded - mean) * (np.float32(1) / scale)], 1)


def generate(pack: Pack, *, image, prompt, negative_prompt, width, height, num_frames, num_inference_steps, guidance_scale,
             guidance_scale_2=None, last_image=None, seed=0) -> np.ndarray:
    """Frames [F,3,H,W] in 0..1. The scheduler is built from pack.toml alone."""
    wan, latent, scheduler = pack.facts["wan"], pack.facts["latent"], pack.facts["scheduler"]
    stepper = getattr(diffusers, scheduler["class"]).from_config({key: value for key, value in scheduler.items() if key != "class"})
    stepper.set_timesteps(num_inference_steps)
    cells = ((num_frames - 1) // latent["temporal"] + 1, height // latent["spatial"], width // latent["spatial"])
    state = torch.randn((1, latent["channels"], *cells), generator=torch.Generator().manual_seed(seed)).numpy()
    texts = [embed(pack, text) for text in ([prompt, negative_prompt] if guidance_scale > 1 else [prompt])]
    pictures = []
    if wan["form"] in ("i2v", "flf2v"):
        stills = [image] if last_image is None else [image, last_image]
        pictures = [np.concatenate([pack("image_encoder", clip_pixels(still, wan))[0] for still in stills], 1)]
    condition = condition_of(pack, image, last_image, num_frames, width, height)
    free = np.ones((1, 1, *cells), np.float32)
    free[:, :, 0] = 0

    for time in stepper.timesteps:
        low = "boundary" in wan and float(time) < wan["boundary"] * scheduler["num_train_timesteps"]
        if wan["expand_timesteps"]:
            given = (1 - free) * condition + free * state
            clock = (free[0, 0, :, ::2, ::2] * np.float32(time)).reshape(1, -1)
        else:
            given, clock = np.concatenate([state, condition], 1), np.float32([time])
        guesses = [pack("denoiser_low" if low else "denoiser", given, clock, text, *pictures)[0] for text in texts]
        guess = guesses[0]
        if len(guesses) > 1:
            guess = guesses[1] + np.float32(guidance_scale_2 if low and guidance_scale_2 is not None else guidance_scale) * (guesses[0] - guesses[1])
        state = stepper.step(torch.from_numpy(guess), time, torch.from_numpy(state), return_dict=False)[0].numpy()
    if wan["expand_timesteps"]:
        state = (1 - free) * condition + free * state
    mean, scale = (np.float32(wan[key]).reshape(1, -1, 1, 1, 1) for key in ("latents_mean", "latents_std"))
    state = state / (np.float32(1) / scale) + mean
    frames = pack.chunks("decoder", [state[:, :, at : at + 1] for at in range(state.shape[2])])
    return np.clip(frames[0].transpose(1, 0, 2, 3) / 2 + np.float32(0.5), 0, 1)
