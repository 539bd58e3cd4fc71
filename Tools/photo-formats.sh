#!/usr/bin/env bash
# Has Pillow write 40 photos of each format beside JPEG and PNG (modes, sizes, orientations, animated,
# cut short, under a wrong name), and compares what is decoded here with what Pillow decodes: the same
# pixels, for HEIC within two levels. Prints a table.
#
#   Tools/photo-formats.sh [--no-build]
#
# --no-build: the tests are built already (swift build -c release --build-tests).
# The Python environment is 'pillow' of Tools/environment.sh.
set -euo pipefail
cd "$(dirname "$0")/.."

source Tools/pixel-tests.sh
read_options photo-formats "$@"
venv=$(Tools/environment.sh pillow)

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$venv/bin/python" Tools/References/photo_formats.py "$folder"
status=0
FINETUNE_PHOTO_FORMATS=$folder swift test -c release "${skip[@]}" --filter PillowPhotoTests >"$folder/log" 2>&1 || status=$?
[[ $status -eq 0 ]] || grep -E 'error:|recorded an issue' "$folder/log" >&2 || tail -n 20 "$folder/log" >&2
cat "$folder/table.md"
exit "$status"
