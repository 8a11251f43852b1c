"""A synthetic prompt grammar: random text together with the motion it asks for.

The intent of a prompt is an array (CLASS_COUNT, INTENT_PER_CLASS) float32: drift x (+ right), drift y (+ down), sway (to and
fro), turbulence (small eddies), pulse (swelling and shrinking), live. Amounts: 0.5 slowly, 1 plainly, 1.6 quickly; `live`
says that the class moves at all, and how much. What it asks of the shot is an array (SHOT_SIZE,): see shot_words.py.
"""

import numpy as np

from .settings import (ANIMAL, CLASS_COUNT, DRIFT_X, DRIFT_Y, FABRIC, FOLIAGE, HANDHELD, INTENT_PER_CLASS, LIVE, PULSE,
                       SHOT_SIZE, SKY, SMOKE, SWAY, TURBULENCE, WATER)
from .shot_words import (CAMERA_SHARE, CAMERA_VERBS, HANDHELD_WORDS, LIGHT_WORDS, SHOT_NAMES, SPEED_CHOICES, SPEEDS,
                         STATIC_CAMERA)
from .vocabulary import (ADVERBS, AMBIENT, AMOUNTS, BODY_OF_FABRIC, CLASS_SHARE, DIRECTED_VERBS, DIRECTION_SHARE,
                         DIRECTIONS, IRREGULAR_ING, JOINS, LOOSE_FABRIC, LOOSE_FABRIC_SHARE, PLACE_SHARE, PLACE_VERBS,
                         STILL_JOINS, STILL_VERBS, STILLNESS, SUBJECTS, TAILS, TRAVEL_SHARE, TRAVEL_VERBS,
                         USUAL_PLACE_SHARE, WIND_FROM, WINDY)

#: What swaying goes with travelling: water ripples as it flows, smoke curls as it rises, and so on.
SWAY_OF_TRAVEL = 0.35
#: Share of prompts that are of one thing that travels and a camera beside it.
TWO_WAYS = 0.12


def pick(random, options):
    return options[random.integers(len(options))]


def draw(random, shares: dict):
    """A key, as often as its share says."""
    keys = list(shares)
    return keys[random.choice(len(keys), p=np.array(list(shares.values())) / sum(shares.values()))]


def no_intent() -> np.ndarray:
    return np.zeros((CLASS_COUNT, INTENT_PER_CLASS), np.float32)


def inflect(random, verb: str) -> str:
    """Plain form, third person, or progressive ("drift", "drifts", "are drifting", "drifting")."""
    word, _, rest = verb.partition(" ")
    rest = " " + rest if rest else ""
    if word.endswith("ing") or word == "are":
        return verb
    choice = random.random()
    if choice < 0.4:
        return verb
    if choice < 0.65:
        return word + ("es" if word.endswith(("s", "sh", "ch")) else "s") + rest
    progressive = IRREGULAR_ING.get(word, (word[:-1] if word.endswith("e") else word) + "ing")
    return ("are " if choice < 0.8 else "") + progressive + rest


def add_travel(random, label: int, amount: float, intent) -> tuple[str, str]:
    """Write a travel into `intent`; returns the verb and the direction's words (may be empty)."""
    words, direction = "", (0, 0)
    if label in DIRECTED_VERBS and random.random() < 0.35:
        verb = pick(random, list(DIRECTED_VERBS[label]))
        direction = DIRECTED_VERBS[label][verb]
    else:
        verb = pick(random, TRAVEL_VERBS[label])
        if random.random() < 0.85:
            direction = list(DIRECTIONS)[random.choice(len(DIRECTIONS), p=DIRECTION_SHARE)]
            words = pick(random, DIRECTIONS[direction])
        elif label == SMOKE:
            direction = (0, -1)
    intent[label, DRIFT_X : DRIFT_Y + 1] = np.array(direction) * amount
    intent[label, TURBULENCE if label == SMOKE else SWAY] = 0 if label == SKY else SWAY_OF_TRAVEL * amount
    intent[label, LIVE] = amount
    return inflect(random, verb), words


