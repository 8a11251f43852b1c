"""What is added to the photographs before they teach: it is of the class it is said to be, and where it is said to lie."""

import numpy as np
import pytest

from wakeframe_training import leaves
from wakeframe_training.augment import add_cloud_bank, add_leaves, add_ledge, add_ridges, add_sea, crop_window
from wakeframe_training.horizons import far_sea, lower_end
from wakeframe_training.settings import ANIMAL, CANVAS_HEIGHT, CANVAS_WIDTH, CLASS_COUNT, FABRIC, FOLIAGE, RIGID, SKY, WATER
from wakeframe_training.shadows import against_the_light, cast_shadow, in_shadow, low_sun

HORIZON = CANVAS_HEIGHT // 2


def scene():
    """A pale sky above green ground, with a grey tower before both -> picture, maps."""
    maps = np.zeros((CANVAS_HEIGHT, CANVAS_WIDTH, CLASS_COUNT), np.float32)
    maps[:HORIZON, :, SKY], maps[HORIZON:, :, FOLIAGE] = 1, 1
    maps[100:, 300:400] = np.eye(CLASS_COUNT)[RIGID]
    colours = np.zeros((CLASS_COUNT, 3), np.float32)
    colours[SKY], colours[FOLIAGE], colours[RIGID] = (200, 210, 230), (60, 120, 40), (128, 128, 128)
    return maps @ colours, maps


def test_the_sky_ends_where_most_of_its_columns_do():
    _, maps = scene()
    assert lower_end(maps) == HORIZON
    assert lower_end(np.roll(maps, SKY + 1, -1)) is None


