"""Wan 2.1 and 2.2 image-to-video, four forms (pipeline_wan_i2v.py).

i2v     2.1: CLIP image tokens, 36 channels in
flf2v   2.1, first and last frame: as i2v, with the image tokens of two pictures (`pos_embed_seq_len` is set)
a14b    2.2: two denoisers, 36 channels in, no image tokens
ti2v    2.2, 5B: the still is the first latent frame; one timestep per token
"""

from dataclasses import dataclass, replace

import torch
from diffusers import AutoencoderKLWan, WanTransformer3DModel
from torch import Tensor, nn
from torch.nn import functional
from torch.onnx.ops import rotary_embedding
from transformers import CLIPVisionModel, UMT5EncoderModel

from ..checkpoint import Checkpoint
from ..errors import ExportError
from ..family import Experts, Graph, Part, Plan
from ..timesteps import store_frequencies
from .image_processor import clip_section
from .wan_vae import prepare, still_latents, vae_graphs

PIPELINES = ("WanImageToVideoPipeline",)
TEXT_TOKENS = 512
# Wan's shared_config.py, `sample_neg_prompt`.
NEGATIVE = ("色调艳丽，过曝，静态，细节模糊不清，字幕，风格，作品，画作，画面，静止，整体发灰，最差质量，低质量，JPEG压缩残留，丑陋的，残缺的，多余的手指，"
            "画得不好的手部，画得不好的脸部，畸形的，毁容的，形态畸形的肢体，手指融合，静止不动的画面，杂乱的背景，三条腿，背景人很多，倒着走")
#: Layer names of Wan's own code, as ComfyUI's LoRAs have them.
ORIGINALS = (
    (r"blocks\.(\d+)\.attn1\.to_([qkv])", r"blocks.\1.self_attn.\2"),
    (r"blocks\.(\d+)\.attn1\.to_out\.0", r"blocks.\1.self_attn.o"),
    (r"blocks\.(\d+)\.attn2\.to_([qkv])", r"blocks.\1.cross_attn.\2"),
    (r"blocks\.(\d+)\.attn2\.to_out\.0", r"blocks.\1.cross_attn.o"),
    (r"blocks\.(\d+)\.attn2\.add_([kv])_proj", r"blocks.\1.cross_attn.\2_img"),
    (r"blocks\.(\d+)\.attn(\d)\.norm_([qk])", r"blocks.\1.attn\2.norm_\3"),
    (r"blocks\.(\d+)\.ffn\.net\.0\.proj", r"blocks.\1.ffn.0"),
    (r"blocks\.(\d+)\.ffn\.net\.2", r"blocks.\1.ffn.2"),
    (r"blocks\.(\d+)\.norm2", r"blocks.\1.norm3"),
    (r"condition_embedder\.time_embedder\.linear_1", "time_embedding.0"),
    (r"condition_embedder\.time_embedder\.linear_2", "time_embedding.2"),
    (r"condition_embedder\.text_embedder\.linear_1", "text_embedding.0"),
    (r"condition_embedder\.text_embedder\.linear_2", "text_embedding.2"),
    (r"condition_embedder\.time_proj", "time_projection.1"),
    (r"condition_embedder\.image_embedder\.ff\.net\.0\.proj", "img_emb.proj.1"),
    (r"condition_embedder\.image_embedder\.ff\.net\.2", "img_emb.proj.3"),
    (r"proj_out", "head.head"),
)


@dataclass(frozen=True)
class Form:
    """What differs between the forms; figures of Wan's `configs` and of the model cards."""

    name: str
    title: str
    best_for: str
    steps: int
    guidance: float
    frames: int
    fps: float
    sizes: tuple[tuple[int, int], ...]


LARGE, SMALL = (1280, 720), (832, 480)
PEOPLE = "people, water, natural motion"
FORMS = {
    "i2v": Form("wan2.1-i2v-14b-720p", "Wan 2.1 image-to-video 14B, 720p", PEOPLE, 40, 5.0, 81, 16.0, (LARGE, SMALL)),
    "flf2v": Form("wan2.1-flf2v-14b-720p", "Wan 2.1 first and last frame 14B, 720p", "a shot between two given pictures", 50, 5.0, 81, 16.0, (LARGE,)),
    "a14b": Form("wan2.2-i2v-a14b", "Wan 2.2 image-to-video A14B", f"{PEOPLE}, camera moves", 40, 3.5, 81, 16.0, (LARGE, SMALL)),
    "ti2v": Form("wan2.2-ti2v-5b", "Wan 2.2 text-and-image-to-video 5B", "natural motion at 24 frames/s on one graphics card", 50, 5.0, 121, 24.0,
                 ((1280, 704), (704, 1280))),
}
#: The 480p checkpoint of 2.1 has the same configs as the 720p one, apart from its flow shift: 3, not 5.
SMALL_I2V = replace(FORMS["i2v"], name="wan2.1-i2v-14b-480p", title="Wan 2.1 image-to-video 14B, 480p", sizes=(SMALL,))
SMALL_SHIFT = 4.0


