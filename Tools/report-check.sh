#!/usr/bin/env bash
# Looks at the report's pages in a browser: of 1 to 1 000 classes, with names that pages have broken on, at 360 and
# 1 280 pixels, light, dark and on paper. Nothing may be asked for, said on the console, overflow or overlap; sorting,
# counts and pictures work by mouse and keyboard; axe-core finds nothing.
#
#   Tools/report-check.sh [--no-build] [--pictures DIR]
#
# --no-build: the tests are built already (swift build -c release --build-tests).
# --pictures: pictures of the pages are kept there.
# $CHROMIUM names the browser; else chromium of the PATH.
set -euo pipefail
cd "$(dirname "$0")/.."

build=yes pictures=''
while [[ $# -gt 0 ]]; do
  case $1 in
    --no-build) build='' ;;
    --pictures) pictures=$2 && shift ;;
    *)
      echo "report-check: there is no option $1; see the head of Tools/report-check.sh" >&2
      exit 64
      ;;
  esac
  shift
done
browser=${CHROMIUM:-$(command -v chromium || true)}
if [[ -z $browser ]]; then
  echo "report-check: there is no chromium; install it, or name one by \$CHROMIUM" >&2
  exit 66
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
venv=$(Tools/environment.sh browser)
[[ -z $build ]] || swift build -c release --build-tests
if ! FINETUNE_PAGES=$folder swift test -c release --skip-build --filter ReportPages >"$folder/test.log" 2>&1; then
  cat "$folder/test.log" >&2
  exit 1
fi
grep -E '^[0-9]+ classes' "$folder/test.log"
"$venv/bin/python" Tools/report/check_pages.py "$browser" "$folder" ${pictures:+"$pictures"}
