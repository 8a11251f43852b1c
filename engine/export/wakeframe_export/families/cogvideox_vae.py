"""The causal VAE of CogVideoX, one batch of frames at a time (autoencoder_kl_cogvideox.py `_encode`, `_decode`).

The reference works through a clip in batches: 8 frames (2 latent frames), the remainder in the first batch. Group norms see a whole
batch, so the batches must be the reference's own. Between two of them every causal convolution keeps the last two frames of its
input; here these caches are inputs and outputs of the graphs, and memory does not grow with the clip.

Three layers of the reference ask for the sizes they are given, which ties a trace to one picture size. Here they are written with
fixed factors instead, with the same numbers:

- a convolution is split along time where its input is above 2 GB: here never;
- the decoder's norms scale the latent to the size of the features they get: here by the factor of their place;
- time is halved by a pooling over pixels as batch: here by the mean of neighbours.
"""

from collections.abc import Callable

import torch
from diffusers.models.autoencoders.autoencoder_kl_cogvideox import AutoencoderKLCogVideoX, CogVideoXSafeConv3d, CogVideoXSpatialNorm3D
from diffusers.models.downsampling import CogVideoXDownsample3D
from diffusers.models.upsampling import CogVideoXUpsample3D
from torch import Tensor, nn
from torch.nn import functional

from ..group_norm import RowwiseGroupNorm, scale_and_shift


def doubled(frames: Tensor, times: int) -> Tensor:
    """Every frame of [B,C,F,H,W] `times` times; the first of an odd number stands for itself alone: (F-1)*times+1."""
    alone = frames.shape[2] % 2
    if times == 1 or frames.shape[2] == 1:
        return frames
    rest = frames[:, :, alone:].unsqueeze(3).expand(-1, -1, -1, times, -1, -1).flatten(2, 3)
    return torch.cat([frames[:, :, :1], rest], 2) if alone else rest


class Norm(nn.Module):
    """A decoder norm at a place where features have `time` frames and `space` pixels for each of the latent.

    Its convolutions see one value at a time, so they are made before the latent is spread and not after it; in space it is not
    spread at all, and what group norm and latent do to a feature becomes one product and one sum.
    """

    def __init__(self, norm: CogVideoXSpatialNorm3D, time: int, space: int):
        super().__init__()
        self.norm, self.time, self.space = norm, time, space

    def forward(self, features: Tensor, latent: Tensor, conv_cache: dict | None = None) -> tuple[Tensor, dict]:
        by, plus = (doubled(layer.conv(latent), self.time)[:, :, :, :, None, :, None] for layer in (self.norm.conv_y, self.norm.conv_b))
        scale, shift = (part.view(*part.shape, 1, 1, 1, 1, 1) for part in scale_and_shift(features, self.norm.norm_layer))
        cells = features.unflatten(4, (-1, self.space)).unflatten(3, (-1, self.space))
        return (cells * (scale * by) + (shift * by + plus)).flatten(5, 6).flatten(3, 4), {}


class Upsample(nn.Module):
    """Doubles height and width, and time where the reference's layer does."""

    def __init__(self, layer: CogVideoXUpsample3D):
        super().__init__()
        self.layer = layer

    def forward(self, frames: Tensor) -> Tensor:
        frames = doubled(frames, 2 if self.layer.compress_time else 1)
        return each_frame(lambda flat: self.layer.conv(functional.interpolate(flat, scale_factor=2.0)), frames)


class Downsample(nn.Module):
    """Halves height and width, and time where the reference's layer does; the first of an odd number of frames stays alone."""

    def __init__(self, layer: CogVideoXDownsample3D):
        super().__init__()
        self.layer = layer

    def forward(self, frames: Tensor) -> Tensor:
        if self.layer.compress_time and frames.shape[2] > 1:
            alone = frames.shape[2] % 2
            halved = (frames[:, :, alone::2] + frames[:, :, alone + 1 :: 2]) / 2
            frames = torch.cat([frames[:, :, :1], halved], 2) if alone else halved
        return each_frame(self.layer.conv, functional.pad(frames, (0, 1, 0, 1)))


def each_frame(layer: Callable[[Tensor], Tensor], frames: Tensor) -> Tensor:
    """A layer for pictures over every frame of [B,C,F,H,W]."""
    batch = frames.shape[0]
    return layer(frames.transpose(1, 2).flatten(0, 1)).unflatten(0, (batch, -1)).transpose(1, 2)


