#!/usr/bin/env bash
# Lets a training, a server and one evaluation after the other run for a long time, and looks whether their memory, open
# files, threads and what they leave on the disk grow.
#
#   Tools/soak.sh [--no-build] [--table FILE.csv] MINUTES
#
# --no-build: the program is built already. --table: all that was measured, a row each ten seconds.
# Fewer than two minutes say nothing: what is compared are the second and the last quarter of the time.
set -euo pipefail
cd "$(dirname "$0")/.."

build=yes table='' minutes=''
while [[ $# -gt 0 ]]; do
  case $1 in
    --no-build) build='' ;;
    --table) table=$2 && shift ;;
    [0-9]*) minutes=$1 ;;
    *) echo "soak: there is no option $1; see the head of Tools/soak.sh" >&2 && exit 64 ;;
  esac
  shift
done
[[ -n $minutes ]] || { echo "soak: say for how many minutes" >&2 && exit 64; }
[[ -z $build ]] || swift build -c release --product finetune
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 Tools/soak/soak.py "$PWD/.build/release/finetune" "$folder" "$minutes" \
  "$PWD/weights/mobilenet_0.25_128_procedural_no_top.h5" "$table"
