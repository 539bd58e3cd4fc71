"""Reads a run's event files with TensorBoard and compares them with its events.jsonl."""

import json
import math
import pathlib
import re
import struct
import subprocess
import sys
import time
import urllib.parse
import urllib.request
import warnings

warnings.filterwarnings("ignore")
import tensorboard
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def fail(message):
    sys.exit(f"tensorboard-check: {message}")


def float32(value):
    """A number as an event file holds it."""
    return struct.unpack("f", struct.pack("f", float(value)))[0]


def expected(run):
    """The curves that events.jsonl implies: {tag: {step: value}}. A step that was taken again counts as
    it was the last time."""
    curves = {}
    offsets, epoch_steps, phase = [], {}, 0

    def put(tag, step, value):
        if value is not None:
            curves.setdefault(tag, {})[step] = float32(value)

    # Behind the last line's end is what a full disk or a kill has cut off, if anything.
    for line in (run / "events.jsonl").read_text().split("\n")[:-1]:
        event = json.loads(line)
        kind = event["event"]
        if kind == "plan":
            offsets, total = [], 0
            for part in event["parts"]:
                offsets.append(total)
                total += part["steps"]
        elif kind == "phase":
            phase = event["phase"]
            epoch_steps[phase] = event["stepsPerEpoch"]
        elif kind == "head":
            put("validation/accuracy", offsets[phase], event.get("validationAccuracy"))
            put("validation/log_loss", offsets[phase], event.get("validationLogLoss"))
        elif kind == "step":
            phase = event["phase"]
            step = offsets[phase] + (event["epoch"] - 1) * event["steps"] + event["step"]
            put("train/loss", step, event["loss"])
            put("rate/head", step, event["learningRate"])
            put("images_per_second", step, event["imagesPerSecond"])
            put("phase", step, phase)
        elif kind == "epoch":
            step = offsets[event["phase"]] + event["epoch"] * epoch_steps[event["phase"]]
            put("train/accuracy", step, event.get("trainingAccuracy"))
            put("train/epoch_loss", step, event.get("trainingLoss"))
            put("validation/accuracy", step, event.get("validationAccuracy"))
            put("validation/log_loss", step, event.get("validationLogLoss"))
    return curves


def same(a, b):
    return a == b or (math.isnan(a) and math.isnan(b))


def read_files(folder, run):
    """Lists what TensorBoard's own reader finds, and compares the curves."""
    reader = EventAccumulator(str(folder), size_guidance=dict.fromkeys(
        ["scalars", "images", "histograms", "tensors", "compressedHistograms"], 0))
    reader.Reload()
    tags = reader.Tags()
    print(f"{'tag':44} {'points':>6} {'last step':>9}  last value")
    curves = {}
    for tag in sorted(tags["scalars"]):
        points = reader.Scalars(tag)
        curves[tag] = {point.step: point.value for point in points}
        steps = [point.step for point in points]
        if steps != sorted(steps):
            fail(f"the steps of '{tag}' go back")
        print(f"{tag:44} {len(points):6} {points[-1].step:9}  {points[-1].value:.6g}")
    for tag in sorted(tags["histograms"]):
        points = reader.Histograms(tag)
        last = points[-1].histogram_value
        print(f"{tag:44} {len(points):6} {points[-1].step:9}  {last.num:.0f} values,"
              f" {last.min:.3g} to {last.max:.3g}")
        if sum(last.bucket) != last.num or len(last.bucket) != len(last.bucket_limit):
            fail(f"the buckets of '{tag}' do not hold its values")
    for tag in sorted(tags["images"]):
        points = reader.Images(tag)
        last = points[-1]
        print(f"{tag:44} {len(points):6} {last.step:9}  {last.width} x {last.height},"
              f" {len(last.encoded_image_string)} bytes")
    for tag in sorted(tags["tensors"]):
        points = reader.Tensors(tag)
        text = points[-1].tensor_proto.string_val[0].decode()
        print(f"{tag:44} {len(points):6} {points[-1].step:9}  {text.strip('`* ').strip().splitlines()[0][:60]}")

    compared = 0
    for tag, points in expected(run).items():
        if tag not in curves:
            fail(f"events.jsonl has '{tag}' and the event files do not")
        for step, value in points.items():
            # Where one phase ends and the next begins there are two values for a step.
            if step not in curves[tag] or not same(curves[tag][step], value):
                fail(f"'{tag}' at step {step} is {curves[tag].get(step)}, in events.jsonl {value}")
            compared += 1
    print(f"{compared} points of {len(expected(run))} curves are those of events.jsonl")
    return tags, curves


def ask_server(folder, tags, curves):
    """Starts TensorBoard and asks for what its pages ask for."""
    program = pathlib.Path(sys.executable).parent / "tensorboard"
    server = subprocess.Popen(
        [program, "--logdir", folder, "--port", "0", "--host", "127.0.0.1"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        for line in server.stderr:
            found = re.search(r"at (http://\S+?)/? ", line)
            if found:
                break
        else:
            fail("TensorBoard ended without telling its address")

        def get(path, **query):
            url = f"{found[1]}/data/plugin/{path}?{urllib.parse.urlencode(query)}"
            with urllib.request.urlopen(url, timeout=20) as answer:
                return json.load(answer)

        # It reads the files after it has begun to listen.
        deadline = time.monotonic() + 60
        while not (listed := get("scalars/tags")) and time.monotonic() < deadline:
            time.sleep(0.5)
        run = next(iter(listed), None)
        if run is None or set(listed[run]) != set(tags["scalars"]):
            fail(f"the server lists {listed}")
        print(f"TensorBoard {tensorboard.__version__}: /data/plugin/scalars/tags lists"
              f" {len(listed[run])} curves of run '{run}'")
        for tag in ("train/loss", "validation/accuracy"):
            if tag in curves:
                *_, (_, step, value) = get("scalars/scalars", run=run, tag=tag)
                if step != max(curves[tag]) or not same(float32(value), curves[tag][step]):
                    fail(f"the server says that '{tag}' ends with {value} at step {step}")
                print(f"  {tag}: {value:.6g} at step {step}")
        for plugin, kind in (("histograms", "histograms"), ("images", "images")):
            found_tags = get(f"{plugin}/tags").get(run, {})
            if set(found_tags) != set(tags[kind]):
                fail(f"the server lists other {plugin}: {found_tags}")
            print(f"  {plugin}: {len(found_tags)} tags")
        print(f"  text: {', '.join(sorted(get('text/tags').get(run, [])))}")
    finally:
        server.terminate()
        server.wait(10)


run = pathlib.Path(sys.argv[1])
tags, curves = read_files(run / "tensorboard", run)
ask_server(str(run / "tensorboard"), tags, curves)
