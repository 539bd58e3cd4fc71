#!/bin/sh
# How time and memory grow with the number of photos, as two tables in Markdown: a folder is looked through
# for the first time and again, and a head is trained on it with nothing cached and again.
#
# usage: Tools/Benchmarks/scaling.sh [--no-build] [--python PYTHON] [--scan PHOTOS,…] [--train PHOTOS,…]
#   --python PYTHON  has Pillow, which draws the photos; that is not timed (default python3)
#   --scan, --train  numbers of photos (default 1000,10000,100000 and 1000,10000,50000)
set -eu
cd "$(dirname "$0")/../.."

build=yes python=python3 scan=1000,10000,100000 train=1000,10000,50000
while [ $# -gt 0 ]; do
  case "$1" in
    --no-build) build="" ;;
    --python) python="$2"; shift ;;
    --scan) scan="$2"; shift ;;
    --train) train="$2"; shift ;;
    *) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 64 ;;
  esac
  shift
done
[ -z "$build" ] || swift build -c release --product finetune >&2
finetune="$PWD/.build/release/finetune"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
export FINETUNE_CACHE="$work/cache"

# timed COMMAND…: seconds and peak MiB of a command, from the system's account of it.
timed() {
  "$python" - "$@" <<'PYTHON'
import resource, subprocess, sys, time
start = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
print(f"{time.perf_counter() - start:.1f} {peak}")
PYTHON
}

# rows PHOTOS,… COMMAND…: a row for each number; the command gets the folder, and runs twice.
rows() {
  counts="$1"
  shift
  for count in $(echo "$counts" | tr ',' ' '); do
    rm -rf "$work/photos" "$work/cache"
    "$python" Tools/Benchmarks/draw_photos.py "$work/photos" "$count"
    first="$(timed "$@")"
    rm -rf "$work/run"
    again="$(timed "$@")"
    rm -rf "$work/run"
    echo "$count $first $again" | awk '{
      printf "| %d | %s s | %.0f | %s MiB | %s s | %s MiB |\n", $1, $2, $1 / $2, $3, $4, $5 }'
  done
}

echo "| photos | looked through | photos a second | peak | again | peak |"
echo "| --: | --: | --: | --: | --: | --: |"
rows "$scan" "$finetune" inspect --data "$work/photos"
echo
echo "| photos | head trained | photos a second | peak | again, all cached | peak |"
echo "| --: | --: | --: | --: | --: | --: |"
rows "$train" "$finetune" train --base mobilenet --alpha 0.25 --image-size 128 --plan head \
  --weights weights/mobilenet_0.25_128_procedural_no_top.h5 --data "$work/photos" --output "$work/run"
