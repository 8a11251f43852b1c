"""Unit tests of the bench's measures: clips with a known motion must be measured right."""

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from wakeframe_bench import camera, cases, flicker, regions, results, seeds, stillness, strength
from wakeframe_bench.cases import Case, in_turn
from wakeframe_bench.flow import flow, length, measurable, path
from wakeframe_bench.photographs import cover, region_masks
from wakeframe_bench.table import markdown, table
from wakeframe_training.settings import REPOSITORY

BORDER = 150


@pytest.fixture(scope="module")
def still():
    return cv2.imread(str(REPOSITORY / "resources" / "stills" / "sunset.jpg"))


def moved(picture, x=0.0, y=0.0, growth=1.0, degrees=0.0):
    """The picture grown and turned (+ anticlockwise) around its centre, then shifted by x, y px."""
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, growth)
    matrix[:, 2] += x, y
    return cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)


def inner(values):
    return values[BORDER:-BORDER, BORDER:-BORDER]


@pytest.mark.parametrize("x, y", [(0.5, 0.0), (3.0, -2.0), (0.0, 20.0), (-70.0, 5.0)])
def test_a_known_shift_is_measured(still, x, y):
    error = length(flow(still, moved(still, x, y)) - np.float32([x, y]))
    errors = inner(error)[inner(measurable(still))]
    assert np.median(errors) < 0.1 and np.percentile(errors, 95) < 0.25


def test_equal_frames_have_no_flow(still):
    assert length(flow(still, still)).max() == 0.0
    assert path([still, still.copy()]).max() == 0.0


def test_a_path_adds_up_there_and_back(still):
    travelled = inner(path([still, moved(still, 6), still]))
    assert np.median(travelled) == pytest.approx(12, abs=0.2)


def test_a_flat_sky_cannot_be_measured(still):
    flat = still.copy()
    flat[:500] = 200
    assert not measurable(flat)[40:400].any() and measurable(flat)[700:].mean() > 0.5


@pytest.mark.parametrize("axis, sign, motion", [
    ("pan", 1, {"x": -40}), ("pan", -1, {"x": 40}), ("tilt", 1, {"y": 30}), ("tilt", -1, {"y": -30}),
    ("dolly", 1, {"growth": 1.04}), ("dolly", -1, {"growth": 0.96}), ("roll", 1, {"degrees": 2.0}), ("roll", -1, {"degrees": -2.0}),
])
def test_camera_moves_are_named(still, axis, sign, motion):
    move = camera.measured_move(flow(still, moved(still, **motion)), measurable(still))
    k = camera.AXES.index(axis)
    assert camera.is_direction(move, k, sign) and not camera.is_direction(move, k, -sign)
    assert not any(camera.is_direction(move, other, way) for other in range(4) if other != k for way in (1, -1))


def test_a_pan_may_zoom_but_a_dolly_may_not_pan():
    assert camera.is_direction(np.array([0.5, 0.0, 0.6, 0.0]), 0, 1)
    assert not camera.is_direction(np.array([0.7, 0.0, 0.6, 0.0]), 2, 1)
    assert not camera.is_direction(np.array([0.05, 0.0, 0.0, 0.0]), 0, 1)


def test_contrast_and_covered_part():
    travelled = np.array([[9.0, 8.0, 3.0, 4.5], [1.0, 1.0, 1.0, 1.0]])
    inside = np.array([[True] * 4, [False] * 4])
    found = regions.contrast(travelled, inside, ~inside)
    assert found["contrast"] == pytest.approx(6.125 / 1.01) and found["covered"] == 0.75


def test_a_shift_keeps_the_shape_and_a_stretch_does_not():
    x = np.linspace(0, 1, 101)
    assert regions.shape_change(np.stack([np.full(101, 3.0), np.zeros(101)], -1)) == 0.0
    assert regions.shape_change(np.stack([4 * x, np.zeros(101)], -1)) == pytest.approx(1.9, abs=0.1)


def test_blur_costs_sharpness(still):
    everywhere = np.ones(still.shape[:2], bool)
    ratio = regions.gradient_energy(cv2.GaussianBlur(still, (0, 0), 2), everywhere) / regions.gradient_energy(still, everywhere)
    assert ratio < 0.7


def test_psnr():
    picture = np.full((4, 4, 3), 100, np.uint8)
    assert stillness.psnr(picture, picture) == 99.0
    assert stillness.psnr(picture + 1, picture) == pytest.approx(48.13, abs=0.01)


def test_growing_motion():
    assert strength.grows([1.0, 2.0, 3.0])
    assert not strength.grows([1.0, 2.0, 2.0]) and not strength.grows([0.0, 0.0, 0.0])


def test_flicker_is_what_motion_does_not_explain(still):
    small = cv2.resize(still, (960, 540))
    shifted = flicker.warp_error(small, moved(small, 4))
    assert shifted < 1.0
    brighter = cv2.convertScaleAbs(moved(small, 4), alpha=1.0, beta=6)
    assert flicker.warp_error(small, brighter) > shifted + 2


