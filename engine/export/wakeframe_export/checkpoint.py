"""A checkpoint folder as `save_pretrained` of a diffusers pipeline writes it: model_index.json and one folder per component."""

import importlib
import inspect
import json
from pathlib import Path
from typing import Any

import torch

from .errors import ExportError

#: Libraries whose classes a checkpoint may name. Nothing else is imported on a checkpoint's word.
LIBRARIES = ("diffusers", "transformers")
CONFIG_FILES = ("config.json", "scheduler_config.json", "preprocessor_config.json", "tokenizer_config.json")


def read_json(path: Path) -> dict:
    """The object in a JSON file; an `ExportError` that names the file where it is missing or damaged."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ExportError(f"{path} is missing: give the folder of a whole diffusers checkpoint") from None
    except (OSError, ValueError) as error:
        raise ExportError(f"{path} cannot be read as JSON ({error}): fetch the checkpoint again") from error
    if not isinstance(found, dict):
        raise ExportError(f"{path} does not hold a JSON object: fetch the checkpoint again")
    return found


class Checkpoint:
    """Reads the folder's index and configs; loads weights only when asked, one component at a time."""

    def __init__(self, folder: Path):
        self.folder = folder
        #: In what type weights are loaded. The exporter sets it per part, so that a model in half precision is never held in full.
        self.dtype = torch.float32
        self.index = read_json(folder / "model_index.json")

    @property
    def pipeline(self) -> str:
        """Class name of the pipeline, such as `WanImageToVideoPipeline`."""
        return str(self.index.get("_class_name", ""))

    def has(self, component: str) -> bool:
        """Whether the index names a class for this component (optional ones are `[null, null]`)."""
        entry = self.index.get(component)
        return isinstance(entry, list) and len(entry) == 2 and entry[1] is not None

    def require(self, component: str) -> None:
        """Raises where the index lacks the component, or takes it from a library that is not one of ours."""
        path = self.folder / "model_index.json"
        if not self.has(component):
            raise ExportError(f"{path} names no {component}, which a {self.pipeline} needs")
        if self.index[component][0] not in LIBRARIES:
            raise ExportError(f"{path}: {component} comes from {self.index[component][0]!r}; supported: {', '.join(LIBRARIES)}")

    def component_class(self, component: str) -> type:
        """The Python class that the index names for a component."""
        self.require(component)
        library, name = self.index[component]
        found = getattr(importlib.import_module(library), str(name), None)
        if not isinstance(found, type):
            raise ExportError(f"{self.folder / 'model_index.json'}: the installed {library} has no {name} (for {component})")
        return found

    def config(self, component: str) -> dict[str, Any]:
        """The component's config, with the defaults of its class for what an older checkpoint does not state."""
        self.require(component)
        folder = self.folder / component
        path = next((folder / name for name in CONFIG_FILES if (folder / name).is_file()), folder / CONFIG_FILES[0])
        stated = read_json(path)
        if self.index[component][0] != "diffusers":
            return stated
        parameters = inspect.signature(self.component_class(component).__init__).parameters.values()
        return {p.name: p.default for p in parameters if p.default is not inspect.Parameter.empty} | stated

    def load(self, component: str, expected: type) -> torch.nn.Module:
        """The component's model, ready for inference; `expected` is the class that the family can export."""
        found = self.component_class(component)
        if not issubclass(found, expected):
            raise ExportError(f"{self.folder / component}: {found.__name__} is not supported here; supported: {expected.__name__}")
        # The two libraries name the same option differently.
        option = "torch_dtype" if found.__module__.startswith("diffusers") else "dtype"
        try:
            model = found.from_pretrained(self.folder, subfolder=component, local_files_only=True, **{option: self.dtype})
        except (OSError, ValueError, RuntimeError) as error:
            raise ExportError(f"{self.folder / component} cannot be loaded: {error}") from error
        return model.eval().requires_grad_(False)
