"""Runs all cases of a form and writes the golden file."""

import importlib.metadata
import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from ..tiny.repeatable import repeatable
from .cases import read_cases
from .reference import choose_scheduler, load, load_upsampler
from .run import run
from .stills import make_still

LIBRARIES = ("diffusers", "transformers", "torch")


def record(form: str, seed: int, checkpoint: Path, out: Path) -> None:
    """Writes `out`; `seed` is only noted in it."""
    sizes, cases = read_cases(form)
    stills = {name: make_still(name, *size) for name, size in sizes.items()}
    tensors = {f"still/{name}": np.asarray(still) for name, still in stills.items()}
    pipeline = load(checkpoint)
    published = pipeline.scheduler
    upsampler = load_upsampler(checkpoint)
    with repeatable():
        for case in cases:
            choose_scheduler(pipeline, published, case["scheduler"], case.get("shift"))
            made = run(pipeline, upsampler, case, stills)
            name = case["name"]
            tensors[f"{name}/frames"] = np.round(made.frames.astype(np.float64) * 65535).astype(np.uint16)
            tensors[f"{name}/latents"] = np.stack(made.latents)
            tensors |= {f"{name}/{kind}": tensor for kind, tensor in made.more.items()}
    # One entry only: the order of several is not the same on every run.
    reference = {library: importlib.metadata.version(library).split("+")[0] for library in LIBRARIES}
    note = json.dumps({"form": form, "seed": seed, "reference": reference, "cases": cases}, ensure_ascii=False)
    part = out.with_name(out.name + ".part")
    save_file({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}, part, {"golden": note})
    part.replace(out)
