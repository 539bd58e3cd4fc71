#!/bin/sh
# Makes weights/mobilenet_0.25_128_procedural_no_top.h5 again: draws photos of 24 classes, none of which is
# in 'finetune sample', and trains MobileNet (width 0.25, 128 pixels) on them from random weights.
# Takes about ten minutes on two free cores. The bytes depend on the processor's instruction set.
#
#   Tools/pretrain-base.sh [FOLDER]      FOLDER keeps the photos and the run; else a temporary one
set -eu
cd "$(dirname "$0")/.."

swift build -c release --product finetune
finetune="$(swift build -c release --show-bin-path)/finetune"
if [ $# -gt 0 ]; then
  folder="$1"
  mkdir -p "$folder"
else
  folder="$(mktemp -d)"
  trap 'rm -rf "$folder"' EXIT
fi

[ -d "$folder/photos" ] \
  || "$finetune" sample --set pretraining --output "$folder/photos" --photos 300 --test 0 --size 144
# One thread: with the statistics of the batch a team of threads waits for itself more than it computes.
"$finetune" --base mobilenet --alpha 0.25 --image-size 128 --weights none \
  --plan scratch --batch-norm train --epochs 30 --validation 0.05 --threads 1 \
  --data "$folder/photos" --output "$folder/run" --progress lines
rm -f "$folder/base.h5"
"$finetune" export "$folder/run" --format base --output "$folder/base.h5"
mkdir -p weights
mv "$folder/base.h5" weights/mobilenet_0.25_128_procedural_no_top.h5
