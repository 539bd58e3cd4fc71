#!/bin/sh
# Regenerates the Swift of Tools/protobuf/*.proto: needed only when one of them has changed. The generator
# is that of the swift-protobuf release that the package is built with; it takes a minute to build and is
# kept in ${PLUGIN_BUILD:-.build/protoc-gen-swift}.
set -eu
cd "$(dirname "$0")/../.."

if ! command -v protoc >/dev/null 2>&1; then
  echo "generate: there is no 'protoc'; apt-get install protobuf-compiler" >&2
  exit 69
fi
build="${PLUGIN_BUILD:-$PWD/.build/protoc-gen-swift}"
swift package resolve
swift build --package-path .build/checkouts/swift-protobuf --scratch-path "$build" --product protoc-gen-swift

# One file to where it is used, seen by whom.
generate() {
  protoc --plugin="$build/debug/protoc-gen-swift" --proto_path=Tools/protobuf --swift_out="$2" \
    --swift_opt=Visibility="$3",UseAccessLevelOnImports=true "$1"
}
generate tensorboard.proto Sources/FineTuning/Board Internal
# The tests read what was written.
generate onnx.proto Sources/WeightFiles/ONNX Package
