"""Churning and pulsing by formula."""

import numpy as np

from wakeframe_training.manner import REST, add_manners, churning, planted, pulsing, sampled
from wakeframe_training.runtime import displacement
from wakeframe_training.settings import ANIMAL, CLASS_COUNT, FABRIC, INTENT_PER_CLASS, LIVE, PULSE, SKY, SWAY, TURBULENCE

HEIGHT, WIDTH = 24, 40


def two_animals(label=ANIMAL):
    """Sky, and two animals that stand above the lower edge."""
    probs = np.zeros((CLASS_COUNT, HEIGHT, WIDTH), np.float32)
    for left in (4, 24):
        probs[label, 8:20, left : left + 10] = 1
    probs[SKY] = 1 - probs[label]
    return probs


def asked(label, **amounts):
    intent = np.zeros((CLASS_COUNT, INTENT_PER_CLASS), np.float32)
    for name, amount in amounts.items():
        intent[label, {"x": 0, "sway": SWAY, "turbulence": TURBULENCE, "pulse": PULSE, "live": LIVE}[name]] = amount
    return intent


def test_the_denoiser_is_asked_for_the_rest():
    for manner in ({"pulse": 1}, {"turbulence": 1}):
        rest = sampled(asked(SKY, live=1, **manner))
        assert np.array_equal(rest, asked(SKY, sway=REST, live=2 * REST))
    for kept in (asked(SKY, x=-1, live=1), asked(SKY, sway=1, live=1)):
        assert np.array_equal(sampled(kept), kept)


def test_every_part_swells_about_its_own_middle_and_comes_back():
    field = np.concatenate([np.zeros((2, HEIGHT, WIDTH)), pulsing(np.random.default_rng(1), two_animals()[ANIMAL], 1.0)])
    half, whole = displacement(field, 0.5), displacement(field, 1.0)
    for left in (4, 24):
        assert half[0, 14, left] < -1e-3 and half[0, 14, left + 9] > 1e-3 and half[1, 8, left] < -1e-3
    assert np.abs(whole).max() < 1e-6 and np.abs(half[:, :, 19]).max() == 0


def test_feet_stay_and_flags_have_none():
    assert planted(two_animals())[19, 8] < 0.1 and planted(two_animals())[8, 8] == 1 and planted(two_animals())[19, 0] == 1
    assert planted(two_animals(FABRIC)).min() == 1
    cut_off = two_animals()
    cut_off[ANIMAL, 20:, 4:14] = 1
    assert planted(cut_off)[23, 8] == 1


def test_eddies_differ_from_place_to_place():
    motion = churning(np.random.default_rng(1), two_animals(), asked(SKY, turbulence=1, live=1))
    near, far = motion[:, :8, :-10], motion[:, :8, 10:]
    assert (near * far).sum() < 0.3 * np.sqrt((near**2).sum() * (far**2).sum())
    assert np.abs(motion[:, 10, 8]).max() == 0


def test_clothes_breathe_with_their_wearer_once():
    dressed = two_animals()
    dressed[FABRIC, 10:16, 4:14], dressed[ANIMAL, 10:16, 4:14] = 1, 0
    breath, field = asked(ANIMAL, pulse=1, live=1), np.zeros((10, HEIGHT, WIDTH))
    both = breath.copy()
    both[FABRIC] = breath[ANIMAL]
    assert np.allclose(add_manners(field, dressed, both, 1), add_manners(field, two_animals(), breath, 1), atol=1e-6)
