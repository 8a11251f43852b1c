"""Unit tests of what needs no downloads and no trained weights."""

import json

import numpy as np
import pytest
import torch

from wakeframe_training.augment import add_bare_ground, add_ledge, out_of_focus, seat
from wakeframe_training.backbone import TAP_CHANNELS, Backbone
from wakeframe_training.class_maps import draw_polygons, soft_class_maps, windows
from wakeframe_training.cloth import cloth
from wakeframe_training.cut_out import cut_out
from wakeframe_training.denoiser import Denoiser
from wakeframe_training.depth import pseudo_depth
from wakeframe_training.encoder import Head, pooled_taps
from wakeframe_training.motion import displacement, intent_map, motion_target
from wakeframe_training.ledges import ledge
from wakeframe_training.photos import photo_table
from wakeframe_training.plumes import fire, smoke
from wakeframe_training.prompts import camera_clause, clause, inflect, random_prompt, two_ways
from wakeframe_training.reader import Reader, SettledReader, settle
from wakeframe_training.runtime import choose_side, dress, grid_height
from wakeframe_training.settings import (ANIMAL, CANVAS_HEIGHT, CANVAS_WIDTH, CLASS_COUNT, CLASSES, DATA, DRIFT_UNIT, FABRIC, FOLIAGE,
                                         INTENT_PER_CLASS, INTENT_SIZE, LIVE, MOTION_CHANNELS, PAN, PULSE, RIGID, SHOT_SIZE, SKY,
                                         STATE_SCALE, SWAY, SWAY_UNIT, TURBULENCE, WATER)
from wakeframe_training.synthetic import reflection


def seeded(seed=1):
    return torch.Generator().manual_seed(seed)