def form_of(checkpoint: Checkpoint) -> str:
    """Which form a checkpoint is; both 2.1 forms have the same pipeline class."""
    transformer = checkpoint.config("transformer")
    path = checkpoint.folder / "transformer" / "config.json"
    if list(transformer["patch_size"]) != [1, 2, 2]:
        raise ExportError(f"{path}: patch_size is {transformer['patch_size']}; supported: [1, 2, 2]")
    if checkpoint.index.get("expand_timesteps"):
        return "ti2v"
    if checkpoint.has("transformer_2") or checkpoint.index.get("boundary_ratio") is not None:
        checkpoint.require("transformer_2")
        if not isinstance(checkpoint.index.get("boundary_ratio"), float):
            raise ExportError(f"{checkpoint.folder / 'model_index.json'}: boundary_ratio is missing, which two denoisers need")
        return "a14b"
    if transformer["image_dim"] is not None:
        checkpoint.require("image_encoder")
        checkpoint.require("image_processor")
        return "i2v" if transformer["pos_embed_seq_len"] is None else "flf2v"
    raise ExportError(f"{path}: no image_dim, no second transformer and no expand_timesteps: this form of Wan is not supported; "
                      "supported: 2.1 I2V, 2.1 FLF2V, 2.2 I2V-A14B, 2.2 TI2V-5B")


def plan(checkpoint: Checkpoint) -> Plan:
    """What to export, and what pack.toml says about it."""
    form = form_of(checkpoint)
    vae, scheduler = checkpoint.config("vae"), checkpoint.config("scheduler")
    facts = SMALL_I2V if form == "i2v" and flow_shift(scheduler) < SMALL_SHIFT else FORMS[form]
    experts = {"transformer.": "high", "transformer_2.": "low"} if form == "a14b" else {"transformer.": "denoiser"}
    parts = [Part("text_encoder", lambda: checkpoint.load("text_encoder", UMT5EncoderModel), lambda model: [text_graph(model)], narrowed=True)]
    if form in ("i2v", "flf2v"):
        parts.append(Part("image_encoder", lambda: checkpoint.load("image_encoder", CLIPVisionModel), lambda model: [image_graph(model)]))
    for prefix, expert in experts.items():
        component = "denoiser_low" if expert == "low" else "denoiser"
        subfolder = prefix[:-1]
        parts.append(Part(subfolder, lambda name=subfolder: load_denoiser(checkpoint, name),
                          lambda model, name=component: [denoiser_graph(model, name, form)], narrowed=True, expert=expert))
    parts.append(Part("vae", lambda: prepare(checkpoint.load("vae", AutoencoderKLWan)), vae_graphs, preview=still_latents))
    return Plan(family="wan", form=form, name=facts.name, title=facts.title, best_for=facts.best_for, licence="Apache-2.0",
                licence_url="https://www.apache.org/licenses/LICENSE-2.0", commercial_use=True, parts=parts, denoiser="denoiser",
                experts=Experts(experts, ORIGINALS), tables=tables(checkpoint, form, facts, vae, scheduler), tokenizer="tokenizer")


def flow_shift(scheduler: dict) -> float:
    """The shift of the checkpoint's own scheduler; UniPC and Euler call it by different names."""
    return float(scheduler.get("flow_shift") or scheduler.get("shift") or 5.0)


