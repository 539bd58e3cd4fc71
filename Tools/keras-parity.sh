#!/usr/bin/env bash
# Compares this project's networks with real Keras: builds the models in Keras with hashed weights,
# lets Keras write weight files, outputs and gradients, and runs the test that reads and compares them.
#
#   Tools/keras-parity.sh [FOLDER]
#
# FOLDER keeps the references (about 1.2 GB) and is reused when it has them; else a temporary one.
# $KERAS_VENV names a Python environment with keras and tensorflow-cpu; else .build/keras-venv is made.
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ $# -gt 0 ]]; then
  mkdir -p "$1"
  folder=$(cd "$1" && pwd)
else
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
fi

if [[ ! -f $folder/manifest.json ]]; then
  venv=${KERAS_VENV:-.build/keras-venv}
  if [[ ! -x $venv/bin/python ]]; then
    if [[ -n ${KERAS_VENV:-} ]]; then
      echo "keras-parity: there is no $venv/bin/python; unset KERAS_VENV to make an environment" >&2
      exit 66
    fi
    echo "Installing keras and tensorflow-cpu into $venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet keras==3.15.1 tensorflow-cpu==2.21.0
  fi
  echo "Keras writes its references into $folder"
  # TensorFlow says much on standard error; it is shown only if something fails.
  if ! "$venv/bin/python" Tools/keras/make_parity.py "$folder" 2>"$folder/keras.log"; then
    cat "$folder/keras.log" >&2
    exit 70
  fi
fi

swift build -c release --build-tests
FINETUNE_PARITY=$folder swift test -c release --skip-build --filter KerasParity
