"""Runs the rows on real photos, ours and each peer in turns, and writes their table; see run.sh."""
import glob
import importlib.metadata
import json
import os
import shutil
import statistics
import sys
import tempfile
import time

import harness

DATA = os.environ.get("FINETUNE_TEST_DATA", "")
KERAS = os.path.join(os.environ.get("KERAS_VENV", ""), "bin", "python")
WEIGHTS = {
    "mobilenetv2": "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5",
    "mobilenet 0.25": "mobilenet_2_5_224_tf_no_top.h5",
}
BASES = {
    "mobilenetv2": ["--base", "mobilenetv2"],
    "mobilenet 0.25": ["--base", "mobilenet", "--alpha", "0.25"],
}
# Plan and the ratio that is aimed at.
PLANS = [("head", 20), ("last-stage", 8)]


def weights(base):
    return os.path.join(DATA, "weights", WEIGHTS[base])


def dataset(name):
    return os.path.join(DATA, "datasets", name)


def job(base, data, plan):
    """The whole job from process start to exit, nothing cached: seconds and accuracy."""

    def run():
        with tempfile.TemporaryDirectory() as work:
            output = os.path.join(work, "run")
            command = [harness.FINETUNE, "train", *BASES[base], "--weights", weights(base)]
            command += ["--data", dataset(data), "--plan", plan, "--output", output, "--progress", "json"]
            start = time.perf_counter()
            printed = harness.finish(command, {"FINETUNE_CACHE": os.path.join(work, "cache")})
            seconds = time.perf_counter() - start
            if not os.path.exists(os.path.join(output, "head.h5")):
                raise RuntimeError("there is no head.h5")
        events = [json.loads(line) for line in printed.splitlines()]
        return {"seconds": seconds, "accuracy": [e for e in events if e["event"] == "report"][-1]["accuracy"]}

    return run


def keras(base, data):
    """Keras's recipe for the same job, 10 + 10 epochs; imports are not counted."""

    def run():
        command = [KERAS, os.path.join(harness.HERE, "peers", "keras_recipe.py")]
        command += [dataset(data), weights(base), base, str(harness.THREADS)]
        found = json.loads(harness.finish(command).strip().splitlines()[-1])
        harness.VERSIONS["keras"] = found["version"]
        return found

    return run


def job_lines(base, data, rounds):
    name = f"{data}, {base}, whole job"
    sides = [(plan, job(base, data, plan)) for plan, _ in PLANS] + [("Keras", keras(base, data))]
    figures = harness.in_turns(name, sides, rounds)

    def percent(found):
        return f"{100 * statistics.mean(f['accuracy'] for f in found):.1f} %"

    other = [f for f in figures["Keras"] if f]
    for plan, goal in PLANS:
        own = [f for f in figures[plan] if f]
        row = f"| {name}, `--plan {plan}`"
        if not own or not other:
            yield f"{row} | {'' if own else 'failed'} | {'' if other else 'failed'} | – | ≥ {goal} | – |"
            continue
        ratios = [b["seconds"] / a["seconds"] for a, b in zip(figures[plan], figures["Keras"]) if a and b]
        yield (
            f"{row} | {harness.spread([f['seconds'] for f in own])} s, {percent(own)} | Keras's recipe: "
            f"{harness.spread([f['seconds'] for f in other])} s, {percent(other)} | {harness.ratio_cells(ratios, goal)} |"
        )


def timed(command):
    start = time.perf_counter()
    harness.finish(command)
    return time.perf_counter() - start


def predict_lines(photo, rounds):
    base = "mobilenetv2"
    name = f"`finetune predict` of one photo, {base}, process start to exit"
    with tempfile.TemporaryDirectory() as work:
        run = os.path.join(work, "run")
        harness.finish(
            [harness.FINETUNE, "train", *BASES[base], "--weights", weights(base), "--data", dataset("hymenoptera")]
            + ["--plan", "head", "--output", run],
            {"FINETUNE_CACHE": os.path.join(work, "cache")},
        )

        def read():
            start = time.perf_counter()
            for file in glob.glob(os.path.join(run, "*.h5")):
                with open(file, "rb") as opened:
                    opened.read()
            return time.perf_counter() - start

        sides = [
            ("ours", lambda: timed([harness.FINETUNE, "predict", run, photo])),
            ("reading", read),
            ("import", lambda: timed([sys.executable, "-c", "import torch, torchvision"])),
        ]
        figures = harness.in_turns(name, sides, rounds)
    own = statistics.median(f for f in figures["ours"] if f)
    beyond = own - statistics.median(f for f in figures["reading"] if f)
    verdict = "yes" if beyond <= 0.25 else "**short**"
    yield (
        f"| {name} | {harness.spread(figures['ours'], 3)} s | reading the weights: {statistics.median(figures['reading']):.3f} s; "
        f"Python's `import torch, torchvision`: {harness.spread(figures['import'], 2)} s | {beyond:.3f} s beyond reading | ≤ 0.25 s | {verdict} |"
    )


