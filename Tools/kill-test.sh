#!/bin/sh
# Kills a training of three phases at random moments, again and again, and resumes it each time: the
# final weights and events must be those of a training that nobody disturbed, byte for byte. Then the
# same with the signals that ask it to stop, which must leave a checkpoint and the exit code 130.
#
# usage: Tools/kill-test.sh [--small] [--default-plan] [--runs N] [--no-build]
#   --small   photos that the program draws and 3 killed trainings; otherwise flowers12 of
#             $FINETUNE_TEST_DATA (default ../shared/data) and 25
#   --default-plan   what is done unless a plan is named, in place of one that has something of everything
set -eu
cd "$(dirname "$0")/.."

small="" runs="" build=yes default=""
while [ $# -gt 0 ]; do
  case "$1" in
    --small) small=yes ;;
    --default-plan) default=yes ;;
    --runs) runs="$2"; shift ;;
    --no-build) build="" ;;
    *) sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 64 ;;
  esac
  shift
done
[ -z "$build" ] || swift build -c release --product finetune >&2
finetune="$PWD/.build/release/finetune"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# Something of everything that a checkpoint holds: a solved head, a running average over accumulated
# batches, another optimizer with moving statistics, mixed labels and a sampler.
cat >"$work/plan.json" <<'PLAN'
{ "name": "three phases", "phases": [
  { "name": "head", "scope": "head", "method": "solve" },
  { "name": "last stage", "scope": "last 1", "method": "sgd", "epochs": 2, "batchSize": 16,
    "accumulation": 2, "ema": 0.9, "clip": 1, "augmentation": "light" },
  { "name": "all stages", "scope": "all", "method": "sgd", "epochs": 2, "batchSize": 16,
    "optimizer": "adamw", "learningRate": 0.0005, "batchNorm": "train", "balance": "sampler",
    "labelSmoothing": 0.1, "augmentation": { "flip": 0.5, "mixup": 0.2 } } ] }
PLAN

if [ -n "$small" ]; then
  runs="${runs:-3}"
  "$finetune" sample --output "$work/photos" --photos 10 --test 0 --seed 1 >/dev/null 2>&1
  data="$work/photos"
  # The default takes hundreds of steps, of which each fold's may be short ones: what is compared are bytes.
  [ -z "$default" ] && size=128 || size=64
  weights=weights/mobilenet_0.25_128_procedural_no_top.h5
else
  runs="${runs:-25}"
  files="${FINETUNE_TEST_DATA:-../shared/data}"
  data="$files/datasets/flowers12"
  size=224 weights="$files/weights/mobilenet_2_5_224_tf_no_top.h5"
  [ -d "$data" ] || { echo "there is no '$data'; try --small" >&2; exit 66; }
fi

milliseconds() { date +%s%3N; }
random() { echo $(($(od -An -N4 -tu4 /dev/urandom) % $1)); }

# Starts the training of a run, or what is left of it, in the background; $child is its process. Each
# run has a cache of its own: features, too, are lost by a kill.
begin() {
  if [ -d "$work/$1" ]; then set -- "$1" --resume; else
    set -- "$1" --base mobilenet --alpha 0.25 --image-size "$size" --weights "$weights" \
      --data "$data" --checkpoint-every 5
    [ -n "$default" ] || set -- "$@" --plan "$work/plan.json"
  fi
  run="$1"; shift
  FINETUNE_CACHE="$work/cache-$run" SWIFT_BACKTRACE=enable=no \
    "$finetune" train --output "$work/$run" --progress none "$@" >"$work/output" 2>&1 &
  child=$!
}

finish() { # after begin; prints what the program said if it failed
  code=0
  wait "$child" || code=$?
  [ "$code" -eq 0 ] || { cat "$work/output" >&2; echo "exit code $code" >&2; exit 1; }
}

# The events without what a clock says.
timeless() { sed -E 's/"(seconds|imagesPerSecond)":[^,}]*,?//g' "$work/$1/events.jsonl"; }

compare() { # same or differs, file by file
  timeless "$1" >"$work/events"
  for file in weights.h5 head.h5; do
    cmp -s "$work/whole/$file" "$work/$1/$file" || { echo "$file differs"; return; }
  done
  cmp -s "$work/whole-events" "$work/events" || { echo "events differ"; return; }
  echo same
}

newest() { # the newest checkpoint of a run
  if [ ! -d "$work/$1" ]; then echo "(no run yet)"
  elif [ -f "$work/$1/run.json" ] && [ ! -d "$work/$1/checkpoints" ]; then echo "(trained)"
  else ls -t "$work/$1/checkpoints" 2>/dev/null | head -n 1 | sed 's/\.safetensors$//' | grep . || echo "(no checkpoint yet)"
  fi
}

start=$(milliseconds)
begin whole
finish
whole=$(($(milliseconds) - start))
timeless whole >"$work/whole-events"
echo "undisturbed: $((whole / 1000)).$(printf %03d $((whole % 1000))) s, $(wc -l <"$work/whole-events") events"
echo
printf '%-12s %-6s %-10s %s\n' training kills result 'newest checkpoint at each kill'
failures=0
total=0
number=1
while [ "$number" -le "$runs" ]; do
  places="" kills=0 wanted=$((1 + $(random 3)))
  while [ "$kills" -lt "$wanted" ]; do
    begin "run$number"
    delay=$((20 + $(random $((whole * 3 / 4)))))
    sleep "$((delay / 1000)).$(printf %03d $((delay % 1000)))"
    kill -KILL "$child" 2>/dev/null || true
    status=0
    wait "$child" 2>/dev/null || status=$?
    # Done before the kill: nothing is left to disturb.
    [ "$status" -ne 0 ] || break
    [ "$status" -eq 137 ] || { cat "$work/output" >&2; echo "exit code $status" >&2; exit 1; }
    kills=$((kills + 1))
    places="$places $(newest "run$number")"
  done
  if [ "$kills" -eq 0 ]; then # too fast for the delay: once more
    rm -rf "$work/run$number" "$work/cache-run$number"
    continue
  fi
  begin "run$number"
  finish
  result="$(compare "run$number")"
  [ "$result" = same ] || failures=$((failures + 1))
  total=$((total + kills))
  printf '%-12s %-6s %-10s%s\n' "$number" "$kills" "$result" "$places"
  rm -rf "$work/run$number" "$work/cache-run$number"
  number=$((number + 1))
done

for signal in TERM INT; do
  # Once a phase of steps runs, there is something to stop in the midst of: the last of the plan above, the
  # first of the default.
  phase=3
  [ -z "$default" ] || phase=2
  begin "$signal"
  until grep -q '"event":"step".*"phase":'"$((phase - 1))" "$work/$signal/events.jsonl" 2>/dev/null; do
    kill -0 "$child" 2>/dev/null || { cat "$work/output" >&2; exit 1; }
    sleep 0.02
  done
  kill -s "$signal" "$child"
  status=0
  wait "$child" || status=$?
  place="$(newest "$signal")"
  begin "$signal"
  finish
  result="$(compare "$signal")"
  case "$place" in phase$phase-*) ;; *) result="no checkpoint" ;; esac
  [ "$status" -eq 130 ] || result="exit code $status"
  [ "$result" = same ] || failures=$((failures + 1))
  printf '%-12s %-6s %-10s %s\n' "SIG$signal" 1 "$result" "$place"
done
echo
if [ "$failures" -gt 0 ]; then
  echo "$failures trainings came to another end" >&2
  exit 1
fi
echo "$total kills in $runs trainings, and both signals: all came to the same weights and events"
