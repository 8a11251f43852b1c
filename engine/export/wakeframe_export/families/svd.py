"""Stable Video Diffusion, 14 frames and XT with 25 (pipeline_stable_video_diffusion.py).

One image token, no text. The still's latents are further channels of the denoiser's input; the frame rate, the motion bucket and
the noise added to the still reach it as numbers (`added_time_ids`).
"""

import torch
from diffusers import AutoencoderKLTemporalDecoder, UNetSpatioTemporalConditionModel
from torch import Tensor, nn
from transformers import CLIPVisionModelWithProjection

from ..checkpoint import Checkpoint
from ..errors import ExportError
from ..family import Experts, Graph, Part, Plan
from .clip_image import image_graph
from .image_processor import normalisation

PIPELINES = ("StableVideoDiffusionPipeline",)
#: The reference resizes the still to this, whatever the image processor's own size is (`_encode_image`).
IMAGE_SIZE = 224
#: Frames per second, as the model was trained and as the reference's example plays it.
FPS, FPS_RANGE = 7.0, [3.0, 30.0]
#: `min_guidance_scale`, `max_guidance_scale` of the reference's call.
GUIDANCE_FIRST, GUIDANCE = 1.0, 3.0
SCHEDULERS = {"EulerDiscreteScheduler": "euler"}
EXPERTS = {"unet.": "denoiser"}


def plan(checkpoint: Checkpoint) -> Plan:
    """What to export, and what pack.toml says about it."""
    unet = checkpoint.config("unet")
    frames = int(unet["num_frames"])
    # 14 and 25 frames are one architecture; what the weights were trained on decides.
    longer = frames > 14
    title = "Stable Video Diffusion XT" if longer else "Stable Video Diffusion"
    parts = [
        Part("image_encoder", lambda: checkpoint.load("image_encoder", CLIPVisionModelWithProjection), lambda model: [image_graph(model)]),
        Part("unet", lambda: checkpoint.load("unet", UNetSpatioTemporalConditionModel), lambda model: [denoiser_graph(model)], narrowed=True,
             expert="denoiser"),
        Part("vae", lambda: checkpoint.load("vae", AutoencoderKLTemporalDecoder), vae_graphs, preview=still_latents),
    ]
    return Plan(family="svd", form="svd", name="svd-xt" if longer else "svd", title=title,
                best_for="camera moves, landscapes, vehicles; the still alone decides, there is no prompt",
                licence="Stability AI Community", licence_url="https://stability.ai/license", commercial_use=False, parts=parts,
                denoiser="denoiser", experts=Experts(EXPERTS), tables=tables(checkpoint, unet, frames))


def tables(checkpoint: Checkpoint, unet: dict, frames: int) -> dict[str, dict]:
    """The tables of pack.toml."""
    vae, scheduler = checkpoint.config("vae"), checkpoint.config("scheduler")
    class_name = scheduler.get("_class_name", "")
    if class_name not in SCHEDULERS:
        raise ExportError(f"{checkpoint.folder / 'scheduler'}: {class_name or 'a scheduler without a name'} is not supported; supported: {', '.join(SCHEDULERS)}")
    spatial = 2 ** (len(vae["block_out_channels"]) - 1)
    return {
        "limits": {"min_duration": 2 / FPS, "max_duration": frames / FPS, "default_fps": FPS, "max_width": 1280},
        "latent": {
            "channels": int(unet["out_channels"]), "spatial": spatial, "temporal": 1, "frame_multiple": 1, "frame_offset": 0,
            "frame_rounding": "exact", "max_frames": frames, "size_multiple": spatial * 2 ** (len(unet["block_out_channels"]) - 1),
            "native_sizes": [[1024, 576], [576, 1024]], "fps": FPS, "fps_conditioned": True, "fps_range": FPS_RANGE,
            "schedulers": [SCHEDULERS[class_name]],
            "controls": ["guidance", "guidance_first", "steps", "scheduler", "motion_bucket", "noise_aug", "camera", "drift"],
        },
        "defaults": {"steps": 25, "guidance": GUIDANCE, "guidance_first": GUIDANCE_FIRST, "motion_bucket": 127, "noise_aug": 0.02,
                     "dual_clock": [0.32, 0.42]},
        "scheduler": {"class": class_name} | {key: value for key, value in scheduler.items() if not key.startswith("_")},
        "svd": {"scaling_factor": float(vae["scaling_factor"]), "image_size": IMAGE_SIZE} | normalisation(checkpoint, "feature_extractor"),
    }


