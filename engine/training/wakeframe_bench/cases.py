"""What is rendered: photographs, prompts, seeds, cameras."""

from collections import defaultdict
from dataclasses import asdict, dataclass
from hashlib import sha256
from itertools import product

from . import camera, flicker, handheld, light, orbit, pulse, regions, stillness, strength, turbulence, words
from .photographs import names, with_region
from .settings import METHOD, STRENGTH

#: class -> (row of the table, prompt, way it should go: -1 left, 1 right, 0 any).
PROMPTS = {
    "sky": [("sky", "clouds drift left", -1), ("sky", "the clouds move to the right", 1)],
    "water": [("water", "the water ripples", 0), ("water", "the river flows to the right", 1)],
    "foliage": [("foliage", "leaves sway in the wind", 0), ("foliage", "the grass sways in the wind", 0)],
    "animal": [("animal, person", "the animal breathes", 0), ("animal, person", "the animal looks around", 0)],
    "fabric": [("hair, fabric", "hair and clothes flutter in the wind", 0)],
}
STATIC = ("static", "static background", "a stone house", "absolutely no motion", "")
STRENGTHS = (0.2, 0.5, 0.9)
CAMERA_PROMPT = "leaves sway in the wind"
CAMERA = 0.5

QUICK = ("picosdeeuropa", "windmill13", "boat", "horse", "messi5", "squirrel_cls", "chateaudeChenonceau", "Dune", "erase-horse",
         "erase-kitten", "erase-spoonbills")


@dataclass(frozen=True)
class Case:
    """One render and what is measured on it."""

    kind: str
    photo: str
    prompt: str
    seed: int = 1
    fps: float = 3
    duration: float = 2
    row: str = ""
    label: str = ""
    direction: int = 0
    axis: str = ""
    sign: int = 0
    strength: float = STRENGTH
    loop: bool = False

    def options(self) -> list[str]:
        """Flags of the program."""
        flags = ["--prompt", self.prompt, "--seed", self.seed, "--fps", self.fps, "--duration", self.duration,
                 "--strength", self.strength]
        if self.kind == "camera":  # all others ask in words
            flags += [f"--{self.axis}={self.sign * CAMERA}"]
        return [str(flag) for flag in flags] + (["--loop"] if self.loop else [])

    def key(self, digest: str) -> str:
        """A file name for its result, of this program, pack and method alone."""
        return f"{self.kind}-{self.photo}-{sha256(repr((asdict(self), digest, METHOD)).encode()).hexdigest()[:12]}"


MEASURES = {"camera": camera.measure, "region": regions.measure, "static": stillness.measure,
            "said": camera.measure, "orbit": orbit.measure, "handheld": handheld.measure, "light": light.measure,
            "turbulence": turbulence.measure, "pulse": pulse.measure, "strength": strength.measure,
            "flicker": flicker.measure, "loop": flicker.measure_loop}
#: Kinds of which the flow inside the region is kept, so that the table can set cases beside each other.
COMPARED = ("region", "turbulence", "pulse")


def camera_cases(photos, seeds):
    return [Case("camera", photo, CAMERA_PROMPT, seed, fps=1, axis=axis, sign=sign)
            for photo, axis, sign, seed in product(photos, camera.AXES, (1, -1), seeds)]


def region_cases(photos, seeds, prompts):
    """All photographs with one seed, then with the next, so that a run that is stopped has seen each of them."""
    return [Case("region", photo, prompt, seed, row=row, label=label, direction=direction)
            for seed in seeds for label in PROMPTS for photo in with_region(label, photos)
            for row, prompt, direction in PROMPTS[label][:prompts]]


def shot_cases(photos, orbited, seeds, prompts):
    """Camera and light in words; an orbit on photographs whose depths are known."""
    return ([Case("said", photo, prompt, fps=1, axis=axis, sign=sign)
             for photo in photos for (axis, sign), said in words.CAMERA.items() for prompt in said[:prompts]]
            + [Case("orbit", photo, prompt, fps=1, sign=sign)
               for photo in orbited for sign, said in words.ORBIT.items() for prompt in said[:prompts]]
            + [Case("handheld", photo, prompt, seed, fps=8, duration=4)
               for photo in photos for prompt in words.HANDHELD[:prompts] for seed in seeds]
            + [Case("light", photo, prompt, fps=2, duration=3, axis=axis, sign=sign)
               for photo in photos for (axis, sign), said in words.LIGHT.items() for prompt in said[:prompts]])


def manner_cases(photos, prompts, each):
    """Churning and pulsing on the first photographs that show each class; `each` of both."""
    return [Case(kind, photo, prompt, duration=4, label=label)
            for (kind, said), count in zip((("turbulence", words.TURBULENCE), ("pulse", words.PULSE)), each)
            for label in said for photo in with_region(label, photos)[:count] for prompt in said[label][:prompts]]


def one_prompt_each(photos, each):
    """(photo, label, prompt): the first photographs that show each class."""
    return [(photo, label, PROMPTS[label][0][1]) for label in ("sky", "water", "foliage")
            for photo in with_region(label, photos)[:each]]


def all_cases(quick: bool) -> list[Case]:
    """Every case of a run, the kinds in turn, so that a run that is stopped says something of each."""
    photos = [name for name in names() if not quick or name in QUICK]
    few, seeds = (2, (1, 2)) if quick else (3, (1, 2, 3, 4, 5))
    shown = one_prompt_each(photos, 1 if quick else 4)
    static = [Case("static", photo, prompt, fps=1, duration=3)
              for photo in photos[: few if quick else None] for prompt in STATIC[: few if quick else None]]
    return in_turn(region_cases(photos, seeds[:few], 1 if quick else 2)
            + camera_cases(photos[:few], seeds[:1] if quick else seeds) + static
            + shot_cases(photos[: 1 if quick else 3], orbit.QUICK if quick else orbit.DEPTHS, seeds[:2], 1 if quick else 3)
            + manner_cases(photos, 1 if quick else 2, (2, 1) if quick else (4, 4))
            + [Case("strength", photo, prompt, duration=1.34, label=label, strength=value)
               for photo, label, prompt in shown for value in STRENGTHS]
            + [Case("loop", photo, prompt, fps=12, label=label, loop=True) for photo, label, prompt in shown]
            + [Case("flicker", photo, prompt, fps=24, duration=1, label=label) for photo, label, prompt in shown])


def in_turn(cases: list[Case]) -> list[Case]:
    """The cases in another order: one of each kind and row, then the second of each."""
    place = defaultdict(int)
    ordered = []
    for case in cases:
        group = case.kind, case.row
        ordered.append((place[group], case))
        place[group] += 1
    return [case for _, case in sorted(ordered, key=lambda entry: entry[0])]
