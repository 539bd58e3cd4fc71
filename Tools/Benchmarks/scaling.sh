#!/bin/sh
# How time and memory grow with the number of photos: trains a head on so many drawn photos, first without
# anything cached, then again, and prints a table.
#
# usage: Tools/Benchmarks/scaling.sh [--no-build] [PHOTOS…]     (default 1000 10000 50000; drawing 50000
#                                                                photos takes minutes and is not timed)
set -eu
cd "$(dirname "$0")/../.."

build=yes
case "${1:-}" in
  --no-build) build=""; shift ;;
  -*) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 64 ;;
esac
[ -z "$build" ] || swift build -c release --product finetune >&2
[ $# -gt 0 ] || set -- 1000 10000 50000
finetune="$PWD/.build/release/finetune"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# timed COMMAND…: seconds and peak MiB of a command, from the system's account of it.
timed() {
  python3 - "$@" <<'PYTHON'
import resource, subprocess, sys, time
start = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
print(f"{time.perf_counter() - start:.1f} {peak}")
PYTHON
}

echo "| photos | head trained | images a second | peak MiB | again, all cached | peak MiB |"
echo "| --- | --- | --- | --- | --- | --- |"
for count in "$@"; do
  rm -rf "$work/photos" "$work/cache"
  "$finetune" sample --output "$work/photos" --photos "$((count / 8))" --size 64 --seed 5 \
    >/dev/null 2>&1
  export FINETUNE_CACHE="$work/cache"
  row="| $count"
  for round in first again; do
    result="$(timed "$finetune" --base mobilenet --alpha 0.25 --image-size 128 --plan head \
      --weights weights/mobilenet_0.25_128_procedural_no_top.h5 --data "$work/photos" \
      --output "$work/$count-$round")"
    seconds="${result% *}" peak="${result#* }"
    if [ "$round" = first ]; then
      row="$row | $seconds s | $(awk "BEGIN { printf \"%.0f\", $count / $seconds }") | $peak"
    else
      row="$row | $seconds s | $peak |"
    fi
  done
  echo "$row"
done
