#!/bin/sh
# Accuracy and time of one option's values over several seeds, as a table in Markdown:
#
#   Tools/Benchmarks/accuracy.sh --plan head,last-stage,full -- --base mobilenetv2 --data photos
#   Tools/Benchmarks/accuracy.sh --augment none,light,strong --seeds 3 -- --base mobilenetv2 --data photos
#
# Everything behind `--` goes to `finetune train` as it is. Each run has a seed (0, 1, …), and with it
# its own split and order, starts without cached features, and is thrown away when its figures are
# read. Rounds go seed by seed through all values, so that a busy minute does not fall on one of them.
#
#   Tools/Benchmarks/accuracy.sh --matrix --data DATASETS --weights WEIGHTS [--rows FILE.tsv] [--seeds 3] [--threads 2]
#     [--sets signs,signs-5,…] [--bases mobilenet-0.25@128,mobilenetv2@224,…] [--plans head,last-stage,adapt]
#     [--recipes probe,adamw-frozen,adamw-trained,sgd-frozen,sgd-trained,fastai] [--refit]
#
# measures every plan on every data set and base beside fine-tuning with PyTorch from the same weights
# (peers/torch_finetune.py), in one run and with as many threads. DATASETS holds a folder for each set,
# with train/ and val/ or test/, or a list photos.csv; signs-5 is signs with five training photos a class, others
# for each seed. A run is a row of FILE.tsv, and is not repeated when it is there. `--matrix --help` says more.
# $FINETUNE is the program to measure, if not .build/release/finetune; $BENCHMARK_VENV is as in run.sh.
set -eu

usage() { sed -n '2,19s/^# \{0,1\}//p' "$0" >&2; exit 64; }

here="$(cd "$(dirname "$0")/../.." && pwd)"
finetune="${FINETUNE:-$here/.build/release/finetune}"

if [ "${1:-}" = --matrix ]; then
  shift
  venv="${BENCHMARK_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/finetune/benchmark-venv}"
  if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet torch torchvision openvino
  fi
  "$venv/bin/python" -c 'import h5py, PIL' 2>/dev/null || "$venv/bin/pip" install --quiet h5py pillow
  case " $* " in
    *" --help "* | *" -h "*) ;;
    *) [ -x "$finetune" ] || { echo "build first: swift build -c release" >&2; exit 66; } ;;
  esac
  export FINETUNE="$finetune"
  exec "$venv/bin/python" "$here/Tools/Benchmarks/accuracy.py" "$@"
fi

option="" values="" seeds=5
while [ $# -gt 0 ]; do
  case "$1" in
    --seeds) [ $# -ge 2 ] || usage; seeds="$2"; shift 2 ;;
    --) shift; break ;;
    --*) [ $# -ge 2 ] && [ -z "$option" ] || usage; option="$1" values="$2"; shift 2 ;;
    *) usage ;;
  esac
done
[ -n "$option" ] && [ $# -gt 0 ] || usage

[ -x "$finetune" ] || { echo "build first: swift build -c release" >&2; exit 66; }
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT INT TERM

seed=0
while [ "$seed" -lt "$seeds" ]; do
  for value in $(echo "$values" | tr ',' ' '); do
    rm -rf "$work/cache" "$work/run"
    start="$(date +%s.%N)"
    FINETUNE_CACHE="$work/cache" "$finetune" train "$@" "$option" "$value" --seed "$seed" \
      --output "$work/run" --progress json >"$work/events" 2>"$work/errors" || {
      echo "$option $value --seed $seed failed:" >&2
      cat "$work/errors" >&2
      exit 70
    }
    seconds="$(date +%s.%N)"
    accuracy="$(sed -n 's/.*"accuracy":\([0-9.e-]*\).*"event":"report".*/\1/p' "$work/events" | tail -1)"
    loss="$(sed -n 's/.*"logLoss" *: *\([0-9.e-]*\).*/\1/p' "$work/run/report.json" | head -1)"
    echo "$value $accuracy $loss $start $seconds" >>"$work/rows"
    echo "seed $seed, $option $value: accuracy $accuracy, log loss $loss" >&2
  done
  seed=$((seed + 1))
done

echo "| \`$option\` | accuracy | deviation | lowest to highest | log loss | seconds (median) |"
echo "| --- | --- | --- | --- | --- | --- |"
for value in $(echo "$values" | tr ',' ' '); do
  awk -v value="$value" '
    $1 == value {
      n++; sum += $2; squares += $2 * $2; loss += $3; time[n] = $5 - $4
      if (n == 1 || $2 < low) low = $2
      if (n == 1 || $2 > high) high = $2
    }
    END {
      mean = sum / n
      deviation = n > 1 ? sqrt((squares - n * mean * mean > 0 ? squares - n * mean * mean : 0) / (n - 1)) : 0
      for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++)
        if (time[j] < time[i]) { t = time[i]; time[i] = time[j]; time[j] = t }
      median = n % 2 ? time[(n + 1) / 2] : (time[n / 2] + time[n / 2 + 1]) / 2
      printf "| %s | %.2f %% | %.2f | %.1f–%.1f %% | %.3f | %.1f |\n",
        value, mean * 100, deviation * 100, low * 100, high * 100, loss / n, median
    }' "$work/rows"
done
