"""Sets the level of what each model puts out.

Random weights give any level: frames would be cut off at black and white, latents would drown the noise, and errors would hide
there. So each model is run once on random input, and the rows of its last layer are scaled and shifted to a wanted mean and spread.
"""

from collections.abc import Callable

import torch
from torch import nn

from .inputs import denoiser_inputs, moving_picture

#: Spread of decoded values in -1…1 for latents of unit variance.
FRAMES = 0.3
#: Spread of a denoiser's prediction for input of unit variance.
PREDICTION = 0.8
#: Logarithm of the posterior's variance against the latent's: sampling it moves a latent by about a third of its spread.
POSTERIOR, POSTERIOR_SPREAD = -2.0, 0.3


def level(components: dict, frames: float = FRAMES, prediction: float = PREDICTION) -> None:
    """Levels every model of a checkpoint."""
    vae = components["vae"]
    # LTX 0.9.1 draws noise from the global generator while it decodes.
    with torch.no_grad(), torch.random.fork_rng():
        torch.manual_seed(1)
        _level_encoder(vae)
        _level_decoder(vae, frames)
        for name, component in components.items():
            if name in ("transformer", "transformer_2", "unet"):
                inputs = denoiser_inputs(component)
                last = component.proj_out if hasattr(component, "proj_out") else component.conv_out
                _set(last, lambda model=component, inputs=inputs: model(**inputs), 0.0, prediction)
            elif name == "latent_upsampler":
                mean, spread = latent_statistics(vae)
                _set(component.final_conv, lambda model=component: model(_latents(vae)), mean, spread)


def latent_statistics(vae: nn.Module) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and spread per channel of the latents that this VAE's configuration promises."""
    config = vae.config
    channels = config.get("z_dim") or config["latent_channels"]
    held = dict(vae.named_buffers())
    if "latents_mean" in held:
        return held["latents_mean"], held["latents_std"]
    if config.get("latents_mean") is not None:
        return torch.tensor(config["latents_mean"]), torch.tensor(config["latents_std"])
    return torch.zeros(channels), torch.full((channels,), 1 / config["scaling_factor"])


def _latents(vae: nn.Module) -> torch.Tensor:
    """Random latents as they come before decoding: [1, C, F, h, w], or [F, C, h, w] where the VAE knows no time."""
    mean, spread = latent_statistics(vae)
    noise = torch.randn(1, len(mean), 3, 4, 6, generator=torch.Generator().manual_seed(1))
    latents = noise * spread.view(1, -1, 1, 1, 1) + mean.view(1, -1, 1, 1, 1)
    return latents if _is_video(vae) else latents[0].transpose(0, 1)


def _is_video(vae: nn.Module) -> bool:
    """Whether the VAE takes [B, C, F, H, W]."""
    return any(isinstance(module, nn.Conv3d) for module in vae.encoder.modules())


def _level_encoder(vae: nn.Module) -> None:
    mean, spread = latent_statistics(vae)
    quantised = getattr(vae, "quant_conv", None)
    last = _conv(quantised if quantised is not None else vae.encoder.conv_out)
    # LTX has one variance for all channels.
    rows = last.weight.shape[0] - len(mean)
    variance = (2 * spread.log() + POSTERIOR) if rows == len(mean) else torch.full((rows,), POSTERIOR + 2 * float(spread.log().mean()))
    picture = moving_picture(_is_video(vae))
    _set(
        last, lambda: vae.encode(picture),
        torch.cat([mean, variance]), torch.cat([spread, torch.full((rows,), POSTERIOR_SPREAD)]),
    )


def _level_decoder(vae: nn.Module, frames: float) -> None:
    last = _conv(getattr(vae.decoder, "time_conv_out", vae.decoder.conv_out))
    latents = _latents(vae)
    if vae.config.get("timestep_conditioning"):
        _set(last, lambda: vae.decode(latents, torch.tensor([0.05])), 0.0, frames)
    elif hasattr(vae.decoder, "time_conv_out"):
        _set(last, lambda: vae.decode(latents, num_frames=len(latents)), 0.0, frames)
    else:
        _set(last, lambda: vae.decode(latents), 0.0, frames)


def _conv(layer: nn.Module) -> nn.Module:
    """The convolution itself where a class wraps it."""
    return layer if hasattr(layer, "weight") else layer.conv


def _set(last: nn.Module, run: Callable[[], object], mean: torch.Tensor | float, spread: torch.Tensor | float) -> None:
    """Scales and shifts each row of `last` so that its output has this mean and spread while `run` runs."""
    seen: list[torch.Tensor] = []
    hook = last.register_forward_hook(lambda _module, _inputs, output: seen.append(output))
    try:
        run()
    finally:
        hook.remove()
    rows = torch.cat([(output if isinstance(last, nn.Linear) else output.transpose(1, -1)).reshape(-1, last.weight.shape[0]) for output in seen])
    scale = spread / rows.std(0)
    shift = mean - rows.mean(0) * scale
    last.weight.mul_(scale.view(-1, *[1] * (last.weight.ndim - 1)))
    last.bias.mul_(scale).add_(shift)
