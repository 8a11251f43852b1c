"""Time at 1920×1080, memory at 3840×2160, size of the pack."""

import tempfile
from dataclasses import asdict
from pathlib import Path

from .photographs import load
from .program import run
from .settings import PACK, RESULTS

PHOTO, PROMPT = "picosdeeuropa", "clouds drift left"
FRAMES = 96


def pack_size() -> int:
    """Bytes of the pack's files."""
    return sum(path.stat().st_size for path in PACK.rglob("*") if path.is_file())


def measure(width: int, height: int, fps: int) -> dict:
    """One four-second clip with a camera move, as a film; see program.Run for the units."""
    (RESULTS / "scratch").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=RESULTS / "scratch") as folder:
        options = ["--prompt", PROMPT, "--dolly=0.5", "--pan=0.2", "--duration", "4", "--fps", str(fps)]
        made = run(load(PHOTO).file(width, height), options, "clip.mp4", Path(folder))
    return asdict(made)
