"""Words of the synthetic prompt grammar, per class of thing that may move."""

from .settings import ANIMAL, FOLIAGE, SKY, WATER

SUBJECTS = {
    SKY: ["clouds", "the clouds", "the sky", "white clouds", "storm clouds", "fluffy clouds", "fog", "mist",
          "the clouds above", "dark clouds", "cloud cover", "haze", "a cloud bank", "wispy clouds"],
    WATER: ["water", "the water", "the river", "the stream", "waves", "the sea", "the lake", "ripples", "the waterfall",
            "ocean waves", "the water surface", "the current", "the creek"],
    FOLIAGE: ["leaves", "the leaves", "grass", "the grass", "trees", "the trees", "branches", "flowers", "the flower",
              "the foliage", "plants", "the meadow", "petals", "the bushes", "the crops", "the forest", "the plant"],
    ANIMAL: ["the animal", "the dog", "the bird", "the cat", "the bee", "the insect", "the horse", "the creature",
             "the person", "a man", "a woman", "the subject", "the lizard", "the child", "the butterfly"],
}
#: Verbs of travel, which take a direction.
TRAVEL_VERBS = {
    SKY: ["drift", "float", "move", "slide", "roll", "blow", "glide", "travel", "pass", "sail", "stream", "scroll",
          "race"],
    WATER: ["flow", "run", "move", "stream", "drift", "rush", "travel", "pour", "surge"],
    FOLIAGE: ["blow", "bend", "lean", "are blown", "move"],
    ANIMAL: ["move", "walk", "turn", "lean", "slide", "step", "run", "head"],
}
#: Verbs of swaying in place.
SWAY_VERBS = {
    SKY: ["billow", "churn", "swirl", "shimmer"],
    WATER: ["ripple", "shimmer", "lap gently", "undulate", "sparkle", "wobble", "slosh"],
    FOLIAGE: ["sway", "rustle", "flutter", "tremble", "wave", "sway in the wind", "rustle in the breeze", "quiver",
              "shake", "dance in the wind", "swing back and forth", "swaying in the breeze"],
    ANIMAL: ["breathe", "bob", "nod", "wiggle", "tremble", "look around", "sway", "breathing softly",
             "moving slightly", "shake its head", "flap its wings"],
}
#: How often a clause of this class is about travel rather than swaying.
TRAVEL_SHARE = {SKY: 0.85, WATER: 0.65, FOLIAGE: 0.2, ANIMAL: 0.4}
CLASS_SHARE = {SKY: 0.33, WATER: 0.24, FOLIAGE: 0.28, ANIMAL: 0.15}

#: (x, y) with +x right and +y down -> phrases.
DIRECTIONS = {
    (-1, 0): ["left", "to the left", "leftward", "leftwards", "towards the left", "from right to left",
              "toward the left side", "to the left side"],
    (1, 0): ["right", "to the right", "rightward", "rightwards", "towards the right", "from left to right",
             "toward the right side", "to the right side"],
    (0, -1): ["up", "upward", "upwards"],
    (0, 1): ["down", "downward", "downwards", "down the frame"],
}
DIRECTION_SHARE = [0.42, 0.42, 0.06, 0.10]

#: Amount of motion -> adverbs.
ADVERBS = {
    0.5: ["slowly", "gently", "softly", "calmly", "subtly", "lazily", "slightly", "faintly"],
    1.0: ["", "", "", "steadily"],
    1.6: ["quickly", "fast", "strongly", "rapidly", "briskly", "violently", "wildly"],
}
AMOUNTS = [0.5, 1.0, 1.0, 1.6]

STILLNESS = [
    "static background", "nothing moves", "a still photograph", "everything is still", "frozen scene", "no motion",
    "completely static", "static scene, nothing moves", "the building stands still", "a quiet building", "motionless",
    "still life", "static", "a freeze frame", "do not move anything", "no movement at all", "a castle", "the mountain",
    "a frozen moment", "the scene does not move", "keep everything still", "a house", "an empty street", "the tower",
    "no wind", "the clouds stand still", "the water is still", "the leaves do not move", "a bridge", "a rock",
]
#: A wish for life without a subject: what usually moves in a picture moves a little.
AMBIENT = [
    "bring this photo to life", "make it move", "subtle motion", "natural motion", "gentle movement", "animate the scene",
    "a living photograph", "everything moves gently", "cinemagraph", "ambient motion", "the scene comes alive",
    "subtle natural movement", "animate this picture", "slight movement everywhere", "wake up the picture",
]
WINDY = [
    "wind", "a gentle breeze", "a windy day", "strong wind", "a light breeze", "the wind blows", "gusts of wind",
    "wind blowing through the scene", "a storm", "breeze", "blowing wind", "it is windy",
]
WIND_FROM = {(1, 0): ["wind from the left", "the wind blows from left to right", "the wind blows to the right"],
             (-1, 0): ["wind from the right", "the wind blows from right to left", "the wind blows to the left"]}

#: Said of a class that stays still while another moves.
STILL_VERBS = ["stay still", "do not move", "stand still", "keep still", "are still", "is still", "does not move",
               "stays still", "remains motionless", "is frozen"]
STILL_JOINS = [", ", " and ", " while ", " but ", "; "]

CAMERA = ["the camera pans left", "the camera pans right", "slow dolly in", "slow zoom in", "push in", "camera tilts up",
          "camera static", "static camera", "tripod shot", "handheld shot", "slow zoom out"]
TAILS = ["", "", "", ", everything else is still", ", the rest static", ", static background", ", camera static",
         ", locked-off shot", ", cinematic", ", high quality", ", realistic"]
JOINS = [", ", " and ", " while ", "; "]
IRREGULAR_ING = {"run": "running", "bob": "bobbing", "nod": "nodding", "lap": "lapping", "step": "stepping",
                 "flap": "flapping"}
