"""Loads the reference pipeline of a checkpoint folder."""

from pathlib import Path

import diffusers
import torch
from diffusers import CogVideoXDPMScheduler, FlowMatchEulerDiscreteScheduler, UniPCMultistepScheduler
from diffusers.pipelines.ltx import LTXLatentUpsamplerModel


def load(checkpoint: Path) -> diffusers.DiffusionPipeline:
    """The pipeline as a user of the library gets it, in fp32 on the processor."""
    pipeline = diffusers.DiffusionPipeline.from_pretrained(checkpoint, local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    if isinstance(pipeline, diffusers.I2VGenXLPipeline):
        _alias_text_model(pipeline.text_encoder)
    return pipeline


def load_upsampler(checkpoint: Path) -> LTXLatentUpsamplerModel | None:
    """LTX's latent upsampler where the folder has one."""
    folder = checkpoint / "latent_upsampler"
    return LTXLatentUpsamplerModel.from_pretrained(folder, local_files_only=True) if folder.is_dir() else None


def choose_scheduler(pipeline: diffusers.DiffusionPipeline, published, name: str, shift: float | None) -> None:
    """Puts the scheduler of a case into the pipeline. `published` is the checkpoint's own."""
    if name == "unipc":
        pipeline.scheduler = UniPCMultistepScheduler.from_config(published.config, flow_shift=shift)
    elif name == "euler" and shift is not None:
        pipeline.scheduler = FlowMatchEulerDiscreteScheduler(shift=shift)
    elif name == "dpm":
        pipeline.scheduler = CogVideoXDPMScheduler.from_config(published.config, timestep_spacing="trailing")
    else:
        pipeline.scheduler = type(published).from_config(published.config)


def _alias_text_model(encoder: torch.nn.Module) -> None:
    """transformers 5 took one level out of `CLIPTextModel`; `I2VGenXLPipeline` still asks for `text_encoder.text_model`."""
    if not hasattr(encoder, "text_model"):
        type(encoder).text_model = property(lambda encoder: encoder)
