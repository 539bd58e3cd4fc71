#!/usr/bin/env python3
"""What `--base auto` takes, beside every base that it compares, as a table in Markdown.

  Tools/Benchmarks/bases.py --data DATASETS --weights WEIGHTS [--sets hymenoptera,flowers12,…] [--plan head]
    [--budget 2m] [--candidates A,B,C]

DATASETS holds a folder for each set, with train/ and val/ or test/, or a list photos.csv; WEIGHTS the
published files. Each set is compared once with an empty cache of features ('finetune bases'); then every base
that was compared is fine-tuned by itself and measured on the set's own test or validation photos, which the
choice has not seen. $FINETUNE is the program, if not .build/release/finetune.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("FINETUNE", str(ROOT / ".build/release/finetune"))


def run(arguments, environment):
    """Standard output, and the seconds that it took."""
    start = time.monotonic()
    done = subprocess.run(
        [PROGRAM, *arguments], env=environment, stdout=subprocess.PIPE, check=True, text=True
    )
    return done.stdout, time.monotonic() - start


def named(title):
    """The options that name a base as the comparison's table calls it."""
    words = title.split(" ")
    options = ["--base", words.pop(0)]
    if words and words[0] != "at":
        options += ["--alpha", words.pop(0)]
    if words[:1] == ["at"]:
        options += ["--image-size", words[1]]
    return options


def percent(share):
    return f"{100 * share:.1f}"


def measure(name, data, arguments, scratch):
    environment = dict(
        os.environ, FINETUNE_WEIGHTS=arguments.weights, FINETUNE_CACHE=str(scratch / "cache" / name)
    )
    comparing = ["bases", "--data", str(data), "--budget", arguments.budget, "--json"]
    if arguments.candidates:
        comparing += ["--candidates", arguments.candidates]
    text, seconds = run(comparing, environment)
    comparison = json.loads(text)
    rows = []
    for number, entry in enumerate(comparison["entries"]):
        folder = scratch / f"{name}-{number}"
        _, trained = run(
            [*named(entry["base"]), "--data", str(data), "--plan", arguments.plan, "--offline"]
            + ["--progress", "none", "--output", str(folder)],
            environment,
        )
        report = json.loads((folder / "report.json").read_text())
        rows.append((entry, report, trained))
    return comparison, rows, seconds


def show(name, comparison, rows, seconds):
    best = max(rows, key=lambda row: row[1]["accuracy"])
    taken = next(row for row in rows if row[0]["outcome"] == "chosen")
    for entry, report, trained in rows:
        scores = entry.get("scores")
        compared = "–"
        if scores:
            interval = scores["accuracyInterval"]
            compared = f"{percent(scores['accuracy'])} ({percent(interval['lower'])}–{percent(interval['upper'])}) of {scores['photos']}"
        interval = report["accuracyInterval"]
        print(
            f"| {name} | {entry['base']} | {1000 * entry.get('secondsPerImage', 0):.1f} ms | {compared} | {entry['outcome']} "
            f"| {percent(report['accuracy'])} ({percent(interval['lower'])}–{percent(interval['upper'])}) of {report['images']} | {trained:.1f} s |"
        )
    holds = taken[1]["accuracy"] >= best[1]["accuracyInterval"]["lower"]
    return (
        f"| {name} | {taken[0]['base']} | {percent(taken[1]['accuracy'])} | {best[0]['base']} | {percent(best[1]['accuracy'])} "
        f"| from {percent(best[1]['accuracyInterval']['lower'])} | {'yes' if holds else 'no'} | {seconds:.1f} s |"
    )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", required=True)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--sets", default="hymenoptera,flowers12,signs,wbc")
    parser.add_argument("--plan", default="head")
    parser.add_argument("--budget", default="2m")
    parser.add_argument("--candidates")
    arguments = parser.parse_args()
    if not os.access(PROGRAM, os.X_OK):
        sys.exit("build first: swift build -c release --product finetune")
    conclusions = []
    print("| set | base | a photo | right, cross-validated (%) | outcome | right after training (%) | training |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as scratch:
        for name in arguments.sets.split(","):
            data = pathlib.Path(arguments.data) / name
            table = data / "photos.csv"
            found = measure(
                name, table if table.exists() else data, arguments, pathlib.Path(scratch)
            )
            conclusions.append(show(name, *found))
    print("\n| set | taken | right (%) | best base | right (%) | its interval | within it | comparing took |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    print("\n".join(conclusions))


if __name__ == "__main__":
    main()
