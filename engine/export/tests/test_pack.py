"""pack.toml and the pack folder."""

import hashlib
import tomllib
from dataclasses import replace

import pytest
from wakeframe_export import EXPORTER
from wakeframe_export.errors import ExportError
from wakeframe_export.export import Options, export
from wakeframe_export.families import plan_of
from wakeframe_export.pack import PackFolder, check_name, without_nulls

GRAPHS = {
    "wan21-i2v": {"text_encoder", "image_encoder", "denoiser"},
    "wan21-flf2v": {"text_encoder", "image_encoder", "denoiser"},
    "wan22-a14b": {"text_encoder", "denoiser", "denoiser_low"},
    "wan22-ti2v": {"text_encoder", "denoiser"},
}
VAE = {"vae_encoder_first", "vae_encoder_next", "vae_decoder_first", "vae_decoder_next"}


@pytest.mark.parametrize("form", GRAPHS)
def test_description_names_every_file_with_its_digest(form, pack_of):
    folder = pack_of(form)
    facts = tomllib.loads((folder / "pack.toml").read_text("utf-8"))
    assert facts["format"] == 1 and facts["family"] == "wan" and facts["exporter"] == EXPORTER and facts["precision"] == "fp32"
    assert facts["components"].keys() == GRAPHS[form] | VAE | {"tokenizer"}
    named = {"pack.toml"}
    for entry in facts["components"].values():
        for file in [entry, *entry.get("data", [])]:
            named.add(file["file"])
            assert hashlib.sha256((folder / file["file"]).read_bytes()).hexdigest() == file["sha256"]
    assert {path.name for path in folder.iterdir()} == named
    for name in GRAPHS[form] | VAE:
        assert 0 < facts["components"][name]["max_difference"] < 1e-4


def test_facts_of_the_forms(pack_of):
    i2v, flf2v, a14b, ti2v = (tomllib.loads((pack_of(form) / "pack.toml").read_text("utf-8")) for form in GRAPHS)
    assert [facts["wan"]["form"] for facts in (i2v, flf2v, a14b, ti2v)] == ["i2v", "flf2v", "a14b", "ti2v"]
    assert i2v["latent"]["channels"] == 16 and ti2v["latent"]["channels"] == 48
    assert i2v["latent"]["size_multiple"] == 16 and ti2v["latent"]["size_multiple"] == 32
    assert "last" in flf2v["latent"]["controls"] and "last" not in i2v["latent"]["controls"]
    assert "guidance_low" in a14b["latent"]["controls"] and a14b["wan"]["boundary"] == 0.9 and "boundary" not in i2v["wan"]
    assert ti2v["wan"]["expand_timesteps"] and not a14b["wan"]["expand_timesteps"]
    assert i2v["scheduler"]["class"] == "UniPCMultistepScheduler" and i2v["defaults"]["shift"] == i2v["scheduler"]["flow_shift"]
    # The same noise levels at another shift.
    assert ti2v["scheduler"]["flow_shift"] == 5 and ti2v["defaults"]["dual_clock"] == [0.06, 0.14]
    assert i2v["scheduler"]["flow_shift"] == 3 and i2v["defaults"]["dual_clock"] == [0.0369, 0.089]
    assert i2v["wan"]["image_size"] == [224, 224] and i2v["wan"]["image_filter"] == "bicubic" and "image_size" not in a14b["wan"]
    assert len(i2v["preview"]["matrix"]) == 16 and len(ti2v["preview"]["matrix"]) == 48
    assert "静止" in i2v["defaults"]["negative"]


def test_options_reach_the_description(tmp_path, checkpoint_of, monkeypatch):
    # The text encoder and the denoiser are enough here, and the smallest in the test's time.
    monkeypatch.setattr("wakeframe_export.export.plan_of", lambda checkpoint: replace(plan_of(checkpoint), parts=plan_of(checkpoint).parts[:2]))
    options = Options(dtype="bf16", name="mine", title="Mine", best_for="tests", licence="MIT", licence_url="https://example.org", commercial_use=False, negative="")
    export(checkpoint_of("wan22-ti2v"), tmp_path / "pack", options, say=lambda _line: None)
    facts = tomllib.loads((tmp_path / "pack" / "pack.toml").read_text("utf-8"))
    assert [facts[key] for key in ("name", "title", "best_for", "licence", "licence_url", "commercial_use", "precision")] == [
        "mine", "Mine", "tests", "MIT", "https://example.org", False, "bf16"]
    assert facts["defaults"]["negative"] == ""
    assert facts["components"]["denoiser"]["precision"] == facts["components"]["text_encoder"]["precision"] == "bf16"


def test_an_interrupted_export_leaves_nothing(tmp_path, checkpoint_of, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("wakeframe_export.export.write_graphs", interrupt)
    with pytest.raises(KeyboardInterrupt):
        export(checkpoint_of("wan21-i2v"), tmp_path / "pack", Options(), say=lambda _line: None)
    assert list(tmp_path.iterdir()) == []


def test_an_older_pack_is_replaced_whole_and_other_folders_are_refused(tmp_path):
    place = tmp_path / "pack"
    for content in ("first", "second"):
        with PackFolder(place) as folder:
            (folder / "pack.toml").write_text(content)
            (folder / content).touch()
    assert {path.name for path in place.iterdir()} == {"pack.toml", "second"} and list(tmp_path.iterdir()) == [place]
    with pytest.raises(RuntimeError), PackFolder(place) as folder:
        (folder / "pack.toml").write_text("third")
        raise RuntimeError
    assert (place / "pack.toml").read_text() == "second" and list(tmp_path.iterdir()) == [place]
    (place / "pack.toml").unlink()
    with pytest.raises(ExportError, match="not a pack"), PackFolder(place):
        pass
    assert (place / "second").is_file()


def test_names():
    assert check_name("wan2.1-i2v_480p") == "wan2.1-i2v_480p"
    for name in ("", "..", "a/b", "a b", "é"):
        with pytest.raises(ExportError, match="--name"):
            check_name(name)


def test_nulls_are_left_out():
    assert without_nulls({"a": None, "b": [1, None], "c": {"d": None}}) == {"b": [1], "c": {}}
