"""One case through the reference pipeline."""

from dataclasses import dataclass, field

import diffusers
import numpy as np
import torch
from diffusers.pipelines.ltx import LTXLatentUpsamplePipeline
from diffusers.pipelines.ltx.pipeline_ltx_condition import LTXVideoCondition
from PIL import Image


@dataclass
class Made:
    """What the reference made of a case."""

    frames: np.ndarray
    """[F, H, W, 3] in 0…1."""
    latents: list[np.ndarray]
    """After every step, without the batch axis."""
    more: dict[str, np.ndarray] = field(default_factory=dict)
    """Tensors that only some forms have."""


def run(pipeline: diffusers.DiffusionPipeline, upsampler, case: dict, stills: dict[str, Image.Image]) -> Made:
    """Runs a case; `upsampler` is LTX's latent upsampler or None."""
    if upsampler is not None and "second_timesteps" in case:
        return _two_passes(pipeline, upsampler, case, stills)
    frames, latents = _call(pipeline, case, _arguments(pipeline, case, stills))
    return Made(frames, latents)


def _call(pipeline: diffusers.DiffusionPipeline, case: dict, arguments: dict, output: str = "np") -> tuple[np.ndarray, list[np.ndarray]]:
    """Calls the pipeline with the case's seed; what it gives, and the latents of every step."""
    latents: list[np.ndarray] = []
    if isinstance(pipeline, diffusers.I2VGenXLPipeline):
        _watch_scheduler(pipeline.scheduler, latents)
    else:

        def keep(_pipeline, _index, _timestep, tensors):
            latents.append(tensors["latents"][0].numpy().copy())
            return tensors

        arguments = arguments | {"callback_on_step_end": keep}
    # The VAE of I2VGen-XL and the decoder of LTX 0.9.1 draw from the global generator.
    torch.manual_seed(case["seed"])
    with torch.no_grad():
        made = pipeline(**arguments, output_type=output, generator=torch.Generator("cpu").manual_seed(case["seed"])).frames
    return np.asarray(made[0]), latents


def _watch_scheduler(scheduler, latents: list[np.ndarray]) -> None:
    """I2VGen-XL has no callback; its scheduler gets the frames as a batch [F, C, h, w]."""
    step = scheduler.step

    def watched(*arguments, **named):
        done = step(*arguments, **named)
        latents.append(done.prev_sample.transpose(0, 1).numpy().copy())
        return done

    scheduler.step = watched


def _arguments(pipeline: diffusers.DiffusionPipeline, case: dict, stills: dict[str, Image.Image]) -> dict:
    """The case in the pipeline's own words."""
    still = stills[case["still"]]
    common = {"height": case["height"], "width": case["width"], "num_frames": case["frames"], "num_inference_steps": case["steps"]}
    if isinstance(pipeline, diffusers.StableVideoDiffusionPipeline):
        return common | {
            "image": still, "min_guidance_scale": case["guidance_first"], "max_guidance_scale": case["guidance"], "fps": case["fps"],
            "motion_bucket_id": case["motion_bucket"], "noise_aug_strength": case["noise_aug"], "decode_chunk_size": case.get("decode_chunk"),
        }
    common |= {"prompt": case["prompt"], "negative_prompt": case["negative"], "guidance_scale": case["guidance"]}
    if isinstance(pipeline, diffusers.I2VGenXLPipeline):
        return common | {"image": still, "target_fps": case["fps"]}
    common["max_sequence_length"] = case["max_tokens"]
    if isinstance(pipeline, diffusers.CogVideoXImageToVideoPipeline):
        return common | {"image": still, "use_dynamic_cfg": case.get("dynamic_guidance", False)}
    if isinstance(pipeline, diffusers.WanImageToVideoPipeline):
        last = stills[case["last"]] if "last" in case else None
        return common | {"image": still, "last_image": last, "guidance_scale_2": case.get("guidance_low")}
    common |= {"frame_rate": case["fps"], "decode_timestep": case.get("decode_timestep", 0.0), "decode_noise_scale": case.get("decode_noise")}
    if isinstance(pipeline, diffusers.LTXImageToVideoPipeline):
        return common | {"image": still}
    conditions = [LTXVideoCondition(image=still, frame_index=0, strength=case.get("still_strength", 1.0))]
    conditions += [LTXVideoCondition(image=stills[name], frame_index=frame, strength=strength) for frame, name, strength in case.get("keyframes", [])]
    return common | {"conditions": conditions, "timesteps": case.get("timesteps"), "image_cond_noise_scale": case["condition_noise"]}


def _two_passes(pipeline: diffusers.DiffusionPipeline, upsampler, case: dict, stills: dict[str, Image.Image]) -> Made:
    """A distilled LTX checkpoint with its latent upsampler, as the library's own example of 0.9.8 does it."""
    small = case | {"width": case["width"] // 2, "height": case["height"] // 2}
    latent, first = _call(pipeline, small, _arguments(pipeline, small, stills), "latent")
    widen = LTXLatentUpsamplePipeline(vae=pipeline.vae, latent_upsampler=upsampler)
    widened = widen(
        latents=torch.from_numpy(latent)[None], adain_factor=case["adain"], tone_map_compression_ratio=case["tone_map"],
        height=case["height"], width=case["width"], output_type="latent",
    ).frames
    arguments = _arguments(pipeline, case, stills) | {
        "timesteps": case["second_timesteps"], "denoise_strength": case["second_strength"], "latents": widened,
    }
    frames, second = _call(pipeline, case, arguments)
    return Made(frames, second, {"first": np.stack(first), "upsampled": widened[0].numpy()})
