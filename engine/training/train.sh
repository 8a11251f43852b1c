#!/usr/bin/env bash
# Trains the embedded model anew, from the photographs to the pack in resources/models/mini.
set -euo pipefail
cd "$(dirname "$0")"
venv=${WAKEFRAME_VENV:-$HOME/.cache/wakeframe-venv}
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" --quiet install --requirement requirements.txt
exec "$venv/bin/python" -m wakeframe_training all
