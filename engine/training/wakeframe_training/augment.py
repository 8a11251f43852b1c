"""Endless varied training samples from the annotated photographs."""

import multiprocessing
from dataclasses import dataclass

import cv2
import numpy as np

from .class_maps import load_split
from .cloth import cloth
from .depth import pseudo_depth
from .horizons import cloud_bank, far_ridges, far_sea, lower_end
from .leaves import leaves, pot
from .ledges import bare_ground, ledge
from .plumes import fire, smoke
from .settings import (ANIMAL, CANVAS_HEIGHT, CANVAS_WIDTH, CLASS_COUNT, CROP_HEIGHT, CROP_WIDTH, FABRIC, FOLIAGE,
                       GRID_STRIDE, RIGID, SKY, SMOKE, WATER)
from .shadows import against_the_light, cast_shadow, in_shadow, low_sun
from .synthetic import fractal_noise, reflection, synthetic_sky, synthetic_water

ONE_HOT = np.eye(CLASS_COUNT, dtype=np.float32)
GRID_HEIGHT, GRID_WIDTH = CROP_HEIGHT // GRID_STRIDE, CROP_WIDTH // GRID_STRIDE


@dataclass
class Pool:
    """Samples in memory: pictures (N,3,H,W) uint8, maps (N,CLASS_COUNT,h,w) and depth (N,1,h,w) float16."""

    pictures: np.ndarray
    maps: np.ndarray
    depth: np.ndarray


def replace_region(picture, maps, mask, content, label):
    """Put `content` (H,W,3) where `mask` (H,W,1) is one, and say that it is of class `label`."""
    return picture * (1 - mask) + content * mask, maps * (1 - mask) + ONE_HOT[label] * mask


def swap_texture(random, picture, maps):
    """Another sky or water in the same place."""
    for label, make in ((SKY, synthetic_sky), (WATER, synthetic_water)):
        mask = maps[..., label : label + 1]
        if mask.mean() > 0.04:
            picture = picture * (1 - mask) + make(random, CANVAS_HEIGHT, CANVAS_WIDTH) * mask
    return picture, maps


def new_horizon(random, picture, maps):
    """A sky above and perhaps water below a random wavy horizon; animals stay in front, and what grows there at times."""
    rows = np.arange(CANVAS_HEIGHT, dtype=np.float32)[:, None]
    horizon = random.uniform(0.25, 0.7) * CANVAS_HEIGHT
    before = [ANIMAL, FABRIC, FOLIAGE] if random.random() < 0.4 else [ANIMAL, FABRIC]
    front = 1 - maps[..., before].sum(-1, keepdims=True).clip(0, 1)
    if random.random() < 0.6:
        ridge = fractal_noise(random, 1, CANVAS_WIDTH, (3, 6, 12))[..., 0] * random.uniform(2, 25)
        mask = np.clip((horizon - rows - ridge) / 1.5, 0, 1)[..., None] * front
        picture, maps = replace_region(picture, maps, mask, synthetic_sky(random, CANVAS_HEIGHT, CANVAS_WIDTH), SKY)
    if random.random() < 0.5:
        shore = horizon + random.uniform(10, 80)
        mask = np.broadcast_to(np.clip((rows - shore) / 1.5, 0, 1), picture.shape[:2])[..., None] * front
        picture, maps = replace_region(picture, maps, mask, synthetic_water(random, CANVAS_HEIGHT, CANVAS_WIDTH), WATER)
    return picture, maps


def before_the_sky(random, picture, maps, make, label):
    """What `make` gives, before the lower end of the sky and behind all else."""
    end = lower_end(maps)
    if end is None:
        return picture, maps
    cover, content = make(random, picture, maps, end)
    return replace_region(picture, maps, cover * maps[..., SKY : SKY + 1], content, label)


def add_ridges(random, picture, maps):
    """Far ridges in haze: they stand."""
    return before_the_sky(random, picture, maps, far_ridges, RIGID)


def add_cloud_bank(random, picture, maps):
    """A bank of clouds low over the horizon: it is sky."""
    return before_the_sky(random, picture, maps, cloud_bank, SKY)


def add_sea(random, picture, maps):
    """A strip of sea behind the land, and mostly behind what grows on it."""
    end = lower_end(maps)
    if end is None:
        return picture, maps
    before = [ANIMAL, FABRIC, FOLIAGE] if random.random() < 0.6 else [ANIMAL, FABRIC]
    cover, content = far_sea(random, picture, maps, end)
    cover = cover * (1 - maps[..., before].sum(-1, keepdims=True).clip(0, 1))
    return replace_region(picture, maps, cover, content, WATER)


