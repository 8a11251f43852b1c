"""What a checkpoint's CLIP image processor does, in words that the engine follows.

The reference processor rounds differently with torchvision and without (one grey level on a few values). The engine follows the
PIL one: resize in 8 bits, then crop, then scale and normalise in fp32.
"""

from ..checkpoint import Checkpoint
from ..errors import ExportError

#: PIL's numbers for the filters that the engine has.
FILTERS = {1: "lanczos", 2: "bilinear", 3: "bicubic", 4: "box"}


def clip_section(checkpoint: Checkpoint, component: str) -> dict:
    """`image_size` [width, height] the encoder takes; `image_resize` "shortest" (then a centre crop) or "exact"; `image_resize_to`;
    `image_filter`; `image_rescale`, `image_mean`, `image_std`."""
    stated = checkpoint.config(component)
    path = checkpoint.folder / component / "preprocessor_config.json"
    kind = stated.get("image_processor_type") or stated.get("feature_extractor_type") or ""
    if not kind.startswith("CLIP"):
        raise ExportError(f"{path}: {kind or 'an image processor without a type'} is not supported; supported: CLIPImageProcessor")
    if not all(stated.get(key, True) for key in ("do_resize", "do_rescale", "do_normalize")):
        raise ExportError(f"{path}: an image processor that does not resize, rescale and normalise is not supported")
    size, crop = stated.get("size", {"shortest_edge": 224}), stated.get("crop_size", 224)
    size = {"shortest_edge": size} if isinstance(size, int) else size
    crop = {"height": crop, "width": crop} if isinstance(crop, int) else crop
    filter_name = FILTERS.get(stated.get("resample", 3))
    if filter_name is None or not ("shortest_edge" in size or {"height", "width"} <= size.keys()):
        raise ExportError(f"{path}: size {size} or resample {stated.get('resample')} is not supported")
    if "shortest_edge" in size:
        resized = {"image_resize": "shortest", "image_resize_to": int(size["shortest_edge"])}
    else:
        resized = {"image_resize": "exact", "image_resize_to": [int(size["width"]), int(size["height"])]}
    cropped = stated.get("do_center_crop", True)
    if not cropped and "shortest_edge" in size:
        raise ExportError(f"{path}: no centre crop after a resize of the shorter side is not supported: the picture would not be square")
    final = [int(crop["width"]), int(crop["height"])] if cropped else resized["image_resize_to"]
    return resized | {"image_size": final, "image_filter": filter_name, "image_rescale": float(stated.get("rescale_factor", 1 / 255)),
                      "image_mean": stated["image_mean"], "image_std": stated["image_std"]}
