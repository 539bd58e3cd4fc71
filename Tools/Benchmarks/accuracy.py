"""The matrix of accuracy.sh: data sets × bases × plans × seeds, PyTorch's recipes among them, as tables in Markdown.

Each run is one row of a file (tab-separated), written when the run ends; rows that are there are not run again.
"""
import argparse
import collections
import csv
import glob
import hashlib
import json
import math
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

import harness

SETS = "signs,wbc,flowers12,hymenoptera,signs-5,signs-20"
BASES = "mobilenet-0.25@128,mobilenetv2@96,mobilenetv2@224,vgg16@224"
PLANS = "head,last-stage,adapt"
RECIPES = "probe,adamw-frozen,adamw-trained,sgd-frozen,sgd-trained,fastai"
# Which weight file is whose, below the folder of weights.
WEIGHTS = {
    "mobilenet-0.25": "mobilenet_2_5_*_no_top.h5",
    "mobilenet-0.5": "mobilenet_5_0_*_no_top.h5",
    "mobilenet-1.0": "mobilenet_1_0_*_no_top.h5",
    "mobilenetv2": "mobilenet_v2_*_1.0_*_no_top.h5",
    "vgg16": "vgg16*notop.h5",
}
WITHOUT_NORMS = {"vgg16"}
OURS, PEER = "finetune", "PyTorch"
FIGURES = ["validationAccuracy", "validationLogLoss", "accuracy", "logLoss", "cpuSeconds", "seconds"]
KEY = ["set", "base", "tool", "method", "seed"]
COLUMNS = KEY + ["measured"] + FIGURES


class Failure(Exception):
    pass


# Data sets and bases


def listed(folder):
    """The rows of a data set: path, label, split and group, paths absolute."""
    manifest = os.path.join(folder, "photos.csv")
    if os.path.exists(manifest):
        with open(manifest, encoding="utf-8", newline="") as file:
            return [{**row, "path": os.path.join(folder, row["path"])} for row in csv.DictReader(file)]
    rows = []
    for split in ("train", "val", "test"):
        for path in sorted(glob.glob(os.path.join(glob.escape(folder), split, "*", "*"))):
            if path.lower().endswith((".jpg", ".jpeg", ".png")):
                rows.append({"path": path, "label": os.path.basename(os.path.dirname(path)), "split": split})
    return rows


