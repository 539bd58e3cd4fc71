#!/bin/sh
# Builds the documentation of all libraries as one site that any web server can show. A warning is an error.
#
# usage: Tools/documentation.sh [FOLDER]    (default: .build/documentation)
set -eu
cd "$(dirname "$0")/.."
folder="${1:-.build/documentation}"

modules="Files TensorKernels NeuralNetworks ImagePipeline ModelZoo WeightFiles Evaluation SamplePhotos FineTuning TransferLearning"
targets=""
for module in $modules; do targets="$targets --target $module"; done

# Symbols are extracted with every trait of the package, whatever a build has, and so with MPI.
Tools/setup.sh libopenmpi-dev openmpi-bin

rm -rf "$folder"
mkdir -p "$(dirname "$folder")"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# In debug, because a build for documentation invalidates the one beside it, and release is what all else uses.
# Combined, so that a page of one module links to symbols of another. Warnings are counted here: where a
# module's documentation fails, the plugin goes on to the next and ends with 0.
# shellcheck disable=SC2086
if ! swift package --allow-writing-to-directory "$folder" generate-documentation \
  --enable-experimental-combined-documentation $targets --output-path "$folder" >"$log" 2>&1; then
  cat "$log"
  exit 1
fi
if grep -qE '^(warning|error)' "$log"; then
  grep -E -A 2 '^(warning|error)' "$log"
  echo "the documentation has $(grep -cE '^(warning|error)' "$log") warnings"
  exit 1
fi
for module in $modules; do
  if ! grep -q "^Finished building documentation for '$module'" "$log"; then
    cat "$log"
    echo "the documentation of $module was not built" >&2
    exit 1
  fi
done
echo "the documentation of $(echo $modules | wc -w) modules is in $folder, without warnings"