def tables(checkpoint: Checkpoint, form: str, facts: Form, vae: dict, scheduler: dict) -> dict[str, dict]:
    """The tables of pack.toml."""
    spatial, shift = int(vae["scale_factor_spatial"]), flow_shift(scheduler)
    controls = ["prompt", "negative", "guidance", "steps", "scheduler", "shift", "camera", "drift"]
    if form == "a14b":
        controls.insert(3, "guidance_low")
    if form in ("flf2v", "a14b"):
        controls.append("last")
    class_name = scheduler.get("_class_name", "")
    words = {"UniPCMultistepScheduler": "unipc", "FlowMatchEulerDiscreteScheduler": "euler"}
    if class_name not in words:
        raise ExportError(f"{checkpoint.folder / 'scheduler'}: {class_name or 'a scheduler without a name'} is not supported; supported: {', '.join(words)}")
    first = words[class_name]
    section = {"form": form, "latents_mean": vae["latents_mean"], "latents_std": vae["latents_std"],
               "expand_timesteps": form == "ti2v", "boundary": checkpoint.index.get("boundary_ratio")}
    if form in ("i2v", "flf2v"):
        section |= clip_section(checkpoint, "image_processor")
    return {
        "limits": {"min_duration": 0.3, "max_duration": facts.frames / facts.fps, "default_fps": facts.fps, "max_width": 1280},
        "latent": {
            "channels": int(vae["z_dim"]), "spatial": spatial, "temporal": int(vae["scale_factor_temporal"]),
            "frame_multiple": int(vae["scale_factor_temporal"]), "frame_offset": 1, "frame_rounding": "quotient", "max_frames": facts.frames,
            "size_multiple": 2 * spatial, "native_sizes": [list(size) for size in facts.sizes], "fps": facts.fps, "fps_conditioned": False,
            "schedulers": [first, *(word for word in words.values() if word != first)], "controls": controls,
        },
        "defaults": {"steps": facts.steps, "guidance": facts.guidance, "guidance_low": facts.guidance if form == "a14b" else None,
                     "negative": NEGATIVE, "shift": shift, "dual_clock": dual_clock(shift)},
        "scheduler": {"class": class_name} | {key: value for key, value in scheduler.items() if not key.startswith("_")},
        "text": {"max_tokens": TEXT_TOKENS, "clean": "wan", "hidden": int(checkpoint.config("text_encoder")["d_model"])},
        "wan": section,
    }


def dual_clock(shift: float) -> list[float]:
    """"Time-to-Move": steps 3 and 7 of 50 at Wan's shift of 5, brought to the same noise levels at this checkpoint's own."""
    def same_level(fraction: float) -> float:
        left = 1 - fraction
        sigma = 5 * left / (1 + 4 * left)
        return round(1 - sigma / (shift - (shift - 1) * sigma), 4)

    return [same_level(3 / 50), same_level(7 / 50)]


class TextEncoder(nn.Module):
    """input_ids, attention_mask i64 [B,L] -> hidden [B,L,D]; what lies past the mask is the caller's to zero."""

    def __init__(self, model: UMT5EncoderModel):
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        return self.model(input_ids, attention_mask).last_hidden_state


def text_graph(model: UMT5EncoderModel) -> Graph:
    """The text encoder, for any batch and length."""
    vocabulary = model.config.vocab_size

    def examples(trial: int, random: torch.Generator):
        batch, length = ((2, 48), (1, TEXT_TOKENS))[trial]
        mask = (torch.arange(length) < torch.tensor([[9], [40]])[:batch]).long()
        return torch.randint(vocabulary, (batch, length), generator=random), mask

    axes = [{0: "batch", 1: "length"}, {0: "batch", 1: "length"}]
    return Graph("text_encoder", TextEncoder(model), ["input_ids", "attention_mask"], ["hidden"], axes, examples,
                 shapes=lambda *_: [(1, TEXT_TOKENS)] * 2)


class ImageEncoder(nn.Module):
    """pixel_values [B,3,S,S] -> hidden [B,T,D]: all tokens of the layer before the last."""

    def __init__(self, model: CLIPVisionModel):
        super().__init__()
        self.model = model

    def forward(self, pixel_values: Tensor) -> Tensor:
        return self.model(pixel_values=pixel_values, output_hidden_states=True).hidden_states[-2]


def image_graph(model: CLIPVisionModel) -> Graph:
    """The image encoder."""
    size = model.config.image_size

    def examples(trial: int, random: torch.Generator):
        return (torch.randn(2 - trial, 3, size, size, generator=random),)

    return Graph("image_encoder", ImageEncoder(model), ["pixel_values"], ["hidden"], [{0: "batch"}], examples, shapes=lambda *_: [(1, 3, size, size)])


