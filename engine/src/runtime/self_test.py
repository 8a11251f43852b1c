"""Writes self_test.onnx: y = tanh(x . w + b), x fp32 [2, 3], y fp32 [2, 2]. Needs the package `onnx`."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

w = np.array([[0.5 * k - j + 0.25 for j in range(2)] for k in range(3)], np.float32)
b = np.array([0.0, 0.125], np.float32)
graph = helper.make_graph(
    [
        helper.make_node("MatMul", ["x", "w"], ["product"]),
        helper.make_node("Add", ["product", "b"], ["sum"]),
        helper.make_node("Tanh", ["sum"], ["y"]),
    ],
    "self_test",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 3])],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, [2, 2])],
    [numpy_helper.from_array(w, "w"), numpy_helper.from_array(b, "b")],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
onnx.checker.check_model(model)
onnx.save(model, Path(__file__).with_name("self_test.onnx"))
