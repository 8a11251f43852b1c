"""How weights are stored: bf16 where they fit in it without loss, and equal ones once."""

import hashlib
from collections.abc import Callable

import numpy as np
import onnx_ir as ir

#: Weights below this many numbers are left alone: they cost nothing, and graphs stay readable.
SMALL = 1024


def lazy(value: ir.Value, make: Callable[[], np.ndarray], dtype: ir.DataType, shape: tuple[int, ...]) -> ir.LazyTensor:
    """A weight computed when it is written, so that only one is in memory beside the model."""
    return ir.LazyTensor(lambda: ir.tensor(make(), dtype=dtype), dtype=dtype, shape=ir.Shape(shape), name=value.name)


def store_bf16(model: ir.Model) -> None:
    """Stores fp32 weights whose values are all exact in bf16 as bf16 and casts them in the graph: half the size, the same numbers.

    A graph that computes in bf16 would be refused by the CPU provider.
    """
    for value in list(model.graph.initializers.values()):
        held = value.const_value
        if held is None or held.dtype != ir.DataType.FLOAT or held.size < SMALL or not exact_in_bf16(held.numpy()):
            continue
        shape = tuple(int(size) for size in held.shape)
        stored = ir.Value(name=f"{value.name}.bf16", shape=ir.Shape(shape), type=ir.TensorType(ir.DataType.BFLOAT16))
        stored.const_value = lazy(stored, lambda held=held: _upper_half(held.numpy()), ir.DataType.BFLOAT16, shape)
        cast = ir.Node("", "Cast", [stored], attributes={"to": ir.AttrInt64("to", ir.DataType.FLOAT.value)}, num_outputs=1)
        cast.outputs[0].shape, cast.outputs[0].type = ir.Shape(shape), ir.TensorType(ir.DataType.FLOAT)
        model.graph.insert_before(model.graph[0], cast)
        value.replace_all_uses_with(cast.outputs[0])
        model.graph.initializers.pop(value.name)
        model.graph.register_initializer(stored)


def exact_in_bf16(values: np.ndarray) -> bool:
    """Whether every number keeps its value in bf16, which is the upper half of an fp32."""
    return not np.any(np.ascontiguousarray(values).view(np.uint32) & 0xFFFF)


def _upper_half(values: np.ndarray) -> np.ndarray:
    halves = (np.ascontiguousarray(values).view(np.uint32) >> 16).astype(np.uint16)
    return halves.view(ir.DataType.BFLOAT16.numpy())


def share_equal(model: ir.Model) -> None:
    """Keeps one of several equal weights."""
    kept: dict[tuple, ir.Value] = {}
    for value in list(model.graph.initializers.values()):
        held = value.const_value
        key = (held.dtype, tuple(held.shape), hashlib.sha256(held.tobytes()).digest())
        if kept.setdefault(key, value) is not value:
            value.replace_all_uses_with(kept[key])
            model.graph.initializers.pop(value.name)
