"""The committed descriptions of tiny checkpoints: `engine/export/tiny/FORM.json`.

- `like`: the published checkpoint whose settings are taken over; only widths, depths and vocabularies are smaller.
- `seed`: makes the weights.
- `shared`: layers of one shape get the same weights, where the architecture cannot be made small enough otherwise.
- `levels`: other levels than those of `levels.py`.
- `pipeline`: class and settings of model_index.json.
- `components`: folder -> class and settings. A scheduler's settings stand in scheduler_config.json word for word.
- `beside`: components in the folder that model_index.json does not name (a published checkpoint of their own).
"""

import json
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "tiny"


def forms() -> list[str]:
    """Names of all forms."""
    return sorted(path.stem for path in FOLDER.glob("*.json") if not path.stem.startswith("tokenizer_"))


def read(name: str) -> dict:
    """A description, or another JSON file beside them."""
    return json.loads((FOLDER / name).with_suffix(".json").read_text("utf-8"))
