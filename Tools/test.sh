#!/bin/sh
# Sets the machine up as Tools/quickstart.sh does, then builds and runs all tests, in release: numerical
# code is far too slow otherwise.
#
# usage: Tools/test.sh [--quick] [what `swift test` takes]
#   --quick  without the tests that are tagged as slow
set -eu
cd "$(dirname "$0")/.."

if [ "${1:-}" = --quick ]; then
  export FINETUNE_TESTS=quick
  shift
fi
Tools/setup.sh
swift build -c release
swift build -c release --build-tests
swift test -c release --skip-build "$@"
