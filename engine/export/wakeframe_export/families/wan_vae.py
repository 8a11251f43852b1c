"""The causal VAE of Wan, one chunk at a time (autoencoder_kl_wan.py `_encode`, `_decode`).

The reference keeps the last two frames of every causal convolution's input between chunks. Here these caches are inputs and outputs
of the graphs, so that memory does not grow with the clip. In the first chunk the reference has no cache and pads with zeros: its
shorter caches are filled up with zero frames, which gives the same numbers and lets all later chunks share one graph.
"""

import torch
from diffusers.models.autoencoders.autoencoder_kl_wan import (
    AutoencoderKLWan,
    WanCausalConv3d,
    WanRMS_norm,
    WanUpsample,
    patchify,
    unpatchify,
)
from torch import Tensor, nn
from torch.nn import functional


class CausalConvolution(WanCausalConv3d):
    """The same convolution, padded by itself in space and by frames in time: the reference's padding exports to copies."""

    def forward(self, x: Tensor, cache_x: Tensor | None = None) -> Tensor:
        frames = self._padding[4]
        if cache_x is not None and frames > 0:
            x, frames = torch.cat([cache_x, x], 2), frames - cache_x.shape[2]
        if frames > 0:
            x = torch.cat([torch.zeros_like(x[:, :, :1]).expand(-1, -1, frames, -1, -1), x], 2)
        return functional.conv3d(x, self.weight, self.bias, self.stride, (0, self._padding[2], self._padding[0]))


class Norm(WanRMS_norm):
    """The same norm without spreading the divisor over all channels, which at full size is another gigabyte."""

    def forward(self, x: Tensor) -> Tensor:
        length = torch.linalg.vector_norm(x, dim=1 if self.channel_first else -1, keepdim=True)
        # 1e-12 is the least divisor of `functional.normalize`, which the reference uses.
        return x / length.clamp_min(1e-12) * self.factor + self.bias


class Doubling(WanUpsample):
    """Every pixel four times. "nearest-exact" is the same at a factor of two, but has no operator in ONNX."""

    def forward(self, x: Tensor) -> Tensor:
        return functional.interpolate(x, scale_factor=2.0, mode="nearest")


def prepare(vae: AutoencoderKLWan) -> AutoencoderKLWan:
    """Gives the layers above the place of the reference's; they hold the same weights."""
    for module in vae.modules():
        if isinstance(module, WanCausalConv3d):
            module.__class__ = CausalConvolution
        elif isinstance(module, WanUpsample):
            module.__class__ = Doubling
        elif isinstance(module, WanRMS_norm):
            module.__class__ = Norm
            module.register_buffer("factor", module.gamma * module.scale, persistent=False)
    return vae


class Caches:
    """Which convolutions of a coder keep frames, and how many; found by running two tiny chunks."""

    def __init__(self, vae: AutoencoderKLWan, coder: str):
        self.slots = vae._cached_conv_counts[coder]
        kept: list = [None] * self.slots
        with torch.no_grad():
            if coder == "decoder":
                chunk = torch.zeros(1, vae.config.z_dim, 1, 2, 2)
                vae.decoder(chunk, feat_cache=kept, feat_idx=[0], first_chunk=True)
                vae.decoder(chunk, feat_cache=kept, feat_idx=[0])
            else:
                chunk = torch.zeros(1, vae.config.in_channels, 4, 16, 16)
                vae.encoder(chunk[:, :, :1], feat_cache=kept, feat_idx=[0])
                vae.encoder(chunk, feat_cache=kept, feat_idx=[0])
        self.used = [slot for slot, cache in enumerate(kept) if cache is not None]
        self.frames = [kept[slot].shape[2] for slot in self.used]
        self.channels = [kept[slot].shape[1] for slot in self.used]

    def fill(self, caches: tuple[Tensor, ...]) -> list:
        """The list the reference works on, from the graph's inputs (none in the first chunk)."""
        kept: list = [None] * self.slots
        for slot, cache in zip(self.used, caches):
            kept[slot] = cache
        return kept

    def take(self, kept: list) -> list[Tensor]:
        """The graph's outputs, all with their full number of frames."""
        taken: list[Tensor] = []
        for slot, frames in zip(self.used, self.frames):
            cache = kept[slot]
            if isinstance(cache, str):
                # "Rep": the reference's word for an upsampler that has seen no frame yet; it has the size of the cache before it.
                cache = torch.zeros_like(taken[-1])
            if cache.shape[2] < frames:
                cache = torch.cat([torch.zeros_like(cache[:, :, :1]).expand(-1, -1, frames - cache.shape[2], -1, -1), cache], 2)
            taken.append(cache)
        return taken


class Encoder(nn.Module):
    """pixels [1,3,1 or 4,H,W] in -1..1, caches -> latent [1,z,1,h,w] (the mode of the distribution, not normalised), caches."""

    def __init__(self, vae: AutoencoderKLWan, caches: Caches):
        super().__init__()
        self.vae, self.caches = vae, caches

    def forward(self, pixels: Tensor, *caches: Tensor) -> tuple[Tensor, ...]:
        kept = self.caches.fill(caches)
        if self.vae.config.patch_size is not None:
            pixels = patchify(pixels, patch_size=self.vae.config.patch_size)
        moments = self.vae.quant_conv(self.vae.encoder(pixels, feat_cache=kept, feat_idx=[0]))
        return moments[:, : self.vae.config.z_dim], *self.caches.take(kept)


class Decoder(nn.Module):
    """latent [1,z,1,h,w], caches -> frames [1,3,1 (first chunk) or 4,H,W] in -1..1, caches."""

    def __init__(self, vae: AutoencoderKLWan, caches: Caches):
        super().__init__()
        self.vae, self.caches = vae, caches

    def forward(self, latent: Tensor, *caches: Tensor) -> tuple[Tensor, ...]:
        kept = self.caches.fill(caches)
        first = {} if caches else {"first_chunk": True}
        frames = self.vae.decoder(self.vae.post_quant_conv(latent), feat_cache=kept, feat_idx=[0], **first)
        if self.vae.config.patch_size is not None:
            frames = unpatchify(frames, patch_size=self.vae.config.patch_size)
        return frames.clamp(-1, 1), *self.caches.take(kept)
