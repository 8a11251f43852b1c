"""A pack at work in numpy and ONNX Runtime, the way the engine reads one: nothing here knows the checkpoint."""

import tomllib
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

NUMPY = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(int64)": np.int64}


class Graph:
    """One component; inputs are cast to what the graph declares, outputs come back as fp32."""

    def __init__(self, path: Path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 2
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.inputs = self.session.get_inputs()

    def __call__(self, *values) -> list[np.ndarray]:
        feeds = {entry.name: np.asarray(value, NUMPY[entry.type]) for entry, value in zip(self.inputs, values, strict=True)}
        return [output.astype(np.float32) for output in self.session.run(None, feeds)]


class Pack:
    """pack.toml and the graphs, opened when first used."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.facts = tomllib.loads((folder / "pack.toml").read_text("utf-8"))
        self.graphs: dict[str, Graph] = {}

    def __call__(self, component: str, *values) -> list[np.ndarray]:
        if component not in self.graphs:
            self.graphs[component] = Graph(self.folder / self.facts["components"][component]["file"])
        return self.graphs[component](*values)

    def tokens(self, prompt: str) -> tuple[np.ndarray, np.ndarray]:
        """Token ids and mask [1,max_tokens], padded on the right; the end token survives truncation."""
        text = self.facts["text"]
        tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        tokenizer.enable_truncation(text["max_tokens"])
        ids = tokenizer.encode(prompt).ids
        padded = np.full((1, text["max_tokens"]), text["pad"], np.int64)
        padded[0, : len(ids)] = ids
        return padded, (np.arange(text["max_tokens"]) < len(ids)).astype(np.int64)[None]

    def chunks(self, coder: str, chunks: list[np.ndarray]) -> np.ndarray:
        """Runs a causal VAE over chunks along the frames, carrying its caches."""
        first, *caches = self(f"vae_{coder}_first", chunks[0])
        results = [first]
        for chunk in chunks[1:]:
            result, *caches = self(f"vae_{coder}_next", chunk, *caches)
            results.append(result)
        return np.concatenate(results, 2)
