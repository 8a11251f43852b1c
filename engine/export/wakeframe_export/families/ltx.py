"""LTX-Video 0.9.0 to 0.9.8 image-to-video (pipeline_ltx_image2video.py, pipeline_ltx_condition.py, pipeline_ltx_latent_upsample.py).

i2v        0.9.0, 0.9.1: the still is the first latent frame; dynamic shift
condition  0.9.5 and later: stills at any frame, each with a strength; linear-quadratic schedule, or fixed timesteps where distilled.
           With a latent upsampler: half the size first, then twice the size and a few steps more

Figures: the pipelines' own defaults, diffusers' documentation (docs/source/en/api/pipelines/ltx_video.md) and Lightricks'
`configs/*.yaml`.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import AutoencoderKLLTXVideo, LTXVideoTransformer3DModel
from diffusers.pipelines.ltx.modeling_latent_upsampler import LTXLatentUpsamplerModel
from safetensors import SafetensorError, safe_open
from transformers import T5EncoderModel

from ..checkpoint import Checkpoint, read_json
from ..errors import ExportError
from ..family import Experts, Part, Plan
from . import ltx_graphs as graphs

PIPELINES = ("LTXPipeline", "LTXImageToVideoPipeline", "LTXConditionPipeline")
CONDITION = "LTXConditionPipeline"
SCHEDULER = "FlowMatchEulerDiscreteScheduler"
UPSAMPLER = "latent_upsampler"
NEGATIVE = "worst quality, inconsistent motion, blurry, jittery, distorted"
#: Layers of the 13B transformer; the 2B one has 28.
LARGE = 48
#: Layer names of Lightricks' own code, as ComfyUI's LoRAs have them.
ORIGINALS = (
    (r"proj_in", "patchify_proj"),
    (r"time_embed\.(.*)", r"adaln_single.\1"),
    (r"(transformer_blocks\.\d+\.attn\d)\.norm_([qk])", r"\1.\2_norm"),
)
#: diffusers' example of 0.9.8 distilled. The second pass begins at its second timestep: its strength is 0.999.
FIRST = [1000.0, 993.0, 987.0, 981.0, 975.0, 909.0, 725.0, 0.03]
SECOND = {"timesteps": [1000.0, 909.0, 725.0, 421.0, 0.0], "strength": 0.999, "adain": 1.0, "tone_map": 0.6}
#: diffusers' example of 0.9.7.
SECOND_UNDISTILLED = {"steps": 10, "strength": 0.4, "adain": 0.0, "tone_map": 0.0}
RAIL = ("LicenseRef-LTX-Video-RAIL-M", "https://huggingface.co/Lightricks/LTX-Video/blob/main/License.txt")
OPEN_RAIL = ("LicenseRef-LTX-Video-OpenRail-M", "https://huggingface.co/Lightricks/LTX-Video/blob/main/ltx-video-2b-v0.9.5.license.txt")
OPEN_WEIGHTS = ("LicenseRef-LTXV-Open-Weights", "https://huggingface.co/Lightricks/LTX-Video/blob/main/LTX-Video-Open-Weights-License-0.X.txt")


@dataclass(frozen=True)
class Form:
    """What differs between checkpoints beyond their configs."""

    name: str
    title: str
    best_for: str
    schedule: str
    steps: int
    guidance: float
    dual_clock: tuple[float, float]
    licence: tuple[str, str]
    commercial_use: bool
    image_cond_noise_scale: float = 0.0
    guidance_rescale: float = 0.0
    second: dict | None = None
    """The second pass: [ltx.second]."""

    @property
    def condition(self) -> bool:
        """Whether stills can stand at any frame."""
        return self.schedule != "shift"


# Dual clocks: the noise levels at which the paper's clocks stand for Wan (0.99 and 0.97), found on each schedule.
SHIFT_CLOCK, QUADRATIC_CLOCK, DISTILLED_CLOCK = (0.06, 0.14), (0.25, 0.525), (0.25, 0.625)


def form_of(checkpoint: Checkpoint, distilled: bool, two_passes: bool) -> Form:
    """Which form a checkpoint is."""
    if checkpoint.pipeline != CONDITION:
        version = "0.9.1" if checkpoint.config("vae")["timestep_conditioning"] else "0.9.0"
        return Form(f"ltx-{version}", f"LTX-Video {version}", "fast drafts of any scene", "shift", 50, 3.0, SHIFT_CLOCK, RAIL, False)
    large = int(checkpoint.config("transformer")["num_layers"]) >= LARGE
    size, licence = ("13B", OPEN_WEIGHTS) if large else ("2B", OPEN_RAIL)
    if distilled:
        return Form(f"ltx-{size.lower()}-distilled", f"LTX-Video {size} distilled", "fast shots with several keyframes, in a few steps", "timesteps",
                    0, 1.0, DISTILLED_CLOCK, OPEN_WEIGHTS, True, second=SECOND if two_passes else None)
    guidance, rescale, noise = (5.0, 0.7, 0.0) if large else (3.0, 0.0, 0.15)
    return Form(f"ltx-{size.lower()}", f"LTX-Video {size}", "shots with several keyframes; the best quality of the family" if large else "shots with several keyframes",
                "linear_quadratic", 30 if large else 40, guidance, QUADRATIC_CLOCK, licence, True, noise, rescale, SECOND_UNDISTILLED if two_passes else None)


def plan(checkpoint: Checkpoint) -> Plan:
    """What to export, and what pack.toml says about it."""
    check(checkpoint)
    upsampler = upsampler_folder(checkpoint)
    named = any("distilled" in str(name).lower() for name in (checkpoint.folder.absolute().name, checkpoint.index.get("_name_or_path", "")))
    distilled = bool(checkpoint.extra("distilled")) or named
    if checkpoint.pipeline != CONDITION and (upsampler or distilled):
        raise ExportError(f"{checkpoint.folder / 'model_index.json'}: a {checkpoint.pipeline} (0.9.0, 0.9.1) is neither distilled nor made for an "
                          "upsampler: leave --distilled and --upsampler out")
    form = form_of(checkpoint, distilled, upsampler is not None)
    text_tokens = 256 if form.condition else 128
    parts = [
        Part("text_encoder", lambda: checkpoint.load("text_encoder", T5EncoderModel), lambda model: [graphs.text_graph(model, text_tokens, form.condition)],
             narrowed=True),
        Part("transformer", lambda: checkpoint.load("transformer", LTXVideoTransformer3DModel), lambda model: [graphs.denoiser_graph(model, text_tokens)],
             narrowed=True, expert="denoiser"),
        Part("vae", lambda: graphs.without_slices(graphs.inject_from_outside(checkpoint.load("vae", AutoencoderKLLTXVideo))), graphs.vae_graphs, bf16=True,
             preview=graphs.still_latents),
    ]
    if upsampler:
        parts.append(Part(UPSAMPLER, lambda: load_upsampler(upsampler), lambda model: [graphs.upsampler_graph(model)], bf16=True))
    licence, licence_url = form.licence
    return Plan(family="ltx", form="condition" if form.condition else "i2v", name=form.name, title=form.title, best_for=form.best_for, licence=licence,
                licence_url=licence_url, commercial_use=form.commercial_use, parts=parts, denoiser="denoiser",
                experts=Experts({"transformer.": "denoiser"}, ORIGINALS), tables=tables(checkpoint, form, text_tokens), tokenizer="tokenizer")


def check(checkpoint: Checkpoint) -> None:
    """Refuses configurations that neither the graphs nor the engine know."""
    transformer, vae, scheduler = (checkpoint.config(name) for name in ("transformer", "vae", "scheduler"))
    wanted = [("transformer", transformer, "patch_size", 1), ("transformer", transformer, "patch_size_t", 1), ("vae", vae, "patch_size_t", 1),
              ("scheduler", scheduler, "_class_name", SCHEDULER)]
    for component, config, key, supported in wanted:
        if config.get(key) != supported:
            raise ExportError(f"{checkpoint.folder / component}: {key} is {config.get(key)!r}; supported: {supported!r}")


def upsampler_folder(checkpoint: Checkpoint) -> Path | None:
    """The folder of the latent upsampler's own config: given on the command line, or inside the checkpoint."""
    given = checkpoint.extra("upsampler")
    inside = checkpoint.folder / UPSAMPLER
    if given is None:
        return inside if (inside / "config.json").is_file() else None
    given = Path(given)
    folder = next((folder for folder in (given / UPSAMPLER, given) if (folder / "config.json").is_file()), given)
    if read_json(folder / "config.json").get("_class_name") != LTXLatentUpsamplerModel.__name__:
        raise ExportError(f"--upsampler {given}: no {LTXLatentUpsamplerModel.__name__}; give the folder of a spatial upscaler for LTX-Video")
    return folder


