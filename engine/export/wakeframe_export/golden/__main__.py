"""python -m wakeframe_export.golden FORM OUT.safetensors [--checkpoint DIR] [--seed N]"""

import argparse
import tempfile
from pathlib import Path

from ..tiny.build import build
from ..tiny.description import forms, read
from ..tiny.quiet import quiet
from .record import record


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m wakeframe_export.golden", description="Runs the reference on a tiny checkpoint.")
    parser.add_argument("form", choices=forms(), help="which kind of checkpoint")
    parser.add_argument("out", type=Path, help="the golden file to write")
    parser.add_argument("--seed", type=int, help="another checkpoint than the committed one")
    parser.add_argument("--checkpoint", type=Path, help="a folder that wakeframe_export.tiny has written for this form and seed")
    asked = parser.parse_args()
    quiet()
    seed = read(asked.form)["seed"] if asked.seed is None else asked.seed
    if asked.checkpoint is not None:
        record(asked.form, seed, asked.checkpoint, asked.out)
        return
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = Path(folder) / asked.form
        build(asked.form, checkpoint, seed)
        record(asked.form, seed, checkpoint, asked.out)


main()
