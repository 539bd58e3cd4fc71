#!/usr/bin/env bash
# Exports classifiers in every format and compares what their own runtimes answer with what `predict` says:
# Keras, ONNX Runtime and OpenVINO, fed the bytes of photos, and PyTorch where it is there. Ends with a table.
#
#   Tools/export-check.sh [--small] [--no-build] [CLASSIFIER…]
#
# --small: two networks; else all, or those that are named as the table names them. --no-build: program and tests are built already
# (swift build -c release --build-tests).
# $EXPORT_VENV names a Python environment with keras, tensorflow-cpu, onnx, onnxruntime, openvino, safetensors and
# Pillow, $TORCH_VENV one with torch and timm if timm's own loading is to be tried; else .build/export-venv is made (1.5 GB,
# without PyTorch). Models of $FINETUNE_TEST_DATA (../shared/data) are exported, too, where they are.
set -euo pipefail
cd "$(dirname "$0")/.."

small='' build=yes names=()
for argument in "$@"; do
  case $argument in
    --small) small=--small ;;
    --no-build) build='' ;;
    -*)
      echo "export-check: there is no option $argument; see the head of Tools/export-check.sh" >&2
      exit 64
      ;;
    *) names+=("$argument") ;;
  esac
done

venv=${EXPORT_VENV:-.build/export-venv}
if [[ ! -x $venv/bin/python ]]; then
  if [[ -n ${EXPORT_VENV:-} ]]; then
    echo "export-check: there is no $venv/bin/python; unset EXPORT_VENV to make an environment" >&2
    exit 66
  fi
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet keras==3.15.1 tensorflow-cpu==2.21.0 onnx onnxruntime openvino safetensors pillow
fi
[[ -z $build ]] || swift build -c release --build-tests

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# A network of each operation, and what it computes here.
mkdir "$folder/operators"
export ONNX_OPERATORS="$folder/operators"
swift test -c release --skip-build --filter ONNXTests >"$folder/tests.log" 2>&1 || {
  cat "$folder/tests.log" >&2
  exit 70
}
data=${FINETUNE_TEST_DATA:-../shared/data}
"$venv/bin/python" Tools/exports/check_exports.py "$PWD/.build/release/finetune" "$folder" "$data" $small "${names[@]}"
