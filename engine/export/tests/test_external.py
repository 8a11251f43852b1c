"""Where weights are written: in the graph, in a data file above the limit, once for graphs of one model."""

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from wakeframe_export.external import INLINE, write_graphs
from wakeframe_export.export import Options
from wakeframe_export.family import Graph
from wakeframe_export.graph import to_onnx


def outside(path) -> dict[str, tuple[str, int, int]]:
    """Weight -> data file, offset, length."""
    found = {}
    for tensor in onnx.load(path, load_external_data=False).graph.initializer:
        place = {entry.key: entry.value for entry in tensor.external_data}
        if place:
            found[tensor.name] = (place["location"], int(place["offset"]), int(place["length"]))
    return found


def test_above_the_limit_weights_go_to_a_data_file(export_only):
    folder, components = export_only("wan22-ti2v", "transformer", Options(largest_whole=100_000))
    entry = components["denoiser"]
    assert [file["file"] for file in entry["data"]] == ["denoiser.onnx.data"]
    places = outside(folder / "denoiser.onnx")
    assert places and (folder / "denoiser.onnx").stat().st_size < 300_000
    assert (folder / "denoiser.onnx.data").stat().st_size == sum(length for _, _, length in {place: place for place in places.values()})
    # The self-check has run the graph from the data file.
    assert entry["max_difference"] < 1e-4


def test_first_and_later_chunks_share_their_weights(pack_of):
    folder = pack_of("wan21-i2v")
    first, later = (outside(folder / f"vae_decoder_{which}.onnx") for which in ("first", "next"))
    shared = first.keys() & later.keys()
    assert len(shared) > 20 and all(first[name] == later[name] for name in shared)
    size = (folder / "vae.onnx.data").stat().st_size
    everything = {place for name in ("encoder", "decoder") for which in ("first", "next") for place in outside(folder / f"vae_{name}_{which}.onnx").values()}
    assert size == sum(length for _, _, length in everything)


def test_equal_weights_of_a_whole_graph_are_stored_once(tmp_path):
    model = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 64)).requires_grad_(False)
    model[2].weight.copy_(model[0].weight)
    onnx_model = to_onnx(Graph("graph", model, ["x"], ["y"], [{0: "batch"}], lambda *_: ()), (torch.randn(2, 64),))
    written = write_graphs({"graph": onnx_model}, tmp_path, "graph")["graph"]
    assert written.data == () and written.weights < 2 * 64 * 64 * 4
    x = torch.randn(3, 64)
    found = onnxruntime.InferenceSession(str(tmp_path / "graph.onnx")).run(None, {"x": x.numpy()})[0]
    np.testing.assert_allclose(found, model(x).numpy(), atol=1e-6)


@pytest.mark.parametrize("form", ["wan21-i2v"])
def test_graphs_tell_nothing_about_this_machine(form, pack_of):
    for path in pack_of(form).glob("*.onnx"):
        content = path.read_bytes()
        assert b"site-packages" not in content and b"stack_trace" not in content, path.name


def test_small_weights_stay_inside(pack_of):
    for path in pack_of("wan21-i2v").glob("vae_*.onnx"):
        assert all(length >= INLINE for _, _, length in outside(path).values())
