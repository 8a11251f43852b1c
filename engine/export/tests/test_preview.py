"""The preview projection is the least-squares one, and its pictures are the same everywhere."""

import hashlib
import tomllib

import numpy as np
from wakeframe_export.pictures import pictures
from wakeframe_export.preview import solve


def test_a_linear_relation_is_found():
    random = np.random.default_rng(0)
    latents, matrix, bias = random.standard_normal((500, 6)), random.standard_normal((6, 3)), random.standard_normal(3)
    found = solve(latents, latents @ matrix + bias)
    np.testing.assert_allclose(found["matrix"], matrix, atol=1e-3)
    np.testing.assert_allclose(found["bias"], bias, atol=1e-3)


def test_channels_that_say_the_same_do_no_harm():
    latents = np.repeat(np.random.default_rng(0).standard_normal((200, 1)), 4, 1)
    found = solve(latents, np.repeat(latents[:, :1], 3, 1))
    assert np.abs(found["matrix"]).max() < 1 and np.allclose(np.sum(found["matrix"], 0), 1, atol=1e-3)


def test_pictures_are_seeded_and_differ():
    made = pictures(8, 32)
    assert made.shape == (8, 32, 32, 3) and made.dtype == np.float32 and made.min() >= 0 and made.max() <= 1
    assert np.array_equal(made, pictures(8, 32))
    assert len({hashlib.sha256(picture.tobytes()).digest() for picture in made}) == 8
    assert not np.array_equal(made, pictures(8, 32, seed=1))


def test_packs_carry_it(pack_of):
    preview = tomllib.loads((pack_of("wan22-ti2v") / "pack.toml").read_text("utf-8"))["preview"]
    matrix = np.array(preview["matrix"])
    assert matrix.shape == (48, 3) and len(preview["bias"]) == 3 and np.abs(matrix).max() > 1e-3 and np.isfinite(matrix).all()