def few(folder, count, seed, file):
    """Writes a list of so many training photos a class, drawn by the seed, and of all that are not for training."""

    def rank(row):
        name = f"{seed}/{os.path.relpath(row['path'], folder)}"
        return hashlib.sha256(name.encode()).hexdigest()

    rows, taken, kept = listed(folder), collections.Counter(), []
    for row in sorted(rows, key=rank):
        if row["split"] == "train":
            taken[row["label"]] += 1
        if row["split"] != "train" or taken[row["label"]] <= count:
            kept.append(row)
    columns = ["path", "label", "split"] + (["group"] if "group" in rows[0] else [])
    with open(file, "w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(kept, key=lambda row: row["path"]))


def source(options, name, seed, work):
    """What `--data` is for a set: a folder, its list, or for NAME-5 a list of five training photos a class."""
    folder = os.path.join(options.data, name)
    if not os.path.isdir(folder):
        whole, _, count = folder.rpartition("-")
        if not (count.isdigit() and os.path.isdir(whole)):
            raise Failure(f"there is no data set '{name}' in '{options.data}'")
        file = os.path.join(work, f"{name}-seed{seed}.csv")
        few(whole, int(count), seed, file)
        return file
    manifest = os.path.join(folder, "photos.csv")
    return manifest if os.path.exists(manifest) else folder


def weights(options, base):
    name = base.split("@")[0]
    if name not in WEIGHTS or not re.fullmatch(r"[^@]+@\d+", base):
        raise Failure(f"'{base}' is no base; expected one of {', '.join(WEIGHTS)}, then @ and the side of the input")
    found = sorted(glob.glob(os.path.join(glob.escape(options.weights), WEIGHTS[name])))
    if not found:
        raise Failure(f"the weights of {name} are not in '{options.weights}' ({WEIGHTS[name]})")
    return found[0]


# Runs


def timed(command, environment, work):
    """What a command prints, and the seconds and processor seconds that it and its children took."""
    start = time.perf_counter()
    with open(os.path.join(work, "printed"), "w+b") as printed, open(os.path.join(work, "errors"), "w+b") as errors:
        process = subprocess.Popen(command, stdout=printed, stderr=errors, env={**os.environ, **environment})
        try:
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        process.returncode = os.waitstatus_to_exitcode(status)
        printed.seek(0)
        errors.seek(0)
        text, trouble = (file.read().decode(errors="replace") for file in (printed, errors))
    if process.returncode:
        raise Failure(f"{' '.join(command)}: {trouble.strip()[-500:] or process.returncode}")
    return text, time.perf_counter() - start, used.ru_utime + used.ru_stime


def ours(options, base, plan, seed, data):
    """A training from nothing, without cached features or facts about photos, to its report."""
    name, side = base.split("@")
    family, _, alpha = name.partition("-")
    with tempfile.TemporaryDirectory() as work:
        run = os.path.join(work, "run")
        command = [harness.FINETUNE, "train", "--base", family, *(["--alpha", alpha] if alpha else [])]
        command += ["--image-size", side, "--weights", weights(options, base), "--data", data, "--plan", plan]
        command += ["--seed", str(seed), "--threads", str(options.threads), "--output", run, "--progress", "none"]
        if options.epochs and plan != "head":  # which takes none
            command += ["--epochs", str(options.epochs)]
        _, seconds, used = timed(command, {"FINETUNE_CACHE": os.path.join(work, "cache")}, work)
        with open(os.path.join(run, "report.json"), encoding="utf-8") as file:
            report = json.load(file)
        with open(os.path.join(run, "run.json"), encoding="utf-8") as file:
            best = json.load(file).get("best", {}).get("validation") or {}
    return {
        "measured": report["split"],
        "validationAccuracy": best.get("accuracy", math.nan),
        "validationLogLoss": best.get("logLoss", math.nan),
        "accuracy": report["accuracy"],
        "logLoss": report["logLoss"],
        "cpuSeconds": used,
        "seconds": seconds,
    }


def peer(options, base, method, seed, data):
    """One of PyTorch's recipes; its imports are not counted."""
    name, side = base.split("@")
    recipe, refit, _ = method.partition("+refit")
    recipe, _, norms = recipe.partition("-")
    with tempfile.TemporaryDirectory() as work:
        command = [sys.executable, os.path.join(harness.HERE, "peers", "torch_finetune.py")]
        command += ["--base", name.split("-")[0], "--weights", weights(options, base), "--image-size", side]
        command += ["--data", data, "--recipe", recipe, *(["--norms", norms] if norms else [])]
        command += ["--seed", str(seed), "--threads", str(options.threads)]
        command += ["--refit"] if refit else []
        command += ["--epochs", str(options.epochs)] if options.epochs else []
        printed, _, _ = timed(command, {}, work)
    found = json.loads(printed.strip().splitlines()[-1])
    return {**found, "accuracy": found["testAccuracy"], "logLoss": found["testLogLoss"]}


def methods(options, base):
    """Plans and recipes as (tool, method); of a base without norms one recipe of each pair that differ in them."""
    recipes = options.recipes
    if base.split("@")[0] in WITHOUT_NORMS:
        recipes = [
            r for r in recipes if not (r.endswith("-trained") and r.replace("-trained", "-frozen") in recipes)
        ]
    refit = {r: r if r == "probe" or not options.refit else r + "+refit" for r in recipes}
    return [(OURS, plan) for plan in options.plans] + [(PEER, refit[r]) for r in recipes]


def key(row):
    return tuple(row[name] for name in KEY)


def read_rows(file):
    if not os.path.exists(file) or not os.path.getsize(file):
        return {}
    with open(file, encoding="utf-8", newline="") as opened:
        reader = csv.DictReader(opened, delimiter="\t")
        if reader.fieldnames != COLUMNS:
            raise Failure(f"'{file}' has other columns than {', '.join(COLUMNS)}")
        rows = [r for r in reader if r["seconds"]]  # a last line may have been cut
    for row in rows:
        row.update({name: float(row[name]) for name in FIGURES})
    return {key(row): row for row in rows}


def append(file, row):
    is_new, is_cut = not os.path.exists(file) or not os.path.getsize(file), False
    if not is_new:
        with open(file, "rb") as opened:
            is_cut = not opened.read().endswith(b"\n")
    with open(file, "a", encoding="utf-8", newline="") as opened:
        opened.write("\n" if is_cut else "")
        writer = csv.DictWriter(opened, COLUMNS, delimiter="\t", extrasaction="ignore", lineterminator="\n")
        if is_new:
            writer.writeheader()
        writer.writerow(row)


def measure(options, rows, work):
    """Runs what has no row yet, seed by seed through everything; how many runs failed."""
    wanted = [
        (name, base, tool, method, seed)
        for seed in range(options.seeds)
        for name in options.sets
        for base in options.bases
        for tool, method in methods(options, base)
    ]
    failures = 0
    for number, (name, base, tool, method, seed) in enumerate(wanted, 1):
        place = dict(zip(KEY, (name, base, tool, method, str(seed))))
        if key(place) in rows:
            continue
        title = f"{number} of {len(wanted)}: {name}, {base}, {tool} {method}, seed {seed}"
        try:
            run = ours if tool == OURS else peer
            row = {**run(options, base, method, seed, source(options, name, seed, work)), **place}
        except Failure as failure:
            failures += 1
            print(f"{title} failed: {failure}", file=sys.stderr, flush=True)
            continue
        append(options.rows, row)
        rows[key(place)] = row
        print(
            f"{title}: accuracy {row['accuracy']:.4f}, log loss {row['logLoss']:.3f}, "
            f"{row['cpuSeconds']:.1f} CPU seconds",
            file=sys.stderr,
            flush=True,
        )
    return failures


# Tables


def mean(rows, name):
    return statistics.mean(row[name] for row in rows)


def spread(rows, name, scale, digits):
    values = [scale * row[name] for row in rows]
    deviation = f" ± {statistics.stdev(values):.{digits}f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.{digits}f}{deviation}"


def processor(rows):
    return statistics.median(row["cpuSeconds"] for row in rows)


def default_plan():
    """The plan without `--plan`, as the help says."""
    found = re.search(r"--plan <.*?\(default: ([\w-]+)\)", harness.finish([harness.FINETUNE, "train", "--help"]), re.S)
    return found.group(1) if found else None


def best_recipe(found):
    """By validation accuracy, then log loss; never by what is measured in the end."""
    return max(found, key=lambda m: (mean(found[m], "validationAccuracy"), -mean(found[m], "validationLogLoss")))


def tables(options, rows):
    """The lines of both tables: each plan and recipe of each cell, then plans beside the best recipes."""
    yield "| Set | Base | Plan or recipe | Accuracy | Log loss | Validation | CPU seconds (median) |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    cells, short, marked = [], [], False
    for name in options.sets:
        for base in options.bases:
            found = {}
            for tool, method in methods(options, base):
                keys = [(name, base, tool, method, str(seed)) for seed in range(options.seeds)]
                present = [rows[k] for k in keys if k in rows]
                if len(present) < options.seeds:
                    short.append(f"{name}, {base}, {tool} {method}: {len(present)} of {options.seeds}")
                if present:
                    found[tool, method] = present
            complete = {m: r for m, r in found.items() if len(r) == options.seeds}
            recipes = {m: r for m, r in complete.items() if m[0] == PEER}
            best = best_recipe(recipes) if recipes else None
            for (tool, method), present in found.items():
                shown = f"`--plan {method}`" if tool == OURS else f"PyTorch, {method}"
                star = "\\*" if present[0]["measured"] == "validation" else ""
                marked = marked or bool(star)
                yield (
                    f"| {name}{star} | {base} | {f'**{shown}**' if (tool, method) == best else shown} | "
                    f"{spread(present, 'accuracy', 100, 1)} % | {spread(present, 'logLoss', 1, 3)} | "
                    f"{spread(present, 'validationAccuracy', 100, 1)} % | {processor(present):.1f} |"
                )
            if best:
                cells.append((complete, recipes[best]))
    yield ""
    yield f"Mean and standard deviation; seeds: {options.seeds}, threads: {options.threads}. **Bold**: PyTorch's best recipe by validation."
    if marked:
        yield "\\* Has no test photos: what is measured is what PyTorch's recipe, penalty and our plan are chosen by, optimistic for all."
    yield ""
    yield "| Plan | Cells | Accuracy | PyTorch's best recipe | Log loss | PyTorch's | CPU seconds, PyTorch's / ours |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    standard = default_plan()
    for plan in options.plans:
        pairs = [(complete[OURS, plan], other) for complete, other in cells if (OURS, plan) in complete]
        if not pairs:
            continue
        accuracy, loss = (
            [statistics.mean(mean(pair[side], figure) for pair in pairs) for side in (0, 1)]
            for figure in ("accuracy", "logLoss")
        )
        ratios = [processor(other) / processor(own) for own, other in pairs]
        yield (
            f"| `{plan}`{' (default)' if plan == standard else ''} | {len(pairs)} | {100 * accuracy[0]:.2f} % | "
            f"{100 * accuracy[1]:.2f} % | {loss[0]:.3f} | {loss[1]:.3f} | {statistics.geometric_mean(ratios):.1f} "
            f"({min(ratios):.1f}–{max(ratios):.1f}) |"
        )
    yield ""
    yield "Means over the cells, a set and a base each; of ratios the geometric mean, the lowest and the highest."
    if short:
        yield ""
        yield "Not finished, and left out of the second table: " + "; ".join(short) + "."


def names(text):
    return text.split(",")


def main():
    parser = argparse.ArgumentParser(
        prog="accuracy.sh --matrix",
        description="Accuracy, log loss and processor time of plans beside PyTorch's recipes, as tables in Markdown.",
    )
    parser.add_argument("--data", required=True, help="a folder of data sets, each with train/ and val/ or test/, or photos.csv")
    parser.add_argument("--weights", required=True, help="a folder of Keras's weight files without top")
    parser.add_argument("--sets", type=names, default=SETS, help="NAME-5: five training photos a class (default: %(default)s)")
    parser.add_argument("--bases", type=names, default=BASES, help="(default: %(default)s)")
    parser.add_argument("--plans", type=names, default=PLANS, help="(default: %(default)s)")
    parser.add_argument("--recipes", type=names, default=RECIPES, help="of peers/torch_finetune.py (default: %(default)s)")
    parser.add_argument("--seeds", type=int, default=3, help="(default: %(default)s)")
    parser.add_argument("--threads", type=int, default=harness.THREADS, help="of both sides (default: %(default)s)")
    parser.add_argument("--rows", help="the file of rows, continued if it is there (default: a new one, thrown away)")
    parser.add_argument("--refit", action="store_true", help="train PyTorch's recipes anew on validation photos too, then test")
    parser.add_argument("--epochs", type=int, help="of each phase and recipe, for trials with rows of their own")
    options = parser.parse_args()
    harness.FINETUNE = os.path.abspath(harness.FINETUNE)
    options.data, options.weights = os.path.abspath(options.data), os.path.abspath(options.weights)
    try:
        with tempfile.TemporaryDirectory() as work:
            options.rows = options.rows or os.path.join(work, "rows.tsv")
            for base in options.bases:
                weights(options, base)
            for name in options.sets:
                source(options, name, 0, work)
            rows = read_rows(options.rows)
            failures = measure(options, rows, work)
            print("\n".join(tables(options, rows)))
    except Failure as failure:
        sys.exit(f"accuracy.sh: {failure}")
    if failures:
        sys.exit(f"accuracy.sh: {failures} runs failed")


if __name__ == "__main__":
    main()
