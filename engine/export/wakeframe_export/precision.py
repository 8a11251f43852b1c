"""Narrowing a torch model before it is traced."""

import torch
from torch import nn

DTYPES = ("fp32", "fp16", "bf16")


def narrow(model: nn.Module, dtype: str) -> nn.Module:
    """What `from_pretrained(torch_dtype=…)` of diffusers gives, made in place: modules named in `_keep_in_fp32_modules` stay fp32.

    fp16: the weights become half, and the graph computes in half. bf16: the weights are rounded to bf16 but held and computed in
    fp32, so that the graph runs on every provider.
    """
    if dtype == "fp32":
        return model
    kept = set(getattr(model, "_keep_in_fp32_modules", None) or ())
    for name, parameter in model.named_parameters():
        if kept.isdisjoint(name.split(".")) and parameter.is_floating_point():
            parameter.data = parameter.data.half() if dtype == "fp16" else parameter.data.bfloat16().float()
    if dtype == "fp16":
        for module_name, module in model.named_modules():
            for name, buffer in module.named_buffers(recurse=False):
                if kept.isdisjoint(module_name.split(".")) and buffer.is_floating_point():
                    setattr(module, name, buffer.half())
    return model


def cast_inputs(inputs: tuple[torch.Tensor, ...], names, full_inputs, dtype: str) -> tuple[torch.Tensor, ...]:
    """Example inputs as the graph takes them: half in fp16 packs, apart from `full_inputs`."""
    if dtype != "fp16":
        return inputs
    return tuple(value.half() if value.is_floating_point() and name not in full_inputs else value for name, value in zip(names, inputs))
