#!/bin/sh
# Lets TensorBoard itself read a run: lists the tags of RUN/tensorboard with their last values, compares
# them with RUN/events.jsonl, and asks a running TensorBoard for its pages' data.
#
#   Tools/tensorboard-check.sh RUN
#
# $TENSORBOARD_VENV names a Python environment with tensorboard; else .build/tensorboard-venv is made.
set -eu

if [ $# -ne 1 ] || [ ! -d "$1/tensorboard" ]; then
  echo "tensorboard-check: '${1:-}' is no run with a folder 'tensorboard'; usage: Tools/tensorboard-check.sh RUN" >&2
  exit 64
fi
tools=$(cd "$(dirname "$0")" && pwd)
venv=${TENSORBOARD_VENV:-$tools/../.build/tensorboard-venv}
if [ ! -x "$venv/bin/tensorboard" ]; then
  if [ -n "${TENSORBOARD_VENV:-}" ]; then
    echo "tensorboard-check: there is no $venv/bin/tensorboard; unset TENSORBOARD_VENV to make an environment" >&2
    exit 66
  fi
  echo "Installing tensorboard into $venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet 'setuptools<81' tensorboard==2.21.0
fi
exec "$venv/bin/python" "$tools/tensorboard/check.py" "$1"
