"""From a description and a seed to a checkpoint folder."""

import json
import os
import shutil
from pathlib import Path

import diffusers
import torch
import transformers
from diffusers.pipelines import ltx

from .description import read
from .levels import level
from .repeatable import repeatable
from .text import tokenizer
from .weights import fill, settle

#: Where `save_pretrained` puts the settings of what has no weights.
CLASS_KEYS = {"preprocessor_config.json": "image_processor_type", "tokenizer_config.json": "tokenizer_class"}


def build(form: str, folder: Path, seed: int | None = None) -> None:
    """Writes the checkpoint of a form; `seed` replaces the committed one."""
    description = read(form)
    seed = description["seed"] if seed is None else seed
    shared = description.get("shared", False)
    components = {name: _component(name, entry, seed, shared) for name, entry in description["components"].items()}
    beside = {name: _component(name, entry, seed, shared) for name, entry in description.get("beside", {}).items()}
    with repeatable():
        level(components | beside, **description.get("levels", {}))
    for component in (components | beside).values():
        if isinstance(component, torch.nn.Module):
            settle(component)
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    pipeline = getattr(diffusers, description["pipeline"]["class"])
    pipeline(**components, **description["pipeline"]["config"]).save_pretrained(part)
    for name, component in beside.items():
        component.save_pretrained(part / name)
    _published_names(part, description["components"])
    os.rename(part, folder)


def _component(name: str, entry: dict, seed: int, shared: bool):
    """One component, its weights filled."""
    if "vocabulary" in entry:
        return tokenizer(entry)
    made = next(getattr(library, entry["class"]) for library in (diffusers, transformers, ltx) if hasattr(library, entry["class"]))
    if hasattr(made, "from_config") and not issubclass(made, torch.nn.Module):
        return made.from_config(entry["config"])
    if not issubclass(made, torch.nn.Module):
        return made(**entry["config"])
    configuration = getattr(made, "config_class", None)
    with torch.random.fork_rng():  # what the class draws for its weights is overwritten
        model = made(configuration(**entry["config"])) if configuration else made(**entry["config"])
    model.float()  # CogVideoX makes its positions in fp64; checkpoints hold fp32
    fill(model, f"{seed}/{name}", shared)
    return model.eval()


def _published_names(folder: Path, components: dict) -> None:
    """Class names as published checkpoints have them, whatever this version of the library calls them, and the scheduler's settings."""
    index_file = folder / "model_index.json"
    index = json.loads(index_file.read_text("utf-8"))
    for name, entry in components.items():
        index[name][1] = entry["class"]
        if entry["class"].endswith("Scheduler"):
            written = {"_class_name": entry["class"], "_diffusers_version": index["_diffusers_version"], **entry["config"]}
            _write(folder / name / "scheduler_config.json", written)
        for file, key in CLASS_KEYS.items():
            place = folder / name / file
            if place.is_file():
                _write(place, json.loads(place.read_text("utf-8")) | {key: entry["class"].removesuffix("Fast")})
    _write(index_file, index)


def _write(place: Path, content: dict) -> None:
    place.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", "utf-8")
