"""Writes schedulers.safetensors: schedules of diffusers' schedulers, and runs along them with random predictions.

A run's numbers come from one generator: the first latent, then a prediction per step. Noise that a scheduler draws itself comes
from a second generator with the next seed. The tests draw the same numbers, so only the results are kept.
"""

import numpy as np
import torch
from diffusers import (
    CogVideoXDDIMScheduler,
    CogVideoXDPMScheduler,
    DDIMScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    UniPCMultistepScheduler,
)
from diffusers.pipelines.ltx.pipeline_ltx_condition import linear_quadratic_schedule
from diffusers.pipelines.ltx.pipeline_ltx_image2video import calculate_shift
from diffusers.utils import logging
from writing import write

SHAPE = (1, 2, 3, 3)
WAN = {"prediction_type": "flow_prediction", "use_flow_sigmas": True}
LTX = {
    "use_dynamic_shifting": True,
    "base_shift": 0.95,
    "max_shift": 2.05,
    "base_image_seq_len": 1024,
    "max_image_seq_len": 4096,
    "shift_terminal": 0.1,
}
DISTILLED = [1.0, 0.9937, 0.9875, 0.9812, 0.975, 0.9094, 0.725]
SECOND_PASS = [0.9094, 0.725, 0.4219]
SVD = {
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "prediction_type": "v_prediction",
    "sigma_max": 700.0,
    "sigma_min": 0.002,
    "steps_offset": 1,
    "timestep_spacing": "leading",
    "timestep_type": "continuous",
    "use_karras_sigmas": True,
}
I2VGEN = {
    "beta_schedule": "squaredcos_cap_v2",
    "prediction_type": "v_prediction",
    "rescale_betas_zero_snr": True,
    "clip_sample": False,
    "steps_offset": 1,
    "timestep_spacing": "leading",
}
COG = {
    "prediction_type": "v_prediction",
    "rescale_betas_zero_snr": True,
    "timestep_spacing": "trailing",
    "clip_sample": False,
}

tensors: dict[str, torch.Tensor] = {}
cases: list[dict] = []



logging.set_verbosity_error()


def case(cls, config: dict, plan: dict, seed: int = 1, start: int = 0, run: bool = True, masks: list[float] | None = None) -> None:
    """`plan`: what `set_timesteps` is given, and how it came about. `start`: the first step taken. `run`: whether steps are taken.
    `masks`: how much each token is conditioned; its run is one with timesteps per token."""
    name = str(len(cases))
    scheduler = cls(**config)
    arguments = {k: v for k, v in plan.items() if k in ("num_inference_steps", "sigmas", "timesteps", "mu")}
    if "tokens" in plan:
        c = scheduler.config
        args = (c.base_image_seq_len, c.max_image_seq_len, c.base_shift, c.max_shift)
        arguments["mu"] = plan["mu"] = calculate_shift(plan["tokens"], *args)
        n = plan["num_inference_steps"]
        arguments["sigmas"] = np.linspace(1.0, 1 / n, n)
    if "linear_quadratic" in plan:
        arguments["timesteps"] = linear_quadratic_schedule(plan["linear_quadratic"]) * 1000
    if isinstance(plan.get("sigmas"), list):
        arguments["sigmas"] = np.array(plan["sigmas"])
    scheduler.set_timesteps(**arguments)
    timesteps = scheduler.timesteps
    tensors[f"{name}.timesteps"] = timesteps.to(torch.float32)
    if hasattr(scheduler, "sigmas"):
        tensors[f"{name}.sigmas"] = scheduler.sigmas
    sigma = float(getattr(scheduler, "init_noise_sigma", 1.0))
    if run:
        walk(name, scheduler, seed, sigma, start, masks)
    fields = {"name": name, "class": cls.__name__, "config": config, "plan": plan, "seed": seed, "start": start, "run": run}
    cases.append(fields | {"init_noise_sigma": sigma, "int64": timesteps.dtype == torch.int64, "masks": masks})