def load_upsampler(folder: Path) -> LTXLatentUpsamplerModel:
    """The latent upsampler in fp32."""
    try:
        model = LTXLatentUpsamplerModel.from_pretrained(folder, local_files_only=True, torch_dtype=torch.float32)
    except (OSError, ValueError, RuntimeError) as error:
        raise ExportError(f"{folder} cannot be loaded: {error}") from error
    if not model.spatial_upsample or model.temporal_upsample:
        raise ExportError(f"{folder}: only upsamplers that double width and height and leave the frames alone are supported")
    return model.eval().requires_grad_(False)


def tables(checkpoint: Checkpoint, form: Form, text_tokens: int) -> dict[str, dict]:
    """The tables of pack.toml."""
    vae, scheduler = checkpoint.config("vae"), checkpoint.config("scheduler")
    with torch.device("meta"):
        bare = graphs.inject_from_outside(AutoencoderKLLTXVideo.from_config(vae))
        scales = graphs.noise_scales(bare)
    spatial, temporal = bare.spatial_compression_ratio, bare.temporal_compression_ratio
    two_passes = form.second is not None
    sizes = [(1536, 1024), (1600, 896)] if two_passes else [(768, 512), (1216, 704)] if form.condition else [(704, 512), (768, 512)]
    frames, fps = 257, 25.0
    controls = ["prompt", *([] if form.schedule == "timesteps" else ["negative", "guidance", "steps"]), *(["last", "keyframes"] if form.condition else []),
                "degradation", "camera", "drift"]
    mean, std = latent_statistics(checkpoint)
    conditioned = bool(vae["timestep_conditioning"])
    section = {
        "form": "condition" if form.condition else "i2v", "schedule": form.schedule,
        "timesteps": FIRST if form.schedule == "timesteps" else None,
        "latents_mean": mean, "latents_std": std, "scaling_factor": float(vae["scaling_factor"]),
        "timestep_conditioning": conditioned, "decode_timestep": 0.05 if conditioned else None, "decode_noise_scale": 0.025 if conditioned else None,
        "decoder_noise": scales or None, "image_cond_noise_scale": form.image_cond_noise_scale if form.condition else None,
        "guidance_rescale": form.guidance_rescale if form.condition else None, "second": form.second,
    }
    return {
        "limits": {"min_duration": 0.3, "max_duration": frames / fps, "default_fps": fps, "max_width": 1728 if two_passes else 1280},
        "latent": {
            "channels": int(vae["latent_channels"]), "spatial": spatial, "temporal": temporal,
            "frame_multiple": temporal, "frame_offset": 1, "frame_rounding": "floor", "max_frames": frames,
            "size_multiple": spatial * (2 if two_passes else 1), "native_sizes": [list(size) for w, h in sizes for size in ((w, h), (h, w))],
            "fps": fps, "fps_conditioned": True, "fps_range": [1.0, 60.0], "schedulers": ["euler"], "controls": controls,
        },
        "defaults": {"steps": form.steps, "guidance": form.guidance, "negative": NEGATIVE if "negative" in controls else "",
                     "dual_clock": list(form.dual_clock)},
        "scheduler": {"class": SCHEDULER} | {key: value for key, value in scheduler.items() if not key.startswith("_")},
        "text": {"max_tokens": text_tokens, "clean": "none", "hidden": int(checkpoint.config("text_encoder")["d_model"])},
        "ltx": section,
    }


def latent_statistics(checkpoint: Checkpoint) -> tuple[list[float], list[float]]:
    """`latents_mean` and `latents_std`, which LTX keeps beside the VAE's weights."""
    found = {}
    for path in sorted((checkpoint.folder / "vae").glob("*.safetensors")):
        try:
            with safe_open(path, "pt") as file:
                found |= {key: file.get_tensor(key).float().tolist() for key in file.keys() if key in ("latents_mean", "latents_std")}
        except (OSError, SafetensorError) as error:
            raise ExportError(f"{path} cannot be read as a safetensors file: {error}") from error
    if len(found) < 2:
        raise ExportError(f"{checkpoint.folder / 'vae'}: no safetensors file there holds latents_mean and latents_std: fetch the checkpoint again")
    return found["latents_mean"], found["latents_std"]
