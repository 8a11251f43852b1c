"""From a torch module to an ONNX model in memory (onnx_ir), attention fused."""

import logging
import warnings

import onnx_ir as ir
import torch
from torch import nn

from .attention import fused_attention
from .errors import ExportError
from .family import Graph

#: The first opset with RMSNormalization and RotaryEmbedding as single operators. A provider that lacks one of them gets the
#: operator's own definition in older ones.
OPSET = 23
TRANSLATIONS = {torch.ops.aten.scaled_dot_product_attention.default: fused_attention}


class _Flat(nn.Module):
    """Takes any number of tensors, so that every family's graphs are exported alike."""

    def __init__(self, module: nn.Module):
        super().__init__()
        self.module = module

    def forward(self, *inputs):
        return self.module(*inputs)


def _axes(graph: Graph) -> tuple:
    return tuple({axis: torch.export.Dim.DYNAMIC if name is None else name for axis, name in axes.items()} for axes in graph.axes)


def to_onnx(graph: Graph, example: tuple) -> ir.Model:
    """Traces `graph.module` with the example inputs. Weights are shared with the module, not copied."""
    for name in ("torch.onnx", "torch.export", "onnxscript", "onnx_ir"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        try:
            program = torch.onnx.export(_Flat(graph.module), example, dynamo=True, opset_version=OPSET, input_names=list(graph.inputs),
                                        output_names=list(graph.outputs), dynamic_shapes=(_axes(graph),),
                                        custom_translation_table=TRANSLATIONS, verbose=False)
        except (torch.onnx.OnnxExporterError, RuntimeError, ValueError) as error:
            raise ExportError(f"{graph.component}: torch cannot turn the model into a graph: {error}") from error
    found = [value.name for value in program.model.graph.inputs]
    if found != list(graph.inputs):
        raise ExportError(f"{graph.component}: the graph's inputs are {found}, not {list(graph.inputs)}: an input is unused by the model")
    _settle_norms(program.model)
    _strip(program.model)
    return program.model


def _settle_norms(model: ir.Model) -> None:
    """Casts around norms whose input and scale differ in type (T5 in fp16). ONNX allows it, ONNX Runtime does not load it."""
    for node in list(model.graph):
        if node.op_type != "RMSNormalization" or node.inputs[0].dtype == node.inputs[1].dtype:
            continue
        result, wide = node.outputs[0], node.inputs[0].dtype
        scale = _cast(node.inputs[1], wide)
        narrow = _cast(result, node.inputs[1].dtype)
        result.replace_all_uses_with(narrow.outputs[0], replace_graph_outputs=True)
        narrow.outputs[0].name, result.name = result.name, None
        narrow.replace_input_with(0, result)
        node.replace_input_with(1, scale.outputs[0])
        result.type = ir.TensorType(wide)
        model.graph.insert_before(node, scale)
        model.graph.insert_after(node, narrow)


def _cast(value: ir.Value, dtype: ir.DataType) -> ir.Node:
    node = ir.Node("", "Cast", [value], attributes={"to": ir.AttrInt64("to", dtype.value)}, num_outputs=1)
    node.outputs[0].shape, node.outputs[0].type = value.shape, ir.TensorType(dtype)
    return node


def _strip(model: ir.Model) -> None:
    """Drops torch's notes: stack traces and paths of this machine, half the size of a small graph."""
    model.metadata_props.clear()
    model.graph.metadata_props.clear()
    for node in model.graph.all_nodes():
        node.metadata_props.clear()
        node.doc_string = None
        for value in node.outputs:
            value.metadata_props.clear()
    for value in (*model.graph.inputs, *model.graph.initializers.values()):
        value.metadata_props.clear()
