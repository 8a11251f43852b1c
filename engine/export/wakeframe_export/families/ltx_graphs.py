"""The models of LTX-Video as graphs: text encoder, denoiser, VAE, latent upsampler (transformer_ltx.py, autoencoder_kl_ltx.py)."""

import math
from types import MethodType

import torch
from diffusers import AutoencoderKLLTXVideo, LTXVideoTransformer3DModel
from diffusers.models.autoencoders.autoencoder_kl_ltx import LTXVideoCausalConv3d, LTXVideoDownsampler3d, LTXVideoResnetBlock3d
from diffusers.pipelines.ltx.modeling_latent_upsampler import LTXLatentUpsamplerModel
from torch import Tensor, nn
from torch.nn import functional
from torch.onnx.ops import rotary_embedding
from transformers import T5EncoderModel

from ..family import Graph

#: Latent frames of one call of the encoder: the engine encodes stills, and clips in windows of so many.
ENCODER_FRAMES = 5


class TextEncoder(nn.Module):
    """input_ids i64 [B,L] (and attention_mask i64 [B,L]) -> hidden [B,L,D].

    `LTXConditionPipeline` gives its T5 the mask, `LTXImageToVideoPipeline` does not: there padding is attended to, and masked later.
    """

    def __init__(self, model: T5EncoderModel):
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        return self.model(input_ids, attention_mask=attention_mask).last_hidden_state


def text_graph(model: T5EncoderModel, tokens: int, masked: bool) -> Graph:
    """The text encoder, for any batch and length."""
    vocabulary, axes = model.config.vocab_size, {0: "batch", 1: "length"}
    inputs = ["input_ids", "attention_mask"] if masked else ["input_ids"]

    def examples(trial: int, random: torch.Generator):
        batch, length = ((2, 48), (1, tokens))[trial]
        ids = torch.randint(vocabulary, (batch, length), generator=random)
        mask = (torch.arange(length) < torch.tensor([[9], [40]])[:batch]).long()
        return (ids, mask) if masked else (ids,)

    return Graph("text_encoder", TextEncoder(model), inputs, ["hidden"], [axes] * len(inputs), examples, shapes=lambda *_: [(1, tokens)] * len(inputs))


