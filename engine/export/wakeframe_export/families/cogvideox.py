"""CogVideoX image-to-video, two forms (pipeline_cogvideox_image2video.py).

1.0     CogVideoX-5b-I2V: rotary and learned positions; works at one size
1.5     CogVideoX1.5-5B-I2V: latent frames in pairs (`patch_size_t`), an embedding of the still's place (`ofs`), any size
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import torch
from diffusers import AutoencoderKLCogVideoX, CogVideoXTransformer3DModel
from diffusers.models.embeddings import CogVideoXPatchEmbed, get_3d_sincos_pos_embed
from torch import Tensor, nn
from torch.nn import functional
from torch.onnx.ops import rotary_embedding
from transformers import T5EncoderModel

from ..checkpoint import Checkpoint
from ..errors import ExportError
from ..family import Experts, Graph, Part, Plan
from ..timesteps import store_frequencies
from .cogvideox_vae import Caches, Decoder, Encoder, prepare

PIPELINES = ("CogVideoXImageToVideoPipeline",)
EXPERTS = Experts({"transformer.": "denoiser"})
#: What the reference's `__call__` fills in for `ofs`.
OFS = 2.0
#: The base of the rotary frequencies, `theta` of `get_3d_rotary_pos_embed`.
THETA = 10000.0
SCHEDULERS = {"CogVideoXDDIMScheduler": "ddim", "CogVideoXDPMScheduler": "dpm"}
#: Frames of the reference's VAE batches (`num_sample_frames_batch_size`, `num_latent_frames_batch_size`).
PIXEL_BATCH, LATENT_BATCH = 8, 2


@dataclass(frozen=True)
class Form:
    """What differs between the forms; figures of the model cards."""

    name: str
    title: str
    best_for: str
    multiple: int
    """A clip has `multiple`·n + 1 frames."""
    frames: int
    fps: float
    max_width: int
    sizes: tuple[tuple[int, int], ...]


FORMS = {
    "1.0": Form("cogvideox-5b-i2v", "CogVideoX 5B image-to-video", "stories told in a long prompt", 8, 49, 8.0, 0, ()),
    "1.5": Form("cogvideox1.5-5b-i2v", "CogVideoX 1.5 5B image-to-video", "stories told in a long prompt, at any proportions",
                16, 161, 16.0, 1360, ((1360, 768), (768, 1360))),
}


def form_of(checkpoint: Checkpoint) -> str:
    """Which form a checkpoint is; both have the same pipeline class."""
    transformer, vae = checkpoint.config("transformer"), checkpoint.config("vae")
    path = checkpoint.folder / "transformer" / "config.json"
    if transformer["in_channels"] != 2 * transformer["out_channels"] or transformer["out_channels"] != vae["latent_channels"]:
        raise ExportError(f"{path}: in_channels {transformer['in_channels']} where image-to-video needs {2 * vae['latent_channels']}")
    if not transformer["use_rotary_positional_embeddings"]:
        raise ExportError(f"{path}: a CogVideoX without rotary positions is not supported; supported: CogVideoX-5b-I2V, CogVideoX1.5-5B-I2V")
    if transformer["patch_size_t"] not in (None, 2) or transformer["patch_size"] != 2:
        raise ExportError(f"{path}: patch_size {transformer['patch_size']}, patch_size_t {transformer['patch_size_t']}; supported: 2, and none or 2")
    if transformer["use_learned_positional_embeddings"] and transformer["patch_size_t"]:
        raise ExportError(f"{path}: learned positions and patch_size_t together are not supported; no published CogVideoX has both")
    if transformer["attention_head_dim"] % 16:
        raise ExportError(f"{path}: attention_head_dim is {transformer['attention_head_dim']}; the rotary positions need a multiple of 16")
    if vae["temporal_compression_ratio"] != 4 or vae.get("use_quant_conv") or vae.get("use_post_quant_conv"):
        raise ExportError(f"{checkpoint.folder / 'vae' / 'config.json'}: temporal_compression_ratio {vae['temporal_compression_ratio']} or quant_conv "
                          "is not supported; supported: 4, without quant_conv")
    return "1.0" if transformer["patch_size_t"] is None else "1.5"


def plan(checkpoint: Checkpoint) -> Plan:
    """What to export, and what pack.toml says about it."""
    form = form_of(checkpoint)
    facts = FORMS[form]
    tokens = checkpoint.config("transformer")["max_text_seq_length"]
    parts = [
        Part("text_encoder", lambda: checkpoint.load("text_encoder", T5EncoderModel), lambda model: [text_graph(model, tokens)], narrowed=True),
        Part("transformer", lambda: load_denoiser(checkpoint), lambda model: [denoiser_graph(model)], narrowed=True, expert="denoiser"),
        Part("vae", lambda: prepare(checkpoint.load("vae", AutoencoderKLCogVideoX)), vae_graphs, preview=still_latents, preview_size=128),
    ]
    # Commercial use needs a registration with the authors.
    return Plan(family="cogvideox", form=form, name=facts.name, title=facts.title, best_for=facts.best_for, licence="CogVideoX",
                licence_url="https://github.com/zai-org/CogVideo/blob/main/MODEL_LICENSE", commercial_use=False, parts=parts, denoiser="denoiser",
                experts=EXPERTS, tables=tables(checkpoint, form), tokenizer="tokenizer")


def tables(checkpoint: Checkpoint, form: str) -> dict[str, dict]:
    """The tables of pack.toml."""
    facts = FORMS[form]
    transformer, vae, scheduler = (checkpoint.config(name) for name in ("transformer", "vae", "scheduler"))
    spatial = spatial_factor(vae)
    first = SCHEDULERS.get(scheduler.get("_class_name", ""))
    if first is None:
        raise ExportError(f"{checkpoint.folder / 'scheduler'}: {scheduler.get('_class_name') or 'a scheduler without a name'} is not supported; "
                          f"supported: {', '.join(SCHEDULERS)}")
    # The reference refuses other sizes where the positions are learned.
    fixed = bool(transformer["use_learned_positional_embeddings"])
    own = (transformer["sample_width"] * spatial, transformer["sample_height"] * spatial)
    sizes = facts.sizes if not fixed and facts.sizes else (own,)
    frames = int(transformer["sample_frames"]) if fixed else facts.frames
    if frames % facts.multiple != 1:
        raise ExportError(f"{checkpoint.folder / 'transformer' / 'config.json'}: sample_frames is {frames}, which is not {facts.multiple}n + 1")
    return {
        "limits": {"min_duration": 0.3, "max_duration": frames / facts.fps, "default_fps": facts.fps,
                   "max_width": max(facts.max_width, *(max(size) for size in sizes))},
        "latent": {
            "channels": int(vae["latent_channels"]), "spatial": spatial, "temporal": int(vae["temporal_compression_ratio"]),
            "frame_multiple": facts.multiple, "frame_offset": 1, "frame_rounding": "floor", "max_frames": frames,
            "size_multiple": spatial * transformer["patch_size"], "native_sizes": [list(size) for size in sizes], "only_native_sizes": fixed,
            "fps": facts.fps, "fps_conditioned": False, "schedulers": [first, *(word for word in SCHEDULERS.values() if word != first)],
            "controls": ["prompt", "negative", "guidance", "dynamic_guidance", "steps", "scheduler", "camera", "drift"],
        },
        "defaults": {"steps": 50, "guidance": 6.0, "negative": "", "dual_clock": [0.08, 0.18]},
        "scheduler": {"class": scheduler["_class_name"]} | {key: value for key, value in scheduler.items() if not key.startswith("_")},
        "text": {"max_tokens": int(transformer["max_text_seq_length"]), "clean": "none", "hidden": int(transformer["text_embed_dim"])},
        "cogvideox": {
            "form": form, "scaling_factor": float(vae["scaling_factor"]), "invert_scale_latents": bool(vae.get("invert_scale_latents", False)),
            "patch_size": int(transformer["patch_size"]), "patch_size_t": transformer["patch_size_t"],
            "ofs": OFS if transformer.get("ofs_embed_dim") else None,
            "rope": {"head": int(transformer["attention_head_dim"]), "theta": THETA,
                     "grid": [transformer["sample_height"] // transformer["patch_size"], transformer["sample_width"] // transformer["patch_size"]]},
        },
    }


def spatial_factor(vae: Mapping) -> int:
    """Pixels per latent cell, from the VAE's config."""
    return 2 ** (len(vae["block_out_channels"]) - 1)