class Denoiser(nn.Module):
    """latent [B,F,8,h,w], timestep f32 [], image [B,1,D], added_time_ids f32 [B,3] -> prediction [B,F,4,h,w]."""

    def __init__(self, model: UNetSpatioTemporalConditionModel):
        super().__init__()
        self.model = model

    def forward(self, latent: Tensor, timestep: Tensor, image: Tensor, added_time_ids: Tensor) -> Tensor:
        return self.model(latent, timestep, image, added_time_ids, return_dict=False)[0]


def denoiser_graph(model: UNetSpatioTemporalConditionModel) -> Graph:
    """The denoiser, for any batch, length and size."""
    channels, width = model.config.in_channels, model.config.cross_attention_dim
    halvings = 2 ** (len(model.config.block_out_channels) - 1)

    def examples(trial: int, random: torch.Generator):
        batch, frames, rows, columns = ((2, 3, 2 * halvings, 3 * halvings), (1, 5, 3 * halvings, 2 * halvings))[trial]
        ids = torch.tensor([[6.0, 127.0, 0.02], [23.0, 40.0, 0.1]])[:batch]
        return (torch.randn(batch, frames, channels, rows, columns, generator=random), torch.tensor((1.25, -0.5)[trial]),
                torch.randn(batch, 1, width, generator=random), ids)

    axes = [{0: None, 1: None, 3: None, 4: None}, {}, {0: None}, {0: None}]
    return Graph("denoiser", Denoiser(model), ["latent", "timestep", "image", "added_time_ids"], ["prediction"], axes, examples,
                 frozenset({"timestep", "added_time_ids"}),
                 shapes=lambda rows, columns, frames: [(1, frames, channels, rows, columns), (), (1, 1, width), (1, 3)])


class Encoder(nn.Module):
    """pixels [N,3,H,W] in -1..1 -> latent [N,4,h,w]: the mode of the distribution, not scaled."""

    def __init__(self, vae: AutoencoderKLTemporalDecoder):
        super().__init__()
        self.vae = vae

    def forward(self, pixels: Tensor) -> Tensor:
        return self.vae.quant_conv(self.vae.encoder(pixels))[:, : self.vae.config.latent_channels]


class Decoder(nn.Module):
    """latent [F,4,h,w], divided by the scaling factor -> frames [F,3,H,W], not clamped. All frames of a call see their neighbours."""

    def __init__(self, vae: AutoencoderKLTemporalDecoder):
        super().__init__()
        self.vae = vae

    def forward(self, latent: Tensor) -> Tensor:
        return self.vae.decode(latent, num_frames=latent.shape[0], return_dict=False)[0]


def vae_graphs(model: AutoencoderKLTemporalDecoder) -> list[Graph]:
    """Encoder and decoder, for any number of frames and any size."""
    spatial, channels = 2 ** (len(model.config.block_out_channels) - 1), model.config.latent_channels

    def sides(trial):
        return ((4, 6), (6, 8))[trial]

    def pixels(trial: int, random: torch.Generator):
        rows, columns = sides(trial)
        return (torch.randn(2 - trial, 3, rows * spatial, columns * spatial, generator=random),)

    def latents(trial: int, random: torch.Generator):
        return (torch.randn((3, 2)[trial], channels, *sides(trial), generator=random),)

    return [
        Graph("vae_encoder", Encoder(model), ["pixels"], ["latent"], [{0: None, 2: None, 3: None}], pixels,
              shapes=lambda rows, columns, _frames: [(1, 3, rows * spatial, columns * spatial)], frames_per_call=1),
        # Fewer frames at once are the reference's `decode_chunk_size`.
        Graph("vae_decoder", Decoder(model), ["latent"], ["frames"], [{0: None, 2: None, 3: None}], latents,
              shapes=lambda rows, columns, frames: [(frames, channels, rows, columns)], least_per_call=1),
    ]


def still_latents(model: AutoencoderKLTemporalDecoder, pictures: Tensor) -> Tensor:
    """Pictures [N,3,H,W] in -1..1 -> latents [N,4,1,h,w] as the denoiser sees them."""
    return (model.encode(pictures).latent_dist.mode() * model.config.scaling_factor)[:, :, None]