def prepare(vae: AutoencoderKLCogVideoX) -> AutoencoderKLCogVideoX:
    """Puts the layers above in the place of the reference's."""
    for module in list(vae.modules()):
        if isinstance(module, CogVideoXSafeConv3d):
            module.__class__ = nn.Conv3d
        elif isinstance(module, nn.GroupNorm):
            module.__class__ = RowwiseGroupNorm
    time, space = 1, 1
    places = [vae.decoder.mid_block, *vae.decoder.up_blocks]
    for block in places:
        for resnet in block.resnets:
            resnet.norm1, resnet.norm2 = Norm(resnet.norm1, time, space), Norm(resnet.norm2, time, space)
        for number, layer in enumerate(getattr(block, "upsamplers", None) or ()):
            block.upsamplers[number] = Upsample(layer)
            time, space = time * (2 if layer.compress_time else 1), space * 2
    vae.decoder.norm_out = Norm(vae.decoder.norm_out, time, space)
    for block in vae.encoder.down_blocks:
        for number, layer in enumerate(block.downsamplers or ()):
            block.downsamplers[number] = Downsample(layer)
    return vae


class Caches:
    """What a prepared coder keeps between two batches: its tensors in order, and the reference's nested dictionary of them."""

    def __init__(self, vae: AutoencoderKLCogVideoX, coder: str):
        inputs = torch.zeros(1, vae.config.latent_channels, 2, 2, 2) if coder == "decoder" else torch.zeros(1, vae.config.in_channels, 8, 16, 16)
        with torch.no_grad():
            kept = getattr(vae, coder)(inputs)[1]
        self.paths = [path for path, _ in leaves(kept)]
        tensors = [tensor for _, tensor in leaves(kept)]
        self.channels = [tensor.shape[1] for tensor in tensors]
        self.frames = [tensor.shape[2] for tensor in tensors]
        self.scales = [tensor.shape[3] / 2 for tensor in tensors]
        """Rows of a cache for each latent row."""

    def fill(self, tensors: tuple[Tensor, ...]) -> dict | None:
        """The reference's dictionary, None in the first batch."""
        kept: dict = {}
        for path, tensor in zip(self.paths, tensors):
            inner = kept
            for key in path[:-1]:
                inner = inner.setdefault(key, {})
            inner[path[-1]] = tensor
        return kept or None

    def take(self, kept: dict) -> list[Tensor]:
        """The tensors of a dictionary, in order."""
        return [tensor for _, tensor in leaves(kept)]


def leaves(kept: dict, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Tensor]]:
    """Every tensor of a nested dictionary with the keys that lead to it."""
    found = []
    for key, value in kept.items():
        found += leaves(value, (*path, key)) if isinstance(value, dict) else [((*path, key), value)]
    return found


class Encoder(nn.Module):
    """pixels [1,3,F,H,W] in -1..1 (F: 1, 9 or 8), caches -> latent_mean, latent_std [1,z,f,h,w], not scaled; caches."""

    def __init__(self, vae: AutoencoderKLCogVideoX, caches: Caches, keeps: bool):
        super().__init__()
        self.encoder, self.caches, self.keeps = vae.encoder, caches, keeps

    def forward(self, pixels: Tensor, *caches: Tensor) -> tuple[Tensor, ...]:
        moments, kept = self.encoder(pixels, conv_cache=self.caches.fill(caches))
        mean, logarithm = moments.chunk(2, 1)
        # DiagonalGaussianDistribution in autoencoders/vae.py.
        deviation = torch.exp(0.5 * logarithm.clamp(-30.0, 20.0))
        return mean, deviation, *(self.caches.take(kept) if self.keeps else ())


class Decoder(nn.Module):
    """latent [1,z,3 (first batch) or 2,h,w], not scaled, caches -> frames [1,3,9 or 8,H,W] in -1..1, caches."""

    def __init__(self, vae: AutoencoderKLCogVideoX, caches: Caches):
        super().__init__()
        self.decoder, self.caches = vae.decoder, caches

    def forward(self, latent: Tensor, *caches: Tensor) -> tuple[Tensor, ...]:
        frames, kept = self.decoder(latent, conv_cache=self.caches.fill(caches))
        return frames, *self.caches.take(kept)
