"""Words of the synthetic prompt grammar, per class of thing that may move."""

from .settings import ANIMAL, FABRIC, FOLIAGE, PULSE, SKY, SMOKE, SWAY, TURBULENCE, WATER

SUBJECTS = {
    SKY: ["clouds", "the clouds", "the sky", "white clouds", "storm clouds", "fluffy clouds", "fog", "mist",
          "the clouds above", "dark clouds", "cloud cover", "haze", "a cloud bank", "wispy clouds", "rain clouds",
          "a layer of clouds", "billowing clouds", "small clouds"],
    WATER: ["water", "the water", "the river", "the stream", "waves", "the sea", "the lake", "ripples", "the waterfall",
            "ocean waves", "the water surface", "the current", "the creek", "reflections in the water", "the surf",
            "the puddle", "the rapids", "the fountain", "small waves", "the harbour water", "the ditch"],
    FOLIAGE: ["leaves", "the leaves", "grass", "the grass", "trees", "the trees", "branches", "flowers", "the flower",
              "the foliage", "plants", "the meadow", "petals", "the bushes", "the crops", "the forest", "the plant"],
    ANIMAL: ["the animal", "the dog", "the bird", "the cat", "the bee", "the insect", "the horse", "the horses",
             "the creature", "the person", "a man", "a woman", "the subject", "the lizard", "the child", "the butterfly",
             "people", "the crowd", "the player", "the dancer", "a girl", "the boy", "the cows", "the sheep", "the lion"],
    FABRIC: ["hair", "her hair", "his hair", "the hair", "long hair", "the mane", "clothes", "the clothes", "her dress",
             "hair and clothes", "the scarf", "the shirt", "the skirt", "the robe", "the coat"],
    SMOKE: ["smoke", "the smoke", "steam", "fire", "flames", "the fire", "the flame", "the flames", "the campfire",
            "the candle flame", "vapour", "white smoke", "black smoke", "fumes", "the steam"],
}
#: Fabric that hangs on nobody: whoever stands beside it keeps still.
LOOSE_FABRIC = ["the flag", "flags", "a banner", "the banners", "the curtain", "curtains", "cloth", "the fabric",
                "the sails", "laundry on the line", "ribbons", "the tent", "the awning", "the flag on the pole",
                "a streamer", "the tablecloth"]
#: Verbs of travel, which take a direction.
TRAVEL_VERBS = {
    SKY: ["drift", "float", "move", "slide", "roll", "blow", "glide", "travel", "pass", "sail", "stream", "scroll",
          "race"],
    WATER: ["flow", "run", "move", "stream", "drift", "rush", "travel", "pour", "surge", "roll"],
    FOLIAGE: ["blow", "bend", "lean", "are blown", "move"],
    ANIMAL: ["move", "walk", "turn", "lean", "slide", "step", "run", "head"],
    FABRIC: ["blow", "stream", "trail", "are blown", "fly", "move"],
    SMOKE: ["drift", "blow", "move", "pour", "trail", "stream", "are blown", "float"],
}
#: Travel whose direction is in the verb: (x, y), y down.
DIRECTED_VERBS = {
    SMOKE: {"rise": (0, -1), "climb": (0, -1), "rise up": (0, -1), "go up": (0, -1), "curl upward": (0, -1),
            "billow up": (0, -1)},
    WATER: {"fall": (0, 1), "cascade": (0, 1), "pour down": (0, 1), "plunge": (0, 1), "roll in": (0, 1),
            "come in": (0, 1)},
    SKY: {"rise": (0, -1), "sink": (0, 1)},
}
#: Verbs of moving in place, by how: to and fro, in small eddies, swelling and shrinking.
PLACE_VERBS = {
    SKY: {SWAY: ["billow", "shimmer", "undulate"], TURBULENCE: ["churn", "swirl", "boil", "seethe"], PULSE: ["pulse"]},
    WATER: {SWAY: ["ripple", "shimmer", "lap gently", "undulate", "sparkle", "wobble", "slosh", "glitter"],
            TURBULENCE: ["churn", "boil", "splash", "foam", "froth", "swirl"], PULSE: ["pulse", "swell", "heave"]},
    FOLIAGE: {SWAY: ["sway", "rustle", "flutter", "wave", "sway in the wind", "rustle in the breeze",
                     "dance in the wind", "swing back and forth", "swaying in the breeze", "nod in the wind"],
              TURBULENCE: ["tremble", "quiver", "shake", "thrash about"], PULSE: ["pulse"]},
    ANIMAL: {SWAY: ["bob", "nod", "wiggle", "look around", "sway", "moving slightly", "shake its head",
                    "flap its wings", "shift about", "turn its head"],
             TURBULENCE: ["tremble", "shiver", "fidget"],
             PULSE: ["breathe", "breathing softly", "breathe in and out", "breathe calmly", "pulse"]},
    FABRIC: {SWAY: ["wave", "sway", "flutter", "flutter in the wind", "blow in the wind", "swing", "wave in the breeze",
                    "sway in the breeze", "move in the wind"],
             TURBULENCE: ["flap", "ripple", "whip about"], PULSE: ["billow", "swell"]},
    SMOKE: {SWAY: ["waver", "sway", "curl", "dance"], TURBULENCE: ["flicker", "swirl", "churn", "roil", "billow",
                                                                    "blaze", "burn", "crackle"], PULSE: ["pulse", "puff"]},
}
PLACE_SHARE = {SWAY: 0.6, TURBULENCE: 0.28, PULSE: 0.12}
#: In these, one manner is the usual one.
USUAL_PLACE_SHARE = {ANIMAL: {SWAY: 0.5, TURBULENCE: 0.08, PULSE: 0.42},
                     SMOKE: {SWAY: 0.3, TURBULENCE: 0.6, PULSE: 0.1}}
#: How often a clause of this class is about travel rather than moving in place.
TRAVEL_SHARE = {SKY: 0.85, WATER: 0.6, FOLIAGE: 0.2, ANIMAL: 0.4, FABRIC: 0.2, SMOKE: 0.5}
CLASS_SHARE = {SKY: 0.27, WATER: 0.21, FOLIAGE: 0.2, ANIMAL: 0.12, FABRIC: 0.11, SMOKE: 0.09}
LOOSE_FABRIC_SHARE = 0.4
#: What the body that wears them moves when hair and clothes do.
BODY_OF_FABRIC = 0.4

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
    "the flag hangs still", "no smoke", "a red dress", "a fireplace", "a sunny day", "a portrait of a woman",
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

TAILS = ["", "", "", ", everything else is still", ", the rest static", ", static background", ", cinematic",
         ", high quality", ", realistic"]
JOINS = [", ", " and ", " while ", "; "]
IRREGULAR_ING = {"run": "running", "bob": "bobbing", "nod": "nodding", "lap": "lapping", "step": "stepping",
                 "flap": "flapping", "pan": "panning", "whip": "whipping", "zoom": "zooming"}
