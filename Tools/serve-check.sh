#!/usr/bin/env bash
# Asks `finetune serve` as clients do, good and bad ones: answers equal those of `predict`, bit for bit; what is wrong,
# slow or hostile gets 4xx; SIGHUP and SIGTERM; 64 clients at once (wrk), with the share of what the network alone
# computes, latencies and memory; the page in a browser, at 360 and 1 280 pixels.
#
#   Tools/serve-check.sh [--small] [--no-build] [--pictures DIR] [WHAT…]
#
# --small: seconds instead of minutes, and no judgement of speed.
# --no-build: the program is built already.
# --pictures: pictures of the page are kept there.
# WHAT: options of `finetune serve` for what 64 clients ask, as '--base vgg16 --weights none'; default ResNet-50.
# $CHROMIUM names the browser; else chromium of the PATH.
set -euo pipefail
cd "$(dirname "$0")/.."

build=yes seconds=120 pictures='' loaded=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --small) seconds=4 ;;
    --no-build) build='' ;;
    --pictures) pictures=$2 && shift ;;
    --base*) loaded+=("$1") ;;
    *)
      echo "serve-check: there is no option $1; see the head of Tools/serve-check.sh" >&2
      exit 64
      ;;
  esac
  shift
done
browser=${CHROMIUM:-$(command -v chromium || true)}
if [[ -z $browser ]] || ! command -v wrk >/dev/null; then
  echo "serve-check: chromium and wrk are needed; install them, or name a chromium by \$CHROMIUM" >&2
  exit 66
fi
venv=$(Tools/environment.sh browser)
[[ -z $build ]] || swift build -c release --product finetune
finetune=.build/release/finetune
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$finetune" sample --output "$folder/photos" --photos 20 --test 10 --seed 1 2>/dev/null
# A name that a page must not take for markup.
for part in train test; do
  first=$(find "$folder/photos/$part" -mindepth 1 -maxdepth 1 -type d | sort | head -1)
  mv "$first" "$folder/photos/$part/<img src=x onerror=alert(1)>"
done
"$finetune" --base mobilenet --alpha 0.25 --image-size 128 --weights weights/mobilenet_0.25_128_procedural_no_top.h5 \
  --data "$folder/photos" --plan head --output "$folder/run" --progress none >/dev/null 2>&1
photo=$(find "$folder/photos/test" -name '*.jpg' | sort | tail -1)
status=0
"$venv/bin/python" Tools/serve/check_page.py "$browser" "$finetune" "$folder/run" "$photo" ${pictures:+"$pictures"} || status=1
if [[ ${#loaded[@]} -eq 0 ]]; then
  loaded=("--base resnet50 --weights none")
fi
"$venv/bin/python" Tools/serve/check_serving.py "$finetune" "$folder/run" "$folder/photos/test" "$seconds" \
  "$folder/run" "${loaded[@]}" || status=1
exit $status
