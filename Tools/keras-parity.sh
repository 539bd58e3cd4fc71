#!/usr/bin/env bash
# Compares this project's networks with real Keras: for every family and format Keras writes models with
# random weights, outputs and gradients, and the tests read and compare them. Ends with a table.
#
#   Tools/keras-parity.sh [--small] [--no-build] [FOLDER]
#
# --small: one small variant of each family, and each format several times; a few minutes and 4 GB. Without
# it, every variant, one family after the other, and the table goes to Tools/keras-parity.md.
# --no-build: the tests are built already (swift build -c release --build-tests).
# FOLDER keeps the references (the whole run's: about 20 GB) and is reused where it has them; else each
# family's are deleted when they have been compared.
# The Python environment is 'keras' of Tools/environment.sh.
set -euo pipefail
cd "$(dirname "$0")/.."

small='' build=yes folder=''
for argument in "$@"; do
  case $argument in
    --small) small=--small ;;
    --no-build) build='' ;;
    -*)
      echo "keras-parity: there is no option $argument; see the head of Tools/keras-parity.sh" >&2
      exit 64
      ;;
    *) folder=$argument ;;
  esac
done
keep=$folder
if [[ -n $folder ]]; then
  mkdir -p "$folder"
  folder=$(cd "$folder" && pwd)
else
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
fi

venv=$(Tools/environment.sh keras)

[[ -z $build ]] || swift build -c release --build-tests

# Lets Keras write the references of some groups into one folder, and compares.
compare() {
  local place=$1 status=0
  shift
  mkdir -p "$place"
  if [[ ! -f $place/manifest.json ]]; then
    # TensorFlow says much on standard error; it is shown only if something fails.
    if ! nice "$venv/bin/python" Tools/keras/make_parity.py "$place" $small "$@" 2>"$folder/keras.log"
    then
      cat "$folder/keras.log" >&2
      exit 70
    fi
  fi
  rm -f "$place/rows.jsonl"
  FINETUNE_PARITY=$place swift test -c release --skip-build --filter KerasParity \
    >"$folder/test.log" 2>&1 || status=$?
  grep -E '✘|error:|Test run with' "$folder/test.log" || true
  if [[ ! -f $place/rows.jsonl ]]; then
    cat "$folder/test.log" >&2
    exit 70
  fi
  cat "$place/rows.jsonl" >>"$folder/rows.jsonl"
  [[ -n $keep ]] || rm -rf "$place"
  [[ $status -eq 0 ]] || failed="$failed ${*:-some}"
}

failed=''
rm -f "$folder/rows.jsonl"
if [[ -n $small ]]; then
  compare "$folder/small"
  python3 Tools/keras/parity_table.py "$folder/rows.jsonl"
else
  read -ra groups <<<"$("$venv/bin/python" Tools/keras/make_parity.py --groups 2>/dev/null)"
  for group in "${groups[@]}"; do
    compare "$folder/$group" "$group"
  done
  {
    echo "# Parity with Keras"
    echo
    cat Tools/keras/parity-notes.md
    echo
    "$venv/bin/python" -c 'import keras, tensorflow, platform
print(f"Made by `Tools/keras-parity.sh` with Keras {keras.__version__}, TensorFlow",
      f"{tensorflow.__version__}, Python {platform.python_version()},", end=" ")' 2>/dev/null
    echo "$(swift --version 2>/dev/null | grep -o 'Swift version [0-9.]*'), at commit" \
      "$(git rev-parse --short HEAD)."
    echo
    python3 Tools/keras/parity_table.py "$folder/rows.jsonl"
  } >Tools/keras-parity.md
  cat Tools/keras-parity.md
fi
if [[ -n $failed ]]; then
  echo "keras-parity: differences in$failed" >&2
  exit 1
fi
echo "All $(wc -l <"$folder/rows.jsonl") comparisons within their limits."
