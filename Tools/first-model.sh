#!/usr/bin/env bash
# Types what the page "Your first model in five minutes" says, word for word, in a copy of the project's folder, and
# fails where a command does. Left out are the installation, and what downloads weights.
#
#   Tools/first-model.sh    (after `swift build -c release`, whose `finetune` is taken)
set -euo pipefail
cd "$(dirname "$0")/.."
page=Sources/TransferLearning/TransferLearning.docc/FirstModel.md
finetune="$(swift build -c release --show-bin-path)/finetune"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/project"
ln -s "$finetune" "$work/bin/finetune"
cp -r weights "$work/project"
export PATH="$work/bin:$PATH" FINETUNE_CACHE="$work/cache" HOME="$work"

# The commands between the fences that begin with the program's name.
awk '/^```$/ { inside = !inside; next } inside && /^finetune /' "$page" | grep -v -- --fetch >"$work/commands"
[[ $(wc -l <"$work/commands") -ge 4 ]] || { echo "first-model: $page has lost its commands" >&2; exit 70; }
cd "$work/project"
while read -r command; do
  echo "\$ $command"
  bash -c "$command" </dev/null >"$work/output" 2>&1 || { cat "$work/output"; exit 70; }
  tail -n 3 "$work/output"
done <"$work/commands"
