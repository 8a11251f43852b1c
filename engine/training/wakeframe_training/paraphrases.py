"""Prompts in words the grammar does not use, for measuring only: (text, class, direction).

Class is the one that must move most (None: nothing may move); direction is -1 left, 1 right, 0 none asked for.
"""

from .settings import ANIMAL, FOLIAGE, SKY, WATER

PARAPHRASES = [
    ("cumulus formations creep leftwards", SKY, -1),
    ("the clouds are wafting toward the left edge of the picture", SKY, -1),
    ("puffy white clouds sailing off to the left", SKY, -1),
    ("overcast heavens sliding left", SKY, -1),
    ("a bank of cumulus clouds is pushed left by the wind", SKY, -1),
    ("clouds scud across to the right-hand side", SKY, 1),
    ("the heavens move rightwards", SKY, 1),
    ("a cloudscape wandering right", SKY, 1),
    ("thin cirrus clouds are being carried to the right", SKY, 1),
    ("timelapse of clouds rushing right", SKY, 1),
    ("the brook runs to the right", WATER, 1),
    ("sea swell heading right", WATER, 1),
    ("water is flowing toward the right bank", WATER, 1),
    ("the pond drifts to the left", WATER, -1),
    ("tide rolling leftward", WATER, -1),
    ("the canal flows left", WATER, -1),
    ("small waves on the pond", WATER, 0),
    ("glittering rippling sea", WATER, 0),
    ("the bay shimmers in the light", WATER, 0),
    ("foliage trembling in a light wind", FOLIAGE, 0),
    ("branches rock back and forth", FOLIAGE, 0),
    ("a breeze stirs the vegetation", FOLIAGE, 0),
    ("blades of grass wave about", FOLIAGE, 0),
    ("windy day, the twigs shiver", FOLIAGE, 0),
    ("blossoms nodding in the breeze", FOLIAGE, 0),
    ("the hedge rustles", FOLIAGE, 0),
    ("the squirrel breathes", ANIMAL, 0),
    ("a fox turns its head to the right", ANIMAL, 1),
    ("the kitten steps left", ANIMAL, -1),
    ("puppy wags its tail", ANIMAL, 0),
    ("absolutely no motion", None, 0),
    ("the picture remains frozen", None, 0),
    ("a stone house", None, 0),
    ("nothing in the frame moves at all", None, 0),
    ("hold perfectly still", None, 0),
]
