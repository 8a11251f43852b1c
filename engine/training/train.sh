#!/usr/bin/env bash
# Trains the embedded model anew, from the photographs to the pack in resources/models/mini.
set -euo pipefail
cd "$(dirname "$0")"
venv=${WAKEFRAME_VENV:-$HOME/.cache/wakeframe-venv}
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" --quiet install --requirement requirements.txt
# Buffers of one step are kept for the next: handing them back to the system and fetching them again takes nearly half of the time.
export MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=17179869184 MALLOC_TOP_PAD_=268435456 MALLOC_ARENA_MAX=2
exec "$venv/bin/python" -m wakeframe_training all
