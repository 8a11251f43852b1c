#!/usr/bin/env bash
# Installs what building needs and is missing (Debian 12, as root), then fetches the pinned ONNX Runtime and
# the pinned crates.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
command -v g++ >/dev/null || missing+=(g++)
command -v cc >/dev/null || missing+=(gcc)
python3 -m pip --version >/dev/null 2>&1 || missing+=(python3-pip)
# bindgen (in ofx_sys) reads the OpenFX headers through libclang, which needs the compiler's own headers as well.
has_libclang() {
    compgen -G '/usr/lib/llvm-*/lib/libclang.so*' >/dev/null || compgen -G '/usr/lib/*/libclang-[0-9]*.so*' >/dev/null || return 1
    compgen -G '/usr/lib/llvm-*/lib/clang/*/include/stddef.h' >/dev/null
}
has_libclang || [ -n "${LIBCLANG_PATH:-}" ] || missing+=(libclang-dev)
if [ ${#missing[@]} -gt 0 ]; then
    echo "installing ${missing[*]}"
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "please install these packages, or run this as root: ${missing[*]}" >&2
        exit 1
    fi
    apt-get -qq update
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
fi
command -v cargo >/dev/null || { echo "please install Rust 1.89 or newer (cargo was not found)" >&2; exit 1; }

library=target/onnxruntime/libonnxruntime.so.1.32.0
if [ ! -f "$library" ]; then
    echo "fetching ONNX Runtime 1.32.0 (checked by digest)"
    wheels=$(mktemp -d)
    trap 'rm -rf "$wheels"' EXIT
    python3 -m pip --quiet --disable-pip-version-check download --no-deps --only-binary=:all: --require-hashes \
        --implementation cp --python-version 3.11 --abi cp311 --platform manylinux_2_28_x86_64 \
        --dest "$wheels" --requirement bundle/onnxruntime.txt
    python3 bundle/unpack_onnxruntime.py "$wheels" "$(dirname "$library")"
fi

# What cargo needs, and the OpenFX sources of the reference host: the steps after this one work offline.
for manifest in Cargo.toml tests/openfx/Cargo.toml; do
    cargo fetch --locked --manifest-path "$manifest"
done