def views(photos):
    """Training views on one thread: images a second."""

    def run():
        command = [harness.FINETUNE, "benchmark-views", "--data", photos, "--augment", "standard", "--threads", "1"]
        return json.loads(harness.finish([*command, "--passes", "3", "--json"]))

    return run


def torchvision_views(photos):
    script = os.path.join(harness.HERE, "peers", "torchvision_views.py")
    return lambda: float(harness.finish([sys.executable, script, photos, "3", "0.35"]).split()[0])


def view_lines(photos, size, goal, rounds):
    name = f"JPEG to training view, one thread, {size}"
    version = importlib.metadata.version
    harness.VERSIONS["torchvision"] = f"torchvision {version('torchvision')} (PyTorch {version('torch')})"
    figures = harness.in_turns(
        name, [("ours", views(photos)), ("torchvision", torchvision_views(photos))], rounds
    )
    own = [f["imagesPerSecond"] for f in figures["ours"] if f]
    other = [f for f in figures["torchvision"] if f]
    ratios = [a["imagesPerSecond"] / b for a, b in zip(figures["ours"], figures["torchvision"]) if a and b]
    megapixels = figures["ours"][0]["megapixels"]
    yield (
        f"| {name} ({megapixels:.2f} MP) | {harness.spread(own)} img/s | torchvision: {harness.spread(other)} img/s | "
        f"{harness.ratio_cells(ratios, goal)} |"
    )


def sample_photos(work):
    """Two folders of real photos: as they are, and enlarged to twelve megapixels."""
    from PIL import Image

    small, large = os.path.join(work, "small"), os.path.join(work, "large")
    for folder in (small, large):
        os.makedirs(os.path.join(folder, "photos"))
    found = sorted(glob.glob(os.path.join(dataset("hymenoptera"), "**", "*.jpg"), recursive=True))
    kept = [p for p in found if 0.2e6 <= Image.open(p).width * Image.open(p).height <= 0.3e6]
    for path in kept:
        shutil.copy(path, os.path.join(small, "photos"))
    for path in kept[:12]:
        image = Image.open(path).convert("RGB")
        scale = (12e6 / (image.width * image.height)) ** 0.5
        size = (round(image.width * scale), round(image.height * scale))
        image.resize(size, Image.Resampling.LANCZOS).save(
            os.path.join(large, "photos", os.path.basename(path)), quality=90
        )
    return small, large, kept[0]


def table(rounds, words):
    if not os.path.isdir(os.path.join(DATA, "datasets")):
        print("the table on real photos needs them: set FINETUNE_TEST_DATA; skipped", file=sys.stderr)
        return
    start = time.time()
    lines = []
    with tempfile.TemporaryDirectory() as work:
        small, large, photo = sample_photos(work)
        groups = [
            ("views", lambda: view_lines(small, "small photos", 1.5, rounds)),
            ("views", lambda: view_lines(large, "large photos", 4, rounds)),
            ("predict", lambda: predict_lines(photo, rounds)),
            ("job", lambda: job_lines("mobilenet 0.25", "flowers12", rounds)),
            ("job", lambda: job_lines("mobilenetv2", "hymenoptera", rounds)),
        ]
        for name, make in groups:
            if words and name not in words:
                continue
            print(f"{name} …", file=sys.stderr, flush=True)
            for line in make():
                print(line, flush=True)
                lines.append(line)
    if words:
        return
    harness.write(
        "photos",
        "Beside the peers, on real photos",
        f"--rounds {rounds} --tables photos",
        start,
        f"{harness.THREADS} threads, one for views. The median of the rounds, then the lowest and the highest; ratios are taken round "
        "by round. A job is the whole process with nothing cached, its accuracy that of its report; of Keras's recipe "
        "(`peers/keras_recipe.py`, 10 epochs of the head and 10 of fine-tuning) the imports are not counted and the better accuracy "
        "of the two ends counts.",
        lines,
    )
