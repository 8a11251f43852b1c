"""LTX-Video: a pack in numpy and ONNX Runtime gives the reference's frames."""

import numpy as np
import pytest
import torch
from diffusers import LTXConditionPipeline, LTXImageToVideoPipeline, LTXLatentUpsamplePipeline
from diffusers.pipelines.ltx.modeling_latent_upsampler import LTXLatentUpsamplerModel
from diffusers.pipelines.ltx.pipeline_ltx_condition import LTXVideoCondition
from ltx_loop import Still, generate
from pack_runner import Pack
from PIL import Image

from wakeframe_export.checkpoint import Checkpoint
from wakeframe_export.errors import ExportError
from wakeframe_export.export import Options, export
from wakeframe_export.families import ltx
from wakeframe_export.pictures import pictures
from wakeframe_export.tiny.build import build

SEED, PROMPT, NEGATIVE = 11, "clouds drift over the lake", "worst quality"
#: Largest difference of a frame's value in 0..1.
BOUND = 1e-4


def still(number: int) -> Image.Image:
    """A picture whose size is not the clip's."""
    return Image.fromarray((pictures(4, 150)[number, :100] * 255).astype(np.uint8))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """form -> (checkpoint folder, pack folder), made once."""
    known = {}

    def make(form: str, **options):
        if form not in known:
            root = tmp_path_factory.mktemp(form)
            build(form, root / "checkpoint")
            export(root / "checkpoint", root / "pack", Options(**options), say=lambda _: None)
            known[form] = root / "checkpoint", root / "pack"
        return known[form]

    return make


def difference(pack, reference, **wanted) -> float:
    frames = generate(Pack(pack), prompt=PROMPT, negative=NEGATIVE, seed=SEED, **wanted)
    assert frames.shape == reference.shape and reference.std() > 0.05
    return float(np.abs(frames - reference).max())


def frames_of(result) -> np.ndarray:
    return result.frames[0].float().numpy()


@pytest.mark.parametrize("form", ["ltx-090", "ltx-091"])
@pytest.mark.parametrize("guidance", [1.0, 3.0])
def test_base_form(made, form, guidance):
    checkpoint, pack = made(form)
    pipeline = LTXImageToVideoPipeline.from_pretrained(checkpoint)
    # The decoder of 0.9.1 draws from the global generator.
    torch.manual_seed(SEED)
    decode = {"decode_timestep": 0.05, "decode_noise_scale": 0.025} if form == "ltx-091" else {}
    reference = frames_of(pipeline(image=still(1), prompt=PROMPT, negative_prompt=NEGATIVE, width=96, height=64, num_frames=17, frame_rate=30,
                                   num_inference_steps=3, guidance_scale=guidance, generator=torch.Generator().manual_seed(SEED), output_type="pt", **decode))
    found = difference(pack, reference, stills=[Still(still(1))], width=96, height=64, frames=17, rate=30, steps=3, guidance=guidance)
    assert found <= BOUND


def test_keyframes_of_every_kind(made):
    checkpoint, pack = made("ltx-095")
    stills = [Still(still(1)), Still(still(2), 8, 0.6), Still(still(3), 16), Still(still(0), 5, 0.3)]
    pipeline = LTXConditionPipeline.from_pretrained(checkpoint)
    reference = frames_of(pipeline(conditions=[LTXVideoCondition(image=s.image, frame_index=s.frame, strength=s.strength) for s in stills], prompt=PROMPT,
                                   negative_prompt=NEGATIVE, width=96, height=64, num_frames=17, frame_rate=24, num_inference_steps=4, guidance_scale=3.0,
                                   decode_timestep=0.05, decode_noise_scale=0.025, generator=torch.Generator().manual_seed(SEED), output_type="pt"))
    assert difference(pack, reference, stills=stills, width=96, height=64, frames=17, rate=24, steps=4, guidance=3.0) <= BOUND


def test_a_soft_first_still(made):
    checkpoint, pack = made("ltx-095")
    stills = [Still(still(1), 0, 0.7)]
    pipeline = LTXConditionPipeline.from_pretrained(checkpoint)
    reference = frames_of(pipeline(conditions=[LTXVideoCondition(image=s.image, frame_index=s.frame, strength=s.strength) for s in stills], prompt=PROMPT,
                                   width=64, height=96, num_frames=9, num_inference_steps=3, guidance_scale=1.0, decode_timestep=0.05,
                                   decode_noise_scale=0.025, generator=torch.Generator().manual_seed(SEED), output_type="pt"))
    assert difference(pack, reference, stills=stills, width=64, height=96, frames=9, rate=25, steps=3) <= BOUND


def test_two_passes(made):
    checkpoint, pack = made("ltx-098", distilled=True)
    pipeline = LTXConditionPipeline.from_pretrained(checkpoint)
    upsampler = LTXLatentUpsamplePipeline(pipeline.vae, LTXLatentUpsamplerModel.from_pretrained(checkpoint / "latent_upsampler"))
    stills = [Still(still(1)), Still(still(2), 8, 0.8)]
    both = dict(conditions=[LTXVideoCondition(image=s.image, frame_index=s.frame, strength=s.strength) for s in stills], prompt=PROMPT, num_frames=9,
                guidance_scale=1.0, image_cond_noise_scale=0.0, decode_timestep=0.05, decode_noise_scale=0.025)
    small = pipeline(**both, width=64, height=64, timesteps=ltx.FIRST, output_type="latent",
                     generator=torch.Generator().manual_seed(SEED)).frames
    large = upsampler(latents=small, adain_factor=1.0, tone_map_compression_ratio=0.6, output_type="latent").frames
    reference = frames_of(pipeline(**both, width=128, height=128, timesteps=ltx.SECOND["timesteps"], denoise_strength=0.999,
                                   latents=large, output_type="pt", generator=torch.Generator().manual_seed(SEED)))
    assert difference(pack, reference, stills=stills, width=128, height=128, frames=9, rate=25) <= BOUND


def test_options_that_do_not_fit_are_refused(tmp_path):
    build("ltx-090", tmp_path / "base")
    for extras in ({"distilled": True}, {"upsampler": tmp_path / "base" / "vae"}):
        with pytest.raises(ExportError):
            ltx.plan(Checkpoint(tmp_path / "base", extras))


def test_a_folders_name_says_that_it_is_distilled(tmp_path):
    build("ltx-095", tmp_path / "LTX-Video-distilled")
    assert ltx.plan(Checkpoint(tmp_path / "LTX-Video-distilled")).tables["ltx"]["schedule"] == "timesteps"
    (tmp_path / "LTX-Video-distilled").rename(tmp_path / "LTX-Video")
    assert ltx.plan(Checkpoint(tmp_path / "LTX-Video")).tables["ltx"]["schedule"] == "linear_quadratic"