def walk(name: str, scheduler, seed: int, sigma: float, start: int, masks: list[float] | None) -> None:
    generator, own = torch.Generator().manual_seed(seed), torch.Generator().manual_seed(seed + 1)
    shape = SHAPE if masks is None else (1, len(masks), 3)
    draw = lambda: torch.randn(shape, generator=generator)  # noqa: E731
    clean, noise = draw(), draw()
    noised = [add_noise(scheduler, clean, noise, t) for t in scheduler.timesteps]
    x = draw() * sigma
    rows = {"noised": noised, "x": [], "x0": [], "scaled": []}
    if start:
        scheduler.set_begin_index(start)
    before = None
    for i, t in enumerate(scheduler.timesteps[start:], start):
        if isinstance(scheduler, EulerDiscreteScheduler):
            rows["scaled"].append(scheduler.scale_model_input(x, t))
        prediction = draw()
        if masks is not None:
            token = torch.minimum(t, (1 - torch.tensor([masks])) * 1000.0)
            x0 = x - (token / 1000)[..., None] * prediction
            x = scheduler.step(-prediction, t, x, per_token_timesteps=token).prev_sample
        elif isinstance(scheduler, CogVideoXDPMScheduler):
            back = scheduler.timesteps[i - 1] if i > start else None
            x, x0 = scheduler.step(prediction, before, t, back, x, generator=own)
            before = x0
        elif isinstance(scheduler, UniPCMultistepScheduler):
            x = scheduler.step(prediction, t, x).prev_sample
            x0 = scheduler.model_outputs[-1]
        elif isinstance(scheduler, FlowMatchEulerDiscreteScheduler):
            x0 = x - scheduler.sigmas[i] * prediction
            x = scheduler.step(prediction, t, x, generator=own).prev_sample
        else:
            out = scheduler.step(prediction, t, x)
            x, x0 = out.prev_sample, out.pred_original_sample
        rows["x"].append(x)
        rows["x0"].append(x0)
    for key, values in rows.items():
        if values:
            tensors[f"{name}.{key}"] = torch.stack(values)


