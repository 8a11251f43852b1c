"""What is not a supported checkpoint is refused with the file's name."""

import json
import shutil

import pytest
from wakeframe_export.checkpoint import Checkpoint
from wakeframe_export.errors import ExportError
from wakeframe_export.families import plan_of


@pytest.fixture
def changed(tmp_path, checkpoint_of):
    """A copy of the configs of a checkpoint with one value changed; weights are not needed to plan."""

    def make(form: str, file: str, **values):
        folder = tmp_path / "checkpoint"
        shutil.copytree(checkpoint_of(form), folder, ignore=shutil.ignore_patterns("*.safetensors"))
        path = folder / file
        path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | values))
        return folder

    return make


def refusal(folder) -> str:
    with pytest.raises(ExportError) as caught:
        plan_of(Checkpoint(folder))
    return str(caught.value)


def test_forms_are_told_apart(checkpoint_of):
    forms = {"wan21-i2v": "i2v", "wan21-flf2v": "flf2v", "wan22-a14b": "a14b", "wan22-ti2v": "ti2v"}
    assert {name: plan_of(Checkpoint(checkpoint_of(name))).form for name in forms} == forms


def test_a_folder_without_an_index(tmp_path):
    with pytest.raises(ExportError, match="model_index.json is missing"):
        Checkpoint(tmp_path)


def test_a_damaged_index(tmp_path):
    (tmp_path / "model_index.json").write_text("{")
    with pytest.raises(ExportError, match="model_index.json cannot be read"):
        Checkpoint(tmp_path)
    (tmp_path / "model_index.json").write_text("[]")
    with pytest.raises(ExportError, match="does not hold a JSON object"):
        Checkpoint(tmp_path)


def test_another_pipeline(changed):
    said = refusal(changed("wan21-i2v", "model_index.json", _class_name="StableDiffusionPipeline"))
    assert "StableDiffusionPipeline is not supported" in said and "WanImageToVideoPipeline" in said


def test_an_unknown_form_of_wan(changed):
    said = refusal(changed("wan21-i2v", "transformer/config.json", image_dim=None))
    assert "transformer/config.json" in said and "2.2 TI2V-5B" in said


def test_a_missing_component(changed):
    assert "names no image_encoder" in refusal(changed("wan21-i2v", "model_index.json", image_encoder=[None, None]))


def test_a_component_of_another_library(changed):
    folder = changed("wan21-i2v", "model_index.json", vae=["os", "system"])
    with pytest.raises(ExportError, match="comes from 'os'"):
        plan_of(Checkpoint(folder))


def test_a_missing_config(changed):
    folder = changed("wan21-i2v", "transformer/config.json")
    (folder / "transformer" / "config.json").unlink()
    assert "transformer/config.json is missing" in refusal(folder)


def test_another_patch_size(changed):
    assert "patch_size" in refusal(changed("wan22-a14b", "transformer/config.json", patch_size=[1, 4, 4]))


def test_another_scheduler(changed):
    assert "LCMScheduler is not supported" in refusal(changed("wan22-a14b", "scheduler/scheduler_config.json", _class_name="LCMScheduler"))


def test_missing_weights(changed):
    plan = plan_of(Checkpoint(changed("wan21-i2v", "model_index.json")))
    with pytest.raises(ExportError, match="cannot be loaded"):
        plan.parts[0].load()


def test_another_image_processor(changed):
    said = refusal(changed("wan21-i2v", "image_processor/preprocessor_config.json", image_processor_type="ViTImageProcessor"))
    assert "ViTImageProcessor is not supported" in said


def test_image_processor_without_crop(changed):
    folder = changed("wan21-i2v", "image_processor/preprocessor_config.json", do_center_crop=False, size={"height": 224, "width": 224})
    section = plan_of(Checkpoint(folder)).tables["wan"]
    assert section["image_resize"] == "exact" and section["image_size"] == [224, 224]