def mirror_in_water(random, picture, maps):
    """Still water below a shore, with what stands above it upside down: it moves as water, not as what it shows."""
    shore = int(random.uniform(0.4, 0.8) * CANVAS_HEIGHT)
    rows = np.arange(CANVAS_HEIGHT, dtype=np.float32)[:, None]
    edge = fractal_noise(random, 1, CANVAS_WIDTH, (3, 8, 20))[..., 0] * random.uniform(0, 6)
    mask = np.broadcast_to(np.clip((rows - shore - edge) / 1.5, 0, 1), picture.shape[:2])[..., None]
    return replace_region(picture, maps, mask, reflection(random, picture, shore), WATER)


def add_plume(random, picture, maps):
    """Smoke, steam or fire over the picture; fire lights what is around it."""
    burning = random.random() < 0.35
    cover, content = (fire if burning else smoke)(random, CANVAS_HEIGHT, CANVAS_WIDTH)
    if burning:
        glow = cv2.GaussianBlur(cover, (0, 0), 40)[..., None]
        picture = np.clip(picture * random.uniform(0.3, 0.9) + glow * np.array([120, 60, 15]), 0, 255)
        picture = picture * (1 - cover) + np.maximum(content, picture) * cover
    else:
        picture = picture * (1 - cover) + content * cover
    seen = np.clip(cover * 1.6 - 0.15, 0, 1)
    return picture, maps * (1 - seen) + ONE_HOT[SMOKE] * seen


def add_cloth(random, picture, maps):
    """A flag, perhaps on a pole, or a hanging cloth."""
    cover, content, pole = cloth(random, CANVAS_HEIGHT, CANVAS_WIDTH)
    picture, maps = replace_region(picture, maps, cover, content, FABRIC)
    return replace_region(picture, maps, pole, np.full(3, random.uniform(20, 220), np.float32), RIGID)