class Attention:
    """Attention of a Wan block, as `WanAttnProcessor` computes it, without its writes into slices: those export to ScatterND."""

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, rotary_emb=None):
        context = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        picture = None
        if attn.add_k_proj is not None:
            tokens = context.shape[1] - TEXT_TOKENS
            picture, context = context[:, :tokens], context[:, tokens:]
        query, key = attn.norm_q(attn.to_q(hidden_states)), attn.norm_k(attn.to_k(context))
        if rotary_emb is not None:
            query, key = (rotate(row, *rotary_emb, attn.heads) for row in (query, key))
        output = attend(query, key, attn.to_v(context), attn.heads)
        if picture is not None:
            output = output + attend(query, attn.norm_added_k(attn.add_k_proj(picture)), attn.add_v_proj(picture), attn.heads)
        return attn.to_out[1](attn.to_out[0](output))


def attend(query: Tensor, key: Tensor, value: Tensor, heads: int) -> Tensor:
    """[B,S,heads*D] each -> [B,S,heads*D]."""
    query, key, value = (row.unflatten(2, (heads, -1)).transpose(1, 2) for row in (query, key, value))
    return functional.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2).type_as(query)


def rotate(tensor: Tensor, cosine: Tensor, sine: Tensor, heads: int) -> Tensor:
    """Rotary position embedding over neighbouring pairs of [B,S,heads*D], in fp32 as the reference has it."""
    # The reference holds every number twice: [1,S,1,D].
    cosine, sine = (table[:, :, 0, first::2].expand(tensor.shape[0], -1, -1) for table, first in ((cosine, 0), (sine, 1)))
    return rotary_embedding(tensor.float(), cosine, sine, interleaved=True, num_heads=heads).type_as(tensor)


def load_denoiser(checkpoint: Checkpoint, subfolder: str) -> WanTransformer3DModel:
    """The transformer with attention that exports well."""
    model = checkpoint.load(subfolder, WanTransformer3DModel)
    for block in model.blocks:
        block.attn1.set_processor(Attention())
        block.attn2.set_processor(Attention())
    return store_frequencies(model)


class Denoiser(nn.Module):
    """latent [B,C,F,h,w], timestep f32 [B] or [B,tokens], text [B,512,D], image [B,T*k,Di] -> prediction [B,Cout,F,h,w]."""

    def __init__(self, model: WanTransformer3DModel, pictures: int):
        super().__init__()
        self.model, self.pictures = model, pictures

    def forward(self, latent: Tensor, timestep: Tensor, text: Tensor, image: Tensor | None = None) -> Tensor:
        if self.pictures > 1:
            # The transformer takes k pictures as a batch of B*k and joins them itself.
            image = image.unflatten(1, (self.pictures, -1)).flatten(0, 1)
        return self.model(latent, timestep, text, image, return_dict=False)[0]


def denoiser_graph(model: WanTransformer3DModel, component: str, form: str) -> Graph:
    """The denoiser, for any batch, length and size."""
    config = model.config
    pictures = {"i2v": 1, "flf2v": 2}.get(form, 0)
    # Without a learned position there is no word of the token count in the transformer's config: CLIP ViT-H/14 has 257.
    channels, text, image_width, joined = config.in_channels, config.text_dim, config.image_dim, config.pos_embed_seq_len

    def shapes(rows: int, columns: int, frames: int, batch: int = 1, image_tokens: int = 257):
        clock = (batch, frames * rows * columns // 4) if form == "ti2v" else (batch,)
        found = [(batch, channels, frames, rows, columns), clock, (batch, TEXT_TOKENS, text)]
        return [*found, (batch, joined or image_tokens, image_width)] if pictures else found

    def examples(trial: int, random: torch.Generator):
        rows, columns, frames, batch, tokens = ((4, 6, 3, 2, 257), (8, 4, 2, 1, 65))[trial]
        latent, clock, *rest = shapes(rows, columns, frames, batch, tokens)
        return (torch.randn(latent, generator=random), torch.rand(clock, generator=random) * 999,
                *(torch.randn(shape, generator=random) for shape in rest))

    axes = [{0: "batch", 2: "frames", 3: "rows", 4: "columns"}, {0: "batch", 1: "tokens"} if form == "ti2v" else {0: "batch"}, {0: "batch"}]
    if pictures:
        axes.append({0: "batch"} if joined else {0: "batch", 1: "image_tokens"})
    names = ["latent", "timestep", "text", "image"][: len(axes)]
    return Graph(component, Denoiser(model, pictures), names, ["prediction"], axes, examples, frozenset({"timestep"}), shapes)
