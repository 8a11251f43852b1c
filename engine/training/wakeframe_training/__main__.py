"""python -m wakeframe_training STAGE... : photos reader encoder denoiser fill export golden evaluate holes, or all of them."""

import sys
import time

STAGES = ("photos", "reader", "encoder", "denoiser", "fill", "export", "golden", "evaluate", "holes")


def run_stage(stage: str) -> None:
    if stage == "photos":
        from .photos import fetch_photos as run
    elif stage == "reader":
        from .train_reader import train_reader as run
    elif stage == "encoder":
        from .train_encoder import train_encoder as run
    elif stage == "denoiser":
        from .train_denoiser import train_denoiser as run
    elif stage == "fill":
        from .train_fill import train_fill as run
    elif stage == "export":
        from .export import export_pack as run
    elif stage == "golden":
        from .golden import write_golden as run
    elif stage == "holes":
        from .hole_test import write_holes as run
    else:
        from .evaluate import evaluate as run
    run()


def main(arguments: list[str]) -> int:
    stages = STAGES if arguments == ["all"] else tuple(arguments)
    if not stages or any(stage not in STAGES for stage in stages):
        print(__doc__, file=sys.stderr)
        return 2
    for stage in stages:
        start = time.time()
        print(f"== {stage}", flush=True)
        run_stage(stage)
        print(f"== {stage}: {time.time() - start:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
