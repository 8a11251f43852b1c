"""The fill's holes and its network's shapes."""

import numpy as np
import torch

from wakeframe_training.fill import WAYS, FillNetwork, carried
from wakeframe_training.hole_test import coarse_input, coarse_size
from wakeframe_training.holes import border, carried_on, random_hole, shape, silhouette
from wakeframe_training.settings import ANIMAL, BATCH, CLASS_COUNT, RIGID, SKY
from wakeframe_training.train_fill import FAR_WEIGHT, counted, fill_loss, make_batch, reduced

SIZE = (64, 96)


def maps_of(label, rows, columns):
    """Class maps of something rigid with one region of `label`."""
    maps = np.zeros((CLASS_COUNT, 32, 48), np.float16)
    maps[label, rows, columns] = 1
    maps[RIGID] = 1 - maps[label]
    return maps


ANIMAL_MAPS = maps_of(ANIMAL, slice(12, 22), slice(16, 30))
SKY_MAPS = maps_of(SKY, slice(0, 14), slice(0, 48))


def test_shapes_leave_something_to_find_and_something_to_find_it_from():
    random = np.random.default_rng(1)
    for _ in range(60):
        hole = shape(random, SIZE, ANIMAL_MAPS)
        assert hole.shape == SIZE and hole.dtype == bool and 0.01 < hole.mean() < 0.95


def test_a_silhouette_is_the_other_samples_subject():
    random = np.random.default_rng(2)
    assert any(silhouette(random, SIZE, ANIMAL_MAPS).any() for _ in range(5))
    assert not any(silhouette(random, SIZE, SKY_MAPS).any() for _ in range(5))


def test_a_border_touches_the_edge():
    random = np.random.default_rng(3)
    for _ in range(20):
        hole = border(random, SIZE)
        assert hole[0].all() or hole[-1].all() or hole[:, 0].all() or hole[:, -1].all()


def test_a_subject_is_never_asked_for():
    random = np.random.default_rng(4)
    seen = 0
    for _ in range(40):
        hole, judged = random_hole(random, SIZE, ANIMAL_MAPS, ANIMAL_MAPS)
        assert not (judged & ~hole).any()
        assert not judged[26:42, 34:58].any()
        seen += bool(hole[26:42, 34:58].all())
    assert seen


def test_what_is_carried_on_is_known_nowhere_else():
    random = np.random.default_rng(5)
    hole = np.zeros(SIZE, bool)
    hole[:, 30:60] = True
    found = [carried_on(random, SIZE, SKY_MAPS, hole) for _ in range(20)]
    assert any(pair is None for pair in found), "there is no water"
    gap, judged = next(pair for pair in found if pair is not None)
    assert gap[30:].all() and not judged[30:].any() and judged[:24, 30:60].all() and not gap[:24, :28].any()


def test_the_network_keeps_what_is_known_and_takes_any_size():
    network = FillNetwork()
    for height, width in ((40, 64), (64, 40), (8, 64)):
        known = (torch.rand(2, 1, height, width) > 0.3).float()
        colours = torch.rand(2, 3, height, width)
        filled = network(torch.cat([colours * known, known], 1))
        assert filled.shape == colours.shape
        assert ((filled - colours).abs() * known).max() < 1e-6
        assert filled.min() >= 0 and filled.max() <= 1


def test_colours_are_carried_on_from_the_side_they_stand_on():
    known = torch.ones(1, 1, 32, 48)
    known[:, :, 8:24, 12:36] = 0
    colours = torch.linspace(0, 1, 48)[None, None, None, :].expand(1, 3, 32, 48) * known
    (around, left, right, above, _), weights = carried(colours, known)
    assert abs(left[0, 0, 16, 24] - colours[0, 0, 16, 11]) < 0.06 and abs(right[0, 0, 16, 24] - colours[0, 0, 16, 36]) < 0.06
    assert left[0, 0, 16, 24] < around[0, 0, 16, 24] < right[0, 0, 16, 24]
    assert abs(above[0, 0, 16, 30] - colours[0, 0, 7, 30]) < 0.01
    assert weights.shape == (1, WAYS - 1, 32, 48) and weights[0, 0, 16, 12] > 10 * weights[0, 0, 16, 24]


def test_a_side_on_which_nothing_is_known_takes_what_is_around():
    known = torch.zeros(1, 1, 128, 128)
    known[..., :4, :4] = 1
    fills, weights = carried(0.25 * known.expand(1, 3, 128, 128), known)
    assert all((fill - 0.25).abs().max() < 1e-3 for fill in fills)
    assert weights[0, :, 100, 100].max() == 0


def test_only_what_is_judged_counts():
    truth, judged = torch.zeros(1, 3, 8, 8), torch.zeros(1, 1, 8, 8)
    judged[..., 2:6, 2:6] = 1
    wrong_outside = torch.ones(1, 3, 8, 8) * (1 - judged)
    assert fill_loss(wrong_outside, truth, judged) == 0
    assert fill_loss(1 - wrong_outside, truth, judged) > 0.5


def test_what_is_deep_in_a_hole_counts_less():
    hole = np.zeros((64, 64), bool)
    hole[4:60, 4:60] = True
    weights = counted(hole, hole)
    assert weights[5, 32] == 1 and weights[32, 32] == np.float32(FAR_WEIGHT) and weights[0, 0] == 0


def test_a_batch_hides_what_it_asks_for():
    random = np.random.default_rng(6)
    pictures = random.integers(1, 255, (4, 3, 128, 192), dtype=np.uint8)
    picture, truth, judged = make_batch(random, pictures, np.stack([ANIMAL_MAPS] * 4))
    assert len(picture) == BATCH and picture.shape[1] == 4 and truth.shape[1] == 3
    known = picture[:, 3:]
    assert (judged * known).sum() == 0
    assert torch.equal(picture[:, :3], truth * known)


def test_training_pictures_are_means_of_what_they_were():
    pictures = np.zeros((1, 3, 8, 12), np.uint8)
    pictures[..., :2, :2] = [0, 200]
    small = reduced(pictures)
    assert small.shape == (1, 3, 4, 6) and small[0, 0, 0].tolist() == [100, 0, 0, 0, 0, 0] and not small[0, 0, 1:].any()


def test_the_coarse_picture_has_the_engines_proportions():
    assert coarse_size(144, 256) == (72, 128) and coarse_size(256, 144) == (128, 72) and coarse_size(8, 256) == (8, 128)
    hole = np.zeros((144, 256), bool)
    hole[10, 10] = True
    given, truth = coarse_input(np.full((144, 256, 3), 255, np.uint8), hole)
    assert given.shape == (1, 4, 72, 128) and truth.shape == (1, 3, 72, 128)
    assert given[0, :, 5, 5].tolist() == [0, 0, 0, 0] and given[0, :, 40, 40].tolist() == [1, 1, 1, 1]