def seat(maps):
    """Middle column, lower edge and width (pixels) of the largest animal; None where there is none, or the picture cuts it off."""
    body = (maps[..., ANIMAL : FABRIC + 1].sum(-1) > 0.5).astype(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(body)
    if count < 2:
        return None
    left, top, wide, tall, area = stats[1 + np.argmax(stats[1:, cv2.CC_STAT_AREA])]
    low = top + tall
    return (left + wide / 2, low, wide) if area > 0.003 * body.size and low < 0.95 * CANVAS_HEIGHT else None


def add_ledge(random, picture, maps):
    """A wall, a plank, a stone or a path, mostly where something lives or flows, or what an animal sits on; animals are before
    it or partly behind."""
    if maps[..., [WATER, FOLIAGE, ANIMAL]].mean() < 0.02 and random.random() < 0.6:
        return picture, maps
    under = seat(maps) if random.random() < SEATED else None
    cover, content = ledge(random, CANVAS_HEIGHT, CANVAS_WIDTH, under)
    body = maps[..., ANIMAL : FABRIC + 1].sum(-1, keepdims=True).clip(0, 1)
    if under or random.random() < 0.6:
        cover = cover * (1 - body)
    if under and random.random() < LIKE_COLOURED:
        content = np.clip(content * (picture * body).sum((0, 1)) / body.sum() / content.mean((0, 1)), 0, 255)
    return replace_region(picture, maps, cover, content, RIGID)


def add_bare_ground(random, picture, maps):
    """Trodden earth between what grows."""
    cover, content = bare_ground(random, CANVAS_HEIGHT, CANVAS_WIDTH)
    cover = cover * maps[..., FOLIAGE : FOLIAGE + 1]
    return replace_region(picture, maps, cover, content, RIGID)


def add_leaves(random, picture, maps):
    """Leaves close to the camera, or a plant, at times in a pot; mostly behind animals."""
    cover, content, place = leaves(random, CANVAS_HEIGHT, CANVAS_WIDTH)
    front = 1 - maps[..., ANIMAL : FABRIC + 1].sum(-1, keepdims=True).clip(0, 1) if random.random() < 0.7 else 1
    if place and random.random() < POTTED:
        vessel, clay = pot(random, CANVAS_HEIGHT, CANVAS_WIDTH, place)
        picture, maps = replace_region(picture, maps, vessel * front, clay, RIGID)
    return replace_region(picture, maps, cover * front, content, FOLIAGE)


def out_of_focus(random, picture, maps):
    """All of a picture unsharp: a crowd behind a subject is background, and does not move with it."""
    deviation = random.uniform(3, 12)
    maps = np.dstack([cv2.GaussianBlur(np.ascontiguousarray(maps[..., k]), (0, 0), deviation) for k in range(CLASS_COUNT)])
    crowd = maps[..., ANIMAL : FABRIC + 1].sum(-1, keepdims=True)
    maps[..., ANIMAL : FABRIC + 1] = 0
    return cv2.GaussianBlur(picture, (0, 0), deviation), maps + ONE_HOT[RIGID] * crowd


def paste_region(random, picture, maps, other_picture, other_maps):
    """Paste an animal or a person, or a patch of foliage or of something rigid, from another photograph."""
    label = random.choice([RIGID, FOLIAGE, ANIMAL, ANIMAL])
    subject = label == ANIMAL
    mask = other_maps[..., [ANIMAL, FABRIC] if subject else [label]].sum(-1, keepdims=True)
    if not subject:
        noise = fractal_noise(random, CANVAS_HEIGHT, CANVAS_WIDTH, (2, 4, 16))
        mask = mask * np.clip((noise - random.uniform(0.2, 0.8)) * 8, 0, 1)
    if mask.mean() < 0.003:
        return picture, maps
    size = random.uniform(0.35, 1.2)
    move = np.array([[size * random.choice([-1, 1]), 0, 0], [0, size, 0]], np.float32)
    target = np.array([random.uniform(0.2, 0.8) * CANVAS_WIDTH, random.uniform(0.3, 0.8) * CANVAS_HEIGHT])
    move[:, 2] = target - move[:, :2] @ np.array([CANVAS_WIDTH / 2, CANVAS_HEIGHT / 2])

    def placed(plane):
        return cv2.warpAffine(np.ascontiguousarray(plane, np.float32), move, (CANVAS_WIDTH, CANVAS_HEIGHT))

    cloth_share = placed((other_maps[..., FABRIC:FABRIC + 1] > 0.5) * mask)[..., None] if subject else 0
    mask = placed(mask)[..., None]
    if subject and random.random() < OUT_OF_FOCUS:
        picture, maps = out_of_focus(random, picture, maps)
    if subject and random.random() < SHADOWED:
        picture = in_shadow(random, picture, cast_shadow(random, mask) * (1 - maps[..., SKY : SKY + 1]))
    picture, maps = replace_region(picture, maps, mask, placed(other_picture), label)
    return (picture, maps * (1 - cloth_share) + ONE_HOT[FABRIC] * cloth_share) if subject else (picture, maps)


def crop_window(random, maps):
    """Left, top, width and height (pixels) of a part of the canvas; at times a close one about a place that grows, flows or is
    sky, so that a whole picture may be of that."""
    inside = ()
    if random.random() < CLOSE:
        inside = np.argwhere(maps[..., random.choice([FOLIAGE, FOLIAGE, WATER, SKY])] > 0.9)
    zoom = random.uniform(0.25, 0.5) if len(inside) else random.uniform(0.45, 1.0)
    wide = CANVAS_WIDTH * zoom
    tall = CANVAS_HEIGHT * min(1, zoom * random.uniform(0.8, 1.25))
    if len(inside):
        row, column = inside[random.integers(len(inside))]
        return np.clip(column - wide / 2, 0, CANVAS_WIDTH - wide), np.clip(row - tall / 2, 0, CANVAS_HEIGHT - tall), wide, tall
    return random.uniform(0, CANVAS_WIDTH - wide), random.uniform(0, CANVAS_HEIGHT - tall), wide, tall


def random_crop(random, picture, maps, depth):
    """Crop, scale, flip and tilt -> picture (CROP_HEIGHT,CROP_WIDTH,3), maps and depth on the grid."""
    left, top, wide, tall = crop_window(random, maps)
    tilt = random.normal() * 0.04
    source = np.float32([[left, top], [left + wide, top + tilt * wide], [left, top + tall]])
    target = np.float32([[0, 0], [CROP_WIDTH, 0], [0, CROP_HEIGHT]])
    if random.random() < 0.5:
        target[:, 0] = CROP_WIDTH - target[:, 0]
    move = cv2.getAffineTransform(source, target)
    crop = (CROP_WIDTH, CROP_HEIGHT)
    blur = max(1, int(wide / CROP_WIDTH))

    def warp(plane):
        return cv2.warpAffine(plane, move, crop, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)

    def to_grid(plane):
        plane = warp(np.ascontiguousarray(plane))
        return cv2.resize(plane, (GRID_WIDTH, GRID_HEIGHT), interpolation=cv2.INTER_AREA)

    picture = warp(cv2.blur(picture, (blur, blur)) if blur > 1 else picture)
    maps = np.stack([to_grid(maps[..., k]) for k in range(CLASS_COUNT)], -1)
    return picture, maps / (maps.sum(-1, keepdims=True) + 1e-6), to_grid(depth)


def jitter_colours(random, picture):
    """picture (H,W,3) 0..255 -> uint8. Mild: strong colour jitter teaches that a red wall may be a red fox."""
    picture = np.clip(picture / 255, 0, 1) ** random.uniform(0.7, 1.45)
    grey = picture.mean(-1, keepdims=True)
    picture = (grey + (picture - grey) * random.uniform(0.5, 1.4)) * random.uniform(0.88, 1.12, 3)
    average = picture.mean()
    picture = (picture - average) * random.uniform(0.7, 1.3) + average + random.normal() * 0.06
    if random.random() < 0.2:
        picture = cv2.GaussianBlur(picture, (0, 0), random.uniform(0.5, 1.5))
    picture = picture + random.normal(size=picture.shape) * random.uniform(0, 0.03)
    return np.clip(picture * 255, 0, 255).astype(np.uint8)


#: What is done to a photograph before it is cropped, and how often; else it stays as it is.
CHANGES = ((swap_texture, 0.18), (new_horizon, 0.12), (mirror_in_water, 0.1))
AT_THE_HORIZON = ((add_cloud_bank, 0.15), (add_ridges, 0.2), (add_sea, 0.08))
ADDITIONS = ((add_leaves, 0.1), (add_bare_ground, 0.15), (add_ledge, 0.35), (add_plume, 0.13), (add_cloth, 0.09))
PASTED = 0.3
#: Of all, those against the light; of those whose sky ends in the picture, those with a sun there; of all, those seen close.
BACKLIT, LOW_SUN, CLOSE = 0.06, 0.12, 0.12
#: Of the subjects that are pasted, those behind which all is out of focus and those that cast a shadow; of the ledges, those on
#: which an animal sits, and of these, those of its colour; of the plants, those in pots.
OUT_OF_FOCUS, SHADOWED, SEATED, LIKE_COLOURED, POTTED = 0.35, 0.6, 0.3, 0.4, 0.4


def with_additions(random, picture, maps, additions):
    """Some of the (add, how often) `additions`, by chance."""
    for add, share in additions:
        if random.random() < share:
            picture, maps = add(random, picture, maps)
    return picture, maps


def make_sample(random, photos: dict, names: list[str]):
    """One sample: picture (H,W,3) uint8, maps (h,w,CLASS_COUNT), depth (h,w)."""
    picture, maps = photos[names[random.integers(len(names))]]
    picture = picture.astype(np.float32)
    choice = random.random()
    for change, share in CHANGES:
        if 0 <= choice < share:
            picture, maps = change(random, picture, maps)
        choice -= share
    picture, maps = with_additions(random, picture, maps, AT_THE_HORIZON)
    if random.random() < PASTED:
        picture, maps = paste_region(random, picture, maps, *photos[names[random.integers(len(names))]])
    picture, maps = with_additions(random, picture, maps, ADDITIONS)
    if random.random() < BACKLIT:
        picture = against_the_light(random, picture, maps)
    if lower_end(maps) is not None and random.random() < LOW_SUN:
        dusk = against_the_light(random, picture, maps) if random.random() < 0.5 else picture
        picture = low_sun(random, dusk, maps)
    picture, maps, depth = random_crop(random, picture, maps, pseudo_depth(maps))
    return jitter_colours(random, picture), maps, depth


def _make_chunk(arguments):
    seed, count = arguments
    cv2.setNumThreads(1)
    random = np.random.default_rng(seed)
    photos = load_split("train")
    names = sorted(photos)
    return [make_sample(random, photos, names) for _ in range(count)]


def make_pool(count: int, seed: int, processes: int) -> Pool:
    """`count` samples, made by `processes` workers; the result does not depend on how many there are."""
    chunk = 250
    jobs = [(seed * 1000 + i, min(chunk, count - i)) for i in range(0, count, chunk)]
    with multiprocessing.get_context("spawn").Pool(processes) as workers:
        samples = [sample for part in workers.imap(_make_chunk, jobs) for sample in part]
    return Pool(np.stack([s[0].transpose(2, 0, 1) for s in samples]),
                np.stack([s[1].transpose(2, 0, 1) for s in samples]).astype(np.float16),
                np.stack([s[2][None] for s in samples]).astype(np.float16))