def sky_above_water(batch=1, height=12, width=16):
    probs = torch.zeros(batch, CLASS_COUNT, height, width)
    probs[:, SKY, : height // 2] = 1
    probs[:, WATER, height // 2 :] = 1
    return probs


def sky_intent(x=0.0, y=0.0, sway=0.0, turbulence=0.0, pulse=0.0, live=0.0):
    intent = torch.zeros(1, CLASS_COUNT, INTENT_PER_CLASS)
    intent[0, SKY] = torch.tensor([x, y, sway, turbulence, pulse, live])
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
    assert asked[0, 0, 0].eq(-1).all() and asked[0, LIVE, 0].eq(1).all() and asked[0, :, -1].eq(0).all()


def test_settled_intent_has_a_dead_zone_and_no_rigid_motion():
    raw = torch.zeros(1, CLASS_COUNT, INTENT_PER_CLASS)
    raw[0, 0] = 1
    raw[0, SKY] = 0.14
    raw[0, WATER] = torch.tensor([0.5, 0, 0.5, 0, 0, 1.0])
    said = torch.zeros(1, SHOT_SIZE)
    said[0, PAN], said[0, PAN + 1] = 2 * -0.6, 2 * 0.1
    settled, shot = settle(torch.cat([raw.flatten(1), said], 1))
    settled = settled.reshape(CLASS_COUNT, INTENT_PER_CLASS)
    assert settled[0].abs().max() == 0 and settled[SKY].abs().max() == 0
    assert torch.equal(settled[WATER], raw[0, WATER])
    assert shot[0, PAN].item() == pytest.approx(-0.6) and shot[0, PAN + 1:].abs().max() == 0


def test_prompts_are_repeatable_and_bounded():
    first = [random_prompt(np.random.default_rng(3)) for _ in range(1)]
    again = [random_prompt(np.random.default_rng(3)) for _ in range(1)]
    assert first[0][0] == again[0][0] and np.array_equal(first[0][1], again[0][1])
    random = np.random.default_rng(4)
    for _ in range(500):
        text, intent, shot = random_prompt(random)
        assert intent.shape == (CLASS_COUNT, INTENT_PER_CLASS) and np.abs(intent).max() <= 1.6
        assert (intent[:, LIVE] >= 0).all() and (intent[0] == 0).all()
        assert (np.abs(intent[:, :LIVE]).max(1) <= intent[:, LIVE] + 1e-6).all()
        assert shot.shape == (SHOT_SIZE,) and np.abs(shot).max() <= 1
        assert "  " not in text


def sides_of(make) -> set:
    """Runs `make` -> (text, value + right) often; says which sides were named, and that the sign follows the name."""
    seen = set()
    for _ in range(400):
        text, value = make()
        for side, sign in (("left", -1), ("right", 1)):
            if f"to the {side}" in text or f"{side}wards" in text:
                assert value * sign > 0, text
                seen.add(side)
    return seen


def test_left_is_negative_x():
    random = np.random.default_rng(5)

    def cloud():
        intent = np.zeros((CLASS_COUNT, INTENT_PER_CLASS), np.float32)
        text = clause(random, SKY, intent)
        return text.replace("from left to right", "").replace("from right to left", ""), intent[SKY, 0]

    assert sides_of(cloud) == {"left", "right"}


def test_the_camera_goes_to_the_side_it_is_told():
    random = np.random.default_rng(6)

    def camera():
        shot = np.zeros(SHOT_SIZE, np.float32)
        text = camera_clause(random, shot)
        return text, shot.sum()

    assert sides_of(camera) == {"left", "right"}


def test_a_camera_takes_neither_side_from_what_travels():
    drawn = [two_ways(np.random.default_rng(seed)) for seed in range(300)]
    sides = {(np.sign(intent[SKY, 0]), np.sign(shot[PAN])) for _, intent, shot in drawn}
    assert {(-1, 1), (1, -1), (-1, -1), (1, 1)} <= sides


def test_hair_and_clothes_move_their_wearer_a_little_and_flags_nobody():
    random = np.random.default_rng(7)
    moved = {}
    for _ in range(300):
        intent = np.zeros((CLASS_COUNT, INTENT_PER_CLASS), np.float32)
        text = clause(random, FABRIC, intent)
        for word in ("hair", "flag"):
            if word in text:
                moved.setdefault(word, set()).add(bool(intent[ANIMAL, LIVE]))
                assert intent[ANIMAL, LIVE] < intent[FABRIC, LIVE]
    assert moved == {"hair": {True}, "flag": {False}}


def test_inflection():
    forms = {inflect(np.random.default_rng(seed), "drift") for seed in range(40)}
    assert forms == {"drift", "drifts", "are drifting", "drifting"}
    assert "swaying in the wind" in {inflect(np.random.default_rng(seed), "sway in the wind") for seed in range(40)}


def test_polygons_paint_over_rigid():
    labels = draw_polygons([["sky", [[0, 0], [10, 0], [10, 5], [0, 5]]]], 20, 20)
    assert labels[2, 10] == SKY and labels[15, 10] == 0


def test_a_rough_polygon_is_cut_out_to_the_edge():
    picture = np.random.default_rng(8).integers(40, 70, (120, 200, 3)).astype(np.uint8)
    true = np.zeros((120, 200), bool)
    true[40:80, 60:140] = True
    picture[true] += 120
    drawn = np.zeros_like(true)
    drawn[42:81, 62:138] = True
    found = cut_out(picture, drawn)
    assert (found ^ true).mean() < 0.002 < (drawn ^ true).mean()


def test_high_photographs_are_cut_into_pieces_and_not_squeezed():
    picture, maps = np.zeros((300, 200, 3), np.uint8), np.zeros((300, 200, CLASS_COUNT), np.float32)
    maps[:100, :, SKY] = 1
    pieces = list(windows(picture, maps))
    assert len(pieces) == 3 and all(piece.shape == (CANVAS_HEIGHT, CANVAS_WIDTH, 3) for piece, _ in pieces)
    assert pieces[0][1][..., SKY].mean() > 0.7 and pieces[2][1][..., SKY].max() == 0


def test_plumes_cloth_and_ledges_cover_a_part_of_the_picture():
    for make in (smoke, fire, cloth, ledge):
        covers = [make(np.random.default_rng(seed), 96, 160)[0] for seed in range(8)]
        assert all(cover.shape == (96, 160, 1) and 0 <= cover.min() <= cover.max() <= 1 for cover in covers)
        assert 0.005 < np.mean([cover.mean() for cover in covers]) < 0.6


def test_a_ledge_is_rigid_and_lies_below():
    maps = np.zeros((CANVAS_HEIGHT, CANVAS_WIDTH, CLASS_COUNT), np.float32)
    maps[..., WATER] = 1
    changed = [add_ledge(np.random.default_rng(seed), np.zeros(maps.shape[:2] + (3,), np.float32), maps) for seed in range(60)]
    covers = [now[..., RIGID] for _, now in changed]
    assert all(np.allclose(now.sum(-1), 1, atol=1e-5) for _, now in changed)
    assert sum(cover[CANVAS_HEIGHT // 2 :].sum() for cover in covers) > 2 * sum(cover[: CANVAS_HEIGHT // 2].sum() for cover in covers)


def grass_and_a_hare():
    maps = np.zeros((CANVAS_HEIGHT, CANVAS_WIDTH, CLASS_COUNT), np.float32)
    maps[..., FOLIAGE] = 1
    maps[200:300, 300:400] = np.eye(CLASS_COUNT)[ANIMAL]
    return np.full(maps.shape[:2] + (3,), 90, np.float32), maps


def test_a_stump_lies_under_the_animal_and_not_over_it(monkeypatch):
    monkeypatch.setattr("wakeframe_training.augment.SEATED", 1)
    picture, maps = grass_and_a_hare()
    assert seat(maps) == (350, 300, 100)
    covers = [add_ledge(np.random.default_rng(seed), picture, maps)[1][..., RIGID] for seed in range(6)]
    assert all(cover[200:300, 300:400].max() == 0 and cover[:180].max() == 0 for cover in covers)
    assert np.mean([cover[305:330, 330:370].mean() for cover in covers]) > 0.5
    maps[300:, 300:400] = np.eye(CLASS_COUNT)[ANIMAL]
    assert seat(maps) is None, "the picture cuts it off"


def test_bare_ground_lies_between_what_grows_alone():
    picture, maps = grass_and_a_hare()
    covers = [add_bare_ground(np.random.default_rng(seed), picture, maps)[1] for seed in range(6)]
    assert all(np.allclose(cover.sum(-1), 1, atol=1e-5) and cover[200:300, 300:400, ANIMAL].min() == 1 for cover in covers)
    assert max(cover[..., RIGID].mean() for cover in covers) > 0.1 and max(cover[:60, :, RIGID].max() for cover in covers) == 0


def test_a_crowd_out_of_focus_is_background():
    picture, maps = out_of_focus(np.random.default_rng(1), *grass_and_a_hare())
    assert maps[250, 350, RIGID] == pytest.approx(1, abs=1e-3) and maps[..., ANIMAL].max() == 0
    assert maps[50, 50, FOLIAGE] == pytest.approx(1, abs=1e-3)


def test_a_reflection_is_upside_down():
    picture = np.zeros((100, 60, 3), np.float32)
    picture[40:50] = 240
    mirrored = reflection(np.random.default_rng(9), picture, 50).mean((1, 2))
    assert mirrored[50:58].mean() > mirrored[75:95].mean() + 20


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
    labels = draw_polygons([["sky", [[0, 0], [10, 0], [10, 5], [0, 5]]],
                            ["animal", [[4, 4], [6, 4], [6, 8], [4, 8]]]], 100, 160)
    maps = np.eye(CLASS_COUNT, dtype=np.float32)[labels]
    depth = pseudo_depth(maps)
    assert depth[5, 5] < 0.05 and depth[95, 5] > 0.7
    assert np.all(np.diff(depth[60:, 5]) >= -1e-6)
    subject = depth[50:75, 75:85]
    assert subject.std() < 0.01 and subject.mean() > depth[76, 10]
    assert maps[60, 80, ANIMAL] == 1


def test_grid_height_follows_the_aspect_in_steps_of_four():
    assert grid_height(1080, 1920) == 36 and grid_height(1000, 1600) == 40 and grid_height(1920, 1080) % 4 == 0


def test_undirected_travel_gets_a_side_and_the_rest_is_left_alone():
    intent = np.zeros((CLASS_COUNT, INTENT_PER_CLASS), np.float32)
    intent[SKY, [0, LIVE]] = 0.02, 1
    intent[WATER, [TURBULENCE, LIVE]] = 1, 1
    intent[FABRIC, [SWAY, PULSE, LIVE]] = 0.3, 0.3, 1
    even, odd = (choose_side(intent.reshape(-1), seed).reshape(CLASS_COUNT, INTENT_PER_CLASS) for seed in (0, 1))
    assert even[SKY, 0] == -1 and odd[SKY, 0] == 1
    assert np.array_equal(even[WATER:], intent[WATER:])


def test_clothes_go_with_their_wearer_unless_told_to_do_more():
    intent = np.zeros((CLASS_COUNT, INTENT_PER_CLASS), np.float32)
    intent[ANIMAL, [PULSE, LIVE]] = 0.9, 1
    assert np.array_equal(dress(intent.reshape(-1)).reshape(intent.shape)[FABRIC], intent[ANIMAL])
    intent[FABRIC, [SWAY, LIVE]] = 1.2, 1.2
    assert np.array_equal(dress(intent.reshape(-1)), intent.reshape(-1))


def test_shapes_of_the_networks():
    taps = Backbone().eval()(torch.rand(1, 3, 96, 128))
    assert [tap.shape[1:] for tap in taps] == [(c, 96 // s, 128 // s) for c, s in zip(TAP_CHANNELS, (4, 8, 16, 32))]
    features, logits, depth = Head().eval()(*pooled_taps(taps))
    assert features.shape == (1, 48, 12, 16) and logits.shape == (1, CLASS_COUNT, 12, 16) and depth.shape == (1, 1, 12, 16)
    probs, asked = logits.softmax(1), torch.zeros(1, INTENT_PER_CLASS, 12, 16)
    denoiser = Denoiser().eval()
    state = torch.randn(1, MOTION_CHANNELS, 12, 16)
    assert denoiser(state, torch.zeros(1), features, probs, asked).abs().max() == 0
    assert denoiser(state, torch.zeros(1), features, probs, asked + 1).shape == state.shape
    intent, shot = SettledReader(Reader()).eval()(torch.randn(1, 7, 384), torch.ones(1, 7))
    assert intent.shape == (1, INTENT_SIZE) and shot.shape == (1, SHOT_SIZE)


def test_padding_does_not_change_the_intent():
    reader = SettledReader(Reader()).eval()
    hidden = torch.randn(1, 9, 384)
    padded = torch.cat([hidden, torch.randn(1, 4, 384)], 1)
    mask = torch.cat([torch.ones(1, 9), torch.zeros(1, 4)], 1)
    with torch.no_grad():
        intent, shot = reader(padded, mask)
        assert torch.allclose(reader.reader(hidden, torch.ones(1, 9)), reader.reader(padded, mask), atol=1e-5)
    assert bool(torch.isfinite(intent).all()) and bool(torch.isfinite(shot).all())
