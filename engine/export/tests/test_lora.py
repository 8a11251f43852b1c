"""LoRAs merged at export equal torch with the differences added, in every usual spelling of their keys."""

import diffusers
import numpy as np
import pytest
import torch
from pack_runner import Graph as Session
from safetensors.torch import save_file
from wakeframe_export.checkpoint import Checkpoint
from wakeframe_export.errors import ExportError
from wakeframe_export.export import Options
from wakeframe_export.families import plan_of
from wakeframe_export.lora import Lora, merge, parse

#: Layers in diffusers' names and in those of Wan's own code.
LAYERS = {
    "blocks.0.attn1.to_q": "blocks.0.self_attn.q", "blocks.1.attn2.to_out.0": "blocks.1.cross_attn.o", "blocks.0.attn2.to_v": "blocks.0.cross_attn.v",
    "blocks.1.attn2.add_k_proj": "blocks.1.cross_attn.k_img", "blocks.0.ffn.net.0.proj": "blocks.0.ffn.0", "blocks.1.ffn.net.2": "blocks.1.ffn.2",
    "condition_embedder.text_embedder.linear_1": "text_embedding.0", "condition_embedder.time_proj": "time_projection.1", "proj_out": "head.head",
}
RANK = 3


@pytest.fixture(scope="module")
def plan(checkpoint_of):
    return plan_of(Checkpoint(checkpoint_of("wan21-i2v")))


@pytest.fixture(scope="module")
def model(plan):
    return next(part for part in plan.parts if part.subfolder == "transformer").load()


@pytest.fixture
def pairs(model):
    """Layer -> (down, up)."""
    random = torch.Generator().manual_seed(4)
    modules = dict(model.named_modules())
    shapes = {layer: modules[layer].weight.shape for layer in LAYERS}
    return {layer: (torch.randn(RANK, shape[1], generator=random) * 0.1, torch.randn(shape[0], RANK, generator=random) * 0.1) for layer, shape in shapes.items()}


def spelled(pairs, kind: str) -> dict[str, torch.Tensor]:
    """The same LoRA as different tools write it; those with alpha are scaled by alpha / rank = 2."""
    keys = {}
    for layer, (down, up) in pairs.items():
        original = LAYERS[layer]
        if kind == "diffusers":
            keys |= {f"transformer.{layer}.lora_A.weight": 2 * down, f"transformer.{layer}.lora_B.weight": up}
        elif kind == "peft":
            keys |= {f"base_model.model.{layer}.lora_A.default.weight": 2 * down, f"base_model.model.{layer}.lora_B.default.weight": up}
        elif kind == "comfyui":
            keys |= {f"diffusion_model.{original}.lora_A.weight": 2 * down, f"diffusion_model.{original}.lora_B.weight": up}
        elif kind == "alpha":
            keys |= {f"diffusion_model.{original}.lora_down.weight": down, f"diffusion_model.{original}.lora_up.weight": up,
                     f"diffusion_model.{original}.alpha": torch.tensor(2.0 * RANK)}
        elif kind == "kohya":
            flat = "lora_unet_" + original.replace(".", "_")
            keys |= {f"{flat}.lora_down.weight": down, f"{flat}.lora_up.weight": up, f"{flat}.alpha": torch.tensor(2.0 * RANK)}
        else:
            keys |= {f"diffusion_model.{original}.diff": 2 * up @ down}
    return {name: value.contiguous() for name, value in keys.items()}


def merged(plan, lora: Lora, model, expert="denoiser") -> int:
    lora.prepare(plan.experts, [part.expert for part in plan.parts if part.expert])
    return merge(model, lora, expert, plan.experts)


@pytest.fixture
def fresh(plan):
    return next(part for part in plan.parts if part.subfolder == "transformer").load()


@pytest.mark.parametrize("kind", ["diffusers", "peft", "comfyui", "alpha", "kohya", "diff"])
def test_every_spelling_adds_the_same(kind, plan, model, fresh, pairs, tmp_path):
    save_file(spelled(pairs, kind), tmp_path / "lora.safetensors")
    assert merged(plan, Lora(tmp_path / "lora.safetensors", 0.5), fresh) == len(LAYERS)
    before, after = model.state_dict(), fresh.state_dict()
    for name, weight in before.items():
        layer = name.removesuffix(".weight")
        delta = pairs[layer][1] @ pairs[layer][0] if layer in LAYERS else torch.zeros(())
        torch.testing.assert_close(after[name], weight + delta, atol=1e-6, rtol=0)


