"""Runs the `wakeframe` program as a user would, and reads back what it wrote."""

import json
import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np

from .settings import PACK, PROGRAM, RESULTS

CORES = 2


class RenderFailed(Exception):
    """The program ended with a fault; its own words say which."""


@dataclass
class Run:
    """One run of the program."""

    stages: dict[str, float] = field(default_factory=dict)  # seconds by stage
    first_preview: float = 0.0  # seconds from the start to the first preview that a node can show; 0 where there was none
    first_frame: float = 0.0  # seconds from the start to the first finished frame
    wall: float = 0.0  # seconds
    cpu: float = 0.0  # seconds of processor time, all threads
    peak: int = 0  # bytes of resident memory
    load: float = 0.0  # the machine's load average of one minute, before or after the run, the larger


@lru_cache(maxsize=1)
def digest() -> str:
    """Names the program and the pack: results of others are not mixed in."""
    whole = sha256(PROGRAM.read_bytes())
    for path in sorted(PACK.rglob("*")):
        if path.is_file():
            whole.update(path.read_bytes())
    return whole.hexdigest()[:16]


def two_cores() -> None:
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])


def run(still: Path, options: list[str], out: str, folder: Path) -> Run:
    """Renders `still` to `folder`/`out` with a take store of its own, on two cores; raises RenderFailed."""
    store = folder / "store"
    command = [str(PROGRAM), "render", str(still), "--json", "--store", str(store), "-o", str(folder / out), *options]
    result, begun = Run(load=os.getloadavg()[0]), time.monotonic()
    with tempfile.TemporaryFile("w+") as words:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=words, text=True, preexec_fn=two_cores)
        last = {}
        for line in process.stdout:
            last = json.loads(line)
            if not result.first_preview and last.get("event") == "preview":
                result.first_preview = time.monotonic() - begun
            if not result.first_frame and last.get("stage") == "frames" and last.get("done", 0) >= 1:
                result.first_frame = time.monotonic() - begun
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        result.wall = time.monotonic() - begun
        if process.returncode != 0 or last.get("event") != "written":
            words.seek(0)
            raise RenderFailed(f"{' '.join(command)}: {last.get('message') or words.read().strip() or process.returncode}")
    result.stages = dict(last["stages"])
    result.load = max(result.load, os.getloadavg()[0])
    result.cpu, result.peak = usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024
    shutil.rmtree(store, ignore_errors=True)
    return result


def frames(still: Path, options: list[str], keep: Path | None) -> list[np.ndarray]:
    """The clip's frames (H,W,3) uint8 BGR; they are also left in the folder `keep` if one is named."""
    (RESULTS / "scratch").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=RESULTS / "scratch") as folder:
        run(still, options, "frame.####.png", Path(folder))
        files = sorted(Path(folder).glob("frame.*.png"))
        pictures = [cv2.imread(str(path)) for path in files]
        if keep:
            keep.mkdir(parents=True, exist_ok=True)
            for path in files:
                shutil.move(path, keep / path.name)
    return pictures
