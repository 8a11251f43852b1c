"""Turns a checkpoint folder of the diffusers library into a Wakeframe model pack: ONNX graphs, tokenizer, pack.toml."""

VERSION = "0.1.0"
EXPORTER = f"wakeframe-export {VERSION}"