def add_noise(scheduler, clean: torch.Tensor, noise: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    if isinstance(scheduler, FlowMatchEulerDiscreteScheduler):
        return scheduler.scale_noise(clean, t[None], noise)
    return scheduler.add_noise(clean, noise, t[None])


def main() -> None:
    steps = lambda n: {"num_inference_steps": n}  # noqa: E731
    for shift in (1.0, 3.0, 5.0, 16.0):
        for n in (1, 2, 3, 4, 10, 20, 40, 50):
            case(UniPCMultistepScheduler, WAN | {"flow_shift": shift}, steps(n), seed=n)
    for n in (30, 100, 400):
        case(UniPCMultistepScheduler, WAN | {"flow_shift": 3.0}, steps(n), run=False)
    case(UniPCMultistepScheduler, WAN | {"flow_shift": 5.0, "solver_order": 1}, steps(8))
    case(UniPCMultistepScheduler, WAN | {"flow_shift": 5.0, "disable_corrector": [0, 2]}, steps(8))
    case(UniPCMultistepScheduler, WAN | {"flow_shift": 5.0, "num_train_timesteps": 500}, steps(8))
    case(UniPCMultistepScheduler, WAN | {"flow_shift": 5.0}, steps(12), start=3)

    flow = FlowMatchEulerDiscreteScheduler
    for shift in (1.0, 3.0, 5.0):
        for n in (1, 2, 7, 40, 50):
            case(flow, {"shift": shift}, steps(n), seed=n)
    for tokens in (64, 1024, 2240, 6144):
        for n in (1, 5, 50):
            # With a single step the stretch to the terminal sigma divides 0 by 0: the reference's own not-a-number.
            config = LTX if n > 1 else {k: v for k, v in LTX.items() if k != "shift_terminal"}
            case(flow, config, steps(n) | {"tokens": tokens}, seed=n)
    case(flow, LTX | {"time_shift_type": "linear"}, steps(9) | {"tokens": 2000})
    case(flow, {k: v for k, v in LTX.items() if k != "shift_terminal"}, steps(6) | {"mu": 1.3})
    case(flow, {}, {"sigmas": DISTILLED})
    case(flow, {"shift": 2.0}, {"sigmas": SECOND_PASS})
    case(flow, {}, {"timesteps": [1000.0, 993.0, 987.0, 981.0, 975.0, 909.0, 725.0, 0.03]})
    case(flow, {"shift": 3.0}, {"timesteps": [909.4, 725.0, 421.9]})
    case(flow, {"stochastic_sampling": True}, {"sigmas": DISTILLED})
    for n in (1, 2, 3, 8, 30, 50):
        case(flow, {}, {"linear_quadratic": n}, seed=n)
    for config, plan in (({}, {"linear_quadratic": 10}), ({}, {"sigmas": DISTILLED}), ({"shift": 3.0}, steps(6))):
        case(flow, config, plan, masks=[0.0, 1.0, 0.5, 0.05, 0.9, 0.025])
        case(flow, config, plan, masks=[0.0] * 4)

    euler = EulerDiscreteScheduler
    for spacing in ("leading", "trailing", "linspace"):
        for n in (1, 2, 5, 25, 30):
            case(euler, SVD | {"timestep_spacing": spacing}, steps(n), seed=n)
    # Without sigma limits: timesteps of sigmas beyond the training schedule coincide, and the reference then loses its place.
    within = {k: v for k, v in SVD.items() if k not in ("sigma_min", "sigma_max")}
    case(euler, within, steps(10))
    case(euler, within | {"timestep_type": "discrete"}, steps(10))
    case(euler, SVD | {"use_karras_sigmas": False}, steps(10))
    for spacing in ("leading", "trailing", "linspace"):
        plain = {"beta_schedule": "scaled_linear", "timestep_spacing": spacing}
        case(euler, plain, steps(7))
        case(euler, plain | {"prediction_type": "sample", "final_sigmas_type": "sigma_min"}, steps(7))
        case(euler, plain | {"rescale_betas_zero_snr": True, "prediction_type": "v_prediction"}, steps(7))

    for n in (1, 3, 7, 20, 50):
        case(DDIMScheduler, I2VGEN, steps(n), seed=n)
        case(DDIMScheduler, I2VGEN | {"timestep_spacing": "trailing"}, steps(n), seed=n)
    for config in (
        {"timestep_spacing": "linspace"},
        {"set_alpha_to_one": False},
        {"prediction_type": "sample"},
        {"clip_sample": True, "clip_sample_range": 0.7},
        {"rescale_betas_zero_snr": False},
        {"rescale_betas_zero_snr": False, "prediction_type": "epsilon", "beta_schedule": "linear", "clip_sample": True},
        {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012, "set_alpha_to_one": False},
        {"num_train_timesteps": 300},
    ):
        case(DDIMScheduler, I2VGEN | config, steps(9))

    for cls in (CogVideoXDDIMScheduler, CogVideoXDPMScheduler):
        for shift in (1.0, 3.0):
            for n in (1, 2, 3, 7, 50):
                case(cls, COG | {"snr_shift_scale": shift}, steps(n), seed=n)
        for config in (
            {"timestep_spacing": "leading", "steps_offset": 1},
            {"timestep_spacing": "linspace"},
            {"rescale_betas_zero_snr": False},
            {"rescale_betas_zero_snr": False, "prediction_type": "epsilon"},
            {"prediction_type": "sample"},
            {"set_alpha_to_one": False},
            {"beta_start": 0.0005, "beta_end": 0.02},
        ):
            case(cls, COG | config, steps(6))
    write("schedulers", tensors, cases)


if __name__ == "__main__":
    main()
