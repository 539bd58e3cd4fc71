#!/bin/sh
# JPEG files to training views on one thread, beside torchvision, as rows of a table in Markdown:
#
#   Tools/Benchmarks/views.sh --python venv/bin/python photos large-photos
#
# Each round measures both in turn: random resized crop of 35 to 100 % of the area to 224 pixels, flip,
# normalise. The medians of the rounds are shown, and of the rounds' ratios: of images a second, and of
# processor time for an image, which busy neighbours disturb less. PYTHON needs torch and torchvision.
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

# A field of the JSON object in a file.
field() { sed -n "s/.*\"$1\"[^0-9]*\([0-9.]*\).*/\1/p" "$2"; }

echo "| photos | megapixels | here, img/s | torchvision, img/s | ratio | here, ms | torchvision, ms | ratio |"
echo "| --- | --: | --: | --: | --: | --: | --: | --: |"
for photos in "$@"; do
  : >"$work/rounds"
  round=0
  while [ "$round" -lt "$rounds" ]; do
    "$finetune" benchmark-views --data "$photos" --augment standard --threads 1 \
      --passes "$passes" --json >"$work/json"
    theirs="$("$python" "$here/Tools/Benchmarks/peers/torchvision_views.py" "$photos" "$passes" 0.35)"
    echo "$(field imagesPerSecond "$work/json") $(field processorMilliseconds "$work/json") $theirs" |
      awk '{ print $1, $3, $1 / $3, $2, $4, $4 / $2 }' >>"$work/rounds"
    round=$((round + 1))
  done
  row="$photos $(field megapixels "$work/json")"
  for column in 1 2 3 4 5 6; do
    row="$row $(cut -d ' ' -f "$column" "$work/rounds" | sort -n |
      awk '{ n[NR] = $1 } END { print n[int((NR + 1) / 2)] }')"
  done
  echo "$row" | awk '{ printf "| %s | %.2f | %.1f | %.1f | %.2f | %.2f | %.2f | %.2f |\n",
    $1, $2, $3, $4, $5, $6, $7, $8 }'
done
