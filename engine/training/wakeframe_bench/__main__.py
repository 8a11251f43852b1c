"""Measures the shipped `wakeframe` on photographs mini was not trained on, and prints one table."""

import argparse
import os
import shutil
import sys
import time

from . import photographs, program, seeds, speed
from .cases import COMPARED, MEASURES, all_cases
from .flicker import real_warp_error
from .results import kept, read
from .settings import HEIGHT, METHOD, PROGRAM, RESULTS, WIDTH
from .stillness import psnr
from .table import markdown, table


def arguments():
    parser = argparse.ArgumentParser(prog="wakeframe_bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="eleven photographs, one prompt a class, two seeds")
    parser.add_argument("--only", choices=[*MEASURES, "speed"], help="make results of one kind only; the table shows all kept ones")
    parser.add_argument("--again", action="store_true", help="do not take results of an earlier run")
    parser.add_argument("--keep", action="store_true", help="leave the frames of each case in target/bench-mini/frames")
    return parser.parse_args()


def measure(case, keep: bool) -> dict:
    photo, key = photographs.load(case.photo), case.key(program.digest())
    frames = program.frames(photo.file(), case.options(), RESULTS / "frames" / key if keep else None)
    result = {"frame0": psnr(frames[0], photo.still)} | MEASURES[case.kind](case, photo, frames)
    if case.kind in COMPARED:
        result["flow"] = seeds.sampled_flow(case, photo, frames)
    return result


def engine(chosen, again):
    """Results of the speed and memory rows; None where there is none and another kind was asked for."""
    key = f"{program.digest()}-{METHOD}"
    make = {"speed": lambda: speed.measure(WIDTH, HEIGHT, speed.FRAMES // 4), "memory": lambda: speed.measure(2 * WIDTH, 2 * HEIGHT, 3)}
    if chosen not in (None, "speed"):
        return [read(f"{name}-{key}") for name in make]
    return [kept(f"{name}-{key}", run, again) for name, run in make.items()]


def main() -> int:
    chosen = arguments()
    if not PROGRAM.exists():
        print(f"{PROGRAM} is missing: run `make build`", file=sys.stderr)
        return 2
    shutil.rmtree(RESULTS / "scratch", ignore_errors=True)  # what a run that was stopped left
    photographs.fetch()
    cases = all_cases(chosen.quick)
    print("Photographs:", *(f"  {name}: {photographs.source(name)}" for name in sorted({case.photo for case in cases})), sep="\n")
    results, begun = [], time.monotonic()
    for number, case in enumerate(cases, 1):
        wanted = chosen.only in (None, case.kind)
        key = case.key(program.digest())
        result = None if chosen.again and wanted else read(key)
        if result is None and wanted:
            result = kept(key, lambda: measure(case, chosen.keep), again=True)
            shown = {name: value for name, value in result.items() if name != "flow"}
            print(f"{number}/{len(cases)} {time.monotonic() - begun:.0f} s {case.kind} {case.photo} {' '.join(case.options())}: {shown}", flush=True)
        if result is not None:
            results.append((case, result))
    fast, memory = engine(chosen.only, chosen.again)
    rows = table(results, real_warp_error(), fast, memory, speed.pack_size())
    text = markdown(rows)
    (RESULTS / "table.md").write_text(text, "utf-8")
    print(f"\n{time.strftime('%Y-%m-%d')}, {'quick' if chosen.quick else 'full'}, {len(results)} of {len(cases)} cases, load {os.getloadavg()[0]:.1f}\n\n{text}")
    return 0 if all(row.holds is not False for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
