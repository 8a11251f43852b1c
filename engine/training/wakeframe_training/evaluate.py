"""Measure the pack on photographs and prompts it was not trained on, and print a table."""

from collections import defaultdict

import cv2
import numpy as np

from .class_maps import load_split
from .paraphrases import PARAPHRASES, SHOT_PARAPHRASES
from .photos import photo_path
from .runtime import Pack, displacement, largest_displacement, to_still
from .settings import ANIMAL, CLASS_COUNT, CLASSES, FABRIC, FOLIAGE, LIVE, SHOT_AXES, SKY, WATER

FULL_WIDTH = 1920  # displacements are reported in pixels of a picture this wide
MOVING_PIXELS = 4.0
SMALLEST_REGION = 60  # cells
PROMPTS = {
    SKY: [("clouds drift left", -1), ("the clouds move to the right", 1), ("the sky slides left slowly", -1)],
    WATER: [("the water ripples", 0), ("the river flows to the right", 1), ("gentle waves", 0)],
    FOLIAGE: [("leaves sway", 0), ("the grass sways in the wind", 0)],
    ANIMAL: [("the animal breathes", 0), ("the animal looks around", 0)],
    FABRIC: [("hair and clothes flutter in the wind", 0), ("the flag waves", 0)],
}
STATIC_PROMPTS = ["", "static", "static background", "a stone house", "absolutely no motion"]
SEEDS = 6


class TestPhoto:
    """An unseen photograph: picture, hand-drawn maps on the grid (h,w,classes), and what the encoder says of it."""

    def __init__(self, pack: Pack, name: str, maps: np.ndarray):
        picture = cv2.imread(str(photo_path(name)))[..., ::-1]
        self.name = name
        self.still = to_still(picture)
        self.features, self.probs, self.depth = pack.encode(self.still)
        height, width = self.probs.shape[2:]
        planes = [cv2.resize(np.ascontiguousarray(maps[..., k]), (width, height), interpolation=cv2.INTER_AREA)
                  for k in range(CLASS_COUNT)]
        self.maps = np.stack(planes, -1)

    def field(self, pack: Pack, prompt: str, seed: int) -> np.ndarray:
        return pack.sample(self.features, self.probs, pack.intent(prompt), seed)


def region_overlap(photos) -> dict[str, dict[str, float]]:
    """class -> photograph -> intersection over union, of cells that are clearly labelled."""
    overlap = defaultdict(dict)
    for photo in photos:
        guess, label = photo.probs[0].argmax(0), photo.maps.argmax(-1)
        clear = photo.maps.max(-1) > 0.6
        for k, name in enumerate(CLASSES):
            if (label == k).sum() > 20:
                both = ((guess == k) & (label == k) & clear).sum()
                either = (((guess == k) | (label == k)) & clear).sum()
                overlap[name][photo.name] = round(float(both / max(1, either)), 2)
    return overlap


def paraphrase_score(pack: Pack):
    """(right classes, all, right directions, all directed, list of misses)."""
    right = directed = pointed = 0
    misses = []
    for text, label, direction in PARAPHRASES:
        intent = pack.intent(text).reshape(CLASS_COUNT, -1)
        live = intent[:, LIVE]
        good = live.max() <= 0 if label is None else int(live.argmax()) == label and live[label] > 0.3
        right += good
        if direction:
            directed += 1
            toward = intent[label, 0] * direction > 0.15
            pointed += toward
            good = good and toward
        if not good:
            misses.append((text, [round(float(v), 2) for v in live], round(float(intent[label or 0, 0]), 2)))
    return right, len(PARAPHRASES), pointed, directed, misses


def shot_score(pack: Pack):
    """(right, all, list of misses): the axis asked for is the strongest and has its sign, or nothing is asked."""
    misses = []
    for text, axis, sign in SHOT_PARAPHRASES:
        shot = pack.read(text)[1]
        strongest = int(np.abs(shot).argmax())
        good = strongest == axis and np.sign(shot[axis]) == sign if sign else np.abs(shot).max() < 0.1
        if not good:
            misses.append((text, {name: round(float(v), 2) for name, v in zip(SHOT_AXES, shot) if v}))
    return len(SHOT_PARAPHRASES) - len(misses), len(SHOT_PARAPHRASES), misses