class TextEncoder(nn.Module):
    """input_ids i64 [B,L] -> hidden [B,L,D]. The reference gives no mask: the filling counts as text."""

    def __init__(self, model: T5EncoderModel):
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor) -> Tensor:
        return self.model(input_ids).last_hidden_state


def text_graph(model: T5EncoderModel, tokens: int) -> Graph:
    """The text encoder, for any batch and length."""
    vocabulary = model.config.vocab_size

    def examples(trial: int, random: torch.Generator):
        return (torch.randint(vocabulary, ((2, 48), (1, tokens))[trial], generator=random),)

    return Graph("text_encoder", TextEncoder(model), ["input_ids"], ["hidden"], [{0: "batch", 1: "length"}], examples, shapes=lambda *_: [(1, tokens)])


class Attention:
    """Attention of a block, as `CogVideoXAttnProcessor2_0` computes it, without its writes into slices: those export to ScatterND."""

    def __call__(self, attn, hidden_states, encoder_hidden_states, attention_mask=None, image_rotary_emb=None):
        text, heads = encoder_hidden_states.shape[1], attn.heads
        joined = torch.cat([encoder_hidden_states, hidden_states], 1)
        query, key = (norm(layer(joined).unflatten(2, (heads, -1))) for norm, layer in ((attn.norm_q, attn.to_q), (attn.norm_k, attn.to_k)))
        # In fp32, as the reference has it.
        query, key = (rotary_embedding(row.flatten(2).float(), *image_rotary_emb, interleaved=True, num_heads=heads).type_as(row) for row in (query, key))
        query, key, value = (row.unflatten(2, (heads, -1)).transpose(1, 2) for row in (query, key, attn.to_v(joined)))
        output = functional.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2)
        output = attn.to_out[1](attn.to_out[0](output))
        return output[:, text:], output[:, :text]


