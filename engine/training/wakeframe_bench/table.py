"""Results of the cases -> one table: measure, goal, reached, whether it holds."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from .cases import PROMPTS
from .manner import OTHER, likeness
from .seeds import spread
from .strength import grows
from .turbulence import ALIKE

MB = 1_000_000
THIN_GONE = 0.02
IDLE = 0.5  # px of path: below it two seeds have nothing to differ in
#: Classes whose first prompt of the regions asks for swaying.
SWAYING = ("water", "foliage")
REGION_ROWS = {"sky": 0.9, "water": 0.9, "foliage": 0.9, "animal, person": 0.75, "hair, fabric": 0.75}


@dataclass
class Row:
    measure: str
    goal: str
    reached: str
    holds: bool | None  # None: not measured

    def cells(self) -> list[str]:
        return [self.measure, self.goal, self.reached, {True: "yes", False: "**no**", None: "not measured"}[self.holds]]


def row(measure, goal, values, reached, holds) -> Row:
    """A row, or one that says that nothing was measured."""
    return Row(measure, goal, reached(values), bool(holds(values))) if values else Row(measure, goal, "–", None)


def of_kind(results, kind):
    """[(case, result)] of a kind."""
    return [(case, result) for case, result in results if case.kind == kind]


def camera_rows(results):
    right = [result["right"] for _, result in of_kind(results, "camera")]
    return [row("camera direction asked = measured", "≥ 98 %", right, lambda v: f"{np.mean(v):.0%} of {len(v)}", lambda v: np.mean(v) >= 0.98)]


def share(values) -> str:
    return f"{np.mean(values):.0%} of {len(values)}"


def said_rows(results):
    right = [result["right"] for _, result in of_kind(results, "said")]
    orbits = [result for _, result in of_kind(results, "orbit")]
    around = [r for r in orbits if "stays" in r]
    before = [r for r in around if "near_right" in r]
    hands = [result for _, result in of_kind(results, "handheld")]
    return [row("camera direction asked in the prompt = measured", "≥ 98 %", right, share, lambda v: np.mean(v) >= 0.98),
            row("orbit: what is far goes to the side asked, past what is near", "≥ 98 %", orbits,
                lambda v: f"{share([r['right'] for r in v])}, median {np.median([abs(r['parted']) for r in v]):.0f} px",
                lambda v: np.mean([r["right"] for r in v]) >= 0.98),
            row("orbit: its subject stays (≤ ¼ of what the far goes past it)", "always", around,
                lambda v: f"{sum(r['stays'] for r in v)} of {len(v)}, worst {max(abs(r['subject']) for r in v):.1f} px",
                lambda v: all(r["stays"] for r in v)),
            row("orbit: what is nearer than its subject goes the other way", "always", before,
                lambda v: f"{sum(r['near_right'] for r in v)} of {len(v)}", lambda v: all(r["near_right"] for r in v)),
            row("handheld: sways both ways by 0.1 to 0.65 % of the width, and comes back", "always", hands,
                lambda v: f"{sum(r['right'] for r in v)} of {len(v)}, farthest {max(max(r['reach']) for r in v):.2%}",
                lambda v: all(r["right"] for r in v))]


def light_rows(results):
    found = [result for _, result in of_kind(results, "light")]
    return [row("light goes the way asked, frame by frame, from the still", "always", found,
                lambda v: f"{sum(r['right'] and r['equal'] for r in v)} of {len(v)}", lambda v: all(r["right"] and r["equal"] for r in v)),
            row("light alone: displacement (99 % of the picture)", "< 0.3 px", [r["moved"] for r in found],
                lambda v: f"worst {max(v):.2f} px of {len(v)}", lambda v: max(v) < 0.3)]


def manner_rows(results):
    churned, pulsed = ([r for _, r in of_kind(results, kind)] for kind in ("turbulence", "pulse"))
    swaying = {(case.photo, case.label, case.seed): result["flow"] for case, result in of_kind(results, "region")
               if case.label in SWAYING and case.prompt == PROMPTS[case.label][0][1] and "flow" in result}
    alike = [likeness(result["flow"], swaying[place]) for case, result in results if case.kind in ("turbulence", "pulse")
             and "flow" in result and (place := (case.photo, case.label, case.seed)) in swaying]
    return [*(row(f"motion in the named region over elsewhere: {word}", "≥ 3×", [r["contrast"] for r in found],
                  lambda v: f"{np.mean(np.array(v) >= 3):.0%} of {len(v)}, median {np.median(v):.1f}×", lambda v: min(v) >= 3)
              for word, found in (("churning", churned), ("pulsing", pulsed))),
            row("churning: places a tenth of the width apart go different ways (mean cosine)", f"≤ {ALIKE}", [r["alike"] for r in churned],
                lambda v: f"{np.mean(np.array(v) <= ALIKE):.0%} of {len(v)}, median {np.median(v):.2f}, worst {max(v):.2f}",
                lambda v: max(v) <= ALIKE),
            row("pulsing: most of the motion swells about the region's middle, and comes back", "always", pulsed,
                lambda v: f"{sum(r['right'] for r in v)} of {len(v)}, median {np.median([r['share'] for r in v]):.0%} of the motion",
                lambda v: all(r["right"] for r in v)),
            row("churning and pulsing are not the swaying of that seed (likeness)", f"≤ {OTHER}", alike,
                lambda v: f"{np.mean(np.array(v) <= OTHER):.0%} of {len(v)}, median {np.median(v):.2f}", lambda v: max(v) <= OTHER)]


def strength_rows(results):
    clips = defaultdict(list)
    for case, result in of_kind(results, "strength"):
        clips[case.photo, case.prompt, case.seed].append((case.strength, result["amount"]))
    growing = [grows([amount for _, amount in sorted(steps)]) for steps in clips.values() if len(steps) == 3]
    return [row("strength 0.2 → 0.5 → 0.9 gives growing motion", "always", growing, lambda v: f"{sum(v)} of {len(v)}", all)]


def region_rows(results):
    cases, rows = of_kind(results, "region"), []
    for name, share in REGION_ROWS.items():
        found = [result for case, result in cases if case.row == name]
        contrast = [r["contrast"] for r in found]
        rows.append(row(f"motion in the named region over elsewhere: {name}", f"≥ 3× in ≥ {share:.0%}", contrast,
                        lambda v: f"{np.mean(np.array(v) >= 3):.0%} of {len(v)}, median {np.median(v):.1f}×",
                        lambda v, share=share: np.mean(np.array(v) >= 3) >= share))
        rows.append(row(f"part of the region that moves: {name}", "median ≥ 0.7", [r["covered"] for r in found],
                        lambda v: f"{np.median(v):.2f}", lambda v: np.median(v) >= 0.7))
    ways = [r["way_right"] for _, r in cases if "way_right" in r]
    rows.append(row("region goes the way the prompt says", "(none set)", ways, lambda v: f"{np.mean(v):.0%} of {len(v)}", lambda v: np.mean(v) >= 0.9))
    return rows


def rigid_rows(results):
    found = [result for _, result in of_kind(results, "region") if "rigid_p95" in result]

    def text(key):
        return lambda v: f"{np.mean(np.array(v) <= 0.5):.0%} of {len(v)} cases, worst {max(v):.2f} px, median {np.median(v):.2f} px"

    return [row(f"rigid things beside moving regions: {word} (95 % of their pixels)", "≤ 0.5 px", [r[key] for r in found],
                text(key), lambda v: max(v) <= 0.5)
            for word, key in (("displacement", "rigid_p95"), ("shape change", "rigid_shape"))] + [
        row("masts, spires and the like before a moving sky: part that is gone", f"≤ {THIN_GONE:.0%}",
            [result["thin_gone"] for _, result in of_kind(results, "region") if "thin_gone" in result],
            lambda v: f"{np.mean(np.array(v) <= THIN_GONE):.0%} of {len(v)} cases, worst {max(v):.0%}, median {np.median(v):.1%}",
            lambda v: max(v) <= THIN_GONE)]


def stillness_rows(results):
    still = [result["worst"] for _, result in of_kind(results, "static")]
    first = [result["frame0"] for _, result in results if "frame0" in result]
    return [row("camera static, static background: worst displacement", "< 0.3 px", still,
                lambda v: f"{max(v):.2f} px in {len(v)} cases", lambda v: max(v) < 0.3),
            row("frame 0 against the still", "≥ 45 dB", first,
                lambda v: ("equal" if min(v) == 99 else f"{min(v):.1f} dB") + f" at the least of {len(v)}", lambda v: min(v) >= 45)]


def picture_rows(results, real):
    sharp = [result["sharpness"] for _, result in of_kind(results, "region")]
    flicker = [result["warp_error"] for _, result in of_kind(results, "flicker")]
    loops = [result for _, result in of_kind(results, "loop")]
    goal = f"≤ {real:.2f} of 255, a real locked-off clip's" if real else "(no real clip)"
    return [row("sharpness of the mid frame in the region", "≥ 0.9", sharp,
                lambda v: f"{np.mean(np.array(v) >= 0.9):.0%} of {len(v)}, median {np.median(v):.2f}, least {min(v):.2f}",
                lambda v: min(v) >= 0.9),
            row("warp error between neighbours", goal, flicker,
                lambda v: f"mean {np.mean(v):.2f}, worst {max(v):.2f}, of {len(v)}", lambda v: real is not None and max(v) <= real),
            *(row(f"loop: last → first over {word}", "≤ 1.2", [r[key] for r in loops],
                  lambda v: f"worst {max(v):.2f} of {len(v)}", lambda v: max(v) <= 1.2)
              for key, word in (("beside", "the steps beside it"), ("mean", "the mean step of the clip")))]


def seed_rows(results):
    found = [(case, result) for case, result in of_kind(results, "region") if "flow" in result]
    spreads, steady, idle = [], [], 0

    def group(entry):
        return entry[0].photo, entry[0].row, entry[0].prompt

    for _, entries in groupby(sorted(found, key=group), group):
        entries = list(entries)
        if len(entries) > 1:
            if max(result["inside"] for _, result in entries) < IDLE:
                idle += 1
            else:
                spreads.append(spread([np.asarray(result["flow"], np.float32) for _, result in entries]))
            passed = [result["contrast"] >= 3 for _, result in entries]
            steady.append(all(passed) or not any(passed))
    return [row("seeds: distance over motion", "≥ 0.15", spreads,
                lambda v: f"least {min(v):.2f}, median {np.median(v):.2f}, of {len(v)}; {idle} more stand still", lambda v: min(v) >= 0.15),
            row("every seed of a prompt passes where one does (contrast)", "always", steady, lambda v: f"{sum(v)} of {len(v)}", all)]


def since_start(speed, key):
    """When something was first there; "–" where it never was."""
    return f"{speed[key]:.1f} s from the start, {speed[key] - speed['stages']['load']:.1f} s after load" if speed[key] else "–"


def engine_rows(speed, memory, size):
    rows = []
    if speed:
        after = speed["wall"] - speed["stages"]["load"]
        rows += [Row("96 frames at 1920×1080 on 2 cores, after load", "≤ 30 s",
                     f"{after:.1f} s at a load of {speed['load']:.1f}; {speed['cpu']:.1f} s of processor time", after <= 30),
                 Row("first preview", "≤ 2 s", since_start(speed, "first_preview"), 0 < speed["first_preview"] <= 2),
                 Row("first finished frame", "(none set)", since_start(speed, "first_frame"), speed["first_frame"] > 0)]
    if memory:
        rows.append(Row("3840×2160: peak memory", "≤ 3 GB", f"{memory['peak'] / 1e9:.2f} GB", memory["peak"] <= 3e9))
    return rows + [Row("pack size", "≤ 40 MB", f"{size / MB:.1f} MB", size <= 40 * MB)]


def table(results, real, speed, memory, size) -> list[Row]:
    """`results` are (case, result); a result of a region with several seeds also holds its sampled `flow`."""
    return (camera_rows(results) + said_rows(results) + light_rows(results) + strength_rows(results) + region_rows(results)
            + manner_rows(results) + rigid_rows(results)
            + stillness_rows(results) + picture_rows(results, real) + seed_rows(results) + engine_rows(speed, memory, size))


def markdown(rows: list[Row]) -> str:
    lines = ["| measure | goal | reached | holds |", "|---|---|---|---|"]
    return "\n".join(lines + ["| " + " | ".join(row.cells()) + " |" for row in rows]) + "\n"
