#!/bin/sh
# Sets the machine up as Tools/quickstart.sh does, then builds and runs all tests, in release: numerical
# code is far too slow otherwise.
set -eu
cd "$(dirname "$0")/.."

Tools/setup.sh
swift build -c release
swift build -c release --build-tests
swift test -c release --skip-build "$@"
