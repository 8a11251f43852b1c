"""Every graph against torch, on random inputs at two shapes, before the pack is let out."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
import torch

from .errors import ExportError
from .family import Graph
from .precision import cast_inputs

TRIALS = (0, 1)
#: Largest difference allowed, as a share of torch's largest output. fp32 leaves room for another order of additions over 40
#: layers; the others for what the number format itself loses. Wrong graphs differ by about 1.
BOUNDS = {"fp32": 1e-3, "bf16": 1e-3, "fp16": 3e-2, "int8": 5e-2, "int4": 4e-1}


@dataclass(frozen=True)
class Expected:
    """Inputs of one trial, and what torch makes of them."""

    inputs: tuple[torch.Tensor, ...]
    outputs: tuple[np.ndarray, ...]


def run_torch(graph: Graph, dtype: str) -> list[Expected]:
    """torch's answers; taken before the export, so that the model can be dropped before ONNX Runtime loads the graph."""
    expected = []
    for trial in TRIALS:
        inputs = graph.examples(trial, torch.Generator().manual_seed(trial))
        inputs = cast_inputs(inputs, graph.inputs, graph.full_inputs, dtype)
        with torch.no_grad():
            outputs = graph.module(*inputs)
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        expected.append(Expected(inputs, tuple(output.float().numpy() for output in outputs)))
    return expected


def largest_difference(path: Path, graph: Graph, expected: list[Expected], bound: str) -> float:
    """Largest |ONNX Runtime - torch| over all outputs and trials; an `ExportError` where it is above the bound."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    try:
        # Folding would turn all weights of an fp16 or bf16 graph into fp32 at once, more than the machine may have.
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"], disabled_optimizers=["ConstantFolding"])
        worst = 0.0
        for trial in expected:
            outputs = session.run(list(graph.outputs), {name: value.numpy() for name, value in zip(graph.inputs, trial.inputs)})
            worst = max(worst, *(_checked(graph, bound, *pair) for pair in zip(graph.outputs, trial.outputs, outputs, strict=True)))
    except (RuntimeError, ValueError, onnxruntime.capi.onnxruntime_pybind11_state.Fail) as error:
        raise ExportError(f"{path.name}: ONNX Runtime cannot run the graph: {error}") from error
    return worst


def _checked(graph: Graph, bound: str, name: str, expected: np.ndarray, found: np.ndarray) -> float:
    if expected.shape != found.shape:
        raise ExportError(f"{graph.component}.onnx: {name} has shape {found.shape} in ONNX Runtime and {expected.shape} in torch")
    if expected.size == 0:
        return 0.0
    difference = float(np.abs(expected - found.astype(np.float32)).max())
    scale = float(np.abs(expected).max())
    # Written so that a NaN on either side fails.
    if not difference <= BOUNDS[bound] * scale:
        raise ExportError(f"{graph.component}.onnx: {name} differs from torch by {difference:.3g} where {BOUNDS[bound] * scale:.3g} is "
                          f"allowed ({bound}, largest value {scale:.3g}): the export is wrong or the checkpoint does not suit this precision")
    return difference
