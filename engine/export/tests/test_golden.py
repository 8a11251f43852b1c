"""Golden files: the committed ones are what the reference gives, and writing them twice gives the same bytes."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from wakeframe_export.golden.cases import read_cases
from wakeframe_export.golden.record import record
from wakeframe_export.tiny.build import build
from wakeframe_export.tiny.description import forms, read
from wakeframe_export.tiny.quiet import quiet

quiet()

COMMITTED = Path(__file__).resolve().parents[3] / "tests" / "fixtures" / "golden"
#: Another processor adds in another order.
CLOSE = 2e-5


def contents(path: Path) -> tuple[dict, dict[str, np.ndarray]]:
    with safe_open(path, "np") as file:
        return json.loads(file.metadata()["golden"]), {name: file.get_tensor(name) for name in file.keys()}


@pytest.mark.parametrize("form", forms())
def test_the_committed_file_is_what_the_reference_gives(form, tmp_path):
    build(form, tmp_path / form)
    record(form, read(form)["seed"], tmp_path / form, tmp_path / "golden")
    note, tensors = contents(COMMITTED / f"{form}.safetensors")
    new_note, new_tensors = contents(tmp_path / "golden")
    assert note["cases"] == new_note["cases"] == read_cases(form)[1]
    assert note["seed"] == read(form)["seed"]
    assert tensors.keys() == new_tensors.keys()
    for name, tensor in tensors.items():
        scale = 65535 if tensor.dtype == np.uint16 else 1
        assert np.abs(tensor.astype(np.float64) - new_tensors[name]).max() <= CLOSE * scale, name


def test_twice_gives_the_same_bytes(tmp_path):
    form = "ltx-091"  # the one whose decoder draws noise
    build(form, tmp_path / form)
    for name in ("first", "second"):
        record(form, read(form)["seed"], tmp_path / form, tmp_path / name)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


@pytest.mark.parametrize("form", forms())
def test_cases_have_what_an_engine_must_be_told(form):
    stills, cases = read_cases(form)
    names = [case["name"] for case in cases]
    assert len(set(names)) == len(names)
    for case in cases:
        assert {"prompt", "negative", "seed", "width", "height", "frames", "steps", "guidance", "fps", "scheduler", "still"} <= case.keys()
        assert {case["still"], case.get("last", case["still"]), *(keyframe[1] for keyframe in case.get("keyframes", []))} <= stills.keys()
    if form != "cogvideox-10":  # its learned positions fit one size only
        assert len({(case["width"], case["height"]) for case in cases}) >= 2
    assert len({case["frames"] for case in cases}) >= 2
    if form != "ltx-098":  # distilled: never guided
        assert {case["guidance"] > 1 for case in cases} == {True, False}
    same_shape = {stills[case["still"]][0] * case["height"] == stills[case["still"]][1] * case["width"] for case in cases}
    assert same_shape == {True, False}
