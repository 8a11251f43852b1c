"""Empty stand-ins for the CUDA libraries that torch's wheel for Linux links to, so that it loads on a machine without them.

The registry's torch for x86-64 Linux is built for CUDA: its libraries will not load until those of about fourteen NVIDIA packages
are there (4 GB), although nothing here ever calls them. This compiles one small library in the place of each missing one, with the
symbols that torch asks for; every function returns 100, CUDA's "no device". Needs gcc and readelf.

usage: python cuda_stubs.py        (with the Python of the environment that torch is installed in)
"""

import importlib.util
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

CUDA = re.compile(r"lib(cu|nv|nccl).*\.so")
#: Library that a symbol without a version belongs to, by the symbol's prefix; longer prefixes first.
OWNERS = (
    ("cublasLt", "libcublasLt"), ("cublas", "libcublas"), ("cudnn", "libcudnn"), ("cusparseLt", "libcusparseLt"), ("cusparse", "libcusparse"),
    ("cusolver", "libcusolver"), ("cufft", "libcufft"), ("cuFile", "libcufile"), ("nccl", "libnccl"), ("nvrtc", "libnvrtc"),
    ("nvshmem", "libnvshmem_host"), ("cupti", "libcupti"), ("cuda", "libcudart"), ("__cuda", "libcudart"), ("cu", "libcuda"),
)
NO_DEVICE = 100
#: Functions that return text; torch calls them to word the errors that the others return.
TEXT = re.compile(r"(cuda|cudnn|cublas|cublasLt|cusparse|cusparseLt|cufft|nvrtc|nccl)Get(Error|Status)(String|Name)|ncclGetLastError")


def readelf(library: Path, *options: str) -> list[list[str]]:
    """readelf's lines, split into words."""
    output = subprocess.run(["readelf", "-W", *options, str(library)], capture_output=True, text=True, check=True).stdout
    return [line.split() for line in output.splitlines()]


def missing_symbols(folder: Path) -> dict[str, dict[str, set[str]]]:
    """For every CUDA library that the folder's libraries link to and that is not there: version ("" for none) -> symbols."""
    libraries = sorted(folder.glob("*.so*"))
    needed, defined, wanted = set(), set(), set()
    for library in libraries:
        needed |= {words[-1].strip("[]") for words in readelf(library, "-d") if "(NEEDED)" in words}
        for words in readelf(library, "--dyn-syms"):
            if len(words) < 8:
                continue
            name, _, version = words[7].partition("@")
            if words[6] != "UND":
                defined.add(name)
            elif words[4] != "WEAK":
                wanted.add((name, version.lstrip("@")))
    missing = {name for name in needed if CUDA.match(name)} - {library.name for library in libraries}
    symbols: dict[str, dict[str, set[str]]] = {name: defaultdict(set) for name in missing}
    for name, version in wanted:
        owner = None if name in defined else owner_of(name, version, missing)
        if owner:
            symbols[owner][version].add(name)
    return symbols


def owner_of(name: str, version: str, missing: set[str]) -> str | None:
    """The missing library that a symbol comes from: its version names it, or else its prefix does."""
    stems = {library.split(".so")[0]: library for library in missing}
    if version and version.split(".so")[0] in stems:
        return stems[version.split(".so")[0]]
    return next((stems.get(stem) for prefix, stem in OWNERS if name.startswith(prefix)), None)


def function(name: str) -> str:
    """The C source of one function."""
    if TEXT.fullmatch(name):
        return f'const char *{name}(void) {{ return "no CUDA on this machine"; }}\n'
    return f"int {name}(void) {{ return {NO_DEVICE}; }}\n"


def build(library: Path, symbols: dict[str, set[str]]) -> None:
    """Compiles one stand-in."""
    with tempfile.TemporaryDirectory() as scratch:
        source, script = Path(scratch) / "stub.c", Path(scratch) / "versions"
        names = sorted({name for found in symbols.values() for name in found})
        source.write_text("".join(function(name) for name in names))
        versions = {version: found for version, found in symbols.items() if version}
        script.write_text("".join(f"{version} {{ global: {'; '.join(sorted(found))}; }};\n" for version, found in sorted(versions.items())))
        linked = [f"-Wl,--version-script={script}"] if versions else []
        subprocess.run(["gcc", "-shared", "-fPIC", "-w", "-fno-builtin", f"-Wl,-soname,{library.name}", *linked, "-o", str(library), str(source)],
                       check=True)


def main() -> int:
    """Builds what is missing beside torch's own libraries."""
    found = importlib.util.find_spec("torch")
    if found is None or found.origin is None:
        print("cuda_stubs: torch is not installed in this environment", file=sys.stderr)
        return 1
    folder = Path(found.origin).parent / "lib"
    if not (folder / "libtorch_cuda.so").is_file():
        return 0
    symbols = missing_symbols(folder)
    for name in sorted(symbols):
        build(folder / name, symbols[name])
    print(f"cuda_stubs: {len(symbols)} stand-ins beside torch")
    return 0


if __name__ == "__main__":
    sys.exit(main())
