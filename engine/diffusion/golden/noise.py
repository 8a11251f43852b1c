"""Writes noise.safetensors: draws of torch.randn from seeded CPU generators.

The numbers are those of torch's AVX2 path (an AVX-512 processor takes the same one); a processor without it is refused.
"""

import torch
from writing import write

SEEDS = (0, 1, 42, 2**31, 2**32 - 1)
SIZES = (1, 2, 3, 15, 16, 17, 31, 32, 33, 100, 4096, 10007)
ROWS = ((1, 1, 1), (3, 16, 2), (15, 17, 15, 33), (2, 5, 1, 7), (640, 1, 640), (100, 100, 100), (48, 3, 624, 1))


def main() -> None:
    capability = torch.backends.cpu.get_cpu_capability()
    assert capability in ("AVX2", "AVX512"), f"torch's {capability} path gives other numbers"
    tensors, cases = {}, []
    for seed in SEEDS:
        # The largest size once: its numbers of other seeds would only make the file larger.
        rows = [(n,) for n in SIZES if n < 4096 or seed in (0, 42)] + list(ROWS if seed < 100 else ROWS[:3])
        for row in rows:
            name = f"{seed}/{'-'.join(map(str, row))}"
            generator = torch.Generator("cpu").manual_seed(seed)
            for n, count in enumerate(row):
                tensors[f"{name}.{n}"] = torch.randn(count, generator=generator)
            cases.append({"name": name, "seed": seed, "counts": row})
    write("noise", tensors, cases)


if __name__ == "__main__":
    main()
