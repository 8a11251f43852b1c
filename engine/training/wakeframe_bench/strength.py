"""Motion at one strength; the table compares strengths."""

from wakeframe_training.settings import CLASSES

from .flow import path


def grows(amounts: list[float]) -> bool:
    """Whether each amount of motion is more than the one before by a tenth at least."""
    return all(after > 1.1 * before for before, after in zip(amounts, amounts[1:])) and amounts[0] > 0


def measure(case, photograph, frames) -> dict:
    inside = photograph.region(CLASSES.index(case.label))[0] if case.label else photograph.textured
    return {"amount": float(path(frames)[inside].mean())}
