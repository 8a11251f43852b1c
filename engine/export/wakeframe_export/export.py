"""The whole way from a checkpoint folder to a pack."""

import gc
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import torch

from . import EXPORTER
from .checkpoint import Checkpoint
from .errors import ExportError
from .external import LARGEST_WHOLE, write_graphs
from .families import plan_of
from .family import Part, Plan
from .graph import to_onnx
from .lora import Lora, merge
from .memory import activation
from .pack import PackFolder, check_name, digest, write_description
from .precision import DTYPES, narrow
from .preview import fit
from .quantize import SCHEMES, quantize
from .selfcheck import largest_difference, run_torch
from .tokenizer import FILE as TOKENIZER_FILE
from .tokenizer import write_tokenizer
from .weights import store_bf16


@dataclass
class Options:
    """What the command line asks for; None keeps what the family says."""

    dtype: str = "fp32"
    quantize: str | None = None
    loras: list[Lora] = field(default_factory=list)
    name: str | None = None
    title: str | None = None
    best_for: str | None = None
    licence: str | None = None
    licence_url: str | None = None
    commercial_use: bool | None = None
    negative: str | None = None
    largest_whole: int = LARGEST_WHOLE
    """Bytes of weights above which a graph's weights go to a data file; lowered by tests."""


def export(source: Path, destination: Path, options: Options, say=partial(print, flush=True)) -> Plan:
    """Writes the pack of a checkpoint; raises `ExportError` and leaves nothing behind where that is impossible."""
    if options.dtype not in DTYPES or options.quantize not in (None, *SCHEMES):
        raise ExportError(f"precision {options.dtype}, {options.quantize}: supported are {DTYPES} and {SCHEMES}")
    checkpoint = Checkpoint(source)
    plan = plan_of(checkpoint)
    name = check_name(options.name or plan.name)
    for lora in options.loras:
        lora.prepare(plan.experts, [part.expert for part in plan.parts if part.expert])
    say(f"{source}: {plan.title} ({plan.family}, {plan.form})")
    with PackFolder(destination) as folder:
        components, tables = {}, {key: dict(table) for key, table in plan.tables.items()}
        if plan.tokenizer:
            tables["text"]["pad"] = write_tokenizer(checkpoint, plan.tokenizer, folder)
            components["tokenizer"] = {"file": TOKENIZER_FILE, "sha256": digest(folder / TOKENIZER_FILE)}
        for part in plan.parts:
            checkpoint.dtype = torch.float16 if part.narrowed and options.dtype == "fp16" else torch.float32
            written, preview = export_part(part, folder, options, plan, say)
            components |= written
            tables |= {"preview": preview} if preview else {}
        if options.negative is not None:
            if "negative" not in tables.get("latent", {}).get("controls", ()):
                raise ExportError(f"--negative: {plan.title} takes no negative prompt")
            tables["defaults"]["negative"] = options.negative
        write_description(folder, _head(plan, name, options, components), tables, components)
    say(f"{destination}: pack {name} written")
    return plan


def export_part(part: Part, folder: Path, options: Options, plan: Plan, say) -> tuple[dict, dict | None]:
    """Writes and checks the graphs of one model; only this model is in memory, and it is dropped before ONNX Runtime starts."""
    model = part.load()
    if part.expert:
        for lora in options.loras:
            say(f"  {part.subfolder}: {merge(model, lora, part.expert, plan.experts)} layers of {lora.path.name} merged")
    dtype = options.dtype if part.narrowed else "fp32"
    scheme = options.quantize if part.narrowed else None
    narrow(model, dtype)
    graphs = part.graphs(model)
    expected = {graph.component: run_torch(graph, dtype) for graph in graphs}
    models = {}
    for graph in graphs:
        say(f"  {graph.component}: tracing")
        models[graph.component] = onnx = to_onnx(graph, expected[graph.component][0].inputs)
        if scheme:
            quantize(onnx, scheme)
        if dtype == "bf16":
            store_bf16(onnx)
    stem = graphs[0].component if len(graphs) == 1 else part.subfolder
    needs = {graph.component: activation(graph, models[graph.component]) for graph in graphs}
    written = write_graphs(models, folder, stem, options.largest_whole)
    preview = fit(part, model) if part.preview else None
    del model, models
    for number, graph in enumerate(graphs):
        graphs[number] = graph.without_module()
    gc.collect()

    digests = {file: digest(folder / file) for entry in written.values() for file in entry.data}
    components = {}
    for graph in graphs:
        entry = written[graph.component]
        worst = largest_difference(folder / entry.file, graph, expected.pop(graph.component), scheme or dtype)
        say(f"  {graph.component}: {entry.weights / 1e6:.1f} MB of weights, largest difference {worst:.2g}")
        components[graph.component] = {"file": entry.file, "sha256": digest(folder / entry.file)}
        if entry.data:
            components[graph.component]["data"] = [{"file": file, "sha256": digests[file]} for file in entry.data]
        if needs[graph.component]:
            components[graph.component]["activation"] = needs[graph.component]
        components[graph.component] |= {"weights": entry.weights, "precision": precision(dtype, scheme), "max_difference": float(f"{worst:.3g}")}
    return components, preview


def precision(dtype: str, scheme: str | None) -> str:
    """The word for pack.toml: "fp16", "bf16+int8"."""
    return f"{dtype}+{scheme}" if scheme else dtype


def _head(plan: Plan, name: str, options: Options, components: dict) -> dict:
    def chosen(key):
        given = getattr(options, key)
        return getattr(plan, key) if given is None else given

    return {"name": name, "title": chosen("title"), "family": plan.family, "version": "1", "best_for": chosen("best_for"),
            "licence": chosen("licence"), "licence_url": chosen("licence_url"), "commercial_use": chosen("commercial_use"),
            "exporter": EXPORTER, "precision": components[plan.denoiser]["precision"]}
