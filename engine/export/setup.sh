#!/usr/bin/env bash
# Makes the exporter's Python environment under target/export-venv, once per requirements.txt.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=engine/export
venv=${WAKEFRAME_EXPORT_VENV:-target/export-venv}
stamp=$(sha256sum "$here/requirements.txt" "$here/cuda_stubs.py" "$here/setup.sh" | sha256sum)
[ -f "$venv/stamp" ] && [ "$(cat "$venv/stamp")" = "$stamp" ] && exit 0

python=python3
if ! command -v python3.11 >/dev/null && ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "please install Python 3.11 or newer" >&2
    exit 1
fi
command -v python3.11 >/dev/null && python=python3.11
"$python" -m venv --clear "$venv"
pip="$venv/bin/pip --quiet --disable-pip-version-check"
if command -v nvidia-smi >/dev/null || [ "$(uname -sm)" != "Linux x86_64" ]; then
    $pip install --requirement "$here/requirements.txt"
else
    # requirements.txt is complete; --no-deps leaves out only the CUDA libraries that torch's wheel asks for.
    echo "making the exporter's environment in $venv (1.4 GB)"
    $pip install --no-deps --requirement "$here/requirements.txt"
    "$venv/bin/python" "$here/cuda_stubs.py"
fi
"$venv/bin/python" -c 'import torch, diffusers, onnxruntime; from transformers.utils.import_utils import is_tracing; is_tracing()' || { echo "the environment in $venv does not work" >&2; exit 1; }
echo "$stamp" >"$venv/stamp"
