#!/usr/bin/env bash
# Completes words in bash, and in zsh and fish where they are installed, with the scripts that the program writes:
# commands, options, models, plans, runs, photos. And measures how long the program takes to answer.
#
# usage: Tools/completion-check.sh [FINETUNE]    (default: that of `swift build -c release`)
set -euo pipefail
cd "$(dirname "$0")/.."
finetune=$(realpath "${1:-$(swift build -c release --show-bin-path)/finetune}")
# The slowest answer that people do not notice, in milliseconds of processor time.
limit=100

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/bin" "$work/here/runs/my-run" "$work/here/my-other-run" "$work/here/photos" "$work/home"
ln -s "$finetune" "$work/bin/finetune"
cd "$work/here"
touch runs/my-run/run.json my-other-run/run.json photo.jpg notes.txt mine.json own.keras numbers.h5 list.csv
export PATH="$work/bin:$PATH" HOME="$work/home"

# What is typed, and the only candidate for its last word.
cases=(
  'finetune tra|train'
  'finetune weights ver|verify'
  'finetune --pla|--plan'
  'finetune --plan grad|gradual'
  'finetune --plan min|mine.json'
  'finetune --base densenet16|densenet169'
  'finetune --base ow|own.keras'
  'finetune --candidates vgg16,densenet16|vgg16,densenet169'
  'finetune --optimizer adam|adamw'
  'finetune --weights num|numbers.h5'
  'finetune train --base densenet16|densenet169'
  'finetune --base vgg16 --augm|--augment'
  'finetune evaluate runs/my|runs/my-run'
  'finetune evaluate my-oth|my-other-run'
  'finetune evaluate runs/my-run --spl|--split'
  'finetune predict runs/my-run pho|photo.jpg photos/'
  'finetune predict --base vgg16 photo.|photo.jpg'
  'finetune weights fetch densenet16|densenet169'
  'finetune models densenet16|densenet169'
)
failures=0

# SHELL, LINE, EXPECTED, FOUND: with slashes behind folders or without, in any order.
compare() {
  local expected found
  expected=$(tr ' ' '\n' <<<"$3" | sed 's#/$##' | sort)
  found=$(sed 's#/$##; s# $##' <<<"$4" | sort -u)
  if [[ $expected != "$found" ]]; then
    echo "completion-check: $1 offers '$(tr '\n' ' ' <<<"$found")' for '$2', expected '$3'" >&2
    failures=$((failures + 1))
  fi
}

in_bash() {
  finetune --generate-completion-script bash >"$work/finetune.bash"
  cat >"$work/complete.bash" <<'END'
source "$1"
COMP_LINE=$2 COMP_POINT=${#2}
read -r -a COMP_WORDS <<<"$2"
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_finetune finetune "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\n' "${COMPREPLY[@]}"
END
  for case in "${cases[@]}"; do
    compare bash "${case%%|*}" "${case#*|}" "$(bash "$work/complete.bash" "$work/finetune.bash" "${case%%|*}")"
  done
}

# A terminal of its own for an interactive fish, where a key writes what the line has become after a tab.
in_fish() {
  finetune --generate-completion-script fish >"$work/finetune.fish"
  cat >"$work/complete.py" <<'END'
import os, pty, select, sys, time
script, line, result = sys.argv[1:]
begin = f"source {script}; function fish_prompt; echo ready; end; bind \\cx 'commandline >{result}.new; mv {result}.new {result}'"
pid, terminal = pty.fork()
if pid == 0:
    os.environ.update(TERM="dumb", fish_greeting="")
    os.execvp("fish", ["fish", "--interactive", "--no-config", "--init-command", begin])
end, typed, shown = time.time() + 20, False, b""
while time.time() < end and not os.path.exists(result):
    if select.select([terminal], [], [], 0.05)[0]:
        shown += os.read(terminal, 4096)
    if not typed and b"ready" in shown:
        os.write(terminal, line.encode() + b"\t\x18")
        typed = True
os.kill(pid, 9)
if os.path.exists(result):
    print(open(result).read().rstrip("\n").split(" ")[-2 if open(result).read().endswith(" \n") else -1])
END
  for case in "${cases[@]}"; do
    local line=${case%%|*} expected=${case#*|}
    [[ $expected != *' '* ]] || continue
    rm -f "$work/line"
    compare fish "$line" "$expected" "$(python3 "$work/complete.py" "$work/finetune.fish" "$line" "$work/line")"
  done
}

# A terminal of its own for an interactive zsh: what the line reads after a tab is what counts. Lines with several candidates
# are left out, which zsh lists below the line.
in_zsh() {
  mkdir -p "$work/zsh"
  finetune --generate-completion-script zsh >"$work/zsh/_finetune"
  cat >"$work/complete.zsh" <<'END'
zmodload zsh/zpty
zpty shell env TERM=dumb zsh -f -i
zpty -w shell "PS1='' ; fpath=($1 \$fpath); autoload -U compinit; compinit -u -D; unsetopt zle_bracketed_paste; print ready-\$((1))"
zpty -r shell text '*ready-1*'
zpty -w -n shell "$2"$'\t'
# What is typed is echoed; the rest is what zsh has added.
zpty -r shell text "*$3*" && print -r -- "$3"
END
  for case in "${cases[@]}"; do
    local line=${case%%|*} expected=${case#*|}
    [[ $expected != *' '* ]] || continue
    compare zsh "$line" "$expected" \
      "$(timeout 20 zsh -f "$work/complete.zsh" "$work/zsh" "$line" "$expected" || true)"
  done
}

in_bash
shells=bash
for shell in zsh fish; do
  if command -v "$shell" >/dev/null; then
    "in_$shell"
    shells="$shells, $shell"
  else
    echo "completion-check: $shell is not installed; left out"
  fi
done

# In processor time, which a busy machine does not change.
best=100000
TIMEFORMAT='%U %S'
for _ in 1 2 3 4 5; do
  seconds=$( (time finetune ---completion -- --base 2 0 finetune --base '' >/dev/null) 2>&1)
  time=$(awk '{ printf "%d", 1000 * ($1 + $2) }' <<<"$seconds")
  best=$((time < best ? time : best))
done
if [[ $best -gt $limit ]]; then
  echo "completion-check: an answer takes $best ms of processor time, expected at most $limit" >&2
  failures=$((failures + 1))
fi
[[ $failures -eq 0 ]] || exit 1
echo "completion-check: ${#cases[@]} words in $shells; an answer takes $best ms of processor time"
