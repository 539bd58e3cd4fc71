#!/bin/sh
# Trains in several processes under mpirun and compares with one: losses of 30 steps, throughput, four
# ranks on whatever cores there are, and a rank that is killed. Needs Python for the comparison.
#
#   Tools/mpi-check.sh              five rounds, on flowers12 too where $FINETUNE_TEST_DATA or
#                                   ../shared/data has it; there two ranks must reach 0.95 of one process
#   Tools/mpi-check.sh --small      one round on drawn photos, for CI; throughput is only printed, for these
#                                   steps take milliseconds
#   Tools/mpi-check.sh --no-build   with the program as it was built before
#
# The program is built with MPI into .build/mpi; where $FINETUNE_MPI is set all builds are with MPI, and it is the one of .build.
set -eu
cd "$(dirname "$0")/.."

small=""
build=yes
for argument in "$@"; do
  case "$argument" in
    --small) small=yes ;;
    --no-build) build="" ;;
    *) echo "mpi-check: unknown option '$argument'; expected --small or --no-build" >&2; exit 64 ;;
  esac
done

Tools/setup.sh libopenmpi-dev openmpi-bin
[ -n "${FINETUNE_MPI:-}" ] && options="" || options="--traits MPI --scratch-path .build/mpi"
if [ -n "$build" ]; then
  # shellcheck disable=SC2086 # a list of words
  swift build -c release $options --product finetune
fi
# shellcheck disable=SC2086
finetune="$(swift build -c release $options --show-bin-path)/finetune"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
# Features of an earlier run must not spare this one its work.
export FINETUNE_CACHE="$work/cache"
mpi="mpirun --oversubscribe --bind-to none"
[ "$(id -u)" -ne 0 ] || mpi="$mpi --allow-run-as-root"

# plans EPOCHS HEAD_RATE LAST_RATE: the head alone, and the last stage with it, both in steps at fixed rates
# that are small enough not to amplify the last digits. Neither begins with a solved head: behind one the
# losses of training photos are so near 0 that their own rounding is more than 1e-5 of them.
plans() {
  phase='"schedule": "constant", "warmUp": 0, "batchSize": 32, "augmentation": "light", "epochs": '"$1"
  cat > "$work/head.json" <<EOF
{"name": "head-sgd", "phases": [
  {"name": "head", "scope": "head", "method": "sgd", "learningRate": $2, $phase}]}
EOF
  cat > "$work/last.json" <<EOF
{"name": "last-stage", "phases": [
  {"name": "last", "scope": "last 1", "method": "sgd", "learningRate": $3, $phase}]}
EOF
}

# train NAME LAUNCHER… -- OPTIONS…: a run in $work/NAME, quiet unless it fails.
train() {
  name="$1"; shift
  launcher=""
  while [ "$1" != -- ]; do launcher="$launcher $1"; shift; done
  shift
  rm -rf "$work/$name"
  # shellcheck disable=SC2086 # a list of words
  $launcher "$finetune" --output "$work/$name" --progress none "$@" >"$work/$name.log" 2>&1 || {
    cat "$work/$name.log" >&2
    echo "mpi-check: '$name' failed" >&2
    exit 70
  }
}

# compare DATA OPTIONS…: one process with two threads beside two ranks with one, and four ranks.
compare() {
  label="$1"; shift
  for plan in head last; do
    round=1
    while [ "$round" -le "$rounds" ]; do
      train "one-$round" -- "$@" --plan "$work/$plan.json" --threads 2
      train "two-$round" $mpi -np 2 -- "$@" --plan "$work/$plan.json" --threads 1
      round=$((round + 1))
    done
    train four $mpi -np 4 -- "$@" --plan "$work/$plan.json" --threads 1
    python3 Tools/mpi/compare.py "$label, $plan" "$work" "$rounds" "$expected"
  done
}

# killed RANK RANKS OPTIONS…: kills a rank of two, then resumes with so many and compares with 'one-1'.
killed() {
  rank="$1"; ranks="$2"; shift 2
  rm -rf "$work/killed"
  $mpi -np 2 "$finetune" --output "$work/killed" --progress none "$@" --plan "$work/last.json" \
    --threads 1 --checkpoint-every 4 >"$work/killed.log" 2>&1 &
  starter=$!
  python3 Tools/mpi/kill_rank.py "$starter" "$rank" "$work/killed/events.jsonl" 14
  if wait "$starter"; then
    echo "mpi-check: mpirun ended well although rank $rank was killed" >&2
    exit 70
  fi
  [ -n "$(ls "$work/killed/checkpoints")" ] || { echo "mpi-check: no checkpoint is left" >&2; exit 70; }
  launcher=""
  [ "$ranks" -eq 1 ] || launcher="$mpi -np $ranks"
  # shellcheck disable=SC2086 # a list of words
  $launcher "$finetune" --output "$work/killed" --resume --threads 1 --progress none \
    >"$work/killed.log" 2>&1 || { cat "$work/killed.log" >&2; exit 70; }
  python3 Tools/mpi/compare.py "rank $rank of 2 killed, resumed by $ranks" "$work" 0 0
}

rounds=5
expected=0
if [ -n "$small" ]; then rounds=1; fi

"$finetune" sample --output "$work/sample" --photos 100 --test 0 --seed 1 >/dev/null
set -- --base mobilenet --alpha 0.25 --image-size 128 \
  --weights weights/mobilenet_0.25_128_procedural_no_top.h5 --data "$work/sample"
plans 2 0.1 0.003
compare "drawn photos, MobileNet 0.25" "$@"
killed 1 1 "$@"
killed 0 3 "$@"

data="${FINETUNE_TEST_DATA:-../shared/data}"
if [ -z "$small" ] && [ -d "$data/datasets/flowers12" ]; then
  expected=0.95
  plans 2 0.002 0.0003
  compare "flowers12, MobileNetV2" --base mobilenetv2 --image-size 160 --data "$data/datasets/flowers12" \
    --weights "$data/weights/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5"
fi
echo "mpi-check: all is as it should be"