class Denoiser(nn.Module):
    """latent [B,S,C], text [B,L,D], timestep f32 [B,S], text_mask f32 [B,L], coords f32 [B,3,S] -> prediction [B,S,C].

    `LTXVideoTransformer3DModel.forward` with the same sums. What differs: the mask over the text is boolean, so that attention stays
    fused; each token's modulation is added where it is used, not six at a time; rotation works on pairs, not on doubled tables.
    coords: seconds, rows and columns in pixels of the picture.
    """

    def __init__(self, model: LTXVideoTransformer3DModel):
        super().__init__()
        self.model, rope = model, model.rope
        # Base and tables as in `LTXVideoRotaryPosEmbed.forward`; they stay fp32 in half-precision packs.
        self.base = (rope.base_num_frames, rope.base_height, rope.base_width)
        ends = math.log(1.0, rope.theta), math.log(rope.theta, rope.theta)
        self.frequencies = rope.theta ** torch.linspace(*ends, rope.dim // 6, dtype=torch.float32) * math.pi / 2.0
        self.unturned = rope.dim % 6 // 2

    def rotation(self, coords: Tensor) -> tuple[Tensor, Tensor]:
        """Cosine and sine of each pair's angle: [B,S,width/2]. The first pairs of a width that six does not divide stay unturned."""
        grid = torch.stack([coords[:, axis] / base for axis, base in enumerate(self.base)], -1)
        angles = (self.frequencies * (grid.unsqueeze(-1) * 2 - 1)).transpose(-1, -2).flatten(2)
        cosine, sine = angles.cos(), angles.sin()
        if self.unturned:
            cosine = torch.cat([torch.ones_like(cosine[..., : self.unturned]), cosine], -1)
            sine = torch.cat([torch.zeros_like(sine[..., : self.unturned]), sine], -1)
        return cosine, sine

    def forward(self, latent: Tensor, text: Tensor, timestep: Tensor, text_mask: Tensor, coords: Tensor) -> Tensor:
        model, (batch, tokens, _) = self.model, latent.shape
        rotary = self.rotation(coords)
        keys = (text_mask > 0.5)[:, None, None, :]
        modulation, embedded = model.time_embed(timestep.flatten(), batch_size=batch, hidden_dtype=latent.dtype)
        modulation = modulation.reshape(batch, tokens, 6, -1)
        embedded = embedded.reshape(batch, tokens, -1)
        text = model.caption_projection(text)
        hidden = model.proj_in(latent)
        for block in model.transformer_blocks:
            hidden = run_block(block, hidden, text, modulation, rotary, keys)
        shift, scale = (row + embedded for row in model.scale_shift_table)
        return model.proj_out(model.norm_out(hidden) * (1 + scale) + shift)


def run_block(block: nn.Module, hidden: Tensor, text: Tensor, modulation: Tensor, rotary: tuple[Tensor, Tensor], keys: Tensor) -> Tensor:
    """`LTXVideoTransformerBlock.forward`."""
    rows = (block.scale_shift_table[number] + modulation[:, :, number] for number in range(6))
    shift, scale, gate, shift_mlp, scale_mlp, gate_mlp = rows
    hidden = hidden + attend(block.attn1, block.norm1(hidden) * (1 + scale) + shift, rotary=rotary) * gate
    hidden = hidden + attend(block.attn2, hidden, text, keys=keys)
    return hidden + block.ff(block.norm2(hidden) * (1 + scale_mlp) + shift_mlp) * gate_mlp


def attend(attention: nn.Module, hidden: Tensor, text: Tensor | None = None, keys: Tensor | None = None, rotary=None) -> Tensor:
    """`LTXVideoAttnProcessor`: queries and keys are normalised and rotated across all heads at once, then split."""
    context = hidden if text is None else text
    query, key = attention.norm_q(attention.to_q(hidden)), attention.norm_k(attention.to_k(context))
    if rotary is not None:
        query, key = (rotate(row, *rotary, attention.heads) for row in (query, key))
    split = (row.unflatten(2, (attention.heads, -1)).transpose(1, 2) for row in (query, key, attention.to_v(context)))
    output = functional.scaled_dot_product_attention(*split, attn_mask=keys)
    return attention.to_out[0](output.transpose(1, 2).flatten(2))


def rotate(row: Tensor, cosine: Tensor, sine: Tensor, heads: int) -> Tensor:
    """Rotary position embedding over neighbouring pairs of [B,S,width], in fp32. Here each head has angles of its own, which the
    operator knows for tokens only: a head is given to it as a token."""
    row, cosine, sine = (table.unflatten(2, (heads, -1)).flatten(1, 2) for table in (row, cosine, sine))
    turned = rotary_embedding(row.float(), cosine, sine, interleaved=True, num_heads=1).type_as(row)
    return turned.unflatten(1, (-1, heads)).flatten(2)


def denoiser_graph(model: LTXVideoTransformer3DModel, text_tokens: int) -> Graph:
    """The denoiser, for any batch and number of tokens."""
    channels, text = model.config.in_channels, model.config.caption_channels

    def examples(trial: int, random: torch.Generator):
        batch, tokens, length = ((2, 18, 40), (1, 30, text_tokens))[trial]
        filled = torch.tensor([[9], [length - 7]])[:batch]
        coords = torch.rand(batch, 3, tokens, generator=random) * torch.tensor([[5.0], [512.0], [704.0]])
        return (torch.randn(batch, tokens, channels, generator=random), torch.randn(batch, length, text, generator=random),
                torch.rand(batch, tokens, generator=random) * 1000, (torch.arange(length) < filled).float(), coords)

    def shapes(rows: int, columns: int, frames: int):
        tokens = rows * columns * frames
        return [(1, tokens, channels), (1, text_tokens, text), (1, tokens), (1, text_tokens), (1, 3, tokens)]

    names = ["latent", "text", "timestep", "text_mask", "coords"]
    axes = [{0: "batch", 1: "tokens"}, {0: "batch", 1: "length"}, {0: "batch", 1: "tokens"}, {0: "batch", 1: "length"}, {0: "batch", 2: "tokens"}]
    return Graph("denoiser", Denoiser(model), names, ["prediction"], axes, examples, frozenset({"timestep", "text_mask", "coords"}), shapes)


class Encoder(nn.Module):
    """pixels [1,3,F,H,W] in -1..1 -> latent_mean, latent_std [1,C,f,h,w], not normalised."""

    def __init__(self, model: AutoencoderKLLTXVideo):
        super().__init__()
        self.model = model

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        posterior = self.model.encode(pixels).latent_dist
        return posterior.mean, posterior.std


class NoisyConvolution(nn.Module):
    """A convolution of a decoder that adds noise to itself: the same noise [rows,columns] in every frame, scaled per channel."""

    def __init__(self, convolution: nn.Module, scale: Tensor):
        super().__init__()
        self.convolution, self.scale = convolution, scale
        self.noise: Tensor | None = None

    def forward(self, hidden: Tensor) -> Tensor:
        return self.convolution(hidden) + (self.noise[None] * self.scale)[None, :, None]


def first_frames(hidden: Tensor, frames: int) -> Tensor:
    """The first frame so many times. A selection: slices of a dynamic length are nested Min() in torch's symbolic shapes, which grow with
    every layer until an export takes hours."""
    return hidden.select(2, 0).unsqueeze(2).expand(-1, -1, frames, -1, -1)


def convolve(self: LTXVideoCausalConv3d, hidden_states: Tensor) -> Tensor:
    """`LTXVideoCausalConv3d.forward`."""
    size = self.kernel_size[0]
    if self.is_causal:
        padded = [first_frames(hidden_states, size - 1), hidden_states] if size > 1 else [hidden_states]
    else:
        side = (size - 1) // 2
        last = hidden_states.select(2, -1).unsqueeze(2).expand(-1, -1, side, -1, -1)
        padded = [first_frames(hidden_states, side), hidden_states, last] if side else [hidden_states]
    return self.conv(torch.cat(padded, dim=2))


def halve(self: LTXVideoDownsampler3d, hidden_states: Tensor) -> Tensor:
    """`LTXVideoDownsampler3d.forward`."""
    if self.stride[0] > 1:
        hidden_states = torch.cat([first_frames(hidden_states, self.stride[0] - 1), hidden_states], dim=2)

    def folded(hidden: Tensor) -> Tensor:
        for axis in (4, 3, 2):
            hidden = hidden.unflatten(axis, (-1, self.stride[axis - 2]))
        return hidden.permute(0, 1, 3, 5, 7, 2, 4, 6).flatten(1, 4)

    return folded(self.conv(hidden_states)) + folded(hidden_states).unflatten(1, (-1, self.group_size)).mean(dim=2)


def without_slices(model: AutoencoderKLLTXVideo) -> AutoencoderKLLTXVideo:
    """The same sums without slices along the frames."""
    for module in model.modules():
        forward = {LTXVideoCausalConv3d: convolve, LTXVideoDownsampler3d: halve}.get(type(module))
        if forward:
            module.forward = MethodType(forward, module)
    return model


def inject_from_outside(model: AutoencoderKLLTXVideo) -> AutoencoderKLLTXVideo:
    """Lets the decoder's blocks take their noise from `NoisyConvolution.noise`; the reference draws it inside the model."""
    for block in list(model.decoder.modules()):
        if isinstance(block, LTXVideoResnetBlock3d) and block.per_channel_scale1 is not None:
            for convolution, scale in (("conv1", "per_channel_scale1"), ("conv2", "per_channel_scale2")):
                setattr(block, convolution, NoisyConvolution(getattr(block, convolution), getattr(block, scale)))
                setattr(block, scale, None)
    return model


def noise_scales(model: AutoencoderKLLTXVideo) -> list[int]:
    """Rows of each noise for one latent row, in the order in which the reference draws them; empty for all but 0.9.1."""
    scales = []
    noisy = [module for module in model.decoder.modules() if isinstance(module, NoisyConvolution)]
    for module in noisy:
        module.noise = torch.zeros(())
    hooks = [module.register_forward_hook(lambda _module, _inputs, output: scales.append(output.shape[-1])) for module in noisy]
    with torch.no_grad():
        model.decoder(torch.zeros(1, model.config.latent_channels, 1, 1, 1), torch.zeros(1) if model.config.timestep_conditioning else None)
    for hook in hooks:
        hook.remove()
    return scales


class Decoder(nn.Module):
    """latent [1,C,f,h,w], timestep f32 [1] where conditioned, noise_0… [rows,columns] where injected -> frames [1,3,F,H,W]."""

    def __init__(self, model: AutoencoderKLLTXVideo):
        super().__init__()
        self.model = model

    def forward(self, latent: Tensor, *more: Tensor) -> Tensor:
        timestep, noises = (more[0], more[1:]) if self.model.config.timestep_conditioning else (None, more)
        noisy = [module for module in self.model.decoder.modules() if isinstance(module, NoisyConvolution)]
        for module, noise in zip(noisy, noises, strict=True):
            module.noise = noise
        return self.model.decoder(latent, timestep)


def vae_graphs(model: AutoencoderKLLTXVideo) -> list[Graph]:
    """Encoder and decoder, for any length and size."""
    spatial, temporal, channels = model.spatial_compression_ratio, model.temporal_compression_ratio, model.config.latent_channels
    scales, conditioned = noise_scales(model), model.config.timestep_conditioning

    def encoder_shapes(rows: int, columns: int, frames: int):
        return [(1, 3, temporal * (frames - 1) + 1, spatial * rows, spatial * columns)]

    def encoder_examples(trial: int, random: torch.Generator):
        return (torch.randn(*encoder_shapes(*((2, 3, 3), (3, 2, 1))[trial]), generator=random),)

    def decoder_shapes(rows: int, columns: int, frames: int):
        return [(1, channels, frames, rows, columns), *[(1,)] * conditioned, *((scale * rows, scale * columns) for scale in scales)]

    def decoder_examples(trial: int, random: torch.Generator):
        # A timestep is 0 to 1; the rest is of unit variance.
        return tuple((torch.rand if len(shape) == 1 else torch.randn)(shape, generator=random) for shape in decoder_shapes(*((2, 3, 2), (3, 2, 3))[trial]))

    names = ["latent", *["timestep"] * conditioned, *(f"noise_{number}" for number in range(len(scales)))]
    axes = [{2: "frames", 3: "rows", 4: "columns"}, *[{}] * conditioned, *({0: None, 1: None} for _ in scales)]
    return [
        Graph("vae_encoder", Encoder(model), ["pixels"], ["latent_mean", "latent_std"], [{2: None, 3: None, 4: None}], encoder_examples,
              shapes=encoder_shapes, frames_per_call=ENCODER_FRAMES),
        Graph("vae_decoder", Decoder(model), names, ["frames"], axes, decoder_examples, frozenset({"timestep"}), decoder_shapes),
    ]


def still_latents(model: AutoencoderKLLTXVideo, pictures: Tensor) -> Tensor:
    """Pictures [N,3,H,W] in -1..1 -> normalised latents [N,C,2,h,w] of still clips: a first latent frame and a later one."""
    clip = pictures[:, :, None].expand(-1, -1, model.temporal_compression_ratio + 1, -1, -1)
    mean, std = (row.view(1, -1, 1, 1, 1) for row in (model.latents_mean, model.latents_std))
    return (model.encode(clip).latent_dist.mode() - mean) / std


def upsampler_graph(model: LTXLatentUpsamplerModel) -> Graph:
    """latent [1,C,f,h,w], not normalised -> upsampled [1,C,f,2h,2w]."""
    channels = model.in_channels

    def examples(trial: int, random: torch.Generator):
        return (torch.randn(1, channels, *((2, 4, 6), (3, 6, 4))[trial], generator=random),)

    # Rows and columns of the estimate are the finished clip's, twice the upsampler's.
    return Graph("upsampler", model, ["latent"], ["upsampled"], [{2: "frames", 3: "rows", 4: "columns"}], examples,
                 shapes=lambda rows, columns, frames: [(1, channels, frames, rows // 2, columns // 2)])
