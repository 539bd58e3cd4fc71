#!/usr/bin/env bash
# Compares this project's networks with timm's and torchvision's: these write files with random weights, outputs and
# gradients, and the tests read and compare them. Ends with a table.
#
#   Tools/torch-parity.sh [--small] [--no-build] [FAMILY…]
#
# --small: one network of each family, of which nothing is kept. Without it every network of the families, or of all,
# one family after the other; each then has its section of Tools/torch-parity.md anew. All take hours.
# --no-build: the tests are built already (swift build -c release --build-tests).
# The Python environment is 'torch' of Tools/environment.sh.
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

venv=$(Tools/environment.sh torch)

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

title="Made with $("$venv/bin/python" -c 'import timm, torch, torchvision
print(f"timm {timm.__version__}, torchvision {torchvision.__version__}, PyTorch {torch.__version__}")') and
$(swift --version 2>/dev/null | grep -o 'Swift version [0-9.]*'), at commit $(git rev-parse --short HEAD)."
page=Tools/torch-parity.md
# Puts what was measured into the page, in place of what it has of the same.
record() {
  [[ -n $small ]] || python3 Tools/torch/parity_page.py "$page" "$1" "$title" "$2"
}
record views "$folder/views/found.txt"

failed=''
if [[ ${#families[@]} -eq 0 ]]; then
  read -ra families <<<"$("$venv/bin/python" Tools/torch/make_parity.py --families)"
fi
# Small ones need no place of their own.
groups=("${families[@]}")
[[ -z $small ]] || groups=("${families[*]}")
for family in "${groups[@]}"; do
  place=$folder/references status=0
  # shellcheck disable=SC2086 # a list of words
  nice "$venv/bin/python" Tools/torch/make_parity.py "$place" $small $family
  FINETUNE_TORCH_PARITY=$place swift test -c release --skip-build --filter TorchParity \
    >"$folder/test.log" 2>&1 || status=$?
  grep -E '✘|error:|Test run with' "$folder/test.log" || true
  if [[ ! -f $place/rows.jsonl ]]; then
    cat "$folder/test.log" >&2
    exit 70
  fi
  cat "$place/rows.jsonl" >>"$folder/rows.jsonl"
  record "$family" "$place/rows.jsonl"
  rm -rf "$place"
  [[ $status -eq 0 ]] || failed="$failed $family"
done
python3 Tools/keras/parity_table.py --peer PyTorch "$folder/rows.jsonl"
if [[ -n $failed ]]; then
  echo "torch-parity: differences in$failed" >&2
  exit 1
fi
echo "All $(wc -l <"$folder/rows.jsonl") comparisons within their limits."
