"""I2VGen-XL (diffusers' `deprecated/i2vgen_xl/pipeline_i2vgen_xl.py`, model in `unet_i2vgen_xl.py`).

The still reaches the denoiser three times: as latents of frame 0 (the other frames hold their position in the clip instead), as a
CLIP image token, and as context tokens made of its latents inside the denoiser. The frame rate is a condition.
"""

import torch
from diffusers import AutoencoderKL, I2VGenXLUNet
from torch import Tensor, nn
from transformers import CLIPTextModel, CLIPVisionModelWithProjection

from ..checkpoint import Checkpoint
from ..errors import ExportError
from ..family import Experts, Graph, Part, Plan
from .clip_image import image_graph
from .image_processor import crop_size, normalisation

PIPELINES = ("I2VGenXLPipeline",)
#: Defaults of the reference's call.
FRAMES, FPS, STEPS, GUIDANCE = 16, 16.0, 50, 9.0
#: VGen's training samples at 8 and 16 frames/s; the middle of that, half and double.
FPS_RANGE = [4.0, 32.0]
# The negative prompt of the reference's own example.
NEGATIVE = ("Distorted, discontinuous, Ugly, blurry, low resolution, motionless, static, disfigured, disconnected limbs, Ugly faces, "
            "incomplete arms")
SCHEDULERS = {"DDIMScheduler": "ddim"}
EXPERTS = {"unet.": "denoiser"}


def plan(checkpoint: Checkpoint) -> Plan:
    """What to export, and what pack.toml says about it."""
    parts = [
        Part("text_encoder", lambda: checkpoint.load("text_encoder", CLIPTextModel), lambda model: [text_graph(model)], narrowed=True),
        Part("image_encoder", lambda: checkpoint.load("image_encoder", CLIPVisionModelWithProjection), lambda model: [image_graph(model)]),
        Part("unet", lambda: load_denoiser(checkpoint), lambda model: [denoiser_graph(model)], narrowed=True, expert="denoiser"),
        Part("vae", lambda: checkpoint.load("vae", AutoencoderKL), vae_graphs, preview=still_latents),
    ]
    return Plan(family="i2vgen", form="i2vgen", name="i2vgen-xl", title="I2VGen-XL", best_for="illustrations, paintings and wide shots with a prompt",
                licence="MIT", licence_url="https://opensource.org/license/mit",
                # The weights are MIT, but their card asks for research use: their training data allow no more.
                commercial_use=False, parts=parts, denoiser="denoiser", experts=Experts(EXPERTS), tables=tables(checkpoint), tokenizer="tokenizer")


def tables(checkpoint: Checkpoint) -> dict[str, dict]:
    """The tables of pack.toml."""
    vae, unet, text, scheduler = (checkpoint.config(name) for name in ("vae", "unet", "text_encoder", "scheduler"))
    class_name = scheduler.get("_class_name", "")
    if class_name not in SCHEDULERS:
        raise ExportError(f"{checkpoint.folder / 'scheduler'}: {class_name or 'a scheduler without a name'} is not supported; supported: {', '.join(SCHEDULERS)}")
    if text.get("use_attention_mask"):
        raise ExportError(f"{checkpoint.folder / 'text_encoder' / 'config.json'}: use_attention_mask is not supported: this family reads the whole row of tokens")
    spatial = 2 ** (len(vae["block_out_channels"]) - 1)
    return {
        "limits": {"min_duration": 2 / FPS, "max_duration": FRAMES / FPS, "default_fps": FPS, "max_width": 1280},
        "latent": {
            "channels": int(unet["in_channels"]), "spatial": spatial, "temporal": 1, "frame_multiple": 1, "frame_offset": 0,
            "frame_rounding": "exact", "max_frames": FRAMES, "size_multiple": spatial * 2 ** (len(unet["block_out_channels"]) - 1),
            "native_sizes": [[1280, 704]], "fps": FPS, "fps_conditioned": True, "fps_range": FPS_RANGE, "schedulers": [SCHEDULERS[class_name]],
            "controls": ["prompt", "negative", "guidance", "steps", "scheduler", "camera", "drift"],
        },
        "defaults": {"steps": STEPS, "guidance": GUIDANCE, "negative": NEGATIVE, "dual_clock": [0.08, 0.18]},
        "scheduler": {"class": class_name} | {key: value for key, value in scheduler.items() if not key.startswith("_")},
        "text": {"max_tokens": int(text.get("max_position_embeddings", 77)), "clean": "none", "hidden": int(text["hidden_size"])},
        "i2vgen": {"scaling_factor": float(vae["scaling_factor"]), "image_size": crop_size(checkpoint, "feature_extractor")}
        | normalisation(checkpoint, "feature_extractor"),
    }


class TextEncoder(nn.Module):
    """input_ids i64 [B,L] -> hidden [B,L,D]: the layer before the last, through the final norm (`clip_skip=1`, the reference's default)."""

    def __init__(self, model: CLIPTextModel):
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor) -> Tensor:
        # transformers 5 took the layer `text_model` out of CLIPTextModel.
        norm = getattr(self.model, "text_model", self.model).final_layer_norm
        return norm(self.model(input_ids, output_hidden_states=True).hidden_states[-2])


def text_graph(model: CLIPTextModel) -> Graph:
    """The text encoder, for any batch."""
    vocabulary, length = model.config.vocab_size, model.config.max_position_embeddings

    def examples(trial: int, random: torch.Generator):
        return (torch.randint(vocabulary, (2 - trial, length), generator=random),)

    return Graph("text_encoder", TextEncoder(model), ["input_ids"], ["hidden"], [{0: "batch"}], examples, shapes=lambda *_: [(1, length)])


