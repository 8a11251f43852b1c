"""CogVideoX: a pack in numpy and ONNX Runtime gives the reference's frames."""

import json

import numpy as np
import pytest
import torch
from cogvideox_loop import decode, encode, generate
from diffusers import AutoencoderKLCogVideoX, CogVideoXImageToVideoPipeline, CogVideoXTransformer3DModel
from diffusers.models.embeddings import get_timestep_embedding
from pack_runner import Pack
from PIL import Image

from wakeframe_export.checkpoint import Checkpoint
from wakeframe_export.errors import ExportError
from wakeframe_export.families import cogvideox
from wakeframe_export.golden.reference import choose_scheduler
from wakeframe_export.group_norm import RowwiseGroupNorm
from wakeframe_export.pictures import pictures
from wakeframe_export.timesteps import store_frequencies

SEED, BOUND = 11, 1e-4
WORDS = {"prompt": "a cat walks on the grass", "negative_prompt": "blurry, static"}


@pytest.mark.parametrize(("form", "scheduler", "size", "frames", "guidance", "dynamic"), [
    ("cogvideox-10", "ddim", (48, 32), 17, 6.0, False),
    ("cogvideox-10", "dpm", (48, 32), 9, 1.0, False),
    ("cogvideox-15", "ddim", (48, 32), 33, 1.0, False),
    ("cogvideox-15", "dpm", (32, 64), 17, 6.0, True),
])
def test_frames_are_the_references(checkpoint_of, pack_of, form, scheduler, size, frames, guidance, dynamic):
    checkpoint, pack = checkpoint_of(form), Pack(pack_of(form))
    wanted = WORDS | {"image": Image.fromarray((pictures(2, 90)[1, :60] * 255).astype(np.uint8)), "width": size[0], "height": size[1], "num_frames": frames,
                      "num_inference_steps": 3, "guidance_scale": guidance, "use_dynamic_cfg": dynamic}
    pipeline = CogVideoXImageToVideoPipeline.from_pretrained(checkpoint)
    choose_scheduler(pipeline, pipeline.scheduler, scheduler, None)
    reference = pipeline(**wanted, generator=torch.Generator().manual_seed(SEED), output_type="pt").frames[0].numpy()
    found = generate(pack, **wanted, seed=SEED, scheduler=scheduler)
    assert found.shape == reference.shape and reference.std() > 0.05
    assert np.abs(found - reference).max() <= BOUND


@pytest.mark.parametrize("frames", [1, 9, 25])
def test_batches_of_the_vae(checkpoint_of, pack_of, frames):
    checkpoint, pack = checkpoint_of("cogvideox-10"), Pack(pack_of("cogvideox-10"))
    vae = AutoencoderKLCogVideoX.from_pretrained(checkpoint, subfolder="vae").eval()
    clip = torch.randn(1, 3, frames, 40, 56, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        posterior = vae.encode(clip).latent_dist
        reference = vae.decode(posterior.mean).sample.numpy() if frames > 1 else None
    mean, deviation = encode(pack, clip.numpy())
    assert np.abs(mean - posterior.mean.numpy()).max() <= 2e-5 and np.abs(deviation - posterior.std.numpy()).max() <= 2e-5
    if reference is not None:
        assert np.abs(decode(pack, posterior.mean.numpy()) - reference).max() <= 2e-5


def test_positions_are_learned_at_the_full_length_and_sines_below_it(checkpoint_of, pack_of):
    checkpoint, pack = checkpoint_of("cogvideox-10"), Pack(pack_of("cogvideox-10"))
    model = CogVideoXTransformer3DModel.from_pretrained(checkpoint, subfolder="transformer").eval()
    random = torch.Generator().manual_seed(0)
    for frames in (3, 5):
        latent, text = torch.randn(1, frames, 32, 4, 6, generator=random), torch.randn(1, 226, 32, generator=random)
        tables = (torch.ones(frames * 6, 16), torch.zeros(frames * 6, 16))
        with torch.no_grad():
            reference = model(latent, text, torch.tensor([999]), image_rotary_emb=tables).sample.numpy()
        found = pack("denoiser", latent, text, [999.0], *tables)[0]
        assert np.abs(found - reference).max() <= 1e-5


def test_timesteps_have_the_references_frequencies():
    layer = CogVideoXTransformer3DModel(num_attention_heads=3, attention_head_dim=16, num_layers=0, use_rotary_positional_embeddings=True)
    stored = store_frequencies(layer.time_proj)
    times = torch.tensor([999.0, 979.0, 1.0])
    assert torch.equal(stored(times), get_timestep_embedding(times, 48, True, 0))


def test_row_wise_norms_are_exact_far_from_zero():
    features = torch.randn(1, 8, 4, 64, 64, generator=torch.Generator().manual_seed(0)) + 50
    exact = torch.nn.functional.group_norm(features.double(), 4)
    norm = RowwiseGroupNorm(4, 8, eps=1e-5).requires_grad_(False)
    assert (norm(features).double() - exact).abs().max() <= 3e-4
    assert (norm(features - 50).double() - exact).abs().max() <= 1e-5


@pytest.mark.parametrize(("component", "key", "value", "said"), [
    ("transformer", "in_channels", 16, "image-to-video needs 32"),
    ("transformer", "use_rotary_positional_embeddings", False, "rotary"),
    ("transformer", "patch_size_t", 2, "both"),
    ("transformer", "sample_frames", 13, "not 8n"),
    ("transformer", "attention_head_dim", 24, "multiple of 16"),
    ("vae", "temporal_compression_ratio", 8, "supported: 4"),
    ("scheduler", "_class_name", "PNDMScheduler", "PNDMScheduler is not supported"),
])
def test_other_models_are_refused(checkpoint_of, tmp_path, component, key, value, said):
    checkpoint = checkpoint_of("cogvideox-10")
    for folder in ("transformer", "vae", "scheduler", "."):
        for file in (checkpoint / folder).glob("*.json"):
            place = tmp_path / folder / file.name
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(file.read_bytes())
    place = next(file for file in (tmp_path / component).glob("*config.json"))
    place.write_text(json.dumps(json.loads(place.read_text()) | {key: value}))
    with pytest.raises(ExportError, match=said):
        cogvideox.plan(Checkpoint(tmp_path))
