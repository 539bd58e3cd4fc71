"""Runs the rows of the benchmark table, ours and each peer in turns, and writes the table; see run.sh."""
import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
FINETUNE = os.path.join(ROOT, ".build", "release", "finetune")
THREADS = 2
BATCH = 32
STEPS = 3  # that are timed, in each round

TORCH_NAMES = {
    "resnet50": "resnet50",
    "mobilenetv2": "mobilenet_v2",
    "efficientnetb0": "efficientnet_b0",
    "vgg16": "vgg16",
}
PRECISIONS = {"float32": "f32", "bfloat16": "bf16"}
VERSIONS = {}


def finish(command):
    """The last line of JSON that a command prints."""
    result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {result.stderr.strip()[-300:]}")
    return result.stdout


def ours(base, mode, precision):
    def run():
        command = [FINETUNE, "benchmark", "--base", base, "--mode", mode, "--precision", precision]
        command += ["--batch-size", str(BATCH), "--threads", str(THREADS), "--steps", str(STEPS), "--json"]
        command += ["--force"] if precision == "bfloat16" else []
        return json.loads(finish(command))

    return run


def peer(script, *arguments):
    def run():
        command = [sys.executable, os.path.join(HERE, "peers", script), *arguments]
        command += ["--batch", str(BATCH), "--threads", str(THREADS), "--steps", str(STEPS)]
        found = json.loads(finish(command).strip().splitlines()[-1])
        VERSIONS[script] = found["version"]
        return found

    return run


def openvino(base, precision):
    return peer("openvino_forward.py", TORCH_NAMES[base], PRECISIONS[precision])


def torch(base, mode, precision, *more):
    return peer("torch_step.py", TORCH_NAMES[base], mode, PRECISIONS[precision], *more)


class Row:
    """One piece of work: ours, and peers with the ratio that is aimed at."""

    def __init__(self, name, own, peers, unit="imagesPerSecond"):
        self.name, self.own, self.peers, self.unit = name, own, peers, unit


def rows(precisions):
    for precision in precisions:
        half = precision == "bfloat16"
        goals = {  # OpenVINO, PyTorch
            "resnet50": (1.05, None if half else 1.8),
            "mobilenetv2": (1.25 if half else 1.2, None if half else 4),
            "efficientnetb0": (1.05 if half else 1.1, None),
            "vgg16": (1.0, None),
        }
        for base, (vino, other) in goals.items():
            peers = [("OpenVINO", openvino(base, precision), vino)]
            if other:
                peers.append(("PyTorch", torch(base, "infer", precision), other))
            yield Row(f"{base} forward, {precision}", ours(base, "infer", precision), peers)
        goal = 1.4 if half else 1.8
        yield Row(
            f"resnet50 last stage trains, {precision}",
            ours("resnet50", "last", precision),
            [("PyTorch", torch("resnet50", "last", precision), goal)],
        )
        peers = [("PyTorch", torch("resnet50", "full", precision), goal)]
        if not half:
            peers.append(("torch.compile", torch("resnet50", "full", precision, "--compile"), goal))
        yield Row(
            f"resnet50 everything trains, {precision}", ours("resnet50", "full", precision), peers
        )
        for base in ["mobilenetv2", "efficientnetb0"]:
            yield Row(
                f"{base} everything trains, {precision}",
                ours(base, "full", precision),
                [("PyTorch", torch(base, "full", precision), 3 if half else 4)],
            )


MEMORY_GOALS = {"forward": 0.3, "last stage trains": 0.35, "everything trains": 0.3}


def spread(values):
    return f"{statistics.median(values):.1f} ({min(values):.1f}–{max(values):.1f})"


def measure(row, rounds):
    """A list of figures for ours and for each peer; whoever fails has none."""
    sides = [("ours", row.own)] + [(name, run) for name, run, _ in row.peers]
    figures = {name: [] for name, _ in sides}
    for number in range(rounds):
        # Who comes first changes from round to round.
        for name, run in sides if number % 2 == 0 else reversed(sides):
            try:
                figures[name].append(run())
            except RuntimeError as error:
                print(f"  {row.name}, {name}: {error}", file=sys.stderr)
    return figures


