#!/usr/bin/env bash
# Compares this project's networks with timm's and torchvision's: these write files with random weights, outputs and
# gradients, and the tests read and compare them. Ends with a table.
#
#   Tools/torch-parity.sh [--small] [--no-build] [FAMILY…]
#
# --small: one network of each family. Without it and without families, every network, one family after the other,
# and the table goes to Tools/torch-parity.md.
# --no-build: the tests are built already (swift build -c release --build-tests).
# $TORCH_VENV names a Python environment with torch, torchvision, timm, safetensors and efficientnet-lite-pytorch; else
# .build/torch-venv is made: with Debian's python3-torch and python3-torchvision where these are installed, which are
# for processors alone and take 180 MB, else with PyPI's, which bring 5 GB of CUDA.
set -euo pipefail
cd "$(dirname "$0")/.."

small='' build=yes families=()
for argument in "$@"; do
  case $argument in
    --small) small=--small ;;
    --no-build) build='' ;;
    -*)
      echo "torch-parity: there is no option $argument; see the head of Tools/torch-parity.sh" >&2
      exit 64
      ;;
    *) families+=("$argument") ;;
  esac
done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

venv=${TORCH_VENV:-.build/torch-venv}
if [[ ! -x $venv/bin/python ]]; then
  if [[ -n ${TORCH_VENV:-} ]]; then
    echo "torch-parity: there is no $venv/bin/python; unset TORCH_VENV to make an environment" >&2
    exit 66
  fi
  if /usr/bin/python3 -c 'import torch, torchvision' 2>/dev/null; then
    echo "Installing timm, safetensors and efficientnet-lite-pytorch beside the system's PyTorch into $venv"
    /usr/bin/python3 -m venv --system-site-packages "$venv"
  else
    echo "Installing torch, torchvision, timm, safetensors and efficientnet-lite-pytorch into $venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet torch torchvision
  fi
  # Photos are decoded and resized as the newest Pillow does it; Debian's is older.
  "$venv/bin/pip" install --quiet --upgrade pillow
  "$venv/bin/pip" install --quiet safetensors huggingface_hub pyyaml
  # Both name torch among what they need, which is there already.
  "$venv/bin/pip" install --quiet --no-deps timm==1.0.31 efficientnet-lite-pytorch==0.1.0
fi

[[ -z $build ]] || swift build -c release --build-tests

# Preprocessing: photos as timm's own transform shows them to a network.
"$venv/bin/python" Tools/torch/make_views.py "$folder/views"
if ! FINETUNE_TORCH_VIEWS=$folder/views swift test -c release --skip-build --filter TorchView \
  >"$folder/test.log" 2>&1 || [[ ! -f $folder/views/found.txt ]]; then
  cat "$folder/test.log" >&2
  echo "torch-parity: photos are shown otherwise than by timm" >&2
  exit 1
fi
cat "$folder/views/found.txt"

failed='' whole=''
if [[ ${#families[@]} -eq 0 ]]; then
  [[ -n $small ]] || whole=yes
  read -ra families <<<"$("$venv/bin/python" Tools/torch/make_parity.py --families)"
fi
for family in "${families[@]}"; do
  place=$folder/$family status=0
  nice "$venv/bin/python" Tools/torch/make_parity.py "$place" $small "$family"
  FINETUNE_TORCH_PARITY=$place swift test -c release --skip-build --filter TorchParity \
    >"$folder/test.log" 2>&1 || status=$?
  grep -E '✘|error:|Test run with' "$folder/test.log" || true
  if [[ ! -f $place/rows.jsonl ]]; then
    cat "$folder/test.log" >&2
    exit 70
  fi
  cat "$place/rows.jsonl" >>"$folder/rows.jsonl"
  rm -rf "$place"
  [[ $status -eq 0 ]] || failed="$failed $family"
done
if [[ -n $whole ]]; then
  {
    echo "# Parity with timm and torchvision"
    echo
    cat Tools/torch/parity-notes.md
    echo
    "$venv/bin/python" -c 'import timm, torch, torchvision
print(f"Made by `Tools/torch-parity.sh` with timm {timm.__version__}, torchvision",
      f"{torchvision.__version__}, PyTorch {torch.__version__},", end=" ")'
    echo "$(swift --version 2>/dev/null | grep -o 'Swift version [0-9.]*'), at commit" \
      "$(git rev-parse --short HEAD)."
    echo
    python3 Tools/keras/parity_table.py --peer PyTorch "$folder/rows.jsonl"
    echo
    echo "Twenty photos by each kind of configuration, beside timm's own transform (limit: one level of 255):"
    echo
    sed 's/^/- /' "$folder/views/found.txt"
  } >Tools/torch-parity.md
  cat Tools/torch-parity.md
else
  python3 Tools/keras/parity_table.py --peer PyTorch "$folder/rows.jsonl"
fi
if [[ -n $failed ]]; then
  echo "torch-parity: differences in$failed" >&2
  exit 1
fi
echo "All $(wc -l <"$folder/rows.jsonl") comparisons within their limits."
