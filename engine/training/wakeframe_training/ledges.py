"""Procedural walls, planks, blocks, stumps, paths and bare ground for composites: a coverage (H,W,1) 0..1 and a colour (H,W,3) 0..255.

They lie before water, in the grass and beside animals, where a head that never saw them takes a parapet for water, a path for
grass and a stump for a squirrel.
"""

import cv2
import numpy as np

from .synthetic import fractal_noise

WOODS = np.array([[150, 75, 50], [170, 120, 80], [95, 70, 55], [150, 145, 140], [190, 150, 110]], np.float32)
STONES = np.array([[170, 165, 150], [120, 120, 125], [205, 190, 160], [140, 110, 95], [80, 80, 85]], np.float32)
EARTHS = np.array([[140, 110, 80], [175, 155, 120], [110, 95, 80], [90, 70, 55]], np.float32)


def stretched_noise(random, height: int, width: int, rows: int, columns: int) -> np.ndarray:
    """Noise (H,W) of unit variance at its `rows` × `columns` nodes."""
    grid = random.standard_normal((rows, columns)).astype(np.float32)
    return cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)


def colour_of(random, colours: np.ndarray) -> np.ndarray:
    return colours[random.integers(len(colours))] * random.uniform(0.55, 1.25) * random.uniform(0.9, 1.1, 3)


