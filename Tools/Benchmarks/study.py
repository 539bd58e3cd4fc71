#!/usr/bin/env python3
"""How well a report foretells what more photos bring, and how well photos of another kind are told from known ones.

usage: Tools/Benchmarks/study.py PROGRAM DATASETS WEIGHTS [NAME…]
  PROGRAM   .build/release/finetune
  DATASETS  a folder with flowers12, signs and the like, each with train/<class>/ in it, and test/ or val/
  WEIGHTS   a weight file of MobileNetV2
"""
import csv
import json
import pathlib
import random
import subprocess
import sys
import tempfile

SEEDS = (1, 2, 3, 4, 5)
SHARE = 0.95  # of known photos that are not called unknown


def photos(folder, parts):
    """Paths and classes of the first of some parts that is there."""
    part = next(folder / name for name in parts if (folder / name).exists())
    return sorted((str(path.resolve()), path.parent.name) for path in part.rglob("*")
                  if path.suffix.lower() in (".jpg", ".jpeg", ".png", ".ppm"))


def train(program, weights, place, name, rows, tested):
    """Trains a head on some photos; what its report says of the tested ones."""
    with open(place / f"{name}.csv", "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["path", "label", "split"])
        table.writerows((path, label, "train") for path, label in rows)
        table.writerows((path, label, "test") for path, label in tested)
    subprocess.run([program, "--base", "mobilenetv2", "--weights", weights, "--data", f"{name}.csv", "--plan", "head",
                    "--output", name, "--offline", "--progress", "none"], cwd=place, check=True, capture_output=True)
    return json.loads((place / name / "report.json").read_text())["study"]


def half(rows, seed):
    """Half of each class."""
    chance = random.Random(seed)
    by_class = {}
    for row in rows:
        by_class.setdefault(row[1], []).append(row)
    return [row for members in by_class.values() for row in chance.sample(members, (len(members) + 1) // 2)]


def head(study):
    return next(one["accuracy"] for one in study["classifiers"] if one["kind"] == "linearHead")


def foretell(program, weights, name, folder):
    """By how much reports of half the photos say that all of them raise the accuracy, and by how much they do."""
    rows, tested = photos(folder, ("train", "Train")), photos(folder, ("test", "val", "Test"))
    with tempfile.TemporaryDirectory() as place:
        place = pathlib.Path(place)
        whole = head(train(program, weights, place, "all", rows, tested))
        cells = []
        for seed in SEEDS:
            study = train(program, weights, place, f"half-{seed}", half(rows, seed), tested)
            gain = (study.get("curve") or {}).get("gainOfDoubling", 0)
            cells.append(f"{100 * gain:.1f}: {100 * (whole - head(study)):.1f}")
        print(f"| {name}, {len(rows)} | {len(tested)} | {100 * whole:.1f} % | {' · '.join(cells)} |", flush=True)


def unlike(program, place, paths):
    (place / "list.txt").write_text("\n".join(paths))
    outcome = subprocess.run([program, "predict", "known", "--list", "list.txt", "--unknown", str(SHARE), "--jsonl",
                              "--quiet"], cwd=place, check=True, capture_output=True, text=True)
    answers = [json.loads(line) for line in outcome.stdout.splitlines()]
    return [one["unlike"] for one in answers], sum(one["unknown"] for one in answers) / len(answers)


def area(known, strange):
    """How often a strange photo is said to be more unlike than a known one; ties count half."""
    pairs = sum((other > own) + 0.5 * (other == own) for own in known for other in strange)
    return pairs / len(known) / len(strange)


def tell_apart(program, weights, name, datasets, names):
    folder = datasets / name
    tested = photos(folder, ("test", "val", "Test"))
    with tempfile.TemporaryDirectory() as place:
        place = pathlib.Path(place)
        train(program, weights, place, "known", photos(folder, ("train", "Train")), tested)
        own, called = unlike(program, place, [path for path, _ in tested])
        cells = []
        for other in names:
            if other == name:
                continue
            strange, found = unlike(program, place, [
                path for path, _ in photos(datasets / other, ("test", "val", "Test"))])
            cells.append(f"{other} {found:.0%} ({area(own, strange):.3f})")
        print(f"| {name} | {called:.1%} | {', '.join(cells)} |", flush=True)


def main():
    program, datasets, weights = (pathlib.Path(text).resolve() for text in sys.argv[1:4])
    names = sys.argv[4:] or ["flowers12", "signs", "wbc", "hymenoptera"]
    print("| Photos to train on | Tested | All photos reach | Foretold from half of them: came, in points |\n"
          "| --- | --- | --- | --- |")
    for name in names:
        foretell(str(program), str(weights), name, datasets / name)
    print("\n| Known photos | Test photos called unknown | Others called unknown (ROC area) |\n| --- | --- | --- |")
    for name in names:
        tell_apart(str(program), str(weights), name, datasets, names)


main()
