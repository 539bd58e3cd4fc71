#!/bin/sh
# JPEG files to training views on one thread, beside torchvision, as rows of a table in Markdown:
#
#   Tools/Benchmarks/views.sh --python /opt/torch/bin/python photos large-photos
#
# Each round measures both in turn: random resized crop of 35 to 100 % of the area to 224 pixels, flip,
# normalise. Medians of the rounds and the median of their ratios are shown. PYTHON needs torch and
# torchvision.
set -eu

usage() { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 64; }

python=python3 rounds=5 passes=3
while [ $# -gt 0 ]; do
  case "$1" in
    --python) [ $# -ge 2 ] || usage; python="$2"; shift 2 ;;
    --rounds) [ $# -ge 2 ] || usage; rounds="$2"; shift 2 ;;
    --passes) [ $# -ge 2 ] || usage; passes="$2"; shift 2 ;;
    -*) usage ;;
    *) break ;;
  esac
done
[ $# -gt 0 ] || usage

here="$(cd "$(dirname "$0")/../.." && pwd)"
finetune="${FINETUNE:-$here/.build/release/finetune}"
[ -x "$finetune" ] || { echo "build first: swift build -c release" >&2; exit 66; }
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT INT TERM

# The middle one of the numbers in a file.
median() { sort -n "$1" | awk '{ n[NR] = $1 } END { print n[int((NR + 1) / 2)] }'; }

echo "| photos | megapixels | here, img/s | torchvision, img/s | ratio |"
echo "| --- | --: | --: | --: | --: |"
for photos in "$@"; do
  : >"$work/ours" && : >"$work/theirs" && : >"$work/ratios"
  round=0
  while [ "$round" -lt "$rounds" ]; do
    "$finetune" benchmark-views --data "$photos" --augment standard --threads 1 \
      --passes "$passes" --json >"$work/json"
    ours="$(sed -n 's/.*"imagesPerSecond"[^0-9]*\([0-9.]*\).*/\1/p' "$work/json")"
    size="$(sed -n 's/.*"megapixels"[^0-9]*\([0-9.]*\).*/\1/p' "$work/json")"
    theirs="$("$python" "$here/Tools/Benchmarks/peers/torchvision_views.py" "$photos" "$passes" 0.35)"
    echo "$ours" >>"$work/ours"
    echo "$theirs" >>"$work/theirs"
    echo "$ours $theirs" | awk '{ print $1 / $2 }' >>"$work/ratios"
    round=$((round + 1))
  done
  echo "$photos $size $(median "$work/ours") $(median "$work/theirs") $(median "$work/ratios")" |
    awk '{ printf "| %s | %.2f | %.1f | %.1f | %.2f |\n", $1, $2, $3, $4, $5 }'
done
