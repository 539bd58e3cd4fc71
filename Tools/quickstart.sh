#!/bin/sh
# From a fresh Debian or Ubuntu machine with Swift to a finished fine-tuning run with its report, without
# any weights or photos: draws photos, and fine-tunes the small base that comes with the project.
set -eu
cd "$(dirname "$0")/.."

base="weights/mobilenet_0.25_128_procedural_no_top.h5"

echo "1. System packages"
Tools/setup.sh

echo "2. Building finetune (release); the first time takes minutes"
swift build -c release --product finetune
finetune="$(swift build -c release --show-bin-path)/finetune"

echo "3. Drawing photos: sample/train to learn from, sample/test to measure on"
[ -d sample ] || "$finetune" sample --output sample --photos 40 --test 20 --seed 1

echo "4. Fine-tuning MobileNet (width 0.25, 128 pixels) on them"
"$finetune" --base mobilenet --alpha 0.25 --image-size 128 --weights "$base" --data sample --progress lines
