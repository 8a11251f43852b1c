"""The committed cases: `engine/export/golden/FORM.json`.

- `stills`: name -> [width, height].
- `common`: what all cases have unless they say otherwise.
- `cross`: lists of alternatives; a case for each combination. `half` leaves every second combination out, so that each pair of
  alternatives still meets once.
- `cases`: single cases, by name.

What a case may say besides the fields that all forms have:
- `guidance_low`: guidance of A14B's low-noise expert; `shift`: of the flow schedule; `last`: still of the last frame (Wan);
- `keyframes`: [[frame, still, strength], …], `still_strength`: of the still itself, `condition_noise`: noise on hard conditions (LTX);
- `decode_timestep`, `decode_noise`: of the timestep-conditioned decoder (LTX);
- `timesteps`, `second_timesteps`, `second_strength`, `adain`, `tone_map`: the two passes of a distilled LTX; width and height are the
  second pass's;
- `guidance_first`, `motion_bucket`, `noise_aug`, `decode_chunk` (SVD);
- `dynamic_guidance` (CogVideoX);
- `max_tokens`: of the prompt.
"""

import itertools
import json
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "golden"


def read_cases(form: str) -> tuple[dict[str, list[int]], list[dict]]:
    """Stills (name -> width and height) and cases of a form."""
    written = json.loads((FOLDER / f"{form}.json").read_text("utf-8"))
    cases = [written["common"] | case for case in _crossed(written.get("cross", {}), written.get("half", False))]
    cases += [written["common"] | {"name": name} | case for name, case in written.get("cases", {}).items()]
    return written["stills"], cases


def _crossed(cross: dict, half: bool) -> list[dict]:
    """Every combination of the alternatives; an alternative is a value of its field, or an object with several fields."""
    cases = []
    for places in itertools.product(*(range(len(alternatives)) for alternatives in cross.values())):
        if half and sum(places) % 2:
            continue
        case = {}
        for (field, alternatives), place in zip(cross.items(), places, strict=True):
            chosen = alternatives[place]
            case |= chosen if isinstance(chosen, dict) else {field: chosen}
        label = [f"{case['width']}x{case['height']}"] if "width" in case else []
        label += [f"{field}{case[field]:g}" for field in ("frames", "guidance") if field in case]
        label += [case[field] for field in ("scheduler",) if field in case]
        cases.append({"name": "-".join(label), **case})
    return cases
