#!/usr/bin/env bash
# Gives what reads files of strangers made-up files, with libFuzzer and AddressSanitizer: MINUTES of processor time for
# each target.
#
#   Tools/fuzz.sh [--no-build] MINUTES [TARGET…]     default: all targets
#   Tools/fuzz.sh [--no-build] --list
#   Tools/fuzz.sh [--no-build] --try TARGET FILE…    each file once, with what is said of it
#
# It begins with the files of Tools/Fuzz/corpus, which Tools/Fuzz/make_corpus.py has written, and keeps in .build-fuzz/corpus
# what led somewhere new, for the next time. What makes a reader trap, take more than 2 GiB or more than 25 seconds
# stays in .build-fuzz/findings: it is mended at its kind, and the file, made small (-minimize_crash=1), goes to Tools/Fuzz/mended,
# which the tests and each run read.
set -euo pipefail
cd "$(dirname "$0")/.."

build=yes minutes='' targets=() tried=''
[[ ${1:-} != --no-build ]] || { build='' && shift; }
case ${1:-} in
  --list | --try) tried=$1 && shift ;;
  [0-9]*) minutes=$1 && shift ;;
  *) sed -n '2,15s/^# \{0,1\}//p' "$0" >&2 && exit 64 ;;
esac
scratch=.build-fuzz
# Everything of the package's is testable here, for the readers that are nobody else's business. The two sanitizers are named in one
# option: of two options, Swift's compiler keeps the last, and SwiftPM hands on two of its own in an order that changes.
[[ -z $build ]] || FINETUNE_FUZZ=1 swift build -c release --scratch-path "$scratch" --sanitize=address \
  -Xswiftc -sanitize=address,fuzzer -Xcc -fsanitize=fuzzer-no-link -Xswiftc -enable-testing --product fuzz >&2
fuzz=$scratch/release/fuzz

# Memory that is not there is an error to be told, as it is without the sanitizer.
export ASAN_OPTIONS=allocator_may_return_null=1:detect_stack_use_after_return=0 SWIFT_BACKTRACE=enable=no
folder=$(mktemp -d "$([[ -d /dev/shm ]] && echo /dev/shm || echo /tmp)/fuzz.XXXXXX")
trap 'rm -rf "$folder"' EXIT
export TMPDIR=$folder

if [[ $tried == --list ]]; then
  FUZZ_TARGET='' "$fuzz" || true
  exit
elif [[ $tried == --try ]]; then
  target=$1 && shift
  FUZZ_TARGET=$target FUZZ_TELL=yes "$fuzz" -rss_limit_mb=2048 -timeout=25 "$@"
  exit
fi
targets=("$@")
[[ ${#targets[@]} -gt 0 ]] || mapfile -t targets < <(FUZZ_TARGET='' "$fuzz" || true)

# Of processor time that the children of this shell have taken. "times" in a substitution would tell of the substitution's own, which has none.
milliseconds() {
  awk -v ticks="$(getconf CLK_TCK)" '{ print int(($16 + $17) * 1000 / ticks) }' "/proc/$$/stat"
}

printf '%-14s %12s %14s %10s %9s\n' target 'CPU minutes' executions features findings
all=0
for target in "${targets[@]}"; do
  seeds=Tools/Fuzz/corpus/$target mended=Tools/Fuzz/mended/$target corpus=$scratch/corpus/$target findings=$scratch/findings/$target
  mkdir -p "$corpus" "$findings"
  places=("$corpus")
  for place in "$seeds" "$mended"; do [[ ! -d $place ]] || places+=("$place"); done
  # As long as the longest that it begins with, and something more.
  # libhdf5 forgets memory of its own when it refuses a file, which costs every reader of HDF5 some hundred bytes an error.
  leaks=1
  [[ ! $target =~ ^(hdf5|keras|head)$ ]] || leaks=0
  longest=$(find "${places[@]}" -type f -printf '%s\n' | sort -n | tail -1)
  start=$(milliseconds) executions=0 features=0 found=0 used=0
  while rest=$(((minutes * 60000 - used) / 1000)) && [[ $rest -gt 0 && $found -lt 20 ]]; do
    status=0
    FUZZ_TARGET=$target ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=$leaks "$fuzz" "${places[@]}" -max_total_time="$rest" -max_len=$((${longest:-1000} * 5 / 4 + 64)) -timeout=25 \
      -rss_limit_mb=2048 -malloc_limit_mb=1024 -detect_leaks=$leaks -artifact_prefix="$findings/" -print_final_stats=1 -use_value_profile=0 \
      -verbosity=1 >"$folder/log" 2>&1 || status=$?
    last=$(grep -aoP 'number_of_executed_units: \K\d+' "$folder/log" | tail -1) && executions=$((executions + ${last:-0}))
    last=$(grep -aoP ' ft: \K\d+' "$folder/log" | tail -1) && features=${last:-$features}
    used=$(($(milliseconds) - start))
    if [[ $status -ne 0 ]]; then
      found=$((found + 1))
      cp "$folder/log" "$findings/log.$found"
      # Nothing was tried: it does not start.
      grep -aq '^#2' "$folder/log" || [[ $found -lt 3 ]] || break
    fi
  done
  all=$((all + found))
  printf '%-14s %12s %14s %10s %9s\n' "$target" "$(awk "BEGIN { printf \"%.1f\", $used / 60000 }")" "$executions" "$features" "$found"
done
[[ $all -eq 0 ]] || { echo "$all findings: see $scratch/findings" >&2 && exit 1; }
