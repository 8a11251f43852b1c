"""Write the pack: ONNX graphs, tokenizer, digests and pack.toml (last, so that a pack is whole or absent)."""

import hashlib
import os
import shutil
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper

from .reader import SettledReader
from .sentences import encoder_file, pack_tokenizer
from .settings import (CLASS_COUNT, CLASSES, DRIFT_UNIT, FEATURES, GRID_STRIDE, GRID_WIDTH, INTENT_PER_CLASS,
                       MOTION_CHANNELS, PACK, SAMPLER_STEPS, SCRATCH, STATE_SCALE, SWAY_UNIT, TOKEN_STATE)
from .train_denoiser import load_denoiser
from .train_encoder import load_encoder
from .train_fill import load_fill
from .train_reader import load_reader

OPSET = 18
EXPORTER = "wakeframe-training 2"
PACK_VERSION = "2.4.0"
FILES = {"text": "text.onnx", "tokenizer": "tokenizer.json", "reader": "reader.onnx", "encoder": "encoder.onnx",
         "denoiser": "denoiser.onnx", "fill": "fill.onnx"}
#: Between the graph and torch, and once its constants are stored in half precision (logits are about -12..12).
LARGEST_DIFFERENCE, LARGEST_DIFFERENCE_IN_HALF = 1e-3, 0.2
#: Constants of more numbers than this are stored in half precision and widened when the graph is loaded.
LARGE_CONSTANT = 256
GRID_AXES = {2: "h", 3: "w"}
CHECKED_GRIDS = ((40, 64), (36, 64), (44, 64), (112, 64))


def denoiser_inputs(height: int, width: int) -> tuple:
    return (torch.randn(1, MOTION_CHANNELS, height, width), torch.rand(1), torch.randn(1, FEATURES, height, width),
            torch.rand(1, CLASS_COUNT, height, width), torch.rand(1, INTENT_PER_CLASS, height, width))


def still_input(height: int, width: int) -> tuple:
    return (torch.rand(1, 3, GRID_STRIDE * height, GRID_STRIDE * width),)


def picture_with_hole(height: int, width: int) -> tuple:
    """Sides brought to multiples of eight."""
    size = (8 * round(height / 8), 8 * round(width / 8))
    known = torch.ones(1, 1, *size)
    known[:, :, 8:24, 16:40] = 0
    return (torch.cat([torch.rand(1, 3, *size) * known, known], 1),)


def token_inputs(height: int, width: int) -> tuple:
    """A prompt of `height` tokens, so that other sizes are other lengths."""
    mask = torch.ones(1, height)
    mask[:, height - 3 :] = 0
    return torch.randn(1, height, TOKEN_STATE), mask


def graphs() -> list[tuple]:
    """(name, module, example maker, input names, output names, dynamic axes of the inputs and outputs)."""
    still_axes = {2: "eight_h", 3: "eight_w"}
    return [
        ("reader", SettledReader(load_reader()).eval(), token_inputs, ["hidden", "mask"], ["intent", "shot"],
         {"hidden": {1: "tokens"}, "mask": {1: "tokens"}}),
        ("encoder", load_encoder(), still_input, ["still"], ["features", "logits", "depth"],
         {"still": still_axes, "features": GRID_AXES, "logits": GRID_AXES, "depth": GRID_AXES}),
        ("denoiser", load_denoiser(), denoiser_inputs, ["x", "t", "features", "probs", "intent_map"], ["x1"],
         {name: GRID_AXES for name in ("x", "features", "probs", "intent_map", "x1")}),
        ("fill", load_fill(), picture_with_hole, ["picture"], ["filled"], {"picture": GRID_AXES, "filled": GRID_AXES}),
    ]


def store_in_half(path: Path) -> None:
    """Store the large float32 constants of a graph as float16, each with a Cast behind it; all arithmetic stays float32."""
    model = onnx.load(str(path))
    casts, kept = [], []
    for constant in model.graph.initializer:
        values = numpy_helper.to_array(constant)
        if values.dtype == np.float32 and values.size > LARGE_CONSTANT and np.abs(values).max() < 6e4:
            narrow = numpy_helper.from_array(values.astype(np.float16), f"{constant.name}_half")
            casts.append(helper.make_node("Cast", [narrow.name], [constant.name], to=TensorProto.FLOAT))
            kept.append(narrow)
        else:
            kept.append(constant)
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    for index, cast in enumerate(casts):
        model.graph.node.insert(index, cast)
    onnx.save(model, str(path))