def wood(random, height: int, width: int) -> np.ndarray:
    """Planks with a grain along the rows."""
    grain = stretched_noise(random, height, width, height // 3, 6) * random.uniform(4, 16)
    grain += stretched_noise(random, height, width, height // 12, 4) * random.uniform(4, 16)
    planks = int(random.integers(3, 14))
    board = np.arange(height) * planks / height
    tone = 1 + random.normal(size=planks + 1)[board.astype(int)] * 0.12
    seam = 1 - 0.6 * (board % 1 < random.uniform(0.02, 0.08))
    return (colour_of(random, WOODS) + grain[..., None]) * (tone * seam)[:, None, None]


def masonry(random, height: int, width: int) -> np.ndarray:
    """Courses of bricks or hewn stones, with or without joints that show."""
    courses, bricks = int(random.integers(6, 40)), int(random.integers(4, 30))
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    course = (rows / height * courses).astype(int)
    along = columns / width * bricks + 0.5 * (course % 2)
    tone = 1 + random.normal(size=(courses + 1, bricks + 2))[course, along.astype(int)] * random.uniform(0.03, 0.15)
    joint = (rows / height * courses % 1 < 0.1) | (along % 1 < 0.06)
    grain = 1 + 0.06 * fractal_noise(random, height, width, (24, 48, 96, 192))[..., 0]
    shade = tone * grain * np.where(joint, random.uniform(0.6, 1.15), 1)
    return colour_of(random, STONES) * shade[..., None]


def rough_shade(random, height: int, width: int, blotchy: float, speckled: tuple[float, float]) -> np.ndarray:
    """Shade (H,W,1) about 1 of rough ground: blotches up to `blotchy`, speckles of a deviation in `speckled`."""
    blotches = fractal_noise(random, height, width, (4, 8, 16, 32))[..., 0] * random.uniform(0, blotchy)
    speckle = cv2.GaussianBlur(random.standard_normal((height, width)).astype(np.float32), (0, 0), random.uniform(0.6, 3))
    return (1 + blotches + speckle * (random.uniform(*speckled) / speckle.std()))[..., None]


def rubble(random, height: int, width: int) -> np.ndarray:
    """Rough stone, gravel, concrete or bare earth."""
    return colour_of(random, STONES if random.random() < 0.5 else EARTHS) * rough_shade(random, height, width, 0.15, (0.03, 0.3))


def bark(random, height: int, width: int) -> np.ndarray:
    """A trunk's bark or split wood: rough streaks down the rows."""
    streaks = sum(stretched_noise(random, height, width, rows, columns) * random.uniform(0.03, 0.16)
                  for rows, columns in ((6, width // 3), (12, width // 8), (5, width // 24)))
    speckle = cv2.GaussianBlur(random.standard_normal((height, width)).astype(np.float32), (0, 0), random.uniform(0.7, 2))
    return colour_of(random, WOODS) * (1 + streaks + speckle * random.uniform(0.05, 0.3))[..., None]


def bar(random, height: int, width: int):
    """A wall, rail or plank across the picture or a part of it, thicker where it is near -> corners (4,2), its angle."""
    middle = np.array([random.uniform(0, 1) * width, random.uniform(0.35, 1.0) * height])
    angle = random.normal() * (0.15 if random.random() < 0.6 else 0.6)
    half = random.uniform(0.15, 0.9) * width
    along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    thick = random.uniform(0.03, 0.2) * height * np.array([1, random.uniform(0.4, 1)])[:: random.choice([-1, 1])]
    left, right = middle - half * along, middle + half * along
    return np.array([left - thick[0] * across, right - thick[1] * across, right + thick[1] * across,
                     left + thick[0] * across]), angle


def block(random, height: int, width: int):
    """A stump, stone or post -> corners (n,2), its angle."""
    middle = np.array([random.uniform(0, 1) * width, random.uniform(0.4, 1.0) * height])
    size = random.uniform(0.04, 0.22, 2) * height * [random.uniform(1, 2.5), 1]
    turns = np.sort(random.uniform(0, 2 * np.pi, int(random.integers(5, 11))))
    reach = random.uniform(0.75, 1.2, len(turns))[:, None]
    return middle + reach * size * np.stack([np.cos(turns), np.sin(turns)], 1), random.normal() * 0.3


def stump(random, height: int, width: int, under):
    """What an animal sits on: its top at the animal's lower edge -> corners (n,2), its angle. `under` is the animal's middle
    column, its lower edge and its width, pixels."""
    column, row, wide = under
    half = np.clip(wide * random.uniform(0.3, 1.2), 0.02 * width, 0.4 * width)
    tall = random.uniform(0.06, 0.5) * height
    top = row - random.uniform(-0.01, 0.06) * height
    middle, lean, flare = column + random.normal() * 0.3 * half, random.normal() * 0.15 * half, random.uniform(0.9, 1.3)
    upper = np.stack([middle + half * np.linspace(-1, 1, 5), top + random.normal(size=5) * 0.012 * height], 1)
    lower = middle + lean + flare * half * np.array([1, -1])
    return np.concatenate([upper, np.stack([lower, np.full(2, top + tall)], 1)]), random.normal() * 0.1


def path(random, height: int, width: int):
    """A way over the ground that narrows as it goes away -> corners (2n,2), its angle."""
    steps = np.linspace(0, 1, 9)
    top = random.uniform(0.4, 0.75) * height
    middle = random.uniform(0.1, 0.9) * width + np.cumsum(random.normal(size=9)) * 0.06 * width
    half = random.uniform(0.03, 0.2) * width * (1 - 0.93 * steps)
    rows = height * 1.02 + (top - height * 1.02) * steps
    return np.concatenate([np.stack([middle - half, rows], 1), np.stack([middle + half, rows], 1)[::-1]]), 0.0


#: What lies there, how often, and what it may be made of.
KINDS = ((bar, 0.47, (wood, masonry, rubble)), (block, 0.25, (wood, rubble, rubble)), (path, 0.28, (rubble, rubble, masonry)))


def ledge(random, height: int, width: int, under=None):
    """A firm thing in the lower part of the picture, lit on one of its two sides -> coverage, colour. With `under` (see
    `stump`) an animal sits on it."""
    if under is None:
        make, _, textures = KINDS[random.choice(len(KINDS), p=[share for _, share, _ in KINDS])]
        corners, angle = make(random, height, width)
    else:
        make, textures = stump, (bark, bark, rubble)
        corners, angle = stump(random, height, width, under)
    colour = textures[random.integers(len(textures))](random, height, width)
    size = random.uniform(0.5, 1.1)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -np.degrees(angle), size)
    colour = cv2.warpAffine(np.ascontiguousarray(colour, np.float32), turn, (width, height), borderMode=cv2.BORDER_REFLECT)
    if make is bar and random.random() < 0.6:
        near = corners[2:].mean(0) * 0.5 + corners[:2].mean(0) * 0.5
        rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
        below = (rows - near[1]) * np.cos(angle) - (columns - near[0]) * np.sin(angle) > 0
        colour = colour * np.where(below, random.uniform(0.45, 0.9), random.uniform(0.9, 1.3))[..., None]
    light = 1 + random.uniform(0, 0.25) * fractal_noise(random, height, width, (2, 4))
    cover = np.zeros((height, width), np.uint8)
    cv2.fillPoly(cover, [np.round(corners).astype(np.int32)], 1)
    edge = fractal_noise(random, height, width, (16, 40))[..., 0] * random.uniform(0, 3)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    cover = cv2.remap(cover.astype(np.float32), columns, rows + edge, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return cv2.GaussianBlur(cover, (0, 0), random.uniform(0.6, 1.4)).clip(0, 1)[..., None], np.clip(colour * light, 0, 255)


def bare_ground(random, height: int, width: int):
    """Patches of trodden earth, sand or gravel that have no outline of their own -> coverage, colour."""
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    flat = int(random.integers(2, 5))  # patches lie on the ground: wider than high
    noise = cv2.resize(fractal_noise(random, height, max(2, width // flat), (3, 6, 12, 40))[..., 0], (width, height))[..., None]
    cover = np.clip((noise - random.uniform(-0.6, 0.5)) * random.uniform(3, 12), 0, 1)
    cover *= np.clip((rows - random.uniform(0.2, 0.7)) * random.uniform(4, 20), 0, 1)
    return cover, np.clip(colour_of(random, EARTHS) * rough_shade(random, height, width, 0.15, (0.01, 0.12)), 0, 255)
