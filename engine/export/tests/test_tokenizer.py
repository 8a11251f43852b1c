"""The pack's tokenizer gives the ids of the checkpoint's."""

import pytest
from pack_runner import Pack
from transformers import AutoTokenizer
from wakeframe_export.checkpoint import Checkpoint
from wakeframe_export.errors import ExportError
from wakeframe_export.tokenizer import write_tokenizer

PROMPTS = ["a cat walks on the grass", "", "静止 waves  roll\nin", "camera pans left " * 200]


@pytest.mark.parametrize("prompt", PROMPTS)
def test_ids_and_mask(prompt, checkpoint_of, pack_of):
    reference = AutoTokenizer.from_pretrained(checkpoint_of("wan21-i2v") / "tokenizer", local_files_only=True)
    expected = reference(prompt, padding="max_length", max_length=512, truncation=True, return_tensors="np")
    ids, mask = Pack(pack_of("wan21-i2v")).tokens(prompt)
    assert ids.tolist() == expected["input_ids"].tolist() and mask.tolist() == expected["attention_mask"].tolist()


def test_a_missing_tokenizer(checkpoint_of, tmp_path):
    with pytest.raises(ExportError, match="tokenizer cannot be loaded"):
        write_tokenizer(Checkpoint(checkpoint_of("wan21-i2v")), "vae", tmp_path)
