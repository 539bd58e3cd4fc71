#!/bin/sh
# A small benchmark without peers, for CI. It prints images a second and the share of the peak that oneDNN's
# own matrix product reaches here, and fails when
#
#   - a kernel is the library's reference code, which is a hundred times slower than it could be, or
#   - a training step allocates a buffer: a page or more, by code other than the library's own.
#
# usage: Tools/Benchmarks/check.sh [--no-build]
set -eu
cd "$(dirname "$0")/../.."

case "${1:-}" in
  "") swift build -c release --product finetune >&2 ;;
  --no-build) ;;
  *) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 64 ;;
esac
finetune="$PWD/.build/release/finetune"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

${CC:-clang} -shared -fPIC -O2 -Wall Tools/Benchmarks/count_allocations.c -o "$work/count.so" -ldl

# value KEY: of a number in the JSON that a benchmark wrote.
value() { sed -n "s/^ *\"$1\" : \([0-9.e-]*\),\{0,1\}$/\1/p" "$work/result.json" | head -n 1; }

# buffers NETWORK… STEPS: how many a training of so many steps allocates.
buffers() {
  LD_PRELOAD="$work/count.so" "$finetune" benchmark --mode full --batch-size 8 "$@" 2>&1 >/dev/null |
    sed -n 's/^allocations [0-9]* [0-9]* \([0-9]*\) library.*/\1/p'
}

failures=0
printf '%-16s %-6s %12s %14s %s\n' network mode 'images/s' 'share of peak' 'reference kernels'
for network in "mobilenetv2 96" "resnet50 96" "efficientnetb0 96" "vgg16 64"; do
  name="${network% *}" size="${network#* }"
  for mode in infer full; do
    "$finetune" benchmark --base "$name" --image-size "$size" --mode "$mode" --batch-size 8 --steps 3 \
      --profile --json >"$work/result.json"
    references="$(grep -c '"implementation" : "ref' "$work/result.json" || true)"
    [ "$references" -eq 0 ] || failures=$((failures + 1))
    printf '%-16s %-6s %12.1f %13.1f%% %s\n' "$name" "$mode" "$(value imagesPerSecond)" \
      "$(awk "BEGIN { print 100 * $(value shareOfPeak) }")" "$references"
  done
  # How far an array grows while the network is compiled depends on what the allocator has to spare, so
  # two runs of the same steps differ by a buffer or two. A step that allocates makes twenty of them here.
  few="$(buffers --base "$name" --image-size "$size" --steps 2)"
  many="$(buffers --base "$name" --image-size "$size" --steps 22)"
  if [ -z "$few" ] || [ -z "$many" ] || [ $((many - few)) -ge 10 ]; then
    echo "$name: ${few:-?} buffers in 2 training steps, ${many:-?} in 22: a step allocates" >&2
    failures=$((failures + 1))
  fi
done
[ "$failures" -eq 0 ] || { echo "$failures checks failed" >&2; exit 1; }
echo "no reference kernel, and no buffer is allocated in a training step"
