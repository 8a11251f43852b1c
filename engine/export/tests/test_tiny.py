"""Tiny checkpoints: repeatable, fresh with a fresh seed, and fit to show errors."""

import filecmp
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from wakeframe_export.golden.cases import read_cases
from wakeframe_export.golden.reference import choose_scheduler, load, load_upsampler
from wakeframe_export.golden.run import run
from wakeframe_export.golden.stills import make_still
from wakeframe_export.tiny.build import build
from wakeframe_export.tiny.description import forms, read
from wakeframe_export.tiny.quiet import quiet

quiet()

#: What each form must react to besides the seed and the still: field -> another value.
TEXT = {"prompt": "smoke rises from the chimney, snow falls", "negative": "watermark, text"}
REACTS = {
    "wan21-i2v": TEXT | {"guidance": 2.0, "shift": 6.0},
    "wan21-flf2v": TEXT | {"guidance": 2.0, "shift": 6.0, "last": "square"},
    "wan22-a14b": TEXT | {"guidance": 2.0, "guidance_low": 1.5},
    "wan22-ti2v": TEXT | {"guidance": 2.0, "shift": 2.0},
    "ltx-090": TEXT | {"guidance": 2.0, "fps": 20},
    "ltx-091": TEXT | {"guidance": 2.0, "fps": 20, "decode_timestep": 0.02, "decode_noise": 0.05},
    "ltx-095": TEXT | {"guidance": 2.0, "fps": 20, "still_strength": 0.7, "condition_noise": 0.0, "keyframes": [[8, "second", 0.5]]},
    "ltx-098": {"prompt": TEXT["prompt"], "fps": 20, "adain": 0.3, "tone_map": 0.0, "second_strength": 0.6},
    "svd": {"guidance": 2.0, "guidance_first": 2.0, "fps": 20, "motion_bucket": 10, "noise_aug": 0.1, "decode_chunk": 2},
    "cogvideox-10": TEXT | {"guidance": 2.0, "dynamic_guidance": True, "scheduler": "dpm"},
    "cogvideox-15": TEXT | {"guidance": 2.0, "dynamic_guidance": True, "scheduler": "dpm"},
    "i2vgen": TEXT | {"guidance": 2.0, "fps": 30},
}
#: Ten times what the engine's frames may differ from the reference's.
VISIBLE = 1e-3


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """form -> the checkpoint of its committed seed, built once."""
    folder = tmp_path_factory.mktemp("tiny")

    def built(form: str) -> Path:
        if not (folder / form).exists():
            build(form, folder / form)
        return folder / form

    return built


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def guided_case(form: str) -> dict:
    """A case with every condition at work."""
    return next(case for case in read_cases(form)[1] if case["guidance"] > 1 or form == "ltx-098")


def frames_of(form: str, folder: Path):
    """case -> frames of the reference."""
    pipeline, upsampler = load(folder), load_upsampler(folder)
    published = pipeline.scheduler
    stills = {name: make_still(name, *size) for name, size in read_cases(form)[0].items()}

    def frames(case: dict) -> np.ndarray:
        choose_scheduler(pipeline, published, case["scheduler"], case.get("shift"))
        return run(pipeline, upsampler, case, stills).frames

    return frames


@pytest.mark.parametrize("form", forms())
def test_same_seed_same_bytes_and_another_seed_other_weights(form, checkpoint, tmp_path):
    first, again, fresh = checkpoint(form), tmp_path / "again", tmp_path / "fresh"
    build(form, again)
    build(form, fresh, read(form)["seed"] + 1)
    assert files(first) == files(again) == files(fresh)
    for name in files(first):
        assert filecmp.cmp(first / name, again / name, shallow=False), name
        if name.endswith(".safetensors"):
            mine, other = load_file(first / name), load_file(fresh / name)
            same = [key for key in mine if torch.equal(mine[key], other[key])]
            assert all("timestep_scale_multiplier" in key for key in same), same
        else:
            assert filecmp.cmp(first / name, fresh / name, shallow=False), name


@pytest.mark.parametrize("form", forms())
def test_weights_lose_nothing_in_16_bits(form, checkpoint):
    for path in checkpoint(form).rglob("*.safetensors"):
        for name, weight in load_file(path).items():
            assert weight.dtype == torch.float32, name
            assert torch.equal(weight, weight.half().float()) and torch.equal(weight, weight.bfloat16().float()), name


@pytest.mark.parametrize("form", forms())
def test_the_reference_runs_and_shows_every_difference(form, checkpoint):
    frames = frames_of(form, checkpoint(form))
    case = guided_case(form)
    base = frames(case)
    assert np.isfinite(base).all()
    assert ((base <= 0) | (base >= 1)).mean() < 0.03
    assert base.std() > 0.05
    other_still = next(name for name in read_cases(form)[0] if name != case["still"])
    for field, value in {"seed": 999, "still": other_still, **REACTS[form]}.items():
        assert np.abs(frames(case | {field: value}) - base).max() > VISIBLE, field