def test_loop_ratios():
    def ratios(*values):
        return flicker.loop_ratios([np.full((2, 2, 3), v, np.uint8) for v in values])

    assert ratios(0, 10, 12, 2, 10) == pytest.approx((10 / 9, 10 / 7.5))
    assert ratios(0, 10, 20)[0] == pytest.approx(2.0)


def test_spread_of_seeds():
    right, left = np.tile(np.float32([2, 0]), (5, 1)), np.tile(np.float32([-2, 0]), (5, 1))
    assert seeds.spread([right, right]) == 0.0
    assert seeds.spread([right, left]) == pytest.approx(2.0)


def test_a_picture_covers_and_is_cut_around_its_centre():
    wide = np.zeros((10, 40, 3), np.uint8)
    wide[:, 15:25] = 255
    assert cover(wide, 10, 10).min() > 200 and cover(wide, 16, 9).shape == (9, 16, 3)
    maps = np.random.default_rng(1).random((10, 40, 5), np.float32)
    assert cover(maps, 60, 40).shape == (40, 60, 5) and cover(maps, 6, 4).shape == (4, 6, 5)


def test_masks_are_drawn_in():
    own = np.zeros((40, 40), np.float32)
    own[:, 20:] = 1
    inside, outside = region_masks(own, 4)
    assert inside[:, 24:].all() and not inside[:, :24].any() and outside[:, :16].all() and not outside[:, 16:].any()


def test_results_are_kept_and_made_once(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "RESULTS", tmp_path)
    made = []

    def make():
        made.append(1)
        return {"value": len(made), "flow": np.ones((3, 2))}

    assert results.kept("a", make)["value"] == results.kept("a", make)["value"] == 1
    assert results.kept("a", make, again=True)["value"] == 2 and results.read("a")["flow"].shape == (3, 2)


def test_another_case_program_or_method_has_another_key(monkeypatch):
    case = Case("region", "boat", "gentle waves")
    assert len({case.key("a"), case.key("b"), Case("region", "boat", "gentle waves", 2).key("a")}) == 3
    before = case.key("a")
    monkeypatch.setattr(cases, "METHOD", cases.METHOD + 1)
    assert case.key("a") != before


def test_kinds_take_turns():
    some = [Case("region", name, "") for name in "abc"] + [Case("camera", "a", "")]
    assert [(c.kind, c.photo) for c in in_turn(some)][:2] == [("region", "a"), ("camera", "a")]


def test_the_table_says_what_holds_what_does_not_and_what_is_missing():
    still = Case("static", "a", "static")
    rows = {row.measure: row for row in table([(still, {"worst": 0.4, "equal": False, "frame0": 99.0})], None, None, None, 50_000_000)}
    assert rows["camera static, static background: worst displacement"].holds is False
    assert rows["frame 0 against the still"].holds is True
    assert rows["camera direction asked = measured"].holds is None
    assert rows["pack size"].holds is False
    text = markdown(list(rows.values()))
    assert "| **no** |" in text and "| not measured |" in text


def test_a_preview_that_never_came_does_not_hold():
    def first(preview):
        run = {"wall": 20.0, "stages": {"load": 0.5}, "load": 1.0, "cpu": 40.0, "first_preview": preview, "first_frame": 2.5}
        rows = {row.measure: row for row in table([], None, run, None, 0)}
        assert rows["first finished frame"].reached == "2.5 s from the start, 2.0 s after load"
        return rows["first preview"]

    assert first(1.5).holds is True and first(2.1).holds is False
    assert first(0.0).holds is False and first(0.0).reached == "–"


def test_a_seed_that_fails_alone_is_seen():
    def region(seed, contrast):
        result = {"contrast": contrast, "inside": 20.0, "covered": 1.0, "sharpness": 1.0, "frame0": 99.0, "flow": np.full((4, 2), seed, np.float16)}
        return Case("region", "a", "clouds drift", seed, row="sky", label="sky"), result

    def verdict(*contrasts):
        rows = table([region(seed, value) for seed, value in enumerate(contrasts, 1)], None, None, None, 0)
        return next(row.holds for row in rows if row.measure.startswith("every seed"))

    assert verdict(5, 6) is True and verdict(5, 2) is False


def test_seeds_of_what_stands_still_are_not_compared():
    def row_of(*inside):
        found = [(Case("region", "a", "clouds drift", seed, row="sky", label="sky"),
                  {"contrast": 0.0, "inside": px, "covered": 0.0, "sharpness": 1.0, "frame0": 99.0, "flow": np.zeros((4, 2), np.float16)})
                 for seed, px in enumerate(inside, 1)]
        return next(row for row in table(found, None, None, None, 0) if row.measure.startswith("seeds"))

    assert row_of(0.0, 0.1).holds is None and row_of(0.0, 9.0).holds is False
