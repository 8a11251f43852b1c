"""Unit tests of what needs no downloads and no trained weights."""

import json

import numpy as np
import pytest
import torch

from wakeframe_training.class_maps import draw_polygons, soft_class_maps
from wakeframe_training.denoiser import Denoiser
from wakeframe_training.depth import pseudo_depth
from wakeframe_training.encoder import Encoder
from wakeframe_training.motion import displacement, intent_map, motion_target
from wakeframe_training.photos import photo_table
from wakeframe_training.prompts import clause, inflect, random_prompt
from wakeframe_training.reader import Reader, SettledReader, settle
from wakeframe_training.runtime import choose_side, grid_height
from wakeframe_training.settings import (ANIMAL, CLASS_COUNT, CLASSES, DATA, DRIFT_UNIT, INTENT_SIZE, MOTION_CHANNELS, SKY,
                                         STATE_SCALE, SWAY_UNIT, WATER)


def seeded(seed=1):
    return torch.Generator().manual_seed(seed)


def sky_above_water(batch=1, height=12, width=16):
    probs = torch.zeros(batch, CLASS_COUNT, height, width)
    probs[:, SKY, : height // 2] = 1
    probs[:, WATER, height // 2 :] = 1
    return probs


def sky_intent(x=0.0, y=0.0, sway=0.0, live=0.0):
    intent = torch.zeros(1, CLASS_COUNT, 4)
    intent[0, SKY] = torch.tensor([x, y, sway, live])
    return intent


def test_every_basis_term_is_zero_at_the_start():
    field = torch.randn(2, MOTION_CHANNELS, 3, 4, generator=seeded())
    assert displacement(field, 0.0).abs().max() == 0


def test_units_of_the_basis():
    field = torch.zeros(1, MOTION_CHANNELS, 1, 1)
    field[0, 0] = 1
    assert displacement(field, 1.0)[0, 0].item() == pytest.approx(DRIFT_UNIT)
    field = torch.zeros(1, MOTION_CHANNELS, 1, 1)
    field[0, 3] = 1
    assert displacement(field, 0.25)[0, 1].item() == pytest.approx(SWAY_UNIT)
    field = torch.zeros(1, MOTION_CHANNELS, 1, 1)
    field[0, 4] = 1
    assert displacement(field, 0.5)[0, 0].item() == pytest.approx(-2 * SWAY_UNIT)


def test_sway_closes_its_loop():
    field = torch.randn(1, MOTION_CHANNELS, 2, 2, generator=seeded())
    field[:, :2] = 0
    assert displacement(field, 1.0).abs().max() < 1e-6


def test_target_drifts_the_way_it_is_asked_and_only_there():
    target = motion_target(seeded(), sky_above_water(), sky_intent(x=-1, live=1))
    assert (target[0, 0, :6] < 0).all()
    assert target[0, :, 6:].abs().max() == 0
    assert target[0, 0, :6].mean().item() == pytest.approx(-STATE_SCALE, rel=0.4)


def test_target_without_direction_takes_both_sides():
    sides = {float(motion_target(seeded(seed), sky_above_water(), sky_intent(live=1))[0, 0, :6].mean().sign())
             for seed in range(12)}
    assert sides == {-1.0, 1.0}


def test_target_of_stillness_is_still():
    assert motion_target(seeded(), sky_above_water(), sky_intent()).abs().max() == 0


def test_intent_map_spreads_the_intent_over_its_class():
    asked = intent_map(sky_intent(x=-1, live=1).flatten(1), sky_above_water())
    assert asked[0, 0, 0].eq(-1).all() and asked[0, 3, 0].eq(1).all() and asked[0, :, -1].eq(0).all()


def test_settled_intent_has_a_dead_zone_and_no_rigid_motion():
    raw = torch.zeros(1, CLASS_COUNT, 4)
    raw[0, 0] = 1
    raw[0, SKY] = 0.14
    raw[0, WATER] = torch.tensor([0.5, 0, 0.5, 1.0])
    settled = settle(raw.flatten(1)).reshape(CLASS_COUNT, 4)
    assert settled[0].abs().max() == 0 and settled[SKY].abs().max() == 0
    assert torch.equal(settled[WATER], raw[0, WATER])


def test_prompts_are_repeatable_and_bounded():
    first = [random_prompt(np.random.default_rng(3)) for _ in range(1)]
    again = [random_prompt(np.random.default_rng(3)) for _ in range(1)]
    assert first[0][0] == again[0][0] and np.array_equal(first[0][1], again[0][1])
    random = np.random.default_rng(4)
    for _ in range(500):
        text, intent = random_prompt(random)
        assert intent.shape == (CLASS_COUNT, 4) and np.abs(intent).max() <= 1.6
        assert (intent[:, 3] >= 0).all() and (intent[0] == 0).all()
        assert (np.abs(intent[:, :3]).max(1) <= intent[:, 3] + 1e-6).all()
        assert "  " not in text


def test_left_is_negative_x():
    random = np.random.default_rng(5)
    seen = set()
    for _ in range(300):
        intent = np.zeros((CLASS_COUNT, 4), np.float32)
        text = clause(random, SKY, intent)
        words = text.split()
        if "leftwards" in words or text.endswith("to the left"):
            assert intent[SKY, 0] < 0
            seen.add("left")
        if "rightwards" in words or text.endswith("to the right"):
            assert intent[SKY, 0] > 0
            seen.add("right")
    assert seen == {"left", "right"}


def test_inflection():
    forms = {inflect(np.random.default_rng(seed), "drift") for seed in range(40)}
    assert forms == {"drift", "drifts", "are drifting", "drifting"}
    assert "swaying in the wind" in {inflect(np.random.default_rng(seed), "sway in the wind") for seed in range(40)}


def test_polygons_paint_over_rigid():
    maps = draw_polygons([["sky", [[0, 0], [10, 0], [10, 5], [0, 5]]]], 20, 20)
    assert maps[2, 10, SKY] == 1 and maps[15, 10, 0] == 1
    assert (maps.sum(-1) == 1).all()


def test_what_is_unclear_is_of_no_class_and_nothing_else_changes():
    polygons = [["sky", [[0, 0], [10, 0], [10, 5], [0, 5]]]]
    picture = np.full((80, 80, 3), 90, np.uint8)
    picture[:40] = 200
    plain = soft_class_maps(picture, polygons)
    assert np.allclose(plain.sum(-1), 1, atol=1e-4)
    maps = soft_class_maps(picture, polygons + [["unclear", [[0, 6], [10, 6], [10, 10], [0, 10]]]])
    assert maps[70].sum(-1).max() < 0.01 and np.allclose(maps[:30], plain[:30], atol=1e-4)


def test_only_the_split_test_has_unclear_places():
    annotations = json.loads((DATA / "annotations.json").read_text("utf-8"))
    for name, entry in photo_table().items():
        assert entry["split"] == "test" or all(label in CLASSES for label, _ in annotations[name]), name


def test_depth_is_far_in_the_sky_near_below_and_flat_on_subjects():
    maps = draw_polygons([["sky", [[0, 0], [10, 0], [10, 5], [0, 5]]],
                          ["animal", [[4, 4], [6, 4], [6, 8], [4, 8]]]], 100, 160)
    depth = pseudo_depth(maps)
    assert depth[5, 5] < 0.05 and depth[95, 5] > 0.7
    assert np.all(np.diff(depth[60:, 5]) >= -1e-6)
    subject = depth[50:75, 75:85]
    assert subject.std() < 0.01 and subject.mean() > depth[76, 10]
    assert maps[60, 80, ANIMAL] == 1


def test_grid_height_follows_the_aspect_in_steps_of_four():
    assert grid_height(1080, 1920) == 36 and grid_height(1000, 1600) == 40 and grid_height(1920, 1080) % 4 == 0


def test_undirected_travel_gets_a_side_and_the_rest_is_left_alone():
    intent = np.zeros((CLASS_COUNT, 4), np.float32)
    intent[SKY] = [0.02, 0, 0, 1]
    intent[WATER] = [0, 0, 1, 1]
    even, odd = (choose_side(intent.reshape(-1), seed).reshape(CLASS_COUNT, 4) for seed in (0, 1))
    assert even[SKY, 0] == -1 and odd[SKY, 0] == 1
    assert np.array_equal(even[WATER], intent[WATER])


def test_shapes_of_the_networks():
    features, logits, depth = Encoder().eval()(torch.rand(1, 3, 48, 64))
    assert features.shape == (1, 48, 12, 16) and logits.shape == (1, CLASS_COUNT, 12, 16) and depth.shape == (1, 1, 12, 16)
    probs, asked = logits.softmax(1), torch.zeros(1, 4, 12, 16)
    denoiser = Denoiser().eval()
    state = torch.randn(1, MOTION_CHANNELS, 12, 16)
    assert denoiser(state, torch.zeros(1), features, probs, asked).abs().max() == 0
    assert denoiser(state, torch.zeros(1), features, probs, asked + 1).shape == state.shape
    assert SettledReader(Reader()).eval()(torch.randn(1, 7, 384), torch.ones(1, 7)).shape == (1, INTENT_SIZE)


def test_padding_does_not_change_the_intent():
    reader = SettledReader(Reader()).eval()
    hidden = torch.randn(1, 9, 384)
    padded = torch.cat([hidden, torch.randn(1, 4, 384)], 1)
    mask = torch.cat([torch.ones(1, 9), torch.zeros(1, 4)], 1)
    with torch.no_grad():
        raw = reader(padded, mask)
        assert torch.allclose(reader.reader(hidden, torch.ones(1, 9)), reader.reader(padded, mask), atol=1e-5)
    assert bool(torch.isfinite(raw).all())
