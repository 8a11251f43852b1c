"""python -m wakeframe_export.tiny FORM OUT_DIR [--seed N]"""

import argparse
from pathlib import Path

from .build import build
from .description import forms
from .quiet import quiet


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m wakeframe_export.tiny", description="Builds a tiny checkpoint folder.")
    parser.add_argument("form", choices=forms(), help="which kind of checkpoint")
    parser.add_argument("folder", type=Path, help="a folder that does not exist yet")
    parser.add_argument("--seed", type=int, help="another seed than the committed one: another checkpoint")
    asked = parser.parse_args()
    if asked.folder.exists():
        parser.error(f"{asked.folder} exists already: give a new folder")
    quiet()
    build(asked.form, asked.folder, asked.seed)


main()
