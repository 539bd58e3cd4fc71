#!/usr/bin/env python3
"""How many wrong labels a report finds: some labels of real photos are changed on purpose, and looked for among the
first suspects of a run on folds.

usage: Tools/Benchmarks/suspects.py PROGRAM DATASETS WEIGHTS [NAME…]
  PROGRAM   .build/release/finetune
  DATASETS  a folder with flowers12, signs and the like, each with train/<class>/ in it
  WEIGHTS   a weight file of MobileNetV2
"""
import csv
import json
import pathlib
import random
import subprocess
import sys
import tempfile

CHANGED = 0.05  # share of labels
LOOKED_AT = 0.075  # share of photos
SEEDS = (1, 2, 3)


def photos(folder):
    """Paths and classes of what is to train on."""
    train = next((folder / name for name in ("train", "Train") if (folder / name).exists()), folder)
    return sorted((path.resolve(), path.parent.name) for path in train.rglob("*")
                  if path.suffix.lower() in (".jpg", ".jpeg", ".png", ".ppm"))


def measure(program, folder, weights, seed):
    """The share of changed labels among the first suspects, how many were looked at of how many, and the share of these."""
    rows = photos(folder)
    classes = sorted({label for _, label in rows})
    chance = random.Random(seed)
    changed = set(chance.sample(range(len(rows)), round(CHANGED * len(rows))))
    with tempfile.TemporaryDirectory() as place:
        place = pathlib.Path(place)
        with open(place / "list.csv", "w", newline="") as file:
            table = csv.writer(file)
            table.writerow(["path", "label"])
            for index, (path, label) in enumerate(rows):
                wrong = chance.choice([other for other in classes if other != label])
                table.writerow([path, wrong if index in changed else label])
        subprocess.run([program, "--base", "mobilenetv2", "--weights", weights, "--data", "list.csv", "--plan", "head",
                        "--folds", "5", "--output", "run", "--offline", "--progress", "none"],
                       cwd=place, check=True, capture_output=True)
        suspects = json.loads((place / "run/report.json").read_text())["scores"]["suspects"]
    names = {str(rows[index][0]) for index in changed}
    first = suspects[:round(LOOKED_AT * len(rows))]
    found = len(names & {suspect["path"] for suspect in first})
    return found / len(names), len(first), len(rows), found / len(first)


def main():
    program, datasets, weights = (str(pathlib.Path(text).resolve()) for text in sys.argv[1:4])
    print("| Photos | Labels changed | Looked at | Found, by seed | Changed, of those looked at |\n"
          "| --- | --- | --- | --- | --- |")
    for name in sys.argv[4:] or ["flowers12", "signs"]:
        found = [measure(program, pathlib.Path(datasets) / name, weights, seed) for seed in SEEDS]
        shares = ", ".join(f"{row[0]:.0%}" for row in found)
        hits = ", ".join(f"{row[3]:.0%}" for row in found)
        print(f"| {name}, {found[0][2]} | {CHANGED:.0%} | the first {LOOKED_AT:.1%}, {found[0][1]} photos | {shares} | {hits} |",
              flush=True)


main()