def add_movement_in_place(random, label: int, amount: float, intent) -> str:
    """Write swaying, eddies or swelling into `intent`; returns the verb."""
    manner = draw(random, USUAL_PLACE_SHARE.get(label, PLACE_SHARE))
    intent[label, manner] = intent[label, LIVE] = amount
    return inflect(random, pick(random, PLACE_VERBS[label][manner]))


def clause(random, label: int, intent) -> str:
    """A clause about one class, written into `intent`."""
    loose = label == FABRIC and random.random() < LOOSE_FABRIC_SHARE
    subject = pick(random, LOOSE_FABRIC if loose else SUBJECTS[label])
    amount = pick(random, AMOUNTS)
    adverb = pick(random, ADVERBS[amount])
    if random.random() < TRAVEL_SHARE[label]:
        verb, where = add_travel(random, label, amount, intent)
    else:
        verb, where = add_movement_in_place(random, label, amount, intent), ""
    if label == FABRIC and not loose:
        body = intent[ANIMAL]
        body[SWAY] = max(body[SWAY], BODY_OF_FABRIC * amount)
        body[LIVE] = max(body[LIVE], BODY_OF_FABRIC * amount)
    orders = [[subject, verb, adverb, where], [subject, adverb, verb, where], [subject, verb, where, adverb]]
    if verb.split()[0].endswith("ing"):
        orders.append([adverb, verb, where, subject])
    return " ".join(word for word in pick(random, orders) if word)


def still_clause(random, moving, text: str) -> str:
    """Add, before or after `text`, that another class than those in `moving` keeps still."""
    others = [label for label in SUBJECTS if label not in moving and not (label == ANIMAL and FABRIC in moving)]
    still = f"{pick(random, SUBJECTS[pick(random, others)])} {pick(random, STILL_VERBS)}"
    parts = [text, still] if random.random() < 0.7 else [still, text]
    return pick(random, STILL_JOINS).join(parts)


def ambient_intent(amount: float, direction=(0, 0)) -> np.ndarray:
    """Everything that usually moves moves by `amount`; a wind direction pushes sky, foliage and smoke."""
    intent = no_intent()
    intent[[SKY, WATER, FOLIAGE, ANIMAL, FABRIC, SMOKE], LIVE] = np.array([1, 1, 1, 0.6, 0.8, 1]) * amount
    intent[[WATER, FOLIAGE, FABRIC], SWAY] = np.array([1, 1, 0.8]) * amount
    intent[ANIMAL, PULSE] = 0.6 * amount
    intent[SMOKE, TURBULENCE] = amount
    intent[SMOKE, DRIFT_Y] = 0 if direction[0] else -0.5 * amount
    intent[SKY, DRIFT_X] = direction[0] * amount
    intent[FOLIAGE, DRIFT_X] = 0.25 * direction[0] * amount
    intent[SMOKE, DRIFT_X] = 0.7 * direction[0] * amount
    return intent


def ambient_prompt(random) -> tuple[str, np.ndarray]:
    """A prompt about the whole scene: life in general, or wind."""
    choice = random.random()
    if choice < 0.4:
        return pick(random, AMBIENT), ambient_intent(0.6)
    amount = pick(random, AMOUNTS)
    adverb = pick(random, ADVERBS[amount])
    direction = (0, 0)
    if choice < 0.7:
        text = pick(random, WINDY)
    else:
        direction = pick(random, list(WIND_FROM))
        text = pick(random, WIND_FROM[direction])
    intent = ambient_intent(amount, direction)
    intent[ANIMAL] = 0
    return f"{text} {adverb}".strip(), intent


