#!/usr/bin/env bash
# The tests under AddressSanitizer with UndefinedBehaviorSanitizer for the C, under ThreadSanitizer, and a tiny training
# under valgrind's memcheck.
#
#   Tools/sanitizers.sh [--no-build] [address|thread|memcheck]… [-- OPTIONS OF swift test]
#
# Default: all three. Each sanitizer has a build of its own, .build-address and .build-thread, of some 20 minutes. What is not looked
# at, and why, stands in Tools/sanitizers.
set -euo pipefail
cd "$(dirname "$0")/.."

build=yes kinds=() options=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --no-build) build='' ;;
    address | thread | memcheck) kinds+=("$1") ;;
    --) shift && options=("$@") && break ;;
    *) sed -n '2,10s/^# \{0,1\}//p' "$0" >&2 && exit 64 ;;
  esac
  shift
done
[[ ${#kinds[@]} -gt 0 ]] || kinds=(address thread memcheck)
place=$PWD/Tools/sanitizers
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export SWIFT_BACKTRACE=enable=no

# Tests of what a sanitizer itself changes: bounds of addresses and memory, and times.
skipped=(--skip HostileStartTests --skip BatchMemoryTests --skip MemoryLimitTests --skip PredictManyTests/memory
  --skip DuplicateTests/many --skip CompilerTests/manyLayers)

preloaded='' own_skipped=()
run_part() { # SCRATCH OPTIONS…
  local scratch=$1 && shift
  LD_PRELOAD=$preloaded swift test -c release --skip-build --scratch-path "$scratch" "${skipped[@]}" "${own_skipped[@]}" "$@"
}

run_tests() { # KIND FLAGS…: builds and tests; whatever a sanitizer says, also of programs that tests start, goes to files
  local kind=$1 && shift
  local scratch=.build-$kind
  [[ -z $build ]] || swift build -c release --build-tests --scratch-path "$scratch" "$@" >&2
  local status=0
  if [[ ${#options[@]} -gt 0 ]]; then
    run_part "$scratch" "$@" "${options[@]}" || status=$?
  else
    # The server's tests by themselves: they wait for answers, and beside all others, slow as these are here, in vain.
    run_part "$scratch" "$@" --skip '^ServingTests' || status=$?
    run_part "$scratch" "$@" --filter '^ServingTests' || status=$?
  fi
  if compgen -G "$folder/$kind.*" >/dev/null; then
    cat "$folder/$kind".* >&2
    status=1
  fi
  return $status
}

failed=()
for kind in "${kinds[@]}"; do
  echo "== $kind" >&2
  case $kind in
    address)
      # Memory that is not there is an error to be told; what a process holds at its end is no leak that grows.
      export ASAN_OPTIONS=allocator_may_return_null=1:detect_leaks=0:log_path=$folder/address
      export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=0:log_path=$folder/address
      # Swift's compiler has no UndefinedBehaviorSanitizer here; clang's, of the C, reports through AddressSanitizer's library.
      # Loops that it looks at are not vectorised, which is no error.
      own_skipped=()
      run_tests address --sanitize=address -Xcc -fsanitize=undefined -Xcc -Wno-pass-failed || failed+=("$kind")
      ;;
    thread)
      preloaded=$folder/seen.so
      clang -O2 -shared -fPIC "$place"/{mutex,continuation}.c -o "$preloaded" -ldl
      export TSAN_OPTIONS=halt_on_error=0:log_path=$folder/thread
      # A program with ThreadSanitizer writes a file of its own when it starts, and dies where files may not be as long.
      own_skipped=(--skip BadInputTests/fullDisk)
      TSAN_OPTIONS+=:suppressions=$place/thread.supp
      run_tests thread --sanitize=thread || failed+=("$kind")
      ;;
    memcheck)
      [[ -z $build ]] || swift build -c release --product finetune >&2
      # Valgrind does not read the debug information that Swift writes.
      finetune=$folder/finetune
      strip --strip-debug -o "$finetune" .build/release/finetune
      "$finetune" sample --output "$folder/photos" --photos 2 --test 1 --seed 1 >/dev/null 2>&1
      cp Tools/Fuzz/corpus/keras/stored.keras "$folder/tiny.keras"
      # Kernels that valgrind has the instructions of; libjpeg's own compute columns beside the picture, too, of whatever is there.
      JSIMD_FORCENONE=1 ONEDNN_MAX_CPU_ISA=AVX2 OPENBLAS_CORETYPE=Haswell FINETUNE_CACHE=$folder/cache \
        valgrind --error-exitcode=99 --leak-check=no --suppressions="$place/memcheck.supp" --log-file="$folder/memcheck.log" \
        "$finetune" train --base "$folder/tiny.keras" --preprocessing none --data "$folder/photos" --plan full --epochs 1 \
        --batch-size 8 --threads 2 --output "$folder/run" --progress none >&2 || failed+=("$kind")
      tail -n 3 "$folder/memcheck.log" >&2
      grep -q 'ERROR SUMMARY: 0 errors' "$folder/memcheck.log" || cat "$folder/memcheck.log" >&2
      ;;
  esac
done
[[ ${#failed[@]} -eq 0 ]] || { echo "found something: ${failed[*]}" >&2 && exit 1; }
echo "clean: ${kinds[*]}"
