#!/bin/sh
# Regenerates Sources/FineTuning/Board/tensorboard.pb.swift from Tools/protobuf/tensorboard.proto: needed
# only when the .proto has changed. The generator is that of the swift-protobuf release that the package
# is built with; it takes a minute to build and is kept in ${PLUGIN_BUILD:-.build/protoc-gen-swift}.
set -eu
cd "$(dirname "$0")/../.."

if ! command -v protoc >/dev/null 2>&1; then
  echo "generate: there is no 'protoc'; apt-get install protobuf-compiler" >&2
  exit 69
fi
build="${PLUGIN_BUILD:-$PWD/.build/protoc-gen-swift}"
swift package resolve
swift build --package-path .build/checkouts/swift-protobuf --scratch-path "$build" --product protoc-gen-swift
protoc --plugin="$build/debug/protoc-gen-swift" --proto_path=Tools/protobuf \
  --swift_out=Sources/FineTuning/Board \
  --swift_opt=Visibility=Internal,UseAccessLevelOnImports=true \
  tensorboard.proto