@pytest.mark.parametrize("add, label", [(add_ridges, RIGID), (add_cloud_bank, SKY)])
def test_ridges_stand_and_clouds_are_sky_and_both_lie_before_the_sky_alone(add, label):
    picture, maps = scene()
    for seed in range(8):
        changed, found = add(np.random.default_rng(seed), picture, maps)
        new = np.abs(changed - picture).max(-1) > 4
        assert new[:HORIZON].any() and not new[HORIZON:].any() and not new[100:, 300:400].any()
        assert np.allclose(found.sum(-1), 1, atol=1e-5)
        assert not new[: HORIZON // 4].any(), "high up the sky stays open"
        if label == SKY:
            assert np.array_equal(found, maps)
        else:
            assert found[HORIZON - 1, :300, RIGID].mean() > 0.8


def test_the_sea_lies_at_the_horizon_and_behind_towers():
    picture, maps = scene()
    covers = [far_sea(np.random.default_rng(seed), picture, maps, HORIZON)[0][..., 0] for seed in range(8)]
    assert max(cover[HORIZON - 5 : HORIZON + 60].mean() for cover in covers) > 0.2
    assert all(cover[:, 320:380].max() == 0 and cover[: HORIZON // 2].max() == 0 for cover in covers)
    sea = [add_sea(np.random.default_rng(seed), picture, maps)[1][..., WATER].mean() for seed in range(8)]
    assert max(sea) > 0.02


def test_leaves_are_foliage_and_a_pot_is_not():
    picture, maps = scene()
    made = [add_leaves(np.random.default_rng(seed), picture, np.roll(maps, RIGID - FOLIAGE, -1)) for seed in range(30)]
    assert all(found.min() > -1e-5 and np.allclose(found.sum(-1), 1, atol=1e-5) for _, found in made)
    assert np.mean([found[..., FOLIAGE].mean() for _, found in made]) > 0.03
    assert all(np.isfinite(changed).all() and changed.min() > -0.01 and changed.max() < 255.01 for changed, _ in made)


def test_a_shadow_begins_at_the_feet_and_darkens():
    mask = np.zeros((CANVAS_HEIGHT, CANVAS_WIDTH, 1), np.float32)
    mask[100:300, 350:400] = 1
    picture = np.full(mask.shape[:2] + (3,), 128, np.float32)
    for seed in range(12):
        shade = cast_shadow(np.random.default_rng(seed), mask)
        rows = np.argwhere(shade[..., 0] > 0.2)[:, 0]
        assert rows.min() < 315 and rows.max() > 285 and 0 <= shade.min() and shade.max() <= 1
        dark = in_shadow(np.random.default_rng(seed), picture, shade)
        assert np.array_equal(dark[shade[..., 0] == 0], picture[shade[..., 0] == 0]) and dark.max() <= 128 and dark.min() < 110
    assert cast_shadow(np.random.default_rng(0), np.zeros_like(mask)).max() == 0


def test_against_the_light_all_but_the_sky_is_dark():
    picture, maps = scene()
    dark = against_the_light(np.random.default_rng(1), picture, maps)
    assert np.array_equal(dark[:100], picture[:100]) and (dark[HORIZON:] < 0.6 * picture[HORIZON:]).all()


def test_what_is_pasted_and_casts_a_shadow_leaves_the_ground_its_class(monkeypatch):
    from wakeframe_training import augment

    monkeypatch.setattr(augment, "SHADOWED", 1)
    monkeypatch.setattr(augment, "OUT_OF_FOCUS", 0)
    picture, maps = scene()
    other = np.zeros_like(maps)
    other[..., RIGID] = 1
    other[150:350, 300:450] = np.eye(CLASS_COUNT)[ANIMAL]
    darker = 0
    for seed in range(20):
        changed, found = augment.paste_region(np.random.default_rng(seed), picture, maps, np.full_like(picture, 250), other)
        if found[..., ANIMAL].max() > 0.5:
            ground = found[..., FOLIAGE] > 0.99
            darker += bool((changed[ground] < 0.8 * picture[ground]).all(-1).mean() > 0.001)
    assert darker > 4


def test_a_lawn_is_all_foliage_below_its_far_edge(monkeypatch):
    for other in ("rosette", "spray", "bed"):
        monkeypatch.setattr(leaves, other, leaves.lawn)
    for seed in range(8):
        cover, content, foot = leaves.leaves(np.random.default_rng(seed), CANVAS_HEIGHT, CANVAS_WIDTH)
        assert foot is None and cover[-1].min() > 0.99 and (np.diff(cover[::20, :, 0].mean(1)) > -1e-5).all()
        assert content[-100:].std() > 0.5 and content.min() >= 0 and content.max() <= 255


def test_a_low_sun_shines_over_the_land_from_where_the_sky_ends():
    picture, maps = scene()
    over_land = 0
    for seed in range(12):
        lit = low_sun(np.random.default_rng(seed), picture, maps)
        assert (lit >= picture - 1e-3).all() and lit.max() <= 255
        row, _ = np.unravel_index(np.argmax((lit - picture).sum(-1)), picture.shape[:2])
        assert row > HORIZON * 0.4
        over_land += (lit[HORIZON + 5 :] - picture[HORIZON + 5 :]).max() > 40
    assert over_land > 8
    assert np.array_equal(low_sun(np.random.default_rng(0), picture, np.roll(maps, SKY + 1, -1)), picture)


def test_a_close_crop_lies_about_what_grows(monkeypatch):
    from wakeframe_training import augment

    monkeypatch.setattr(augment, "CLOSE", 1)
    _, maps = scene()
    maps[..., :] = np.eye(CLASS_COUNT)[RIGID]
    maps[400:420, 600:640] = np.eye(CLASS_COUNT)[FOLIAGE]
    near = 0
    for seed in range(20):
        left, top, wide, tall = crop_window(np.random.default_rng(seed), maps)
        assert 0 <= left <= CANVAS_WIDTH - wide and 0 <= top <= CANVAS_HEIGHT - tall
        near += left <= 620 <= left + wide and top <= 410 <= top + tall and wide <= 0.5 * CANVAS_WIDTH
    assert near > 6, "half of the labels drawn are foliage"


def test_a_stump_may_have_the_colour_of_who_sits_on_it(monkeypatch):
    from wakeframe_training import augment

    monkeypatch.setattr(augment, "SEATED", 1)
    monkeypatch.setattr(augment, "LIKE_COLOURED", 1)
    picture, maps = scene()
    picture[150:300, 350:500], maps[150:300, 350:500] = (220, 60, 160), np.eye(CLASS_COUNT)[ANIMAL]
    found = 0
    for seed in range(10):
        changed, after = add_ledge(np.random.default_rng(seed), picture, maps)
        new = (after[..., RIGID] > 0.9) & (maps[..., RIGID] < 0.1)
        found += new.any()
        assert not new.any() or np.abs(changed[new].mean(0) - (220, 60, 160)).max() < 70
        assert np.array_equal(changed[170:280, 370:480], picture[170:280, 370:480])
    assert found > 5


def test_who_sits_on_a_stump_of_its_colour_may_be_all_clothes(monkeypatch):
    from wakeframe_training import augment

    monkeypatch.setattr(augment, "SEATED", 1)
    monkeypatch.setattr(augment, "LIKE_COLOURED", 1)
    picture, maps = scene()
    maps[150:300, 350:500] = np.eye(CLASS_COUNT)[FABRIC]
    assert all(np.isfinite(add_ledge(np.random.default_rng(seed), picture, maps)[0]).all() for seed in range(10))
