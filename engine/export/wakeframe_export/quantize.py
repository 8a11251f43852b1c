"""Weights of 8 or 4 bits."""

import numpy as np
import onnx_ir as ir
from onnxruntime.capi import _pybind_state as kernels

from .attention import DOMAIN
from .weights import lazy

SCHEMES = ("int8", "int4")
BITS = {"int8": 8, "int4": 4}
#: Numbers that share one scale.
BLOCK = 32
#: Matrices below this many numbers stay as they are.
SMALLEST = 16 * 1024


def quantize(model: ir.Model, scheme: str) -> int:
    """Turns the MatMul weights of a graph into `MatMulNBits`; returns how many.

    Weight-only, symmetric, one scale per 32 numbers. Dynamic int8 (activations rounded too, one scale per tensor) is faster on some
    processors, but its error is many times larger and it has no kernel on most graphics cards; `MatMulNBits` runs on all of them.
    """
    count = 0
    for node in list(model.graph):
        if node.op_type != "MatMul" or node.domain != "":
            continue
        weight = node.inputs[1]
        held = weight.const_value if weight.is_initializer() else None
        if held is None or len(held.shape) != 2 or held.size < SMALLEST or held.dtype not in (ir.DataType.FLOAT, ir.DataType.FLOAT16):
            continue
        _quantize_node(model, node, weight, BITS[scheme])
        count += 1
    return count


def _quantize_node(model: ir.Model, node: ir.Node, weight: ir.Value, bits: int) -> None:
    held = weight.const_value
    rows, columns = (int(size) for size in held.shape)
    blocks = -(-rows // BLOCK)
    packed = ir.Value(name=f"{weight.name}.q{bits}", shape=ir.Shape((columns, blocks, BLOCK * bits // 8)), type=ir.TensorType(ir.DataType.UINT8))
    scales = ir.Value(name=f"{weight.name}.scales", shape=ir.Shape((columns * blocks,)), type=ir.TensorType(held.dtype))
    packed.const_value = lazy(packed, lambda: pack_weight(held.numpy(), bits)[0], ir.DataType.UINT8, (columns, blocks, BLOCK * bits // 8))
    scales.const_value = lazy(scales, lambda: pack_weight(held.numpy(), bits)[1], held.dtype, (columns * blocks,))
    attributes = {"K": rows, "N": columns, "bits": bits, "block_size": BLOCK, "accuracy_level": 4}
    narrow = ir.Node(DOMAIN, "MatMulNBits", [node.inputs[0], packed, scales],
                     attributes=[ir.AttrInt64(name, value) for name, value in attributes.items()], num_outputs=1, name=node.name)
    narrow.outputs[0].name, narrow.outputs[0].shape, narrow.outputs[0].type = node.outputs[0].name, node.outputs[0].shape, node.outputs[0].type
    model.graph.insert_after(node, narrow)
    node.outputs[0].replace_all_uses_with(narrow.outputs[0], replace_graph_outputs=True)
    model.graph.remove(node, safe=True)
    model.graph.opset_imports.setdefault(DOMAIN, 1)
    if not weight.uses():
        model.graph.initializers.pop(weight.name)
    model.graph.register_initializer(packed)
    model.graph.register_initializer(scales)


def pack_weight(weight: np.ndarray, bits: int) -> tuple[np.ndarray, np.ndarray]:
    """weight [K,N] -> packed uint8 [N, K/32, 32*bits/8] and scales [N*K/32], by ONNX Runtime's own packer."""
    rows, columns = weight.shape
    blocks = -(-rows // BLOCK)
    # The packer reads rows one after another, whatever numpy says about the array's order.
    padded = np.ascontiguousarray(np.pad(weight, ((0, blocks * BLOCK - rows), (0, 0))))
    packed = np.zeros((columns, blocks, BLOCK * bits // 8), np.uint8)
    scales = np.zeros(columns * blocks, weight.dtype)
    zero_points = np.zeros(columns * ((blocks + 1) // 2 if bits == 4 else blocks), np.uint8)
    packer = kernels.quantize_matmul_4bits if bits == 4 else kernels.quantize_matmul_8bits
    packer(packed, padded, scales, zero_points, BLOCK, columns, padded.shape[0], True)
    return packed, scales