def region_motion(pack: Pack, photos, label: int):
    """Per photograph and prompt: contrast in/out, px inside, px outside, moving share of the region, right direction."""
    rows = []
    for photo in photos:
        inside, outside = photo.maps[..., label] > 0.8, (photo.maps[..., label] < 0.1) & (photo.maps.sum(-1) > 0.9)
        if inside.sum() < SMALLEST_REGION or outside.sum() < SMALLEST_REGION:
            continue
        for seed, (prompt, direction) in enumerate(PROMPTS[label]):
            field = photo.field(pack, prompt, seed)
            pixels = largest_displacement(field) * FULL_WIDTH
            good = np.sign(field[0][inside].mean()) == direction if direction else np.nan
            rows.append((photo.name, pixels[inside].mean() / (pixels[outside].mean() + 1e-3), pixels[inside].mean(),
                         pixels[outside].mean(), (pixels[inside] > MOVING_PIXELS).mean(), good))
    return rows


def report_regions(photos) -> None:
    print("\nRegions, intersection over union on unseen photographs")
    for name, scores in region_overlap(photos).items():
        print(f"  {name:8s} mean {np.mean(list(scores.values())):.2f} median {np.median(list(scores.values())):.2f}  "
              + " ".join(f"{photo} {score}" for photo, score in sorted(scores.items(), key=lambda entry: -entry[1])))


def report_prompts(pack: Pack) -> None:
    right, count, pointed, directed, misses = paraphrase_score(pack)
    print(f"\nUnseen paraphrases: class {right}/{count}, direction {pointed}/{directed}")
    for miss in misses:
        print("  miss", *miss)
    right, count, misses = shot_score(pack)
    print(f"Unseen words for camera and light: {right}/{count}")
    for miss in misses:
        print("  miss", *miss)


def report_motion(pack: Pack, photos) -> None:
    print(f"\nMotion in the named region and outside it (px of a {FULL_WIDTH} px wide picture)")
    for label in PROMPTS:
        rows = region_motion(pack, photos, label)
        if not rows:
            continue
        contrast, inside, outside, share, good = (np.array([row[i] for row in rows], float) for i in range(1, 6))
        known = good[~np.isnan(good)]
        direction = f" direction {int(known.sum())}/{len(known)}" if len(known) else ""
        print(f"  {CLASSES[label]:8s} n {len(rows)} contrast median {np.median(contrast):.1f}, >=3 in "
              f"{np.mean(contrast >= 3):.0%}; inside {inside.mean():.1f} outside {outside.mean():.1f}; "
              f"moving share of the region {share.mean():.0%}{direction}")


def report_stillness(pack: Pack, photos) -> None:
    worst = max(float(largest_displacement(photo.field(pack, prompt, 1)).max()) * FULL_WIDTH
                for photo in photos for prompt in STATIC_PROMPTS)
    print(f"\nStatic prompts: largest displacement anywhere {worst:.2f} px")


def report_seeds(pack: Pack, photos) -> None:
    print("\nSeeds: spread over seeds / mean size of the displacement at a quarter of the clip; sides drift goes to")
    named = {photo.name: photo for photo in photos}
    for name, prompt in (("squirrel_cls", "leaves sway"), ("boat", "the water ripples"), ("sunset", "clouds drift")):
        fields = [named[name].field(pack, prompt, seed) for seed in range(SEEDS)]
        ways = np.stack([displacement(field, 0.25) for field in fields])
        sides = [int(np.sign(field[0, :12].mean())) for field in fields]
        print(f"  {name}, {prompt!r}: {ways.std(0).mean() / (np.abs(ways).mean() + 1e-9):.2f}, {sides}")


def report_depth(photos) -> None:
    sky, ground, subject, around, rough = [], [], [], [], []
    for photo in photos:
        depth, maps = photo.depth[0, 0], photo.maps
        rough.append(np.abs(np.diff(depth, axis=1)).mean())
        if (maps[..., SKY] > 0.8).sum() > SMALLEST_REGION:
            sky.append(depth[maps[..., SKY] > 0.8].mean())
            ground.append(depth[-2:].mean())
        animal = maps[..., ANIMAL] > 0.8
        if animal.sum() > SMALLEST_REGION:
            subject.append(depth[animal].mean())
            around.append(depth[maps[..., ANIMAL] < 0.1].mean())
    print(f"\nDepth: sky {np.mean(sky):.2f}, lower edge {np.mean(ground):.2f}; subjects {np.mean(subject):.2f}, "
          f"the rest of their pictures {np.mean(around):.2f}; step between neighbours {np.mean(rough):.3f}")


def evaluate() -> None:
    pack = Pack()
    photos = [TestPhoto(pack, name, maps) for name, (_, maps) in load_split("test").items()]
    report_regions(photos)
    report_prompts(pack)
    report_motion(pack, photos)
    report_stillness(pack, photos)
    report_seeds(pack, photos)
    report_depth(photos)
