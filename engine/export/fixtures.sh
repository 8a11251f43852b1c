#!/usr/bin/env bash
# Makes the tiny packs and golden files of tests/fixtures anew, from the committed configurations and seeds.
#   engine/export/fixtures.sh [FORM …]      all forms without one; GOLDEN=1 runs the reference again, too
set -euo pipefail
cd "$(dirname "$0")"
fixtures=../../tests/fixtures
python=${PYTHON:-../../target/export-venv/bin/python}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
forms=("$@")
[ ${#forms[@]} -gt 0 ] || for file in golden/*.json; do forms+=("$(basename "$file" .json)"); done
for form in "${forms[@]}"; do
    echo "$form"
    "$python" -m wakeframe_export.tiny "$form" "$work/$form"
    # bf16: the weights are numbers it holds exactly, computed in fp32, where these architectures are too large otherwise. Distilled:
    # what a published folder says in its name.
    options=()
    case $form in
    ltx-091 | svd) options=(--dtype bf16) ;;
    ltx-098) options=(--dtype bf16 --distilled) ;;
    esac
    "$python" -m wakeframe_export "$work/$form" "$work/pack-$form" "${options[@]}"
    rm -rf "$fixtures/packs/$form"
    cp -r "$work/pack-$form" "$fixtures/packs/$form"
    [ -z "${GOLDEN:-}" ] || "$python" -m wakeframe_export.golden "$form" "$fixtures/golden/$form.safetensors" --checkpoint "$work/$form"
    rm -rf "${work:?}/$form" "$work/pack-$form"
done
