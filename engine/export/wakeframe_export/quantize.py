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
#: `accuracy_level` 4 lets the CPU multiply in 8-bit integers: half again as fast, and its error hides in that of the weights.
INTEGER_ARITHMETIC = 4
#: Matrices below this many numbers stay as they are.
SMALLEST = 16 * 1024


def quantize(model: ir.Model, scheme: str) -> int:
    """Turns the matrix weights of a graph into `MatMulNBits`; returns how many.

    Weight-only, symmetric, one scale per 32 numbers. Dynamic int8 (activations rounded too, one scale per tensor) is faster on some
    processors, but its error is many times larger and it has no kernel on most graphics cards; `MatMulNBits` runs on all of them.
    Layers over a single row (Gemm: the timestep's, which steer every block) never get fewer than 8 bits.
    """
    count = 0
    for node in list(model.graph):
        if node.domain != "" or node.op_type not in ("MatMul", "Gemm") or not _is_matrix(node.inputs[1]):
            continue
        if node.op_type == "MatMul":
            result = _narrow_product(model, node, node.inputs[1], BITS[scheme], transposed=False)
        else:
            if any(node.attributes[name].value not in (0, 1.0) for name in ("alpha", "beta", "transA") if name in node.attributes):
                continue
            turned = "transB" in node.attributes and node.attributes["transB"].as_int() == 1
            result = _narrow_product(model, node, node.inputs[1], 8, turned)
            if len(node.inputs) > 2 and node.inputs[2] is not None:
                total = ir.Node("", "Add", [result, node.inputs[2]], num_outputs=1)
                model.graph.insert_before(node, total)
                result = total.outputs[0]
        _replace(model, node, result)
        count += 1
    return count


def _is_matrix(weight: ir.Value) -> bool:
    held = weight.const_value if weight.is_initializer() else None
    return held is not None and len(held.shape) == 2 and held.size >= SMALLEST and held.dtype in (ir.DataType.FLOAT, ir.DataType.FLOAT16)


def _narrow_product(model: ir.Model, node: ir.Node, weight: ir.Value, bits: int, transposed: bool) -> ir.Value:
    """A MatMulNBits before `node`, of its first input and the packed weight."""
    held = weight.const_value
    rows, columns = (int(size) for size in (reversed(held.shape) if transposed else held.shape))
    blocks = -(-rows // BLOCK)

    # The scales come with the packed weight and are small: they wait for their own turn to be written.
    waiting: list[np.ndarray] = []

    def pack() -> np.ndarray:
        numbers, found = pack_weight(held.numpy().T if transposed else held.numpy(), bits)
        waiting[:] = [found]
        return numbers

    def scale() -> np.ndarray:
        if not waiting:
            pack()
        return waiting[0]

    packed = ir.Value(name=f"{node.name}.packed", shape=ir.Shape((columns, blocks, BLOCK * bits // 8)), type=ir.TensorType(ir.DataType.UINT8))
    scales = ir.Value(name=f"{node.name}.scales", shape=ir.Shape((columns * blocks,)), type=ir.TensorType(held.dtype))
    for value, make in ((packed, pack), (scales, scale)):
        value.const_value = lazy(value, make, value.dtype, tuple(int(size) for size in value.shape))
        model.graph.register_initializer(value)
    attributes = {"K": rows, "N": columns, "bits": bits, "block_size": BLOCK, "accuracy_level": INTEGER_ARITHMETIC}
    product = ir.Node(DOMAIN, "MatMulNBits", [node.inputs[0], packed, scales],
                      attributes=[ir.AttrInt64(name, value) for name, value in attributes.items()], num_outputs=1)
    model.graph.insert_before(node, product)
    model.graph.opset_imports.setdefault(DOMAIN, 1)
    return product.outputs[0]


def _replace(model: ir.Model, node: ir.Node, result: ir.Value) -> None:
    """Puts `result` in the place of a node's output, name and all."""
    old, weight = node.outputs[0], node.inputs[1]
    result.name, result.shape, result.type = old.name, old.shape, old.type
    old.replace_all_uses_with(result, replace_graph_outputs=True)
    model.graph.remove(node, safe=True)
    if not weight.uses():
        model.graph.initializers.pop(weight.name)


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
