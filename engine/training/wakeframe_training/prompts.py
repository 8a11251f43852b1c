"""A synthetic prompt grammar: random text together with the motion it asks for.

The intent of a prompt is an array (CLASS_COUNT, 4) float32: drift x (+ right), drift y (+ down), sway, live.
Amounts: 0.5 slowly, 1 plainly, 1.6 quickly; `live` says that the class moves at all, and how much.
"""

import numpy as np

from .settings import ANIMAL, CLASS_COUNT, FOLIAGE, SKY, WATER
from .vocabulary import (ADVERBS, AMBIENT, AMOUNTS, CAMERA, CLASS_SHARE, DIRECTION_SHARE, DIRECTIONS, IRREGULAR_ING,
                         JOINS, STILL_JOINS, STILL_VERBS, STILLNESS, SUBJECTS, SWAY_VERBS, TAILS, TRAVEL_SHARE,
                         TRAVEL_VERBS, WIND_FROM, WINDY)

DRIFT_X, DRIFT_Y, SWAY, LIVE = range(4)
#: What swaying goes with travelling: water ripples as it flows, and so on.
SWAY_OF_TRAVEL = 0.35


def pick(random, options):
    return options[random.integers(len(options))]


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
    verb = inflect(random, pick(random, TRAVEL_VERBS[label]))
    words = ""
    if random.random() < 0.85:
        direction = list(DIRECTIONS)[random.choice(len(DIRECTIONS), p=DIRECTION_SHARE)]
        words = pick(random, DIRECTIONS[direction])
        intent[label, DRIFT_X : DRIFT_Y + 1] = np.array(direction) * amount
    intent[label, SWAY] = 0 if label == SKY else SWAY_OF_TRAVEL * amount
    intent[label, LIVE] = amount
    return verb, words


def clause(random, label: int, intent) -> str:
    """A clause about one class, written into `intent`."""
    subject = pick(random, SUBJECTS[label])
    amount = pick(random, AMOUNTS)
    adverb = pick(random, ADVERBS[amount])
    if random.random() < TRAVEL_SHARE[label]:
        verb, where = add_travel(random, label, amount, intent)
    else:
        verb, where = inflect(random, pick(random, SWAY_VERBS[label])), ""
        intent[label, SWAY] = intent[label, LIVE] = amount
    orders = [[subject, verb, adverb, where], [subject, adverb, verb, where], [subject, verb, where, adverb]]
    if verb.split()[0].endswith("ing"):
        orders.append([adverb, verb, where, subject])
    return " ".join(word for word in pick(random, orders) if word)


def still_clause(random, moving, text: str) -> str:
    """Add, before or after `text`, that another class than those in `moving` keeps still."""
    others = [label for label in SUBJECTS if label not in moving]
    still = f"{pick(random, SUBJECTS[pick(random, others)])} {pick(random, STILL_VERBS)}"
    parts = [text, still] if random.random() < 0.7 else [still, text]
    return pick(random, STILL_JOINS).join(parts)


def ambient_intent(amount: float, direction=(0, 0)) -> np.ndarray:
    """Everything that usually moves moves by `amount`; a wind direction pushes sky and foliage."""
    intent = np.zeros((CLASS_COUNT, 4), np.float32)
    intent[[SKY, WATER, FOLIAGE, ANIMAL], LIVE] = np.array([1, 1, 1, 0.6]) * amount
    intent[[WATER, FOLIAGE, ANIMAL], SWAY] = np.array([1, 1, 0.6]) * amount
    intent[SKY, DRIFT_X] = direction[0] * amount
    intent[FOLIAGE, DRIFT_X] = 0.25 * direction[0] * amount
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


def random_prompt(random) -> tuple[str, np.ndarray]:
    """One prompt and its intent (CLASS_COUNT, 4)."""
    intent = np.zeros((CLASS_COUNT, 4), np.float32)
    choice = random.random()
    if choice < 0.12:
        text = pick(random, STILLNESS)
    elif choice < 0.15:
        text = ""
    elif choice < 0.18:
        text = pick(random, CAMERA)
    elif choice < 0.25:
        text, intent = ambient_prompt(random)
    else:
        count = 1 if random.random() < 0.68 else 2
        labels = random.choice(list(CLASS_SHARE), count, replace=False, p=list(CLASS_SHARE.values()))
        text = pick(random, JOINS).join(clause(random, label, intent) for label in labels)
        if random.random() < 0.15:
            text = still_clause(random, labels, text)
    if random.random() < 0.1 and intent.any():
        text = f"{pick(random, CAMERA)}, {text}"
    text += pick(random, TAILS)
    if random.random() < 0.3:
        text = text.capitalize()
    if random.random() < 0.3 and text:
        text += "."
    return text, intent
