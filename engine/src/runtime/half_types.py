"""Writes half_types.onnx: h = a + a in fp16, k = b + b in bf16 (added in fp32). Needs the package `onnx`."""

from pathlib import Path

import onnx
from onnx import TensorProto, helper

graph = helper.make_graph(
    [
        helper.make_node("Add", ["a", "a"], ["h"]),
        helper.make_node("Cast", ["b"], ["wide"], to=TensorProto.FLOAT),
        helper.make_node("Add", ["wide", "wide"], ["sum"]),
        helper.make_node("Cast", ["sum"], ["k"], to=TensorProto.BFLOAT16),
    ],
    "half_types",
    [helper.make_tensor_value_info("a", TensorProto.FLOAT16, ["n"]), helper.make_tensor_value_info("b", TensorProto.BFLOAT16, ["n"])],
    [helper.make_tensor_value_info("h", TensorProto.FLOAT16, ["n"]), helper.make_tensor_value_info("k", TensorProto.BFLOAT16, ["n"])],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
onnx.checker.check_model(model)
onnx.save(model, Path(__file__).with_name("half_types.onnx"))
