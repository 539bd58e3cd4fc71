#!/bin/sh
# Our speed and memory beside the peers', in turns on this machine, as tables: printed, and written beside
# this file.
#   float32   networks beside OpenVINO and PyTorch: results.md, 20 minutes
#   bfloat16  the same: results-bfloat16.md, 20 minutes
#   timm      networks of today by timm's names beside PyTorch: results-timm.md, 15 minutes
#   photos    JPEG views, one prediction, training with its loading and the whole job beside torchvision, PyTorch and
#             Keras: results-photos.md, 40 minutes; needs $FINETUNE_TEST_DATA, with datasets/hymenoptera, datasets/flowers12 and weights/
#
# usage: Tools/Benchmarks/run.sh [--rounds N] [--tables NAME,…] [--rows WORD,…] [--no-build]
#   --rounds N       how often each side of a row runs (default 5)
#   --tables NAME,…  only these tables
#   --rows WORD,…    only rows whose name contains one of the words (of photos: views, predict, training, job); then no
#                    file is written
#
# The peers live in virtual environments: $BENCHMARK_VENV (torch, torchvision, timm, openvino) and
# $KERAS_VENV (keras, tensorflow-cpu), or such that are made (1.5 GB) below ~/.cache/finetune. Nothing else should run.
set -eu
cd "$(dirname "$0")/../.."

rounds=5 rows="" tables=float32,bfloat16,timm,photos build=yes
while [ $# -gt 0 ]; do
  case "$1" in
    --rounds) rounds="$2"; shift ;;
    --rows) rows="$2"; shift ;;
    --tables) tables="$2"; shift ;;
    --no-build) build="" ;;
    *) sed -n '2,19s/^# \{0,1\}//p' "$0" >&2; exit 64 ;;
  esac
  shift
done
[ -z "$build" ] || swift build -c release --product finetune >&2

cache="${XDG_CACHE_HOME:-$HOME/.cache}/finetune"
venv="${BENCHMARK_VENV:-$cache/benchmark-venv}"
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet torch torchvision timm openvino
fi
export KERAS_VENV="${KERAS_VENV:-$cache/keras-venv}"
case ",$tables," in
  *,photos,*)
    if [ ! -x "$KERAS_VENV/bin/python" ]; then
      python3 -m venv "$KERAS_VENV"
      "$KERAS_VENV/bin/pip" install --quiet keras==3.15.1 tensorflow-cpu==2.21.0
    fi ;;
esac
exec "$venv/bin/python" Tools/Benchmarks/table.py --rounds "$rounds" --rows "$rows" --tables "$tables"
