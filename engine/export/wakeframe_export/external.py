"""Writing graphs: small ones whole, large ones with their weights in a data file, and several graphs of one model over one data file."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import onnx_ir as ir

from .weights import share_equal

#: A protobuf file may hold 2 GiB; the graph itself needs some of it.
LARGEST_WHOLE = 2_000_000_000
#: Weights below this many bytes stay in the graph.
INLINE = 1024


@dataclass(frozen=True)
class Written:
    """What was written for one graph."""

    file: str
    data: tuple[str, ...]
    weights: int
    """Bytes of its weights, wherever they are."""


def weight_bytes(model: ir.Model) -> int:
    """Bytes of all weights of a graph."""
    return sum(value.const_value.nbytes for value in model.graph.initializers.values() if value.const_value is not None)


def write_graphs(models: dict[str, ir.Model], folder: Path, stem: str, largest_whole: int = LARGEST_WHOLE) -> dict[str, Written]:
    """Writes `<component>.onnx` for each, and `<stem>.onnx.data` where one graph is large or several share their weights."""
    outside = len(models) > 1 or any(weight_bytes(model) > largest_whole for model in models.values())
    if not outside:
        for model in models.values():
            share_equal(model)
    sizes = {component: weight_bytes(model) for component, model in models.items()}
    data = f"{stem}.onnx.data"
    if outside:
        with _Flushed(folder / data) as file:
            _move_weights(models, file, data, folder)
    written = {}
    for component, model in models.items():
        with _Flushed(folder / f"{component}.onnx") as file:
            file.write(ir.serde.serialize_model(model).SerializeToString())
        written[component] = Written(f"{component}.onnx", (data,) if outside else (), sizes[component])
    return written


def _move_weights(models: dict[str, ir.Model], file, data: str, folder: Path) -> None:
    """Writes every weight once, tensor by tensor, and lets the graphs point at it."""
    places: dict[bytes, int] = {}
    for model in models.values():
        for value in model.graph.initializers.values():
            held = value.const_value
            if held is None or held.nbytes < INLINE:
                continue
            content = held.tobytes()
            digest = hashlib.sha256(content).digest()
            if digest not in places:
                places[digest] = file.tell()
                file.write(content)
            value.const_value = ir.ExternalTensor(data, places[digest], len(content), held.dtype, shape=ir.Shape(held.shape),
                                                  name=value.name, base_dir=folder)


class _Flushed:
    """A file that is on the disk when the block ends."""

    def __init__(self, path: Path):
        self.file = open(path, "wb")

    def __enter__(self):
        return self.file

    def __exit__(self, *_):
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()
