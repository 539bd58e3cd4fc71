#!/usr/bin/env bash
# Predicts 1,000 photos and 10,000 and takes features of them: the most memory that the program takes, and photos a
# second. Then with a reader that leaves after ten lines, and with Ctrl-C in the middle, after which no part of an
# output may be left. Prints a table.
#
#   Tools/predict-many.sh [--no-build]
#
# --no-build: the program is built already (swift build -c release --product finetune).
# The photos are drawn by the program, the ten times as many are links to them. $BASE are the options of the network
# (default: mobilenet 0.25 at 128 pixels, random weights).
set -euo pipefail
cd "$(dirname "$0")/.."

case ${1:-} in
  '') swift build -c release --product finetune >&2 ;;
  --no-build) ;;
  *)
    echo "predict-many: there is no option $1; see the head of Tools/predict-many.sh" >&2
    exit 64
    ;;
esac
export FINETUNE="$PWD/.build/release/finetune"
export BASE="${BASE:---base mobilenet --alpha 0.25 --image-size 128 --weights none}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export FINETUNE_CACHE="$work/cache"
"$FINETUNE" sample --output few --photos 125 --test 0 >/dev/null 2>&1

python3 - <<'PY'
import os, resource, signal, subprocess, sys, time

program, base = os.environ["FINETUNE"], os.environ["BASE"].split()
for number in range(10):
    for folder in os.listdir("few"):
        target = f"many/{number}/{folder}"
        os.makedirs(target)
        for name in os.listdir(f"few/{folder}"):
            os.link(f"few/{folder}/{name}", f"{target}/{name}")


def run(arguments):
    """Seconds, processor seconds and MiB at most."""
    start = time.monotonic()
    child = subprocess.Popen([program] + arguments, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    assert status == 0, (arguments, status)
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


commands = {
    "predict --csv": lambda data: ["predict"] + base + ["--csv", data],
    "predict --csv --output": lambda data: ["predict"] + base + ["--csv", "--output", "p.csv", data],
    "predict --sheet": lambda data: ["predict"] + base + ["--sheet", "p.html", data],
    "features": lambda data: ["features"] + base + ["--data", data, "--output", "f.h5"],
}
run(commands["predict --csv"]("few"))
print("| | photos | MiB at most | seconds | processor seconds | photos a second |\n| --- | --- | --- | --- | --- | --- |")
for title, command in commands.items():
    for data, count in (("few", 1000), ("many", 10000)):
        seconds, work, memory = run(command(data))
        print(f"| `{title}` | {count} | {memory:.0f} | {seconds:.1f} | {work:.1f} | {count / seconds:.0f} |", flush=True)

reader = f"{{ \"$FINETUNE\" predict $BASE --csv many; echo $? >status; }} 2>errors | head -n 10 >lines"
subprocess.run(["bash", "-c", reader], check=True)
lines, status, errors = (open(name).read() for name in ("lines", "status", "errors"))
print(f"\nA reader that leaves: {len(lines.splitlines())} lines, exit status {status.strip()}, on standard error {errors!r}")
assert (status, errors) == ("0\n", "")

os.mkdir("out")
child = subprocess.Popen(
    [program, "predict"] + base + ["--csv", "--output", "out/p.csv", "many"], stderr=subprocess.PIPE, text=True)
while not os.listdir("out"):
    time.sleep(0.01)
time.sleep(1)
child.send_signal(signal.SIGINT)
errors = child.communicate()[1]
print(f"Ctrl-C: exit status {child.returncode}, left behind {os.listdir('out')}, on standard error {errors!r}")
assert child.returncode == 130 and not os.listdir("out")
PY
