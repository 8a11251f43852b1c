"""Number formats: what is stored, what is computed, how far it is from torch."""

import numpy as np
import onnx
import onnx_ir as ir
import pytest
import torch
from pack_runner import Graph as Session
from wakeframe_export.checkpoint import Checkpoint
from wakeframe_export.errors import ExportError
from wakeframe_export.export import Options
from wakeframe_export.families import plan_of
from wakeframe_export.precision import narrow
from wakeframe_export.quantize import pack_weight
from wakeframe_export.selfcheck import BOUNDS
from wakeframe_export.weights import exact_in_bf16

FORM = "wan21-i2v"


def types(path) -> dict[str, int]:
    """Bytes of stored weights per ONNX type name."""
    held: dict[str, int] = {}
    for tensor in onnx.load(path).graph.initializer:
        name = onnx.TensorProto.DataType.Name(tensor.data_type)
        held[name] = held.get(name, 0) + len(tensor.raw_data)
    return held


def inputs_of(path) -> dict[str, str]:
    return {entry.name: entry.type for entry in Session(path).inputs}


@pytest.mark.parametrize("subfolder", ["text_encoder", "transformer"])
def test_fp16_computes_in_half_apart_from_what_the_reference_keeps(subfolder, export_only):
    folder, components = export_only(FORM, subfolder, Options(dtype="fp16"))
    (name, entry), = components.items()
    assert entry["precision"] == "fp16" and entry["max_difference"] < 1e-2
    held = types(folder / entry["file"])
    assert held["FLOAT16"] > held.get("FLOAT", 0)
    if name == "denoiser":
        assert inputs_of(folder / entry["file"]) == {"latent": "tensor(float16)", "timestep": "tensor(float)", "text": "tensor(float16)", "image": "tensor(float16)"}


def test_kept_modules_stay_fp32(checkpoint_of):
    plan = plan_of(Checkpoint(checkpoint_of(FORM)))
    model = narrow(next(part for part in plan.parts if part.subfolder == "transformer").load(), "fp16")
    kept = {name.split(".")[-2] for name, value in model.named_parameters() if value.dtype == torch.float32}
    assert {"norm1", "norm2", "linear_1"} <= kept and model.rope.freqs_cos.dtype == torch.float32
    assert model.blocks[0].attn1.to_q.weight.dtype == torch.float16 and model.scale_shift_table.dtype == torch.float32
    assert model.condition_embedder.time_embedder.linear_1.weight.dtype == torch.float32


def test_bf16_stores_half_and_computes_in_fp32(export_only):
    folder, components = export_only(FORM, "transformer", Options(dtype="bf16"))
    entry = components["denoiser"]
    assert entry["precision"] == "bf16" and entry["max_difference"] < 1e-4
    held = types(folder / entry["file"])
    assert held["BFLOAT16"] > held["FLOAT"]
    assert set(inputs_of(folder / entry["file"]).values()) == {"tensor(float)"}


def test_bf16_rounds_what_does_not_fit():
    model = torch.nn.Linear(8, 8)
    assert not exact_in_bf16(model.weight.detach().numpy())
    narrow(model, "bf16")
    assert model.weight.dtype == torch.float32 and exact_in_bf16(model.weight.detach().numpy())


@pytest.mark.parametrize("scheme, worst", [("int8", 0.03), ("int4", 0.4)])
def test_quantised_weights(scheme, worst, export_only, monkeypatch):
    # The tiny model's matrices are all smaller than what is worth it.
    monkeypatch.setattr("wakeframe_export.quantize.SMALLEST", 256)
    folder, components = export_only(FORM, "transformer", Options(quantize=scheme))
    entry = components["denoiser"]
    assert entry["precision"] == f"fp32+{scheme}" and 1e-4 < entry["max_difference"] < worst
    operators = [node.op_type for node in onnx.load(folder / entry["file"]).graph.node]
    assert operators.count("MatMulNBits") > 20


def test_quantised_in_fp16(export_only, monkeypatch):
    monkeypatch.setattr("wakeframe_export.quantize.SMALLEST", 256)
    _, components = export_only(FORM, "transformer", Options(dtype="fp16", quantize="int8"))
    assert components["denoiser"]["precision"] == "fp16+int8"


@pytest.mark.parametrize("bits, error", [(8, 0.005), (4, 0.1)])
def test_packing_keeps_the_matrix(bits, error):
    """Unpacked by hand: value = scale * (number - 2^(bits-1)); rows that fill no whole block are padded; any memory order."""
    weight = np.random.default_rng(0).standard_normal((40, 6)).astype(np.float32)
    packed, scales = pack_weight(np.asfortranarray(weight), bits)
    numbers = packed if bits == 8 else np.stack([packed & 15, packed >> 4], -1).reshape(6, 2, 32)
    unpacked = (numbers.astype(np.float32) - 2 ** (bits - 1)) * scales.reshape(6, 2, 1)
    assert np.abs(unpacked.reshape(6, 64)[:, :40].T - weight).max() < error * np.abs(weight).max()


def test_a_wrong_graph_does_not_pass(export_only, monkeypatch):
    def damage(model):
        weight = next(value for value in model.graph.initializers.values() if value.const_value.size > 1000)
        weight.const_value = ir.tensor(weight.const_value.numpy() * np.float32(1.5), name=weight.name)

    real = __import__("wakeframe_export.export", fromlist=["to_onnx"]).to_onnx

    def broken(graph, example):
        model = real(graph, example)
        damage(model)
        return model

    monkeypatch.setattr("wakeframe_export.export.to_onnx", broken)
    with pytest.raises(ExportError, match="differs from torch"):
        export_only(FORM, "transformer", Options())


def test_bounds_are_ordered():
    assert BOUNDS["fp32"] == BOUNDS["bf16"] < BOUNDS["fp16"] < BOUNDS["int8"] < BOUNDS["int4"] < 1
