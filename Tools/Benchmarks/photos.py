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
# Base, what PyTorch calls it, what learns, and the ratio that is aimed at.
TRAININGS = [
    ("resnet50", "resnet50", "last", 1.8),
    ("resnet50", "resnet50", "full", 1.8),
    ("mobilenetv2", "mobilenet_v2", "last", 4),
    ("mobilenetv2", "mobilenet_v2", "full", 4),
]
SCOPES = {"last": "last 1", "full": "all"}
# The part of what `finetune benchmark` says that a training on photos should reach.
SHARE = 0.9


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


def steps(base, mode):
    """Images a second that a training's own events report: of its second epoch, loading included."""
    phase = {"name": mode, "scope": SCOPES[mode], "method": "sgd", "epochs": 2, "batchSize": 32, "clip": 1}
    phase |= {"learningRate": 1e-4, "schedule": "constant", "augmentation": "light", "batchNorm": "frozen"}

    def run():
        with tempfile.TemporaryDirectory() as work:
            plan, output = os.path.join(work, "plan.json"), os.path.join(work, "run")
            with open(plan, "w", encoding="utf-8") as file:
                json.dump({"name": mode, "phases": [phase]}, file)
            command = [harness.FINETUNE, "train", "--base", base, "--weights", "none", "--data", dataset("hymenoptera")]
            command += ["--plan", plan, "--output", output, "--threads", str(harness.THREADS), "--progress", "json"]
            events = [json.loads(line) for line in harness.finish(command).splitlines()]
        return [e["imagesPerSecond"] for e in events if e["event"] == "step" and e["epoch"] == 2][-1]

    return run


def random_steps(base, mode):
    command = [harness.FINETUNE, "benchmark", "--base", base, "--mode", mode, "--batch-size", "32", "--json"]
    command += ["--threads", str(harness.THREADS)]
    return lambda: json.loads(harness.finish(command))["imagesPerSecond"]


def torch_steps(name, mode):
    command = [sys.executable, os.path.join(harness.HERE, "peers", "torch_train.py"), dataset("hymenoptera")]

    def run():
        found = json.loads(harness.finish([*command, name, mode, str(harness.THREADS)]).strip().splitlines()[-1])
        harness.VERSIONS["torch_train.py"] = found["version"]
        return found["imagesPerSecond"]

    return run


def training_lines(base, other, mode, goal, rounds):
    title = {"last": "last stage trains", "full": "everything trains"}[mode]
    name = f"hymenoptera, {base}, {title}, loading included"
    sides = [("ours", steps(base, mode)), ("benchmark", random_steps(base, mode)), ("PyTorch", torch_steps(other, mode))]
    figures = harness.in_turns(name, sides, rounds)

    def ratios(side):
        return [a / b for a, b in zip(figures["ours"], figures[side]) if a and b]

    def row(side, title, goal):
        own, found = ([f for f in figures[s] if f] for s in ("ours", side))
        cells = harness.ratio_cells(ratios(side), goal) if ratios(side) else f"– | ≥ {goal} | –"
        texts = [f"{harness.spread(values)} img/s" if values else "failed" for values in (own, found)]
        return f"| {name} | {texts[0]} | {title}: {texts[1]} | {cells} |"

    yield row("benchmark", "`finetune benchmark`", SHARE)
    yield row("PyTorch", "PyTorch with torchvision's loader", goal)


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
            *[("training", lambda row=row: training_lines(*row, rounds)) for row in TRAININGS],
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
        "of the two ends counts. Trainings with loading are of random weights, batches of 32 with light augmentation, batch norm frozen; the "
        "second of two epochs counts, ours as its own events report it.",
        lines,
    )
