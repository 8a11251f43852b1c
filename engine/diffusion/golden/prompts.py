"""Writes prompts.safetensors: prompts cleaned by Wan's pipeline and tokenised by transformers.

`tokenizer_t5.json` and `tokenizer_clip.json` are small tokenizers of the two kinds, with the same special tokens and processors.
"""

import html.entities
import re
from pathlib import Path

import ftfy
import torch
from diffusers.pipelines.wan.pipeline_wan_i2v import prompt_clean
from transformers import PreTrainedTokenizerFast
from writing import write

PLAIN = [
    "",
    "   ",
    "a cat walks on the grass, realistic style",
    " leading,  double\tspace\nand\r\nlines \u2028 more\u2029 ",
    "\u00a0no-break\u2003em\u3000wide\u200bzero",
    "A cat\u2019s \u201cgrand\u201d entrance\u2026 \u2013 na\u00efve caf\u00e9 \u201alow\u2018 \u02bc",
    "ﬁne ﬂow ﬃ ﬆ ŉ Ĳ ǆ ſt",
    "ＬＯＵＤ　ＮＯＩＳＥＳ！ ﾊﾝｶｸ ｶﾞ ｱﾟ ￥１００ ￠ ￦ ￨",
    "e\u0301 A\u030a \u1112\u1161\u11ab o\u0308\u0304 \u2126 \u212b",
    "control \x00\x01\x08\x0b\x0e\x1c\x1d\x1f\x7f\ufeff\ufffc\u206a end \x0c form",
    "\x1b[36;44mI'm blue\x1b[0m \x1b[K \x1b[1;z \x1b[12 \x1b[é",
    "c1 \x85 \x91quoted\x92 \x80 \x99 \x81\x8d\x9d",
    "&lt;b&gt; &amp; &eacute; &EACUTE; &SZLIG; &nTILDE; &LT; &Lt; &CounterClockwiseContourIntegral; &nosuch; &;",
    "&amp;lt;b&amp;gt; &amp;amp;amp;lt; &ampamp; &notit; &not; &noti &copy 2024 &copy2024 &para",
    "&#65; &#x42; &#X43; &#65 &#x42 &#0; &#1; &#128; &#150; &#x9f; &#x81; &#xD800; &#x110000; &#99999999999; &#xfffe; &#59; &#12ab; &#; &#x; &#xg;",
    "a <b>bold &amp; &eacute;</b> text &lt;",
    "first &eacute; line\nsecond <i> &eacute;\nthird &eacute; &#65;",
    "&hellip; it&#x2019;s ﬂubberiﬁc! &quot;quoted&quot; &ldquo;curly&rdquo; &nbsp; &emsp;x &apos;",
    "&fjlig; &acE; &bne; &NotEqualTilde; &THORN; &thorn; &THETASYM; &SUP3; &FRAC12; &frac12;",
    "一只猫在草地上行走，阳光明媚。“引号”‘单’",
    "カメラが左にパンする",
    "Die Straße führt über Äcker — schön! São Paulo às 10h, voilà ça",
    "Камера движется влево, «кавычки»",
    "مرحبا بالعالم हिन्दी पाठ 한국어 프롬프트 Tiếng Việt",
    "😀👨\u200d👩\u200d👧 🏴\U000e0067\U000e0062 \U0001d173",
    "50°C, 3×4, ½, 10³, µ, €5, ¥, £, § ¶ © ® ™",
    "it's 'quoted' \"text\" `tick` \u00b4acute\u00b4 \u2032prime\u2033",
    "&" * 5 + "amp;" + "&#" + "&lt" + "&ltx;" + "&notin;" + "&notin",
    "&ThisNameIsFarTooLongToBeAnEntityOfAnyKind; &" + "a" * 40 + ";",
    "x" * 300 + " &amp; y",
]
MOJIBAKE = ["schÃ¶n", "âœ” No problems", "naïve â€œquoteâ€\x9d"]
TEXTS = [
    "",
    "dance monkey",
    "a cat walks on the grass, realistic style, high quality",
    "the quick brown fox jumps over the lazy dog 0123456789 " * 3,
    "一只猫在草地上行走",
    "unknown ☃ glyphs ñandú",
    "  spaces   and\nlines  ",
]


def every_entity() -> list[str]:
    """One to a line: side by side some look like mojibake to ftfy."""
    names = sorted(html.entities.html5)
    lines = ["\n".join(f"&{n}" for n in names[i : i + 40]) for i in range(0, len(names), 40)]
    capitals = sorted({f"&{n.upper()}" for n in names if n.endswith(";") and n == n.lower()})
    return lines + ["\n".join(capitals[i : i + 40]) for i in range(0, len(capitals), 40)]


def tokenizer(kind: str) -> PreTrainedTokenizerFast:
    path = str(Path(__file__).parent / f"tokenizer_{kind}.json")
    if kind == "t5":
        return PreTrainedTokenizerFast(tokenizer_file=path, pad_token="<pad>", eos_token="</s>", unk_token="<unk>")
    end = "<|endoftext|>"
    return PreTrainedTokenizerFast(tokenizer_file=path, pad_token=end, bos_token="<|startoftext|>", eos_token=end, unk_token=end)


def main() -> None:
    assert ftfy.__version__ == "6.3.1"
    cases = [{"kind": "clean", "text": t, "clean": prompt_clean(t)} for t in PLAIN + every_entity()]
    cases += [{"kind": "mojibake", "text": t, "clean": prompt_clean(t)} for t in MOJIBAKE]
    cases += [{"kind": "unescape", "text": t, "clean": html.unescape(t)} for t in PLAIN + every_entity()]
    for kind in ("t5", "clip"):
        tok = tokenizer(kind)
        for text in TEXTS:
            for length in (3, 8, 16, 77):
                out = tok([text], padding="max_length", max_length=length, truncation=True, return_attention_mask=True)
                fields = {"tokenizer": kind, "text": text, "length": length, "pad": tok.pad_token_id}
                cases.append({"kind": "tokens"} | fields | {"ids": out.input_ids[0], "mask": out.attention_mask[0]})
    assert re.fullmatch(r"\s+", "\x1c\x1d\x1e\x1f\x85\u00a0\u3000")
    write("prompts", {"nothing": torch.zeros(1)}, cases)


if __name__ == "__main__":
    main()
