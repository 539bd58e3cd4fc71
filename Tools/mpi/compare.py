"""Compares runs of mpi-check.sh: compare.py LABEL FOLDER ROUNDS LEAST_RATIO.

Losses of two and four ranks, or of a killed and resumed run (ROUNDS 0), against one process, to 1e-5 of
their size over the first 30 steps; images per second of two ranks against one process, medians.
"""

import json
import statistics
import sys

label, folder, rounds, least = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])


def steps(name):
    with open(f"{folder}/{name}/events.jsonl") as lines:
        events = [json.loads(line) for line in lines]
    return [event for event in events if event["event"] == "step"]


def difference(name):
    one, other = steps("one-1"), steps(name)
    count = len(one)
    if len(other) != count or count < 30:
        sys.exit(f"mpi-check: {label}: {len(other)} steps of '{name}', expected {count}, at least 30")
    # A run that was killed is compared to its end.
    pairs = list(zip(one, other))[: None if rounds == 0 else 30]
    return max(abs(a["loss"] - b["loss"]) / abs(a["loss"]) for a, b in pairs)


def throughput(name):
    """Steps a second, without the first five of each epoch, in which loaders fill."""
    taken = steps(name)
    pairs = [(a, b) for a, b in zip(taken, taken[1:]) if b["epoch"] == a["epoch"] and b["step"] > 5]
    return len(pairs) / sum(b["seconds"] - a["seconds"] for a, b in pairs)


names = ["killed"] if rounds == 0 else ["two-1", "four"]
worst = {name: difference(name) for name in names}
print(f"{label}: relative difference of losses " + ", ".join(f"{n} {d:.1e}" for n, d in worst.items()))
if max(worst.values()) > 1e-5:
    sys.exit(f"mpi-check: {label}: losses differ by more than 1e-5")
if rounds:
    ones = [throughput(f"one-{r}") for r in range(1, rounds + 1)]
    twos = [throughput(f"two-{r}") for r in range(1, rounds + 1)]
    one, two, four = statistics.median(ones), statistics.median(twos), throughput("four")
    # Both sides of a ratio ran within seconds, whatever else the machine did in the meantime.
    ratio = statistics.median(b / a for a, b in zip(ones, twos))
    print(
        f"{label}: {one:.2f} steps/s in one process with two threads, {two:.2f} in two ranks"
        f" ({ratio:.3f}), {four:.2f} in four ({four / one:.3f})"
    )
    if ratio < least:
        sys.exit(f"mpi-check: {label}: two ranks reach {ratio:.3f} of one process, expected {least}")