class AveragePool(nn.Module):
    """`AdaptiveAvgPool2d` as two matrix products: it has no form in ONNX for sizes that are not known beforehand."""

    def __init__(self, rows: int, columns: int):
        super().__init__()
        self.rows, self.columns = rows, columns

    def forward(self, latent: Tensor) -> Tensor:
        rows, columns = (shares(count, length, latent) for count, length in ((self.rows, latent.shape[2]), (self.columns, latent.shape[3])))
        return rows @ latent @ columns.T


def shares(count: int, length: int, like: Tensor) -> Tensor:
    """[count, length]: how much each of `length` cells counts in each of `count` means. Windows reach from floor(i*length/count) to
    ceil((i+1)*length/count), as in torch's AdaptiveAveragePooling."""
    number = torch.arange(count, device=like.device)[:, None]
    cell = torch.arange(length, device=like.device)[None]
    inside = (cell >= number * length // count) & (cell < ((number + 1) * length + count - 1) // count)
    inside = inside.to(like.dtype)
    return inside / inside.sum(1, keepdim=True)


def load_denoiser(checkpoint: Checkpoint) -> I2VGenXLUNet:
    """The UNet with pooling that exports."""
    model = checkpoint.load("unet", I2VGenXLUNet)
    layers = model.image_latents_context_embedding
    for number, layer in enumerate(layers):
        if isinstance(layer, nn.AdaptiveAvgPool2d):
            layers[number] = AveragePool(*layer.output_size)
    return model


class Denoiser(nn.Module):
    """latent, image_latents [B,4,F,h,w], timestep f32 [], fps f32 [B], image [B,D], text [B,L,D] -> prediction [B,4,F,h,w]."""

    def __init__(self, model: I2VGenXLUNet):
        super().__init__()
        self.model = model

    def forward(self, latent: Tensor, timestep: Tensor, fps: Tensor, image_latents: Tensor, image: Tensor, text: Tensor) -> Tensor:
        return self.model(latent, timestep, fps, image_latents, image, text, return_dict=False)[0]


def denoiser_graph(model: I2VGenXLUNet) -> Graph:
    """The denoiser, for any batch, length, size and number of text tokens."""
    channels, width = model.config.in_channels, model.config.cross_attention_dim
    halvings = 2 ** (len(model.config.block_out_channels) - 1)

    def examples(trial: int, random: torch.Generator):
        batch, frames, rows, columns, tokens = ((2, 3, 2 * halvings, 3 * halvings, 77), (1, 5, 3 * halvings, 2 * halvings, 20))[trial]
        latent, image_latents = (torch.randn(batch, channels, frames, rows, columns, generator=random) for _ in range(2))
        return (latent, torch.tensor((501.0, 21.0)[trial]), torch.tensor([16.0, 8.0])[:batch], image_latents,
                torch.randn(batch, width, generator=random), torch.randn(batch, tokens, width, generator=random))

    def shapes(rows: int, columns: int, frames: int):
        clip = (1, channels, frames, rows, columns)
        return [clip, (), (1,), clip, (1, width), (1, 77, width)]

    clip = {0: None, 2: None, 3: None, 4: None}
    return Graph("denoiser", Denoiser(model), ["latent", "timestep", "fps", "image_latents", "image", "text"], ["prediction"],
                 [clip, {}, {0: None}, clip, {0: None}, {0: None, 1: None}], examples, frozenset({"timestep", "fps"}), shapes)


class Encoder(nn.Module):
    """pixels [N,3,H,W] in -1..1 -> latent_mean, latent_std [N,4,h,w]: the distribution the reference samples from, not scaled."""

    def __init__(self, vae: AutoencoderKL):
        super().__init__()
        self.vae = vae

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        found = self.vae.encode(pixels).latent_dist
        return found.mean, found.std


class Decoder(nn.Module):
    """latent [N,4,h,w], divided by the scaling factor -> frames [N,3,H,W], not clamped. Every frame by itself."""

    def __init__(self, vae: AutoencoderKL):
        super().__init__()
        self.vae = vae

    def forward(self, latent: Tensor) -> Tensor:
        return self.vae.decode(latent, return_dict=False)[0]


def vae_graphs(model: AutoencoderKL) -> list[Graph]:
    """Encoder and decoder, for any number of pictures and any size."""
    spatial, channels = 2 ** (len(model.config.block_out_channels) - 1), model.config.latent_channels

    def sides(trial):
        return ((4, 6), (6, 8))[trial]

    def pixels(trial: int, random: torch.Generator):
        rows, columns = sides(trial)
        return (torch.randn(2 - trial, 3, rows * spatial, columns * spatial, generator=random),)

    def latents(trial: int, random: torch.Generator):
        return (torch.randn(2 - trial, channels, *sides(trial), generator=random),)

    axes = [{0: None, 2: None, 3: None}]
    return [
        Graph("vae_encoder", Encoder(model), ["pixels"], ["latent_mean", "latent_std"], axes, pixels,
              shapes=lambda rows, columns, _frames: [(1, 3, rows * spatial, columns * spatial)], frames_per_call=1),
        Graph("vae_decoder", Decoder(model), ["latent"], ["frames"], axes, latents,
              shapes=lambda rows, columns, _frames: [(1, channels, rows, columns)], frames_per_call=1),
    ]


def still_latents(model: AutoencoderKL, pictures: Tensor) -> Tensor:
    """Pictures [N,3,H,W] in -1..1 -> latents [N,4,1,h,w] as the denoiser sees them."""
    return (model.encode(pictures).latent_dist.mode() * model.config.scaling_factor)[:, :, None]
