#!/usr/bin/env bash
# Exports classifiers in every format and compares what their own runtimes answer with what `predict` says:
# Keras, ONNX Runtime and OpenVINO, fed the bytes of photos, and PyTorch where it is there. Ends with a table.
#
#   Tools/export-check.sh [--small] [--no-build] [CLASSIFIER…]
#
# --small: two networks; else all, or those that are named as the table names them. --no-build: program and tests are built already
# (swift build -c release --build-tests).
# The Python environment is 'export' of Tools/environment.sh; $TORCH_VENV names one with torch and timm if timm's own loading
# is to be tried. Models of $FINETUNE_TEST_DATA (../shared/data) are exported, too, where they are.
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

venv=$(Tools/environment.sh export)
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
