"""The families that can be exported; each is one file with `PIPELINES` and `plan(checkpoint)`."""

from ..checkpoint import Checkpoint
from ..errors import ExportError
from ..family import Plan
from . import cogvideox, i2vgen, ltx, svd, wan

FAMILIES = (wan, ltx, svd, cogvideox, i2vgen)


def plan_of(checkpoint: Checkpoint) -> Plan:
    """The plan for a checkpoint, or an `ExportError` that says what is supported."""
    for family in FAMILIES:
        if checkpoint.pipeline in family.PIPELINES:
            return family.plan(checkpoint)
    known = ", ".join(pipeline for family in FAMILIES for pipeline in family.PIPELINES)
    raise ExportError(f"{checkpoint.folder / 'model_index.json'}: pipeline {checkpoint.pipeline or 'without a name'} is not supported; supported: {known}")
