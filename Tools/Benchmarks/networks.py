"""Runs the rows of the networks' tables, ours and each peer in turns, and writes them; see run.sh."""
import json
import os
import statistics
import sys
import time

import harness

BATCH = 32
STEPS = 3  # that are timed, in each round

TORCH_NAMES = {
    "resnet50": "resnet50",
    "mobilenetv2": "mobilenet_v2",
    "efficientnetb0": "efficientnet_b0",
    "vgg16": "vgg16",
}
PRECISIONS = {"float32": "f32", "bfloat16": "bf16"}
TABLES = ["float32", "bfloat16", "timm"]
MEMORY_GOALS = {"forward": 0.3, "last stage trains": 0.35, "everything trains": 0.3}


def ours(base, mode, precision):
    def run():
        command = [harness.FINETUNE, "benchmark", "--base", base, "--mode", mode, "--precision", precision]
        command += ["--batch-size", str(BATCH), "--threads", str(harness.THREADS), "--steps", str(STEPS), "--json"]
        command += ["--force"] if precision == "bfloat16" else []
        return json.loads(harness.finish(command))

    return run


def peer(script, *arguments):
    def run():
        command = [sys.executable, os.path.join(harness.HERE, "peers", script), *arguments]
        command += ["--batch", str(BATCH), "--threads", str(harness.THREADS), "--steps", str(STEPS)]
        found = json.loads(harness.finish(command).strip().splitlines()[-1])
        harness.VERSIONS[script] = found["version"]
        return found

    return run


def openvino(base, precision):
    return peer("openvino_forward.py", TORCH_NAMES[base], PRECISIONS[precision])


def torch(base, mode, precision, *more):
    name = base if base.startswith("timm/") else TORCH_NAMES[base]
    return peer("torch_step.py", name, mode, PRECISIONS[precision], *more)


class Row:
    """One piece of work: ours, and peers with the ratio that is aimed at."""

    def __init__(self, name, own, peers):
        self.name, self.own, self.peers = name, own, peers


def for_memory(mode):
    """Ours in float32, beside which bfloat16 should take less memory; no goal for its speed."""
    return [("float32", ours("resnet50", mode, "float32"), None)]


def timm_rows():
    """Networks of today, by timm's names."""
    for base in ["convnext_tiny", "resnet50", "mobilenetv4_conv_medium", "regnetx_016"]:
        for mode, title in [("infer", "forward"), ("full", "everything trains")]:
            yield Row(
                f"timm/{base} {title}, float32",
                ours(f"timm/{base}", mode, "float32"),
                [("PyTorch", torch(f"timm/{base}", mode, "float32"), 1.8)],
            )


def rows(precision):
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
        if half and base == "resnet50":
            peers += for_memory("infer")
        yield Row(f"{base} forward, {precision}", ours(base, "infer", precision), peers)
    goal = 1.4 if half else 1.8
    peers = [("PyTorch", torch("resnet50", "last", precision), goal)]
    peers += for_memory("last") if half else []
    yield Row(f"resnet50 last stage trains, {precision}", ours("resnet50", "last", precision), peers)
    peers = [("PyTorch", torch("resnet50", "full", precision), goal)]
    if half:
        peers += for_memory("full")
    else:
        peers.append(("torch.compile", torch("resnet50", "full", precision, "--compile"), goal))
    yield Row(f"resnet50 everything trains, {precision}", ours("resnet50", "full", precision), peers)
    for base in ["mobilenetv2", "efficientnetb0"]:
        yield Row(
            f"{base} everything trains, {precision}",
            ours(base, "full", precision),
            [("PyTorch", torch(base, "full", precision), 3 if half else 4)],
        )


def speed_lines(row, figures):
    unit = "imagesPerSecond"
    own = [f[unit] for f in figures["ours"] if f]
    for name, _, goal in row.peers:
        if goal is None:
            continue
        other = [f[unit] for f in figures[name] if f]
        if not own or not other:
            yield f"| {row.name} | {harness.spread(own) if own else 'failed'} | {name}: failed | – | ≥ {goal} | – |"
            continue
        # A ratio for each round: both sides of it ran within a minute.
        ratios = [a[unit] / b[unit] for a, b in zip(figures["ours"], figures[name]) if a and b]
        yield (
            f"| {row.name} | {harness.spread(own)} | {name}: {harness.spread(other)} | "
            f"{harness.ratio_cells(ratios, goal)} |"
        )


def memory_lines(row, figures):
    def peak(name):
        found = [f["peakMiB"] for f in figures.get(name, []) if f]
        return statistics.median(found) if found else None

    kind = next((k for k in MEMORY_GOALS if row.name.startswith(f"resnet50 {k},")), None)
    own = peak("ours")
    goals = [("PyTorch", MEMORY_GOALS[kind])] if kind else []
    if kind and peak("float32"):
        goals = [("float32", 1)]
    for name, goal in goals:
        other = peak(name)
        if not own or not other:
            continue
        title = "PyTorch" if name == "PyTorch" else "ours in float32"
        verdict = "yes" if own / other <= goal else "**short**"
        yield (
            f"| {row.name}, peak memory | {own:.0f} MiB | {title}: {other:.0f} MiB | {own / other:.2f} | ≤ {goal} | {verdict} |"
        )


def table(name, rounds, words):
    """Runs the rows of one precision, or those of timm's networks, and writes their file, unless only some were
    asked for."""
    speed, memory = [], []
    start = time.time()
    for row in timm_rows() if name == "timm" else rows(name):
        if words and not any(word in row.name for word in words):
            continue
        print(f"{row.name} …", file=sys.stderr, flush=True)
        sides = [("ours", row.own)] + [(name, run) for name, run, _ in row.peers]
        figures = harness.in_turns(row.name, sides, rounds)
        for kept, lines in [(speed, speed_lines), (memory, memory_lines)]:
            for line in lines(row, figures):
                print(line, flush=True)
                kept.append(line)
    if words:
        return
    harness.write(
        "" if name == "float32" else name,
        "Networks of timm's beside PyTorch, float32" if name == "timm" else f"Beside the peers, {name}",
        f"--rounds {rounds} --tables {name}",
        start,
        f"Batch {BATCH}, 224 × 224, {harness.THREADS} threads, random images and weights, batch norm frozen on both sides. "
        "Figures are images a second: the median of the rounds, then the lowest and the highest; ratios are taken round by round.",
        speed + memory,
    )
