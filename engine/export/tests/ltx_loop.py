"""The sampling loop of LTX-Video over a pack: what the engine's family does, in one page."""

from dataclasses import dataclass

import numpy as np
import torch
from diffusers import FlowMatchEulerDiscreteScheduler
from diffusers.pipelines.ltx.pipeline_ltx_condition import linear_quadratic_schedule
from pack_runner import Pack
from PIL import Image

F32 = np.float32


@dataclass
class Still:
    """A still at a frame, with a strength."""

    image: Image.Image
    frame: int = 0
    strength: float = 1.0


class Noise:
    """torch's generator, drawing numpy arrays."""

    def __init__(self, seed: int):
        self.generator = torch.Generator().manual_seed(seed)

    def __call__(self, *shape: int) -> np.ndarray:
        return torch.randn(shape, generator=self.generator).numpy()


def tokens(latent: np.ndarray) -> np.ndarray:
    """[1,C,f,h,w] -> [1,S,C]."""
    return latent.reshape(*latent.shape[:2], -1).transpose(0, 2, 1)


def lerp(start, end, weight):
    """torch.lerp, which turns around at a half."""
    weight = F32(weight)
    return start + weight * (end - start) if weight < 0.5 else end - (end - start) * (F32(1) - weight)


class Loop:
    """One clip of a pack at one size."""

    def __init__(self, pack: Pack, width: int, height: int, frames: int, rate: float):
        self.pack, self.width, self.height, self.rate = pack, width, height, rate
        self.facts, latent = pack.facts["ltx"], pack.facts["latent"]
        self.spatial, self.temporal = latent["spatial"], latent["temporal"]
        self.cells = ((frames - 1) // self.temporal + 1, height // self.spatial, width // self.spatial)
        self.shape = (1, latent["channels"], *self.cells)
        self.mean, self.std = (F32(self.facts[key]).reshape(1, -1, 1, 1, 1) for key in ("latents_mean", "latents_std"))
        config = {key: value for key, value in pack.facts["scheduler"].items() if key != "class"}
        self.scheduler = FlowMatchEulerDiscreteScheduler.from_config(config)

    def encoded(self, image: Image.Image, noise: Noise) -> np.ndarray:
        """The still's normalised latent, sampled."""
        pixels = np.asarray(image.resize((self.width, self.height), Image.Resampling.LANCZOS), F32) / F32(255) * 2 - 1
        mean, std = self.pack("vae_encoder", pixels.transpose(2, 0, 1)[None, :, None])
        return (mean + std * noise(*mean.shape) - self.mean) / self.std

    def grid(self, frames: int) -> np.ndarray:
        """Latent coordinates [1,3,S]."""
        return np.stack(np.meshgrid(*(np.arange(n, dtype=F32) for n in (frames, *self.cells[1:])), indexing="ij")).reshape(1, 3, -1)

    def causal(self, frames: int, start: int) -> np.ndarray:
        """Coordinates in frames and pixels, from frame `start`."""
        ids = self.grid(frames) * F32([self.temporal, self.spatial, self.spatial])[None, :, None]
        ids[:, 0] = np.maximum(ids[:, 0] + 1 - self.temporal, 0) + start
        return ids

    def predict(self, state, clock, texts, coords, guidance):
        """Guided prediction [1,S,C]."""
        guesses = [self.pack("denoiser", state, hidden, clock, mask, coords)[0] for hidden, mask in texts]
        return guesses[0] if len(guesses) == 1 else guesses[1] + F32(guidance) * (guesses[0] - guesses[1])

    def decoded(self, latent: np.ndarray, noise: Noise, injected: Noise) -> np.ndarray:
        """Frames [F,3,H,W] in 0..1."""
        latent = latent * self.std / F32(self.facts["scaling_factor"]) + self.mean
        more = []
        if self.facts["timestep_conditioning"]:
            share = F32(self.facts["decode_noise_scale"])
            latent = (1 - share) * latent + share * noise(*latent.shape)
            more.append(F32([self.facts["decode_timestep"]]))
        more += [injected(scale * latent.shape[3], scale * latent.shape[4]) for scale in self.facts.get("decoder_noise", ())]
        frames = self.pack("vae_decoder", latent, *more)[0]
        return np.clip(frames[0].transpose(1, 0, 2, 3) / 2 + F32(0.5), 0, 1)

    def base(self, still: Image.Image, texts, steps: int, guidance: float, noise: Noise) -> np.ndarray:
        """LTXImageToVideoPipeline: frame 0 is the still, the others are stepped."""
        first = self.encoded(still, noise)
        state = noise(*self.shape)
        state[:, :, :1] = first
        config, count = self.scheduler.config, int(np.prod(self.cells))
        slope = (config.max_shift - config.base_shift) / (config.max_image_seq_len - config.base_image_seq_len)
        self.scheduler.set_timesteps(sigmas=np.linspace(1.0, 1 / steps, steps), mu=count * slope + config.base_shift - slope * config.base_image_seq_len)
        coords = self.grid(self.cells[0]) * F32([self.temporal / self.rate, self.spatial, self.spatial])[None, :, None]
        free = np.ones((1, 1, *self.cells), F32)
        free[:, :, 0] = 0
        for time in self.scheduler.timesteps:
            guess = self.predict(tokens(state), tokens(free)[..., 0] * F32(time), texts, coords, guidance)
            guess = guess.transpose(0, 2, 1).reshape(self.shape)
            later = self.scheduler.step(torch.from_numpy(guess[:, :, 1:]), time, torch.from_numpy(state[:, :, 1:].copy()), return_dict=False)[0]
            state[:, :, 1:] = later.numpy()
        return state

    def conditioned(self, stills: list[Still], texts, times, guidance: float, noise: Noise, start: np.ndarray | None = None) -> np.ndarray:
        """LTXConditionPipeline. `start`: clean latents that are noised to the first of `times`."""
        state = noise(*self.shape)
        if start is not None:
            sigma = F32(times[0]) / F32(1000)
            state = sigma * state + (1 - sigma) * start
        mask, before, ids = np.zeros((1, *self.cells), F32), [], []
        for still in stills:
            latent = self.encoded(still.image, noise)
            if still.frame == 0:
                state[:, :, :1] = lerp(state[:, :, :1], latent, still.strength)
                mask[:, 0] = still.strength
                continue
            latent = lerp(noise(*latent.shape), latent, still.strength)
            before.append((tokens(latent), np.full((1, self.cells[1] * self.cells[2]), still.strength, F32)))
            ids.append(self.causal(1, still.frame))
        state = np.concatenate([*(latent for latent, _ in before), tokens(state)], 1)
        mask = np.concatenate([*(strengths for _, strengths in before), mask.reshape(1, -1)], 1)
        coords = np.concatenate([*ids, self.causal(self.cells[0], 0)], 2)
        coords[:, 0] *= F32(1.0 / self.rate)
        kept, hard = state.copy(), (mask > 1 - 1e-6)[..., None]
        self.scheduler.set_timesteps(timesteps=list(times))
        for time in self.scheduler.timesteps.numpy():
            if self.facts["image_cond_noise_scale"] > 0:
                share = F32(time / F32(1000)) ** 2
                state = np.where(hard, kept + F32(self.facts["image_cond_noise_scale"]) * noise(*state.shape) * share, state)
            clock = np.minimum(time, (1 - mask) * F32(1000))
            guess = self.predict(state, clock, texts, coords, guidance)
            stepped = self.scheduler.step(torch.from_numpy(-guess), torch.tensor(time), torch.from_numpy(state),
                                          per_token_timesteps=torch.from_numpy(clock), return_dict=False)[0].numpy()
            state = np.where((time / F32(1000) - F32(1e-6) < 1 - mask)[..., None], stepped, state)
        state = state[:, sum(latent.shape[1] for latent, _ in before) :]
        return state.transpose(0, 2, 1).reshape(self.shape)


def upsampled(loop: Loop, latent: np.ndarray) -> np.ndarray:
    """LTXLatentUpsamplePipeline with `output_type="latent"`."""
    facts = loop.facts
    clean = latent * loop.std / F32(facts["scaling_factor"]) + loop.mean
    large = loop.pack("upsampler", clean)[0]
    statistics = [(row.mean((2, 3, 4), keepdims=True), row.std((2, 3, 4), keepdims=True, ddof=1)) for row in (clean, large)]
    (mean, std), (large_mean, large_std) = statistics
    large = lerp(large, (large - large_mean) / large_std * std + mean, facts["second"]["adain"])
    scale = F32(facts["second"]["tone_map"] * 0.75)
    large = large * (1 - F32(0.8) * scale / (1 + np.exp(-4 * scale * (np.abs(large) - 1))))
    return (large - loop.mean) * F32(facts["scaling_factor"]) / loop.std


def generate(pack: Pack, *, stills: list[Still], prompt: str, negative: str, width: int, height: int, frames: int, rate: float,
             steps: int = 0, guidance: float = 1.0, seed: int = 0) -> np.ndarray:
    """Frames [F,3,H,W] in 0..1. Each pass begins with a fresh generator, as the reference's examples do."""
    facts = pack.facts["ltx"]
    texts = []
    for text in [prompt, negative][: 2 if guidance > 1 else 1]:
        ids, mask = pack.tokens(text)
        masked = facts["form"] == "condition"
        texts.append((pack("text_encoder", ids, mask)[0] if masked else pack("text_encoder", ids)[0], mask))
    two_passes = "second" in facts
    loop, noise = Loop(pack, width >> two_passes, height >> two_passes, frames, rate), Noise(seed)
    if facts["form"] == "i2v":
        latent = loop.base(stills[0].image, texts, steps, guidance, noise)
    else:
        times = facts["timesteps"] if facts["schedule"] == "timesteps" else (linear_quadratic_schedule(steps) * 1000).tolist()
        latent = loop.conditioned(stills, texts, times, guidance, noise)
    if two_passes:
        loop, larger, noise = Loop(pack, width, height, frames, rate), upsampled(loop, latent), Noise(seed)
        second = facts["second"]
        times = second.get("timesteps") or (linear_quadratic_schedule(second["steps"]) * 1000).tolist()
        latent = loop.conditioned(stills, texts, times[len(times) - int(len(times) * second["strength"]) :], guidance, noise, larger)
    return loop.decoded(latent, noise, Noise(seed))
