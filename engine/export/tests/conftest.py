"""Checkpoints and packs that several tests share, made once per run."""

import os
import sys
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import pytest  # noqa: E402
import torch  # noqa: E402
from wakeframe_export.checkpoint import Checkpoint  # noqa: E402
from wakeframe_export.export import Options, export, export_part  # noqa: E402
from wakeframe_export.families import plan_of  # noqa: E402
from wakeframe_export.tiny.build import build  # noqa: E402

torch.set_num_threads(2)


@pytest.fixture(scope="session")
def checkpoint_of(tmp_path_factory):
    """Form -> folder of its tiny checkpoint."""
    made: dict[str, Path] = {}

    def get(form: str) -> Path:
        if form not in made:
            made[form] = tmp_path_factory.mktemp("checkpoints") / form
            build(form, made[form])
        return made[form]

    return get


@pytest.fixture(scope="session")
def pack_of(tmp_path_factory, checkpoint_of):
    """Form -> folder of its pack, fp32."""
    made: dict[str, Path] = {}

    def get(form: str) -> Path:
        if form not in made:
            made[form] = tmp_path_factory.mktemp("packs") / form
            export(checkpoint_of(form), made[form], Options(), say=lambda _line: None)
        return made[form]

    return get


@pytest.fixture
def export_only(tmp_path, checkpoint_of):
    """Exports one model of a checkpoint: (form, subfolder, options) -> folder and the components' entries of pack.toml."""

    def run(form: str, subfolder: str, options: Options) -> tuple[Path, dict]:
        plan = plan_of(Checkpoint(checkpoint_of(form)))
        part = next(part for part in plan.parts if part.subfolder == subfolder)
        for lora in options.loras:
            lora.prepare(plan.experts, [part.expert for part in plan.parts if part.expert])
        components, _ = export_part(part, tmp_path, options, plan, say=lambda _line: None)
        return tmp_path, components

    return run