def test_comfyui_names_agree_with_diffusers_own_conversion(pairs, tmp_path):
    # Its conversion knows alpha for the layers of the blocks only.
    layers = ("blocks.0.attn1.to_q", "blocks.1.attn2.to_out.0", "blocks.0.attn2.to_v", "blocks.0.ffn.net.0.proj", "blocks.1.ffn.net.2")
    save_file(spelled({layer: pairs[layer] for layer in layers}, "alpha"), tmp_path / "lora.safetensors")
    converted = diffusers.loaders.WanLoraLoaderMixin.lora_state_dict(tmp_path / "lora.safetensors")
    assert len(converted) == 2 * len(layers)
    for layer in layers:
        down, up = converted[f"transformer.{layer}.lora_A.weight"], converted[f"transformer.{layer}.lora_B.weight"]
        torch.testing.assert_close(up @ down, 2 * pairs[layer][1] @ pairs[layer][0])


def test_the_exported_graph_is_the_merged_model(plan, fresh, pairs, tmp_path, export_only):
    path = tmp_path / "lora.safetensors"
    save_file(spelled(pairs, "comfyui"), path)
    folder, components = export_only("wan21-i2v", "transformer", Options(loras=[Lora(path, 0.7)]))
    for layer, (down, up) in pairs.items():
        fresh.get_submodule(layer).weight += 1.4 * up @ down
    part = next(part for part in plan.parts if part.subfolder == "transformer")
    graph = part.graphs(fresh)[0]
    inputs = graph.examples(0, torch.Generator().manual_seed(9))
    with torch.no_grad():
        expected = graph.module(*inputs).numpy()
    found = Session(folder / components["denoiser"]["file"])(*inputs)[0]
    assert np.abs(found - expected).max() < 1e-4


@pytest.fixture
def two(checkpoint_of):
    return plan_of(Checkpoint(checkpoint_of("wan22-a14b")))


def without_pictures(pairs):
    return {layer: pair for layer, pair in pairs.items() if "add_k" not in layer}


def test_keys_name_the_expert(two, pairs, tmp_path):
    keys = spelled(without_pictures(pairs), "diffusers")
    low = {name.replace("transformer.", "transformer_2."): value.clone() for name, value in keys.items() if "ffn" in name}
    save_file(keys | low, tmp_path / "lora.safetensors")
    counts = {}
    for part in two.parts:
        if part.expert:
            counts[part.expert] = merged(two, Lora(tmp_path / "lora.safetensors"), part.load(), part.expert)
    assert counts == {"high": len(LAYERS) - 1, "low": 2}


def test_a_file_for_one_expert_must_say_which(two, pairs, tmp_path):
    path = tmp_path / "lora.safetensors"
    save_file(spelled(without_pictures(pairs), "comfyui"), path)
    with pytest.raises(ExportError, match="high=lora.safetensors or low="):
        Lora(path).prepare(two.experts, ["high", "low"])
    low = next(part for part in two.parts if part.expert == "low").load()
    lora = Lora(path, expert="low")
    assert merged(two, lora, low, "low") == len(LAYERS) - 1
    assert merge(low, lora, "high", two.experts) == 0
    with pytest.raises(ExportError, match="no expert 'middle'"):
        Lora(path, expert="middle").prepare(two.experts, ["high", "low"])


@pytest.mark.parametrize("change, said", [
    ({"transformer.blocks.9.attn1.to_q.lora_A.weight": torch.zeros(3, 4), "transformer.blocks.9.attn1.to_q.lora_B.weight": torch.zeros(4, 3)}, "match no layer.*blocks.9.attn1.to_q"),
    ({"transformer.blocks.0.attn1.to_k.lora_A.weight": torch.zeros(3, 4)}, "needs down and up"),
    ({"transformer.blocks.0.attn1.to_k.lora_A.weight": torch.zeros(3, 4), "transformer.blocks.0.attn1.to_k.lora_B.weight": torch.zeros(5, 3)}, "does not fit.*shape"),
    ({"transformer.blocks.0.attn1.to_k.dora_scale": torch.zeros(3)}, "no LoRA keys.*dora_scale"),
    ({}, "holds no LoRA"),
])
def test_what_cannot_be_merged_is_refused(change, said, plan, fresh, tmp_path):
    save_file(change, tmp_path / "lora.safetensors")
    with pytest.raises(ExportError, match=said):
        merged(plan, Lora(tmp_path / "lora.safetensors"), fresh)


def test_a_file_that_is_none(plan, fresh, tmp_path):
    (tmp_path / "lora.safetensors").write_bytes(b"not a LoRA")
    with pytest.raises(ExportError, match="cannot be read"):
        merged(plan, Lora(tmp_path / "lora.safetensors"), fresh)


def test_the_command_line_spelling(tmp_path):
    plain, odd = tmp_path / "a.safetensors", tmp_path / "b=c:2.safetensors"
    plain.touch(), odd.touch()
    assert parse(str(plain)) == Lora(plain)
    assert parse(f"{plain}:0.8") == Lora(plain, 0.8)
    assert parse(f"low={plain}:-1") == Lora(plain, -1.0, "low")
    assert parse(str(odd)) == Lora(odd)
    for text, said in ((f"{plain}:much", "not a number"), (str(tmp_path / "none"), "not a file")):
        with pytest.raises(ExportError, match=said):
            parse(text)
