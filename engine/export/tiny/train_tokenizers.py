"""Makes tokenizer_t5.json and tokenizer_clip.json anew: `python train_tokenizers.py`. Needs sentencepiece besides the exporter's packages.

Both are real tokenizers of their kind with a small vocabulary. The results are committed, so that nothing else needs this file.
"""

import base64
import json
import os
import tempfile
from pathlib import Path

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

FOLDER = Path(__file__).parent
PIECES = 260
MERGES = 90
SENTENCES = """
a cat walks on the grass and looks back at the camera
clouds drift slowly to the left over the hills
waves roll in, water ripples around the stones
leaves sway in a light wind while the camera pans right
a woman turns her head and smiles, her hair moves in the wind
smoke rises from the chimney, snow falls on the roof
the camera moves forward through the forest at dusk
a train crosses the old bridge, its windows lit
flames flicker, sparks rise into the night sky
boats rock gently in the harbour, flags flutter
a bee lands on a yellow flower, realistic style, high quality
blurry, low quality, distorted, static, overexposed, worst quality
jittery motion, watermark, text, ugly, deformed hands
the quick brown fox jumps over the lazy dog 0123456789
Camera pans left as Waves roll in; Dolly in, Tilt up, 24 frames per second!
"Slowly," she said (twice): it's the city's first light & rain
一只猫在草地上行走 静止 模糊 低质量
""".strip().splitlines()


def normalisation_rules() -> list[tuple[str, str]]:
    """A small part of what sentencepiece's nmt_nfkc does: full-width forms, ligatures and exotic spaces."""
    rules = [("\t", " "), ("\n", " "), ("\u00a0", " "), ("\u3000", " "), ("\ufb01", "fi"), ("\ufb02", "fl"), ("\u2026", "...")]
    return rules + [(chr(0xFF01 + index), chr(0x21 + index)) for index in range(94)]


def unigram() -> dict:
    """Pieces with scores, and the compiled normalisation, as T5's tokenizer.json holds them."""
    with tempfile.TemporaryDirectory() as folder:
        text, rules, model = (os.path.join(folder, name) for name in ("text", "rules", "model"))
        Path(text).write_text("\n".join(SENTENCES * 20), "utf-8")
        lines = ("\t".join(" ".join(f"{ord(letter):X}" for letter in side) for side in rule) for rule in normalisation_rules())
        Path(rules).write_text("\n".join(lines) + "\n", "utf-8")
        sentencepiece.SentencePieceTrainer.train(
            input=text, model_prefix=model, vocab_size=PIECES, model_type="unigram", normalization_rule_tsv=rules, hard_vocab_limit=False,
            pad_id=0, eos_id=1, unk_id=2, bos_id=-1, num_threads=1, character_coverage=1.0, minloglevel=2,
        )
        trained = sentencepiece_model_pb2.ModelProto()
        trained.ParseFromString(Path(model + ".model").read_bytes())
    return {
        "pieces": [[piece.piece, round(piece.score, 4)] for piece in trained.pieces],
        "charsmap": base64.b64encode(trained.normalizer_spec.precompiled_charsmap).decode(),
    }


def byte_pairs() -> dict:
    """Vocabulary and merges laid out as CLIP's: letters, letters that end a word, merges, and the two special tokens last."""
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(r"[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"), "removed", invert=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False),
    ])
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=2 * len(alphabet) + MERGES, initial_alphabet=alphabet, end_of_word_suffix="</w>", show_progress=False
    )
    tokenizer.train_from_iterator(SENTENCES * 20, trainer)
    merges = json.loads(tokenizer.to_str())["model"]["merges"][:MERGES]
    tokens = [*alphabet, *(letter + "</w>" for letter in alphabet), *("".join(pair) for pair in merges)]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    return {"vocabulary": {token: index for index, token in enumerate(tokens)}, "merges": merges}


def write(name: str, content: dict) -> None:
    """Writes a JSON file beside its place and renames it."""
    place = FOLDER / name
    beside = place.with_suffix(".part")
    beside.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
    beside.replace(place)


if __name__ == "__main__":
    write("tokenizer_t5.json", unigram())
    write("tokenizer_clip.json", byte_pairs())
