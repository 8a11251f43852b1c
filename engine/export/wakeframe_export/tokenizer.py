"""The tokenizer as one tokenizer.json, which the engine reads without Python."""

from pathlib import Path

from transformers import AutoTokenizer

from .checkpoint import Checkpoint
from .errors import ExportError

FILE = "tokenizer.json"


def write_tokenizer(checkpoint: Checkpoint, component: str, folder: Path) -> int:
    """Writes tokenizer.json, without padding or truncation (the engine does both); returns the id of the padding token."""
    source = checkpoint.folder / component
    try:
        tokenizer = AutoTokenizer.from_pretrained(source, use_fast=True, local_files_only=True)
    except (OSError, ValueError, ImportError, KeyError) as error:
        raise ExportError(f"{source}: the tokenizer cannot be loaded: {error}") from error
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None or tokenizer.pad_token_id is None:
        raise ExportError(f"{source}: {type(tokenizer).__name__} has no fast form or no padding token; a pack needs a tokenizer.json")
    backend.no_padding()
    backend.no_truncation()
    (folder / FILE).write_text(backend.to_str(), "utf-8")
    return int(tokenizer.pad_token_id)
