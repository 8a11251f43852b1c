"""Unit tests of the bench's measures: clips with a known motion must be measured right."""

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from wakeframe_bench import (camera, cases, flicker, handheld, light, manner, orbit, pulse, regions, results, seeds, stillness, strength,
                             turbulence, words)
from wakeframe_bench.cases import Case, in_turn
from wakeframe_bench.flow import flow, length, measurable, path
from wakeframe_bench.photographs import Photograph, cover, region_masks, thin_mask
from wakeframe_bench.table import markdown, table
from wakeframe_training.settings import ANIMAL, CLASS_COUNT, FABRIC, REPOSITORY, RIGID

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


def orbited(far, subject, near, grown=0.0):
    """Verdict on an orbit to the right: shifts of three rows of a picture 1000 px wide, the subject in its middle."""
    rows = np.arange(300)[:, None]
    bands = [np.broadcast_to(rows // 100 == k, (300, 1000)).copy() for k in range(3)]
    bands[1][:, :300] = bands[1][:, 700:] = False
    across = np.repeat(np.float32([far, subject, near]), 100)[:, None] + np.float32(grown) * (np.arange(1000) - 500)[None]
    return orbit.verdict(across, *bands, 1)


def test_an_orbit_parts_far_from_near_around_its_subject():
    found = orbited(30, 1, -6, grown=0.02)
    assert found["right"] and found["stays"] and found["near_right"] and found["parted"] == pytest.approx(29, abs=0.1)


@pytest.mark.parametrize("far, subject, near, wrong", [
    (-30, -1, 6, ("right", "near_right")),  # the other side
    (30, 30, 30, ("right", "stays", "near_right")),  # a pan to the left
    (20, 30, 40, ("right", "stays")),  # a pan to the left with its parallax
    (30, 1, 6, ("near_right",)),
    (30, 12, -6, ("stays",)),
    (0, 0, 0, ("right", "near_right")),
])
def test_what_is_no_orbit_to_the_right(far, subject, near, wrong):
    found = orbited(far, subject, near)
    assert not any(found[key] for key in wrong)


def test_without_a_subject_the_far_goes_past_the_near():
    masks = [np.zeros((100, 640), bool) for _ in range(3)]
    masks[0][:50], masks[2][50:] = True, True
    across = np.where(masks[0], 8.0, -3.0)
    assert orbit.verdict(across, *masks, 1) == {"parted": 11.0, "right": True} and not orbit.verdict(across, *masks, -1)["right"]


def test_depths_leave_animals_out(monkeypatch):
    monkeypatch.setattr("wakeframe_bench.photographs.MARGIN", 8)
    far, subject, near = orbit.Depths(0.25, 0.75).masks(photograph(RIGID, ANIMAL, ANIMAL, RIGID))
    assert far[10, 10] and not far[10, 80] and not far[80, 10]
    assert subject[80, 80] and not subject[10, 80] and near[150, 10] and not near[150, 80]


def swayed(across, down):
    return handheld.verdict(np.stack([across, down], -1))["right"]


def test_a_hand_sways_both_ways_little_and_comes_back():
    t = np.linspace(0, 1, 33)
    sway = 0.004 * np.sin(2 * np.pi * 1.6 * t)
    other = 0.003 * np.sin(2 * np.pi * 2.1 * t)
    assert swayed(sway, other)
    assert not swayed(sway, 0 * t)  # one way only
    assert not swayed(0.1 * sway, other)  # too little to be seen
    assert not swayed(3 * sway, other)  # too much
    assert not swayed(sway, 0.005 * t)  # a tilt
    assert not swayed(sway, other + 0.005 * t)  # drifts away


def test_the_place_of_a_swaying_picture_is_measured(still):
    found = handheld.places([still, moved(still, 6, -4, degrees=0.1)], measurable(still)) * still.shape[1]
    assert found[0] == pytest.approx([0, 0], abs=0.01) and found[1] == pytest.approx([6, -4], abs=0.3)


def lit(picture, red=1.0, green=1.0, blue=1.0):
    """The picture with its linear light multiplied."""
    gains = np.array([blue, green, red])
    linear = np.minimum(light.LINEAR[picture] * gains, 1)
    return np.round(255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)).astype(np.uint8)


def test_linear_light_is_measured_in_stops():
    grey = np.full((8, 8, 3), 100, np.uint8)
    assert light.light(lit(grey, 2, 2, 2)) - light.light(grey) == pytest.approx([0, 1], abs=0.02)
    assert (light.light(lit(grey, red=2)) - light.light(grey))[0] == pytest.approx(1, abs=0.02)


def test_light_goes_one_way_and_no_other(still):
    small = cv2.resize(still, (240, 135))

    def shone(axis, sign, *gains):
        return light.is_light(np.array([light.light(lit(small, *g)) for g in gains]), light.AXES.index(axis), sign)

    warmer = ((1, 1, 1), (1.1, 1, 0.9), (1.2, 1, 0.8))
    darker = ((1, 1, 1), (0.9, 0.9, 0.9), (0.8, 0.8, 0.8))
    assert shone("warmth", 1, *warmer) and shone("warmth", -1, *warmer[::-1]) and shone("brightness", -1, *darker)
    assert not shone("warmth", -1, *warmer) and not shone("brightness", 1, *darker)
    assert not shone("warmth", 1, warmer[0], warmer[2], warmer[1]), "goes back"
    assert not shone("brightness", 1, *warmer) and not shone("warmth", 1, *darker), "another change"
    assert not shone("warmth", 1, (1, 1, 1), (0.7, 0.65, 0.6), (0.5, 0.45, 0.4)), "night falls"
    assert not shone("warmth", 1, (1, 1, 1), (1.01, 1, 1), (1.02, 1, 1)), "hardly any"


def test_light_is_no_motion_and_motion_is_seen_under_light(still):
    mask = np.zeros(still.shape[:2], bool)
    mask[BORDER:-BORDER, BORDER:-BORDER] = inner(measurable(still))
    dusk = lit(still, 0.8, 0.7, 0.9)
    assert light.moved(still, dusk, mask) < 0.2
    assert light.moved(still, moved(dusk, 1), mask) > 0.8


def test_eddies_are_unlike_a_tenth_of_the_width_apart():
    random = np.random.default_rng(2)
    inside = np.ones((540, 960), bool)
    eddies = [cv2.resize(random.normal(size=(8, 14, 2)).astype(np.float32), (960, 540), interpolation=cv2.INTER_CUBIC) for _ in range(4)]
    swell = [cv2.resize(random.normal(size=(2, 3, 2)).astype(np.float32), (960, 540), interpolation=cv2.INTER_CUBIC) for _ in range(4)]
    drift = [np.float32([3, 0]) + flow for flow in eddies]
    assert turbulence.alike(eddies, inside) < 0.3
    assert turbulence.alike(drift, inside) > turbulence.ALIKE and turbulence.alike(swell, inside) > turbulence.ALIKE
    inside[:, 480:] = False
    eddies[0][:, 480:] = 900
    assert turbulence.alike(eddies, inside) < 0.4, "only what is inside counts"


def test_a_pulse_swells_and_comes_back():
    places = np.stack(np.meshgrid(np.arange(0, 640, 8), np.arange(0, 360, 8)), -1).reshape(-1, 2).astype(float)
    outward = places - places.mean(0)
    there_and_back = [0.5 * (1 - np.cos(2 * np.pi * t / 12)) for t in range(1, 12)]

    def pulses(motion, sizes):
        return pulse.verdict([pulse.swelling(size * motion, outward) for size in sizes])

    assert pulses(0.02 * outward, there_and_back)["right"] and pulses(-0.02 * outward, there_and_back)["right"]
    assert pulses(0.02 * outward, there_and_back)["share"] == pytest.approx(1)
    assert not pulses(0.02 * outward, np.linspace(0, 1, 12))["right"], "a dolly in"
    assert not pulses(0.02 * outward + [9, 0], there_and_back)["right"], "mostly sways"
    assert not pulses(np.sin(places / 40) * 5, there_and_back)["right"], "waves"
    assert not pulses(0.001 * outward, there_and_back)["right"], "hardly any"
    assert not pulses(0 * outward, there_and_back)["right"]


def test_two_animals_swell_each_about_its_own_middle():
    maps = np.zeros((40, 60, CLASS_COUNT), np.float32)
    maps[10:30, 5:20, ANIMAL] = maps[10:30, 35:50, ANIMAL] = 1
    maps[14:20, 35:50, ANIMAL], maps[14:20, 35:50, FABRIC] = 0, 1
    rows, columns = (axis.ravel() for axis in np.mgrid[44:116:8, 24:196:8])
    inside = maps.sum(-1)[rows // 4, columns // 4] > 0
    rows, columns = rows[inside], columns[inside]
    whole, middles = pulse.middles_at(maps, ANIMAL, rows, columns)
    assert {tuple(middle) for middle in middles} == {(50, 80), (170, 80)} and {tuple(middle) for middle in whole} == {(110, 80)}
    outward = np.stack([columns, rows], -1) - middles
    assert pulse.swelling(0.05 * outward, outward)[1] == pytest.approx(1)
    assert pulse.swelling(np.full(outward.shape, 5.0), outward)[1] < 0.05


def test_likeness_of_motions_does_not_ask_for_their_size():
    first = np.random.default_rng(3).normal(size=(200, 2))
    assert manner.likeness(first, 0.3 * first) == pytest.approx(1) and abs(manner.likeness(first, first[:, ::-1] * [1, -1])) < 0.01
    assert manner.likeness(first, 0 * first) == 0.0


def test_words_name_every_side_and_no_camera_flag_is_given():
    assert set(words.CAMERA) == {(axis, sign) for axis in camera.AXES for sign in (1, -1)}
    assert set(words.LIGHT) == {(axis, sign) for axis in light.AXES for sign in (1, -1)}
    assert set(orbit.QUICK) <= set(orbit.DEPTHS) & set(cases.QUICK)
    assert not any(flag.startswith("--pan") for flag in Case("said", "a", "the camera pans left", axis="pan", sign=-1).options())
    assert "--pan=-0.5" in Case("camera", "a", "", axis="pan", sign=-1).options()


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
    left_out = np.zeros_like(own)
    inside, outside = region_masks(own, left_out, 4)
    assert inside[:, 24:].all() and not inside[:, :24].any() and outside[:, :16].all() and not outside[:, 16:].any()
    left_out[:, :8] = 1
    inside, outside = region_masks(own, left_out, 4)
    assert inside[:, 24:].all() and outside[:, 12:16].all() and not outside[:, :12].any()


def photograph(*columns):
    """A photograph of 160x160 px whose columns of maps are of those classes (None: unclear), ten cells each."""
    maps = np.zeros((40, 40, CLASS_COUNT), np.float32)
    for k, label in enumerate(columns):
        if label is not None:
            maps[:, 10 * k : 10 * k + 10, label] = 1
    return Photograph("a", np.zeros((160, 160, 3), np.uint8), maps, np.ones((160, 160), bool))


def places(mask, width):
    """The columns of maps, of `width` px, in whose middle a mask is set."""
    return [k for k in range(mask.shape[1] // width) if mask[mask.shape[0] // 2, k * width + width // 2]]


def test_clothes_are_part_of_a_person_whose_skin_is_not_their_outside(monkeypatch):
    monkeypatch.setattr("wakeframe_bench.photographs.MARGIN", 8)
    picture = photograph(FABRIC, ANIMAL, RIGID, None)
    inside, outside = picture.region(FABRIC)
    assert places(inside, 40) == [0] and places(outside, 40) == [2]
    inside, outside = picture.region(ANIMAL)
    assert places(inside, 40) == [0, 1] and places(outside, 40) == [2]


def test_a_mast_is_thin_and_a_tower_is_not():
    own = np.zeros((60, 60), np.float32)
    own[10:, 5:9] = 1
    own[10:, 30:55] = 1
    thin = thin_mask(own, 6)
    assert thin[30, 6:8].all() and not thin[:, 20:].any()


def test_a_mast_that_drifts_away_is_gone(still):
    mast = np.zeros(still.shape[:2], bool)
    mast[100:500, 600:606] = True
    first, last = np.full_like(still, 200), np.full_like(still, 200)
    first[mast] = 40
    last[100:300, 580:586] = last[300:500, 600:606] = 40
    assert regions.thin_gone(first, last, mast) == 0.5 and regions.thin_gone(first, first, mast) == 0.0


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


def row_named(results, start):
    return next(row for row in table(results, None, None, None, 0) if row.measure.startswith(start))


def test_rows_of_what_a_prompt_asks():
    def of(kind, *found):
        return [(Case(kind, "a", ""), result) for result in found]

    orbits = of("orbit", {"parted": -30.0, "right": True, "stays": True, "subject": -2.0}, {"parted": 9.0, "right": True})
    assert row_named(orbits, "orbit: what is far").holds is True and row_named(orbits, "orbit: its subject").reached == "1 of 1, worst 2.0 px"
    assert row_named(orbits, "orbit: what is nearer").holds is None
    assert row_named(of("said", {"right": True}, {"right": False}), "camera direction asked in the prompt").holds is False
    assert row_named(of("handheld", {"right": False, "reach": [0.01, 0.002]}), "handheld").holds is False
    shone = {"right": True, "equal": True, "moved": 0.1}
    assert row_named(of("light", shone), "light goes").holds is True
    stray = row_named(of("light", shone, shone | {"equal": False}), "light goes")
    assert stray.reached == "1 of 2" and stray.holds is False
    assert row_named(of("light", shone | {"moved": 0.4}), "light alone").holds is False
    churned = {"contrast": 4.0, "alike": 0.4}
    assert row_named(of("turbulence", churned), "churning: places").holds is True
    assert row_named(of("turbulence", churned, churned | {"alike": 0.6, "contrast": 2.0}), "churning: places").holds is False
    assert row_named(of("turbulence", churned | {"contrast": 2.0}), "motion in the named region over elsewhere: churning").holds is False
    assert row_named(of("pulse", {"contrast": 4.0, "share": 0.2, "right": False}), "pulsing: most").holds is False


def test_churning_that_is_the_swaying_of_its_seed_is_seen():
    one, other = np.tile(np.float16([2, 0]), (4, 1)), np.tile(np.float16([0, 2]), (4, 1))
    prompt = cases.PROMPTS["water"][0][1]
    sway = {"contrast": 9.0, "inside": 9.0, "covered": 1.0, "sharpness": 1.0, "frame0": 99.0, "flow": one}

    def holds(flow, seed=1):
        return row_named([(Case("region", "a", prompt, seed, row="water", label="water"), sway),
                          (Case("turbulence", "a", "", label="water"), {"contrast": 9.0, "alike": 0.1, "flow": flow})], "churning and pulsing").holds

    assert holds(other) is True and holds(one) is False and holds(one, seed=2) is None


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
