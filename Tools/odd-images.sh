#!/usr/bin/env bash
# Decodes every file of ../shared/data/odd-images (or $FINETUNE_TEST_DATA) and compares with Pillow,
# which has to give the same pixels. Prints a table by kind of file, the reasons of refusals and the
# files on which the two disagree.
#
#   Tools/odd-images.sh [--no-build]
#
# --no-build: the tests are built already (swift build -c release --build-tests).
# $KERAS_VENV names a Python environment with Pillow 13 and numpy; else python3 has to have them.
set -euo pipefail
cd "$(dirname "$0")/.."

source Tools/pixel-tests.sh
read_options odd-images "$@"
python=python3
[[ -n ${KERAS_VENV:-} ]] && python=$KERAS_VENV/bin/python
data=${FINETUNE_TEST_DATA:-$(cd .. && pwd)/shared/data}/odd-images

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# All by itself, so that the peak of memory it tells is its own.
FINETUNE_ODD_IMAGES=$folder swift test -c release "${skip[@]}" --filter OddImageTests/all >"$folder/log" 2>&1 ||
  { tail -n 20 "$folder/log" >&2; exit 1; }
cat "$folder/table.md"
"$python" Tools/References/odd_images.py "$data" "$folder"