def check_graph(path: Path, module, example, inputs: list[str], limit: float) -> None:
    """Compare ONNX Runtime with torch at several sizes; raises on a difference above `limit`."""
    onnx.checker.check_model(str(path))
    session = onnxruntime.InferenceSession(str(path))
    if [entry.name for entry in session.get_inputs()] != inputs:
        raise ValueError(f"{path.name}: an input is not used by the graph: {[e.name for e in session.get_inputs()]}")
    for height, width in CHECKED_GRIDS:
        values = example(height, width)
        with torch.no_grad():
            expected = module(*values)
        expected = expected if isinstance(expected, tuple) else (expected,)
        found = session.run(None, {name: value.numpy() for name, value in zip(inputs, values)})
        worst = max(float(np.abs(e.numpy() - f).max()) for e, f in zip(expected, found))
        if worst > limit:
            raise ValueError(f"{path.name}: differs by {worst} at {height}x{width}")
        print(f"{path.name} {height}x{width}: largest difference {worst:.1e}")


def export_graphs(folder: Path) -> None:
    warnings.filterwarnings("ignore")
    for name, module, example, inputs, outputs, axes in graphs():
        path = folder / FILES[name]
        torch.onnx.export(module, example(40, 64), str(path), input_names=inputs, output_names=outputs,
                          dynamic_axes=axes, opset_version=OPSET, dynamo=False)
        check_graph(path, module, example, inputs, LARGEST_DIFFERENCE)
        store_in_half(path)
        check_graph(path, module, example, inputs, LARGEST_DIFFERENCE_IN_HALF)


def pack_description(folder: Path) -> str:
    """The text of pack.toml."""
    names = ", ".join(f'"{name}"' for name in CLASSES)
    lines = [
        "format = 1", 'name = "mini"', 'family = "motion_field"', 'title = "Mini (embedded)"',
        f'version = "{PACK_VERSION}"',
        'best_for = "Clouds, water, plants, animals and people, cloth, smoke, camera moves and light; quick, on any processor"',
        'licence = "Apache-2.0"', 'licence_url = "https://www.apache.org/licenses/LICENSE-2.0"', "commercial_use = true",
        f'exporter = "{EXPORTER}"', "",
    ]
    for component, file in FILES.items():
        digest = hashlib.sha256((folder / file).read_bytes()).hexdigest()
        lines += [f"[components.{component}]", f'file = "{file}"', f'sha256 = "{digest}"', ""]
    lines += [
        "[sampler]", f"steps = {SAMPLER_STEPS}", f"state_scale = {STATE_SCALE}", f"grid_width = {GRID_WIDTH}",
        f"drift_unit = {DRIFT_UNIT}", f"sway_unit = {SWAY_UNIT}", "",
        "[classes]", f"names = [{names}]", "",
        "[limits]", "min_duration = 0.5", "max_duration = 10.0", "default_fps = 24", "max_width = 4096", "",
    ]
    return "\n".join(lines)


def export_pack() -> None:
    """Build the pack in the scratch folder, check it, then move its files into the repository."""
    folder = SCRATCH / "pack"
    folder.mkdir(parents=True, exist_ok=True)
    export_graphs(folder)
    shutil.copyfile(encoder_file(), folder / FILES["text"])
    (folder / FILES["tokenizer"]).write_text(pack_tokenizer(), "utf-8")
    (folder / "pack.toml").write_text(pack_description(folder), "utf-8")
    PACK.mkdir(parents=True, exist_ok=True)
    for file in [*FILES.values(), "pack.toml"]:
        waiting = PACK / f".{file}.new"
        shutil.copyfile(folder / file, waiting)
        os.replace(waiting, PACK / file)
    total = sum((PACK / file).stat().st_size for file in FILES.values())
    print(f"pack written to {PACK}: {total / 1e6:.1f} MB")
