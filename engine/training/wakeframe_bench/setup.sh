#!/usr/bin/env bash
# Makes the bench's Python environment under target/bench-mini-venv, once per requirements.txt.
set -euo pipefail
cd "$(dirname "$0")/../../.."
here=engine/training/wakeframe_bench
venv=target/bench-mini-venv
stamp=$(sha256sum "$here/requirements.txt" "$here/setup.sh" | sha256sum)
[ -f "$venv/stamp" ] && [ "$(cat "$venv/stamp")" = "$stamp" ] && exit 0

python=python3
command -v python3.11 >/dev/null && python=python3.11
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "please install Python 3.11 or newer" >&2
    exit 1
fi
echo "making the bench's environment in $venv (300 MB)"
"$python" -m venv --clear "$venv"
"$venv/bin/pip" --quiet --disable-pip-version-check install --requirement "$here/requirements.txt"
"$venv/bin/python" -c 'import cv2, numpy, PIL'
echo "$stamp" >"$venv/stamp"
