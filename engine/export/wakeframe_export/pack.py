"""The pack folder: written beside its place, described by pack.toml, and renamed when it is whole."""

import hashlib
import os
import re
import shutil
from pathlib import Path

import tomli_w

from .errors import ExportError

FORMAT = 1
DESCRIPTION = "pack.toml"
NAME = re.compile(r"[A-Za-z0-9._-]+")
#: The order of the tables in pack.toml; the family's own section stands before the components.
ORDER = ("limits", "latent", "defaults", "scheduler", "text")


def check_name(name: str) -> str:
    """A pack's name, or an `ExportError`."""
    if not NAME.fullmatch(name) or name.startswith("."):
        raise ExportError(f"--name {name!r}: a pack's name has letters, digits, dots, underscores and hyphens, and no dot at its beginning")
    return name


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class PackFolder:
    """A context: gives a fresh folder beside the destination; renames it at the end, removes it on an error."""

    def __init__(self, destination: Path):
        self.destination = destination.absolute()
        self.waiting = self.destination.with_name(f".{self.destination.name}.new")
        self.replaced = self.destination.with_name(f".{self.destination.name}.old")

    def __enter__(self) -> Path:
        if self.destination.exists() and not self._replaceable():
            raise ExportError(f"{self.destination} exists and is not a pack: name a new folder")
        for leftover in (self.waiting, self.replaced):
            shutil.rmtree(leftover, ignore_errors=True)
        self.waiting.mkdir(parents=True)
        return self.waiting

    def _replaceable(self) -> bool:
        return self.destination.is_dir() and ((self.destination / DESCRIPTION).is_file() or not any(self.destination.iterdir()))

    def __exit__(self, kind, *_) -> None:
        if kind is not None:
            shutil.rmtree(self.waiting, ignore_errors=True)
            return
        if self.destination.exists():
            os.replace(self.destination, self.replaced)
        os.replace(self.waiting, self.destination)
        shutil.rmtree(self.replaced, ignore_errors=True)


def write_description(folder: Path, head: dict, tables: dict[str, dict], components: dict[str, dict]) -> None:
    """Writes pack.toml, the last file of a pack."""
    document = {"format": FORMAT} | head
    for name in (*ORDER, *(name for name in tables if name not in ORDER and name != "preview")):
        if tables.get(name):
            document[name] = without_nulls(tables[name])
    document["components"] = components
    if "preview" in tables:
        document["preview"] = tables["preview"]
    with open(folder / DESCRIPTION, "wb") as file:
        tomli_w.dump(document, file)
        file.flush()
        os.fsync(file.fileno())


def without_nulls(value):
    """TOML has no null: what a config leaves open is left out."""
    if isinstance(value, dict):
        return {str(key): without_nulls(entry) for key, entry in value.items() if entry is not None}
    if isinstance(value, (list, tuple)):
        return [without_nulls(entry) for entry in value if entry is not None]
    return value
