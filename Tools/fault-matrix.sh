#!/usr/bin/env bash
# Every fault with every command: full disk, read-only, errors of reading and writing, short reads, interrupted calls, no
# memory, files that change or vanish, a clock that jumps, death at any moment; train, evaluate, export, weights fetch, serve. Prints
# a table; each cell holds when the exit code is right, the error says why, nobody else's file is touched, no draft stays, and the
# command, once the fault is gone, comes to what it had come to undisturbed.
#
#   Tools/fault-matrix.sh [--no-build] [COMMAND…]
#
# COMMAND: train, evaluate, export, fetch or serve; default all.
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ ${1:-} == --no-build ]]; then
  shift
else
  swift build -c release --product finetune >&2
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cc -O1 -Wall -Wextra -Werror -shared -fPIC -o "$folder/faults.so" Tools/faults/faults.c -ldl
PYTHONDONTWRITEBYTECODE=1 python3 Tools/faults/matrix.py .build/release/finetune "$folder/faults.so" . "$@"
