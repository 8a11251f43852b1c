"""Tokenizers with small vocabularies, of the classes that published checkpoints have."""

import base64

import transformers

from .description import read


def tokenizer(entry: dict):
    """The tokenizer of a description's entry: `class`, `vocabulary` (a file beside the descriptions), `model_max_length`."""
    content = read(entry["vocabulary"])
    made = getattr(transformers, entry["class"])
    if "pieces" in content:
        # T5 keeps a hundred more tokens for its own training; the small vocabulary does without.
        return made(
            vocab=[tuple(piece) for piece in content["pieces"]], extra_ids=0, model_max_length=entry["model_max_length"],
            _spm_precompiled_charsmap=base64.b64decode(content["charsmap"]),
        )
    merges = [tuple(pair) for pair in content["merges"]]
    return made(vocab=content["vocabulary"], merges=merges, model_max_length=entry["model_max_length"])