def rotation(text: Tensor, cosine: Tensor, sine: Tensor) -> tuple[Tensor, Tensor]:
    """[B,L,D], [S,Dh] twice -> [B,L+S,Dh/2] twice: each pair's angle once, and none for the tokens of the text."""
    batch, length = text.shape[:2]
    tables = []
    for table, still in ((cosine, torch.ones), (sine, torch.zeros)):
        angles = torch.cat([still(length, table.shape[1] // 2), table[:, 0::2]])
        tables.append(angles.expand(batch, -1, -1))
    return tuple(tables)


class LearnedPositions(nn.Module):
    """`CogVideoXPatchEmbed` with learned positions, at its one size, for any number of frames up to `sample_frames`.

    The reference adds what was learned where a clip has exactly `sample_frames`, and sines of the places where it has fewer. It
    chooses while it runs; a graph has both and takes one.
    """

    def __init__(self, embed: CogVideoXPatchEmbed):
        super().__init__()
        self.proj, self.text_proj = embed.proj, embed.text_proj
        rows, columns = embed.sample_height // embed.patch_size, embed.sample_width // embed.patch_size
        self.frames = (embed.sample_frames - 1) // embed.temporal_compression_ratio + 1
        learned, text, time = embed.pos_embedding[0], embed.max_text_seq_length, embed.embed_dim // 4
        sines = get_3d_sincos_pos_embed(embed.embed_dim, (columns, rows), self.frames, embed.spatial_interpolation_scale,
                                        embed.temporal_interpolation_scale).to(learned.dtype)
        # The sines of a place are one part of width, those of a frame another.
        tables = {"learned_text": learned[:text], "learned": learned[text:].unflatten(0, (self.frames, -1)),
                  "frame_sines": sines[:, :1, :time], "place_sines": sines[:1, :, time:]}
        for name, table in tables.items():
            self.register_buffer(name, table)

    def forward(self, text: Tensor, latent: Tensor) -> Tensor:
        batch, frames = latent.shape[:2]
        patches = self.proj(latent.flatten(0, 1)).flatten(2).transpose(1, 2).unflatten(0, (batch, frames))
        whole = torch.arange(frames)[-1] == self.frames - 1
        places = self.place_sines.shape[1]
        sines = torch.cat([self.frame_sines[:frames].expand(-1, places, -1), self.place_sines.expand(frames, -1, -1)], 2)
        positions = torch.where(whole, self.learned[:frames], sines)
        text_positions = torch.where(whole, self.learned_text, torch.zeros_like(self.learned_text))
        return torch.cat([self.text_proj(text) + text_positions, (patches + positions).flatten(1, 2)], 1)


def load_denoiser(checkpoint: Checkpoint) -> CogVideoXTransformer3DModel:
    """The transformer with attention and positions that export well."""
    model = checkpoint.load("transformer", CogVideoXTransformer3DModel)
    for block in model.transformer_blocks:
        block.attn1.set_processor(Attention())
    if model.config.use_learned_positional_embeddings:
        model.patch_embed = LearnedPositions(model.patch_embed)
    return store_frequencies(model)


class Denoiser(nn.Module):
    """latent [B,F,2C,h,w], text [B,L,D], timestep f32 [B], rope_cos, rope_sin [S,Dh], ofs f32 [1] (1.5) -> prediction [B,F,C,h,w]."""

    def __init__(self, model: CogVideoXTransformer3DModel):
        super().__init__()
        self.model = model

    def forward(self, latent: Tensor, text: Tensor, timestep: Tensor, cosine: Tensor, sine: Tensor, ofs: Tensor | None = None) -> Tensor:
        return self.model(latent, text, timestep, ofs=ofs, image_rotary_emb=rotation(text, cosine, sine), return_dict=False)[0]


def denoiser_graph(model: CogVideoXTransformer3DModel) -> Graph:
    """The denoiser, for any batch and length, and any size where positions are not learned."""
    config = model.config
    channels, width, length, head = config.in_channels, config.text_embed_dim, config.max_text_seq_length, config.attention_head_dim
    patch, pair, ofs = config.patch_size, config.patch_size_t or 1, bool(config.ofs_embed_dim)
    own = (config.sample_height, config.sample_width) if config.use_learned_positional_embeddings else None
    longest = (config.sample_frames - 1) // config.temporal_compression_ratio + 1

    def shapes(rows: int, columns: int, frames: int, batch: int = 1):
        if own:
            # At the one size it has: so many frames as make as many cells.
            frames, (rows, columns) = max(1, round(rows * columns * frames / (own[0] * own[1]))), own
        frames += -frames % pair
        table = (frames // pair * (rows // patch) * (columns // patch), head)
        return [(batch, frames, channels, rows, columns), (batch, length, width), (batch,), table, table, *([(1,)] if ofs else [])]

    def examples(trial: int, random: torch.Generator):
        # Where positions are learned, one trial has some of the frames and the other all.
        rows, columns, frames, batch = (*own, (2, longest)[trial], 2 - trial) if own else ((4, 6, 4, 2), (8, 4, 6, 1))[trial]
        latent, text, clock, (tokens, _), *_ = shapes(rows, columns, frames, batch)
        angles = torch.randn(tokens, head // 2, generator=random).repeat_interleave(2, 1)
        values = [torch.randn(latent, generator=random), torch.randn(text, generator=random), torch.rand(clock, generator=random) * 999,
                  angles.cos(), angles.sin()]
        return (*values, torch.full((1,), OFS)) if ofs else tuple(values)

    if own:
        frames = torch.export.Dim("frames", min=2, max=longest)
        latent, places = {0: "batch", 1: frames}, {0: own[0] // patch * (own[1] // patch) * frames}
    else:
        latent, places = {0: "batch", 1: "frames", 3: "rows", 4: "columns"}, {0: "tokens"}
    names = ["latent", "text", "timestep", "rope_cos", "rope_sin", *(["ofs"] if ofs else [])]
    axes = [latent, {0: "batch"}, {0: "batch"}, places, places, *([{}] if ofs else [])]
    return Graph("denoiser", Denoiser(model), names, ["prediction"], axes, examples, frozenset({"timestep", "rope_cos", "rope_sin", "ofs"}), shapes)


def vae_graphs(model: AutoencoderKLCogVideoX) -> list[Graph]:
    """Encoder and decoder for the first batch and for all later ones, and the encoder of a single picture."""
    encoder, decoder = Caches(model, "encoder"), Caches(model, "decoder")
    picture = partial(batch_graph, model, "pixels", ["latent_mean", "latent_std"])
    latent = partial(batch_graph, model, "latent", ["frames"])
    return [
        picture("vae_encoder_image", Encoder(model, encoder, False), 1, 1),
        picture("vae_encoder_first", Encoder(model, encoder, True), PIXEL_BATCH + 1, LATENT_BATCH + 1, gives=encoder),
        picture("vae_encoder_next", Encoder(model, encoder, True), PIXEL_BATCH, LATENT_BATCH, takes=encoder, gives=encoder),
        latent("vae_decoder_first", Decoder(model, decoder), LATENT_BATCH + 1, LATENT_BATCH + 1, gives=decoder),
        latent("vae_decoder_next", Decoder(model, decoder), LATENT_BATCH, LATENT_BATCH, takes=decoder, gives=decoder),
    ]


def batch_graph(model: AutoencoderKLCogVideoX, data: str, results: list[str], component: str, module: nn.Module, frames: int, latent_frames: int,
                takes: Caches | None = None, gives: Caches | None = None) -> Graph:
    """A graph for batches of so many frames of `data`; it takes and gives caches."""
    channels, scale = (model.config.in_channels, spatial_factor(model.config)) if data == "pixels" else (model.config.latent_channels, 1)
    inputs = [(channels, frames, scale), *(zip(takes.channels, takes.frames, takes.scales) if takes else ())]
    names = [data, *(f"cache_{number}" for number in range(len(inputs) - 1))]
    outputs = [*results, *(f"cache_{number}_out" for number in range(len(gives.paths) if gives else 0))]

    def shapes(rows: int, columns: int, _frames: int):
        return [(1, width, count, int(rows * by), int(columns * by)) for width, count, by in inputs]

    def examples(trial: int, random: torch.Generator):
        return tuple(torch.randn(shape, generator=random) for shape in shapes(*((4, 6), (6, 8))[trial], frames))

    plane = {3: "height", 4: "width"} if data == "pixels" else {3: "rows", 4: "columns"}
    axes = [plane, *({3: None, 4: None} for _ in names[1:])]
    return Graph(component, module, names, outputs, axes, examples, shapes=shapes, frames_per_call=latent_frames)


def still_latents(model: AutoencoderKLCogVideoX, pictures: Tensor) -> Tensor:
    """Pictures [N,3,H,W] in -1..1 -> scaled latents [N,z,3,h,w] of nine still frames: one batch."""
    clip = pictures[:, :, None].expand(-1, -1, PIXEL_BATCH + 1, -1, -1)
    return model.encode(clip).latent_dist.mode() * model.config.scaling_factor
