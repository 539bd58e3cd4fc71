#!/usr/bin/env bash
# Writes the manual page and shows it with man and mandoc: neither may complain, and nothing that the program has may be
# missing on it.
#
# usage: Tools/manual-check.sh [FINETUNE]    (default: that of `swift build -c release`)
set -euo pipefail
cd "$(dirname "$0")/.."
finetune=${1:-$(swift build -c release --show-bin-path)/finetune}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
page=$work/finetune.1

python3 Tools/manual.py "$finetune" >"$page"
mandoc -T lint -W style "$page" | grep -v 'Mdocdate\|operating system' >"$work/complaints" || true
man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>>"$work/complaints" >/dev/null
if [[ -s $work/complaints ]]; then
  cat "$work/complaints" >&2
  exit 1
fi
mandoc -T utf8 "$page" >"$work/mandoc.txt"
MANWIDTH=80 man -l -E UTF-8 "$page" >"$work/man.txt"
for text in mandoc man; do python3 Tools/manual.py "$finetune" --check "$work/$text.txt"; done
echo "manual-check: $(wc -l <"$work/man.txt") lines, complete"
