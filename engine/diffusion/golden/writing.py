"""Writes a golden file, and holds the versions that goldens belong to."""

import json
import os
from pathlib import Path

import diffusers
import PIL
import torch
import transformers
from safetensors.torch import save_file

VERSIONS = {"torch": "2.15.0", "diffusers": "0.42.1", "transformers": "5.23.0", "pillow": "13.0.0"}


def write(name: str, tensors: dict[str, torch.Tensor], cases: list[dict]) -> None:
    """`cases` go into the file's metadata as JSON; the file appears whole or not at all."""
    found = {
        "torch": torch.__version__.split("+")[0],
        "diffusers": diffusers.__version__,
        "transformers": transformers.__version__,
        "pillow": PIL.__version__,
    }
    assert found == VERSIONS, f"goldens belong to {VERSIONS}, found {found}"
    path = Path(__file__).parent / f"{name}.safetensors"
    part = path.with_suffix(".part")
    metadata = {"cases": json.dumps(cases), "versions": json.dumps(VERSIONS)}
    save_file({k: v.contiguous().clone() for k, v in tensors.items()}, part, metadata=metadata)
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(path)
    print(f"{path.name}: {len(cases)} cases, {path.stat().st_size} bytes")
