"""Attention as ONNX Runtime's fused operator.

A plain export of attention is MatMul, Softmax, MatMul: its memory grows with the square of the token count, and a real clip has
tens of thousands of tokens. `com.microsoft` `MultiHeadAttention` works in blocks instead.
https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.MultiHeadAttention
"""

import onnx
import onnx_ir as ir
import torch
from onnxscript import opset18 as op
from onnxscript import values

from .errors import ExportError

DOMAIN = "com.microsoft"


def _operator() -> values.Op:
    """The fused operator as onnxscript needs it; onnx itself has no schema of it."""
    schema = onnx.defs.OpSchema
    names = ("query", "key", "value", "bias", "key_padding_mask", "attention_bias")
    inputs = [
        schema.FormalParameter(
            name,
            "M" if name == "key_padding_mask" else "T",
            param_option=schema.FormalParameterOption.Single if name == "query" else schema.FormalParameterOption.Optional,
        )
        for name in names
    ]
    attributes = [
        schema.Attribute("num_heads", schema.AttrType.INT, required=True),
        schema.Attribute("scale", schema.AttrType.FLOAT, required=False),
        schema.Attribute("unidirectional", schema.AttrType.INT, required=False),
    ]
    types = [("T", ["tensor(float)", "tensor(float16)"], ""), ("M", ["tensor(int32)"], "")]
    described = schema("MultiHeadAttention", DOMAIN, 1, "", inputs=inputs, outputs=[schema.FormalParameter("output", "T")],
                       type_constraints=types, attributes=attributes)
    return values.Op(values.Opset(DOMAIN, 1), "MultiHeadAttention", described)


MULTI_HEAD_ATTENTION = _operator()


def _as_rows(tensor):
    """[B,heads,S,D] -> [B,S,heads*D], the operator's layout. Models come from [B,S,heads,D], so that the transposes cancel."""
    width = tensor.shape[1] * tensor.shape[3]
    return op.Reshape(op.Transpose(tensor, perm=[0, 2, 1, 3]), op.Constant(value_ints=[0, 0, width]))


def _mask_inputs(mask, query):
    """attn_mask of SDPA -> (key_padding_mask, attention_bias) of the operator; one of them is None.

    A boolean mask over keys alone, [B|1,heads|1,1,L], becomes key_padding_mask int32 [B,L] (1 = attend, the same for every head):
    no scores of size queries x keys are stored for it. Anything else becomes an additive bias [B|1,heads|1,S,L].
    """
    shape, boolean = tuple(mask.shape), mask.dtype.name == "BOOL"
    if len(shape) == 2:
        mask, shape = op.Unsqueeze(mask, op.Constant(value_ints=[0, 1])), (1, 1, *shape)
    if len(shape) != 4:
        raise ExportError(f"an attention mask of shape {shape} has no fused form")
    if boolean and shape[2] == 1:
        first = op.Slice(mask, op.Constant(value_ints=[0]), op.Constant(value_ints=[1]), op.Constant(value_ints=[1]))
        keys = op.Cast(op.Squeeze(first, op.Constant(value_ints=[1, 2])), to=onnx.TensorProto.INT32)
        if shape[0] != query.shape[0]:
            keys = op.Expand(keys, op.Concat(op.Shape(query, start=0, end=1), op.Constant(value_ints=[1]), axis=0))
        return keys, None
    if boolean:
        lowest = torch.finfo(torch.float16 if query.dtype.name == "FLOAT16" else torch.float32).min
        mask = op.Where(mask, *(op.CastLike(op.Constant(value_float=value), query) for value in (0.0, lowest)))
    if shape[2] == 1:
        one = op.Constant(value_ints=[1])
        mask = op.Expand(mask, op.Concat(one, one, op.Shape(query, start=2, end=3), one, axis=0))
    return None, mask


def fused_attention(query, key, value, attn_mask=None, dropout_p: float = 0.0, is_causal: bool = False, scale=None, enable_gqa=False):
    """Translation of `aten::scaled_dot_product_attention` for `torch.onnx.export`."""
    if len(query.shape) != 4 or enable_gqa or dropout_p:
        raise ExportError(f"attention over {query.shape} (grouped: {enable_gqa}, dropout: {dropout_p}) has no fused form")
    attributes = {"num_heads": int(query.shape[1])}
    if scale is not None:
        attributes["scale"] = float(scale)
    if is_causal:
        attributes["unidirectional"] = 1
    padding, bias = (None, None) if attn_mask is None else _mask_inputs(attn_mask, query)
    output = MULTI_HEAD_ATTENTION(_as_rows(query), _as_rows(key), _as_rows(value), None, padding, bias, **attributes)
    # No schema, no shape: the memory estimate needs it.
    heads, size = int(value.shape[1]), int(value.shape[3])
    output.dtype, output.shape = query.dtype, ir.Shape([query.shape[0], query.shape[2], heads * size])
    rows = op.Reshape(output, op.Constant(value_ints=[0, 0, heads, size]))
    rows.dtype, rows.shape = query.dtype, ir.Shape([query.shape[0], query.shape[2], heads, size])
    return op.Transpose(rows, perm=[0, 2, 1, 3])
