#!/bin/sh
# Our speed and memory beside OpenVINO's and PyTorch's, in turns on this machine, as tables: printed, and
# written to Tools/Benchmarks/results.md and results-bfloat16.md. About half an hour each.
#
# usage: Tools/Benchmarks/run.sh [--rounds N] [--rows WORD,…] [--precision float32|bfloat16] [--no-build]
#   --rounds N     how often each side of a row runs (default 5)
#   --rows WORD,…  only rows whose name contains one of the words; then no file is written
#   --precision P  one of the two tables
#
# The peers live in a virtual environment: $BENCHMARK_VENV, or one that is made (600 MB) below
# ~/.cache/finetune. Nothing else should run meanwhile.
set -eu
cd "$(dirname "$0")/../.."

rounds=5 rows="" precision=float32,bfloat16 build=yes
while [ $# -gt 0 ]; do
  case "$1" in
    --rounds) rounds="$2"; shift ;;
    --rows) rows="$2"; shift ;;
    --precision) precision="$2"; shift ;;
    --no-build) build="" ;;
    *) sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 64 ;;
  esac
  shift
done
[ -z "$build" ] || swift build -c release --product finetune >&2

venv="${BENCHMARK_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/finetune/benchmark-venv}"
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet torch torchvision openvino
fi
exec "$venv/bin/python" Tools/Benchmarks/table.py --rounds "$rounds" --rows "$rows" --precision "$precision"