def camera_clause(random, shot) -> str:
    """A clause about the camera, written into `shot`; it may say that the camera stands still."""
    if random.random() < 0.3:
        return pick(random, STATIC_CAMERA)
    size = pick(random, SPEED_CHOICES)
    speed = pick(random, SPEEDS[size])
    axis = draw(random, CAMERA_SHARE)
    if axis == HANDHELD:
        shot[HANDHELD] = 0.6
        return pick(random, HANDHELD_WORDS)
    way = (axis, pick(random, (-1, 1)))
    shot[axis] = way[1] * size
    if random.random() < 0.5:
        name = pick(random, SHOT_NAMES[way])
        return f"{speed} {name}" if speed and not speed.endswith("ly") else f"{name} {speed}".strip()
    verb = pick(random, CAMERA_VERBS[way])
    subject = pick(random, ("the camera", "camera", "the camera", "the camera", "the lens", "the shot"))
    if speed and not speed.endswith("ly"):
        speed = speed + "ly" if speed in ("slow", "quick", "strong", "steady") else "slowly" if size < 0.5 else "fast"
    return f"{subject} {verb} {speed}".strip() if random.random() < 0.6 else f"{subject} {speed} {verb}".replace("  ", " ")


def light_clause(random, shot) -> str:
    """A clause about the light, written into `shot`."""
    (axis, sign), words = pick(random, list(LIGHT_WORDS.items()))
    size = pick(random, (0.3, 0.6, 0.6, 1.0))
    shot[axis] = sign * size
    adverb = {0.3: pick(random, ("slightly", "a little", "subtly")), 0.6: pick(random, ("", "", "slowly", "over time")),
              1.0: pick(random, ("strongly", "a lot", "dramatically"))}[size]
    return f"{pick(random, words)} {adverb}".strip()


def scene_text(random) -> tuple[str, np.ndarray]:
    """What a prompt says of the things in the picture."""
    choice = random.random()
    if choice < 0.13:
        return pick(random, STILLNESS), no_intent()
    if choice < 0.21:
        return ambient_prompt(random)
    intent = no_intent()
    count = 1 if random.random() < 0.66 else 2
    labels = random.choice(list(CLASS_SHARE), count, replace=False, p=list(CLASS_SHARE.values()))
    text = pick(random, JOINS).join(clause(random, label, intent) for label in labels)
    if random.random() < 0.15:
        text = still_clause(random, labels, text)
    return text, intent


def two_ways(random) -> tuple[str, np.ndarray, np.ndarray]:
    """Something that travels, and a camera that goes its own way: the side of the one is not the side of the other."""
    intent, shot = no_intent(), np.zeros(SHOT_SIZE, np.float32)
    label = draw(random, {SKY: 0.5, WATER: 0.2, SMOKE: 0.15, FOLIAGE: 0.15})
    parts = [clause(random, label, intent), camera_clause(random, shot)]
    random.shuffle(parts)
    return pick(random, (" while ", " while ", " as ", " and ", ", ", ". ")).join(parts), intent, shot


def random_prompt(random) -> tuple[str, np.ndarray, np.ndarray]:
    """One prompt, its intent (CLASS_COUNT, INTENT_PER_CLASS) and what it asks of the shot (SHOT_SIZE,)."""
    if random.random() < TWO_WAYS:
        return two_ways(random)
    intent, shot, parts = no_intent(), np.zeros(SHOT_SIZE, np.float32), []
    choice = random.random()
    if choice > 0.13:
        text, intent = scene_text(random)
        parts.append(text + pick(random, TAILS))
    if 0.02 < choice < 0.11 or random.random() < 0.28:
        parts.append(camera_clause(random, shot))
        if random.random() < 0.08:
            parts.append(camera_clause(random, shot))
    if 0.11 <= choice <= 0.13 or random.random() < 0.1:
        parts.append(light_clause(random, shot))
    random.shuffle(parts)
    text = pick(random, (", ", ", ", ", ", ". ", "; ", " while ", " and ")).join(parts)
    if random.random() < 0.3:
        text = text.capitalize()
    if random.random() < 0.3 and text:
        text += "."
    return text, intent, shot
