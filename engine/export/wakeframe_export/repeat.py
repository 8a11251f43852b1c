"""`repeat_interleave` with a count that is a dimension: torch's own translation (onnxscript 0.7.2) puts it on the wrong axis."""

from onnxscript import opset18 as op

from .errors import ExportError


def repeat_interleave(tensor, repeats, dim=None, output_size=None):
    """Translation of `aten::repeat_interleave.self_int`: every entry along `dim` stands `repeats` times, one after the other."""
    if dim is None:
        raise ExportError("repeat_interleave without an axis is not supported")
    rank = len(tensor.shape)
    axis = dim % rank
    count = op.Constant(value_ints=[repeats]) if isinstance(repeats, int) else op.Reshape(repeats, op.Constant(value_ints=[1]))
    after = [op.Constant(value_ints=[1] * (rank - axis - 1))] if axis + 1 < rank else []
    widened = op.Expand(op.Unsqueeze(tensor, op.Constant(value_ints=[axis + 1])), op.Concat(op.Constant(value_ints=[1] * (axis + 1)), count, *after, axis=0))
    shape = [op.Constant(value_ints=[-1])]
    if axis > 0:
        shape.insert(0, op.Shape(tensor, start=0, end=axis))
    if axis + 1 < rank:
        shape.append(op.Shape(tensor, start=axis + 1))
    return op.Reshape(widened, op.Concat(*shape, axis=0))
