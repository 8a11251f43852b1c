"""Results kept on disk, so that a run that was stopped goes on."""

import json
import os
from pathlib import Path

import numpy as np

from .settings import RESULTS


def folder() -> Path:
    path = RESULTS / "cases"
    path.mkdir(parents=True, exist_ok=True)
    return path


def read(key: str) -> dict | None:
    """A kept result, with its flow if it has one; None if there is none."""
    path = folder() / f"{key}.json"
    if not path.exists():
        return None
    result = json.loads(path.read_text("utf-8"))
    flow = path.with_suffix(".npy")
    return result | {"flow": np.load(flow)} if flow.exists() else result


def write(key: str, result: dict) -> None:
    """Keeps a result; its JSON file comes last and in one step."""
    path = folder() / f"{key}.json"
    result = dict(result)
    flow = result.pop("flow", None)
    if flow is not None:
        np.save(path.with_suffix(".npy"), flow)
    beside = path.with_suffix(".part")
    beside.write_text(json.dumps(result, indent=1), "utf-8")
    os.replace(beside, path)


def kept(key: str, make, again: bool = False):
    """The kept result of `key`, or what `make()` gives, kept."""
    found = None if again else read(key)
    if found is None:
        write(key, make())
        found = read(key)
    return found
