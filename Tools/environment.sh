#!/usr/bin/env bash
# Says where a Python environment is that a check compares with, which it makes where it is not there yet.
#
#   Tools/environment.sh keras|export|torch|pillow|browser
#
# keras:   keras and tensorflow-cpu
# export:  the same, with onnx, onnxruntime, openvino, safetensors and Pillow (1.5 GB)
# torch:   timm, safetensors and efficientnet-lite-pytorch beside PyTorch and torchvision: Debian's where these are installed,
#          which are for processors alone and take 180 MB, else PyPI's, which bring 5 GB of CUDA
# pillow:  Pillow 13, numpy and pillow-heif
# browser: playwright and axe-core, which drive a browser of the system's
#
# An environment of one's own is named by $KERAS_VENV, $EXPORT_VENV, $TORCH_VENV, $PILLOW_VENV or $BROWSER_VENV; else it is
# .build/NAME-venv.
set -euo pipefail
cd "$(dirname "$0")/.."

name=${1:-}
case $name in
  keras) own=${KERAS_VENV:-} packages=(keras==3.15.1 tensorflow-cpu==2.21.0) ;;
  export)
    own=${EXPORT_VENV:-}
    packages=(keras==3.15.1 tensorflow-cpu==2.21.0 onnx onnxruntime openvino safetensors pillow)
    ;;
  torch) own=${TORCH_VENV:-} packages=(safetensors huggingface_hub pyyaml) ;;
  pillow) own=${PILLOW_VENV:-} packages=(pillow==13.0.0 numpy pillow-heif) ;;
  browser) own=${BROWSER_VENV:-} packages=(playwright axe-playwright-python) ;;
  *)
    sed -n '2,15s/^# \{0,1\}//p' "$0" >&2
    exit 64
    ;;
esac
if [[ -n $own ]]; then
  [[ -x $own/bin/python ]] || {
    echo "environment: there is no $own/bin/python; unset \$${name^^}_VENV to make an environment" >&2
    exit 66
  }
  echo "$own"
  exit
fi

# Two checks may ask at once. What was interrupted is made anew.
mkdir -p .build
exec 9>".build/$name-venv.lock"
flock 9
venv=.build/$name-venv
if [[ ! -e $venv/complete ]]; then
  echo "making the Python environment $venv" >&2
  rm -rf "$venv"
  if [[ $name == torch ]] && /usr/bin/python3 -c 'import torch, torchvision' 2>/dev/null; then
    /usr/bin/python3 -m venv --system-site-packages "$venv"
  else
    python3 -m venv "$venv"
    [[ $name != torch ]] || "$venv/bin/pip" install --quiet torch torchvision >&2
  fi
  if [[ $name == torch ]]; then
    # Photos are decoded and resized as the newest Pillow does it; Debian's is older.
    "$venv/bin/pip" install --quiet --upgrade pillow >&2
    # Both name torch among what they need, which is there already.
    "$venv/bin/pip" install --quiet --no-deps timm==1.0.31 efficientnet-lite-pytorch==0.1.0 >&2
  fi
  "$venv/bin/pip" install --quiet "${packages[@]}" >&2
  touch "$venv/complete"
fi
echo "$venv"
