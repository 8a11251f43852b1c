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

import torch
from diffusers.models.autoencoders.autoencoder_kl_cogvideox import AutoencoderKLCogVideoX, CogVideoXSafeConv3d, CogVideoXSpatialNorm3D
from diffusers.models.downsampling import CogVideoXDownsample3D
from diffusers.models.upsampling import CogVideoXUpsample3D
from torch import Tensor, nn


def spread(frames: Tensor, time: int, space: int) -> Tensor:
    """Every value `time` times along time and `space` times along height and width: nearest neighbours, whole factors.

    [B,C,F,h,w] -> [B,C,F*time,h*space,w*space].
    """
    if time == space == 1:
        return frames
    batch, channels, count, rows, columns = frames.shape
    wide = frames[:, :, :, None, :, None, :, None].expand(-1, -1, -1, time, -1, space, -1, space)
    return wide.reshape(batch, channels, count * time, rows * space, columns * space)


def spread_clip(frames: Tensor, time: int, space: int) -> Tensor:
    """As `spread`, where the first of an odd number of frames stands for itself alone: F -> (F-1)*time+1."""
    if frames.shape[2] > 1 and frames.shape[2] % 2 == 1 and time > 1:
        return torch.cat([spread(frames[:, :, :1], 1, space), spread(frames[:, :, 1:], time, space)], 2)
    return spread(frames, time if frames.shape[2] > 1 else 1, space)


class Norm(nn.Module):
    """A decoder norm at a place where features have `time` frames and `space` pixels for each of the latent.

    Its convolutions see one value at a time, so they are made before the latent is spread and not after it.
    """

    def __init__(self, norm: CogVideoXSpatialNorm3D, time: int, space: int):
        super().__init__()
        self.norm, self.time, self.space = norm, time, space

    def forward(self, features: Tensor, latent: Tensor, conv_cache: dict | None = None) -> tuple[Tensor, dict]:
        factor, shift = (spread_clip(layer.conv(latent), self.time, self.space) for layer in (self.norm.conv_y, self.norm.conv_b))
        return self.norm.norm_layer(features) * factor + shift, {}


class Upsample(nn.Module):
    """Doubles height and width, and time where the reference's layer does."""

    def __init__(self, layer: CogVideoXUpsample3D):
        super().__init__()
        self.layer = layer

    def forward(self, frames: Tensor) -> Tensor:
        return each_frame(self.layer.conv, spread_clip(frames, 2 if self.layer.compress_time else 1, 2))


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
        return each_frame(self.layer.conv, nn.functional.pad(frames, (0, 1, 0, 1)))


def each_frame(conv: nn.Conv2d, frames: Tensor) -> Tensor:
    """A flat convolution over every frame of [B,C,F,H,W]."""
    batch = frames.shape[0]
    return conv(frames.transpose(1, 2).flatten(0, 1)).unflatten(0, (batch, -1)).transpose(1, 2)


def prepare(vae: AutoencoderKLCogVideoX) -> AutoencoderKLCogVideoX:
    """Puts the layers above in the place of the reference's."""
    for module in list(vae.modules()):
        if isinstance(module, CogVideoXSafeConv3d):
            module.__class__ = nn.Conv3d
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
