"""How much memory a graph's intermediate values take, told from the graph: nothing of real size has to run for it.

The runtime executes nodes in order and frees a value after its last use. The largest sum of values that live at one time is taken
at two sizes; it is so near a straight line over the latent cells that the two ends give every size between.
"""

import math
from collections.abc import Sequence

import onnx_ir as ir

from .family import Graph

#: Rows, columns and latent frames of the two sizes.
SMALL, LARGE = (24, 40, 5), (80, 120, 17)
#: Operators whose output is a view of their first input.
VIEWS = {"Reshape", "Squeeze", "Unsqueeze", "Identity", "Flatten"}
#: Operators that may write over an input of the same size which nothing else needs.
IN_PLACE = {"Add", "Sub", "Mul", "Div", "Clip", "Sigmoid", "Tanh"}
FUNCTIONS = {"Min": min, "Max": max, "Mod": lambda value, by: value % by, "ceiling": math.ceil, "floor": math.floor}


def activation(graph: Graph, model: ir.Model) -> dict | None:
    """`{fixed, per_cell, frames}`: bytes whatever the size, bytes per latent cell of a call, latent frames of a call (0: all).

    None where the family does not say what the shapes of a call are.
    """
    if graph.shapes is None:
        return None
    points = []
    for rows, columns, frames in (SMALL, LARGE):
        frames = graph.frames_per_call or frames
        points.append((rows * columns * frames, peak(model, graph.shapes(rows, columns, frames))))
    (small, least), (large, most) = points
    per_cell = (most - least) / (large - small)
    return {"fixed": round(least - per_cell * small), "per_cell": round(per_cell, 1), "frames": graph.frames_per_call}


def peak(model: ir.Model, shapes: Sequence[Sequence[int]]) -> int:
    """Largest number of bytes of values that live at one time, inputs and outputs among them, for inputs of these shapes."""
    sizes = _sizes(model, shapes)
    last_use: dict[ir.Value, int] = {}
    roots: dict[ir.Value, ir.Value] = {}
    for place, node in enumerate(model.graph):
        for value in node.inputs:
            if value is not None:
                last_use[roots.get(value, value)] = place
        if node.op_type in VIEWS:
            roots[node.outputs[0]] = roots.get(node.inputs[0], node.inputs[0])
    for value in (*model.graph.inputs, *model.graph.outputs):
        last_use[roots.get(value, value)] = len(model.graph)

    alive = sum(sizes[value] for value in model.graph.inputs)
    highest = alive
    for place, node in enumerate(model.graph):
        ending = {root for root in (roots.get(value, value) for value in node.inputs if value is not None)
                  if last_use[root] == place and root.producer() is not None}
        freed = sum(sizes[root] for root in ending)
        made = 0 if node.op_type in VIEWS else sum(sizes[value] for value in node.outputs)
        taken = made
        if node.op_type in IN_PLACE and any(sizes[root] == made for root in ending):
            taken = 0
        highest = max(highest, alive + taken + _workspace(node, sizes))
        unused = sum(sizes[value] for value in node.outputs if value not in last_use and node.op_type not in VIEWS)
        alive += made - freed - unused
    return highest


def _workspace(node: ir.Node, sizes: dict[ir.Value, int]) -> int:
    """Bytes that a node needs for itself: attention with a mask or a bias stores its scores, [B,heads,S,L]."""
    if node.op_type != "MultiHeadAttention" or all(extra is None for extra in node.inputs[4:6]):
        return 0
    query, key = node.inputs[:2]
    row = int(query.shape[2]) * query.dtype.itemsize
    return node.attributes["num_heads"].as_int() * (sizes[query] // row) * (sizes[key] // row) * query.dtype.itemsize


def _sizes(model: ir.Model, shapes: Sequence[Sequence[int]]) -> dict[ir.Value, int]:
    """Bytes of every value that is no weight."""
    known: dict[str, int] = {}
    for value, shape in zip(model.graph.inputs, shapes, strict=True):
        known |= {str(axis.value): size for axis, size in zip(value.shape, shape, strict=True) if isinstance(axis, ir.SymbolicDim)}
    sizes = {value: 0 for value in model.graph.initializers.values()}
    for value in (*model.graph.inputs, *(output for node in model.graph for output in node.outputs)):
        sizes[value] = 0 if value.shape is None or value.dtype is None else _count(value.shape, known) * value.dtype.itemsize
    return sizes


def _count(shape: ir.Shape, known: dict[str, int]) -> int:
    """Numbers in a tensor of this shape; axes that torch left without an expression (they occur in shape arithmetic only) count as 1."""
    count = 1
    for axis in shape:
        if isinstance(axis, int):
            count *= axis
        elif axis.value is not None:
            # torch's own expressions over the names of the inputs' axes.
            count *= int(eval(str(axis.value), {"__builtins__": {}}, FUNCTIONS | known))  # noqa: S307
    return count
