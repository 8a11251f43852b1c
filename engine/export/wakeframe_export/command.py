"""The command line."""

import argparse
import sys
from pathlib import Path

from .errors import ExportError

USAGE = "python -m wakeframe_export CHECKPOINT_DIR PACK_DIR [options]\n       python -m wakeframe_export bench-block OUT.onnx"


def parser() -> argparse.ArgumentParser:
    """All options of an export."""
    found = argparse.ArgumentParser(prog="wakeframe_export", usage=USAGE, description=__doc__)
    found.add_argument("checkpoint", type=Path, metavar="CHECKPOINT_DIR", help="folder of a diffusers checkpoint, with model_index.json")
    found.add_argument("pack", type=Path, metavar="PACK_DIR", help="folder to write; an older pack there is replaced")
    found.add_argument("--dtype", choices=("fp32", "fp16", "bf16"), default="fp32", help="how denoiser and text encoder are stored")
    found.add_argument("--quantize", choices=("int8", "int4"), help="matrices of denoiser and text encoder in 8 or 4 bits")
    found.add_argument("--lora", action="append", default=[], metavar="[EXPERT=]FILE[:SCALE]",
                       help="merge a LoRA; EXPERT (high or low) where a checkpoint has two denoisers; may be given several times")
    for option, text in (("name", "the pack's name"), ("title", "its title"), ("best-for", "what it is best at"), ("licence", "SPDX name"),
                         ("licence-url", "where the licence stands"), ("negative", "negative prompt used where the request has none")):
        found.add_argument(f"--{option}", metavar="TEXT", help=text)
    found.add_argument("--commercial-use", choices=("yes", "no"), help="whether the licence allows it")
    return found


def main(arguments: list[str]) -> int:
    """Runs one command; the exit status."""
    try:
        if arguments[:1] == ["bench-block"]:
            return _bench_block(arguments[1:])
        return _export(parser().parse_args(arguments))
    except ExportError as error:
        print(f"wakeframe_export: {error}", file=sys.stderr)
        return 1


def _export(given: argparse.Namespace) -> int:
    # Imported late: torch takes seconds, and a wrong command line should be told at once.
    from .export import Options, export
    from .lora import parse

    options = Options(dtype=given.dtype, quantize=given.quantize, loras=[parse(text) for text in given.lora], name=given.name, title=given.title,
                      best_for=given.best_for, licence=given.licence, licence_url=given.licence_url, negative=given.negative,
                      commercial_use=None if given.commercial_use is None else given.commercial_use == "yes")
    export(given.checkpoint, given.pack, options)
    return 0


def _bench_block(arguments: list[str]) -> int:
    if len(arguments) != 1:
        raise ExportError("bench-block takes one argument, the file to write: bench-block OUT.onnx")
    from .bench_block import write

    write(Path(arguments[0]))
    return 0