def lines(row, figures):
    own = [f[row.unit] for f in figures["ours"]]
    for name, _, goal in row.peers:
        other = [f[row.unit] for f in figures[name]]
        if not own or not other:
            yield f"| {row.name} | {spread(own) if own else 'failed'} | {name}: failed | – | ≥ {goal} | – |"
            continue
        # A ratio for each round: both sides of it ran within a minute.
        ratios = [a / b for a, b in zip(own, other)]
        ratio = statistics.median(ratios)
        verdict = "yes" if ratio >= goal else "**short**"
        yield (
            f"| {row.name} | {spread(own)} | {name}: {spread(other)} | "
            f"{ratio:.2f} ({min(ratios):.2f}–{max(ratios):.2f}) | ≥ {goal} | {verdict} |"
        )


def memory_lines(row, figures):
    kind = next((k for k in MEMORY_GOALS if f"resnet50 {k}, float32" == row.name), None)
    if kind is None or not figures["ours"] or not figures.get("PyTorch"):
        return
    own = statistics.median(f["peakMiB"] for f in figures["ours"])
    other = statistics.median(f["peakMiB"] for f in figures["PyTorch"])
    goal = MEMORY_GOALS[kind]
    verdict = "yes" if own / other <= goal else "**short**"
    yield (
        f"| resnet50 {kind}, peak memory | {own:.0f} MiB | PyTorch: {other:.0f} MiB | "
        f"{own / other:.2f} | ≤ {goal} | {verdict} |"
    )


def machine():
    model = platform.processor()
    flags = ""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
            if line.startswith("flags"):
                flags = line
    wanted = ["avx2", "avx512f", "avx512_bf16", "amx_bf16"]
    found = [w for w in wanted if f" {w} " in flags or flags.rstrip().endswith(f" {w}")]
    return f"{os.cpu_count()} cores of {model} ({', '.join(found)})"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", default="")
    parser.add_argument("--precision", default=",".join(PRECISIONS))
    options = parser.parse_args()
    for precision in options.precision.split(","):
        table(precision, options)


def table(precision, options):
    """Runs the rows of one precision and writes its file."""
    words = [w for w in options.rows.split(",") if w]
    speed, memory = [], []
    start = time.time()
    for row in rows([precision]):
        if words and not any(w in row.name for w in words):
            continue
        print(f"{row.name} …", file=sys.stderr, flush=True)
        figures = measure(row, options.rounds)
        for line in lines(row, figures):
            print(line, flush=True)
            speed.append(line)
        for line in memory_lines(row, figures):
            print(line, flush=True)
            memory.append(line)
    if words:
        return
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=ROOT
    ).stdout.strip()
    suffix = "" if precision == "float32" else f"-{precision}"
    notes = os.path.join(HERE, f"notes{suffix}.md")
    with open(os.path.join(HERE, f"results{suffix}.md"), "w", encoding="utf-8") as file:
        file.write(f"# Beside the peers, {precision}\n\n")
        file.write(
            f"Written by `Tools/Benchmarks/run.sh --rounds {options.rounds}` on {time.strftime('%Y-%m-%d')} at commit {commit}, in "
            f"{(time.time() - start) / 60:.0f} minutes.\n"
            f"Machine: {machine()}, shared with others; {platform.platform()}.\n"
            f"Versions: {', '.join(sorted(VERSIONS.values()))}; ours as `finetune benchmark` says.\n"
            f"Batch {BATCH}, 224 × 224, {THREADS} threads, random images and weights, batch norm frozen on both sides. Figures are images a "
            "second: the median of the rounds, then the lowest and the highest; ratios are taken round by round.\n\n"
        )
        file.write("| Work | Ours | Peer | Ratio | Goal | Reached |\n| --- | --- | --- | --- | --- | --- |\n")
        file.write("\n".join(speed + memory) + "\n")
        if os.path.exists(notes):
            with open(notes, encoding="utf-8") as text:
                file.write("\n" + text.read())


main()
