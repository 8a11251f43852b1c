"""Exporter and engine together against the reference, on checkpoints nobody has seen: a fresh seed at every run.

The engine is the built program, `target/release/wakeframe`; a case of the committed golden cases becomes its command line.
`WAKEFRAME_EXPORT_SEED` repeats a run.
"""

import json
import os
import random
import subprocess
import tomllib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors import safe_open
from wakeframe_export.export import Options, export
from wakeframe_export.golden.record import record
from wakeframe_export.tiny.build import build
from wakeframe_export.tiny.description import forms

ENGINE = Path(__file__).resolve().parents[3] / "target" / "release" / "wakeframe"
SEED = int(os.environ.get("WAKEFRAME_EXPORT_SEED") or random.SystemRandom().randrange(1, 2**31))
#: Largest difference of final frames in 0…1, fp32 on the processor.
BOUND = 1e-4

#: What a published folder says in its name.
DISTILLED = ("ltx-098",)

FLAGS = {"prompt": "--prompt", "negative": "--negative", "frames": "--frames", "fps": "--fps", "guidance": "--guidance",
         "guidance_low": "--guidance-low", "guidance_first": "--guidance-first", "scheduler": "--scheduler", "shift": "--shift",
         "motion_bucket": "--motion-bucket", "noise_aug": "--noise-aug"}
#: These every pack takes. The others are a pack's controls, by the same words; a case has more than its family can be told.
ALWAYS = ("frames", "fps")
#: What a form's pack decides by itself; cases with other values than the first are the engine's own tests' matter.
OF_THE_PACK = ("decode_chunk", "condition_noise", "decode_timestep", "decode_noise", "second_strength", "adain", "tone_map")


def arguments(case: dict, stills: Path, controls: list[str]) -> list[str]:
    """The case as a person would type it, for a pack with these controls."""
    given = [str(stills / f"{case['still']}.png"), "--size", f"{case['width']}x{case['height']}", "--seed", str(case["seed"] % 2**32)]
    for field, flag in FLAGS.items():
        if case.get(field) is not None and (field in controls or field in ALWAYS):
            given += [flag, str(case[field])]
    if "timesteps" not in case:
        given += ["--steps", str(case["steps"])]
    if "last" in case:
        given += ["--last", str(stills / f"{case['last']}.png")]
    if "still_strength" in case:
        given += ["--keyframe", f"0:{stills / case['still']}.png:{case['still_strength']}"]
    for frame, name, strength in case.get("keyframes", []):
        given += ["--keyframe", f"{frame}:{stills / name}.png:{strength}"]
    if case.get("dynamic_guidance"):
        given.append("--dynamic-guidance")
    return given


def chosen(cases: list[dict]) -> list[dict]:
    """The first guided and the first unguided case, and the last one: special cases stand at the end."""
    plain = [case for case in cases if all(case.get(field) == cases[0].get(field) for field in OF_THE_PACK)]
    guided = [case for case in plain if case["guidance"] > 1][:1]
    unguided = [case for case in plain if case["guidance"] <= 1][:1]
    picked = {case["name"]: case for case in guided + unguided + plain[-1:]}
    return list(picked.values())


@pytest.mark.parametrize("form", forms())
def test_a_fresh_checkpoint_gives_the_references_frames(form: str, tmp_path: Path):
    if not ENGINE.is_file():
        pytest.fail(f"{ENGINE} is not built: run `make build`")
    checkpoint, pack, golden = tmp_path / "checkpoint", tmp_path / "pack", tmp_path / "golden.safetensors"
    build(form, checkpoint, SEED)
    export(checkpoint, pack, Options(distilled=form in DISTILLED), say=lambda _line: None)
    controls = tomllib.loads((pack / "pack.toml").read_text("utf-8"))["latent"]["controls"]
    record(form, SEED, checkpoint, golden)
    with safe_open(golden, "numpy") as file:
        cases = json.loads(file.metadata()["golden"])["cases"]
        for key in file.keys():
            if key.startswith("still/"):
                Image.fromarray(file.get_tensor(key)).save(tmp_path / f"{key.removeprefix('still/')}.png")
        for case in chosen(cases):
            out = tmp_path / "frames.npy"
            command = [ENGINE, "render", *arguments(case, tmp_path, controls), "--model", pack, "--store", tmp_path / "store", "-o", out]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{form} {case['name']} (seed {SEED}): {done.stderr}"
            want = file.get_tensor(f"{case['name']}/frames").astype(np.float64) / 65535
            made = np.load(out)
            assert made.dtype == np.float32 and made.shape == want.shape, f"{form} {case['name']}: {made.shape} instead of {want.shape}"
            worst = float(np.abs(made - want).max())
            print(f"{form} {case['name']} (seed {SEED}): {worst:.1e}")
            assert worst <= BOUND, f"{form} {case['name']} (seed {SEED}): frames differ by {worst:.2e}"
