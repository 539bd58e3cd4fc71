"""Compares exports with `predict`: see Tools/export-check.sh.

Usage: check_exports.py PROGRAM FOLDER DATA [--small]

Each classifier is a run whose head was solved on drawn photos, on a base with weights from a hash
(Tools/keras/common.py) or on a model of DATA. Photos are PNG files of the network's own size, so that what a runtime
is fed is what `predict` sees; for networks that resize by themselves they have other sizes.
"""

import json
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "keras"))

import common
import keras
import numpy as np
import onnx
import onnxruntime
import openvino
import safetensors.numpy
from PIL import Image

PROGRAM, FOLDER, DATA = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
PHOTOS = 20
TOLERANCE = 1e-4  # of probabilities, where pixels go in
RESIZED = 2e-2  # where the runtime resizes, or kernels are rounded
ZOO = ["mobilenetv2", "resnet50", "vgg16", "mobilenetv3small", "efficientnetb0", "densenet121", "convnexttiny"]


def run(*arguments, expected=0):
    outcome = subprocess.run([PROGRAM, *map(str, arguments)], cwd=FOLDER, capture_output=True, text=True)
    if outcome.returncode != expected:
        sys.exit(f"finetune {' '.join(map(str, arguments))}: {outcome.returncode}\n{outcome.stderr}")
    return outcome


def bases(small, names):
    """Name, arguments of the training, the side of the input, its channels; of those that are named, or of all."""
    for name in ZOO[:2] if small else ZOO:
        if names and name not in names:
            continue
        side = 96 if name == "mobilenetv2" else 224
        model = common.build(name, side=side, top=False)
        common.fill(model)
        weights = FOLDER / f"{name}.weights.h5"
        model.save_weights(weights)
        yield name, ["--base", name, "--weights", weights, "--image-size", side], side, 3
    if small:
        return
    if (not names or "timm/resnet18" in names) and (timm_weights := write_timm()):
        yield "timm/resnet18", ["--base", "timm/resnet18", "--weights", timm_weights], 224, 3
    # Of DATA's other models, the two of Keras 2 give the same features for every photo: a head on these says nothing
    # but how its runtime rounds.
    files = {"teachable_catdog": (DATA / "models/teachable_catdog.h5", 224)}
    for name, (file, side) in files.items():
        if names and name not in names:
            continue
        if file.exists():
            yield name, ["--base", file.resolve()], side, 3
        else:
            print(f"{name}: skipped, there is no {file}")


def timm_model(*arguments):
    """Of timm_model.py; the Python is that of TORCH_VENV, else this one."""
    venv = os.environ.get("TORCH_VENV")
    python = pathlib.Path(venv) / "bin/python" if venv else sys.executable
    script = pathlib.Path(__file__).with_name("timm_model.py")
    return subprocess.run([python, script, *map(str, arguments)]).returncode


def write_timm():
    path = FOLDER / "resnet18.safetensors"
    status = timm_model("write", "resnet18", path)
    if status == 69:
        print("timm/resnet18: skipped, there is no PyTorch with timm")
        return None
    if status:
        sys.exit("export-check: timm's network could not be written")
    return path


def draw_photos():
    run("sample", "--output", "sample")
    photos = sorted((FOLDER / "sample").rglob("*.jpg"))[::7][:PHOTOS]
    assert len(photos) == PHOTOS, len(photos)
    return photos


def cut(photos, side):
    """Photos of the network's size."""
    folder = FOLDER / f"cut-{side}"
    folder.mkdir(exist_ok=True)
    paths = []
    for index, photo in enumerate(photos):
        path = folder / f"{index:02}.png"
        Image.open(photo).convert("RGB").resize((side, side)).save(path)
        paths.append(path)
    return paths


def scaled(photos):
    """Photos of several sizes and shapes."""
    folder = FOLDER / "scaled"
    folder.mkdir(exist_ok=True)
    paths = []
    for index, photo in enumerate(photos):
        path = folder / f"{index:02}.png"
        Image.open(photo).convert("RGB").resize((300 + 17 * index, 420 - 9 * index)).save(path)
        paths.append(path)
    return paths


def predicted(folder, paths):
    answers = json.loads(run("predict", folder, *paths, "--top", 99, "--json").stdout)["predictions"]
    rows = []
    for answer in answers:
        row = {item["index"]: item["probability"] for item in answer["top"]}
        rows.append([row[index] for index in range(len(row))])
    return np.array(rows)


def pixels(paths):
    return np.stack([np.asarray(Image.open(path).convert("RGB"), np.float32) for path in paths])


class Table:
    def __init__(self):
        self.rows = []
        self.failed = False

    def add(self, name, what, expected, found, tolerance):
        """Where the two likeliest classes are closer than the tolerance, either is as good as the other: heads on
        random networks have such photos."""
        difference = float(np.abs(np.asarray(found) - expected).max())
        best = np.sort(expected, 1)
        is_tie = best[:, -1] - best[:, -2] < tolerance
        same = int((is_tie | (np.argmax(found, 1) == np.argmax(expected, 1))).sum())
        good = difference <= tolerance and same == len(expected)
        self.failed |= not good
        self.rows.append((name, what, f"{difference:.1e}", f"{same} of {len(expected)}", "yes" if good else "NO"))
        print("| " + " | ".join(self.rows[-1]) + " |", flush=True)


def openvino_answers(path, batch):
    core = openvino.Core()
    model = core.compile_model(str(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return model(batch)[0]


def check_keras(table, name, path, expected, batch):
    model = keras.saving.load_model(path)
    table.add(name, f"{path.suffix} in Keras", expected, model.predict(batch, verbose=0), TOLERANCE)
    # Bytes as they come from a file are the same to it.
    table.add(name, f"{path.suffix} in Keras, bytes", expected,
              model.predict(batch.astype(np.uint8), verbose=0), TOLERANCE)
    before = [weight.numpy().copy() for weight in model.trainable_weights]
    model.compile(keras.optimizers.SGD(1e-3), "sparse_categorical_crossentropy")
    model.fit(batch[:4], np.zeros(4), epochs=1, verbose=0)
    moved = sum(not np.array_equal(old, new.numpy()) for old, new in zip(before, model.trainable_weights))
    if moved < len(before) / 2:
        sys.exit(f"{name}: training in Keras moved {moved} of {len(before)} weights")


def check_onnx(table, name, path, what, expected, batch, tolerance=TOLERANCE):
    onnx.checker.check_model(str(path), full_check=True)
    session = onnxruntime.InferenceSession(str(path))
    table.add(name, f"{what} in ONNX Runtime", expected, session.run(None, {"pixels": batch})[0], tolerance)
    return session


def check_properties(name, path, folder):
    """Labels and the rest are in the file."""
    properties = {item.key: item.value for item in onnx.load(str(path), load_external_data=False).metadata_props}
    labels = json.loads((FOLDER / folder / "labels.json").read_text())
    if json.loads(properties["labels"]) != labels or "base_name" not in properties:
        sys.exit(f"{name}: the properties of {path} are {properties}")


def check_litert(table, name, expected, batch):
    """What the documentation says of LiteRT: Keras's own converter takes the export."""
    import tensorflow

    model = keras.saving.load_model(FOLDER / "model.keras", compile=False)
    for what, optimizations, tolerance in (("float32", [], TOLERANCE),
                                           ("int8 weights", [tensorflow.lite.Optimize.DEFAULT], 0.05)):
        converter = tensorflow.lite.TFLiteConverter.from_keras_model(model)
        converter.optimizations = optimizations
        interpreter = tensorflow.lite.Interpreter(model_content=converter.convert())
        interpreter.allocate_tensors()
        given, answer = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
        found = []
        for photo in batch:
            interpreter.set_tensor(given["index"], photo[None])
            interpreter.invoke()
            found.append(interpreter.get_tensor(answer["index"])[0])
        table.add(name, f"LiteRT of .keras, {what}", expected, found, tolerance)


def check_operators(folder):
    """Every operation, against what this project computes: files of the test suite "An ONNX file"."""
    wrong = []
    files = sorted(pathlib.Path(folder).glob("*.onnx"))
    for path in files:
        onnx.checker.check_model(str(path), full_check=True)
        tensors = safetensors.numpy.load_file(path.with_suffix(".safetensors"))
        session = onnxruntime.InferenceSession(str(path))
        found = session.run(None, {"pixels": tensors["pixels"]})[0]
        expected = tensors["probabilities"]
        scale = max(1, float(np.abs(expected).max()))
        if found.shape != expected.shape or float(np.abs(found - expected).max()) > 1e-5 * scale:
            wrong.append(path.stem)
    if wrong or not files:
        sys.exit(f"export-check: of {len(files)} networks of one operation ONNX Runtime differs in {wrong}")
    print(f"{len(files)} networks of one operation each: ONNX Runtime within 1e-5 of this project")


def may_be_refused(name):
    """Heads on networks of random weights can have numbers beyond float16; then nothing is written."""
    outcome = subprocess.run([PROGRAM, "export", "run", "--output", "half.onnx", "--force", "--precision", "float16"],
                             cwd=FOLDER, capture_output=True, text=True)
    if outcome.returncode not in (0, 65):
        sys.exit(f"{name}: {outcome.stderr}")
    if outcome.returncode == 65:
        print(f"{name}: float16 is refused: {outcome.stderr.strip()}", flush=True)
    return True


def check(table, name, arguments, side, photos):
    run(*arguments, "--data", "sample", "--plan", "head", "--resize", "squash", "--output", "run", "--offline")
    paths = cut(photos, side)
    expected, batch = predicted("run", paths), pixels(paths)
    if np.ptp(expected, axis=0).max() < 1e-2:
        print(f"{name}: nothing tells these photos apart, so equal answers prove little", flush=True)
    for path in ("model.keras", "model.h5", "model.onnx", "bytes.onnx", "half.onnx", "resizing.onnx", "all.safetensors"):
        options = {"bytes.onnx": ["--pixels", "uint8"], "half.onnx": ["--precision", "float16"],
                   "resizing.onnx": ["--with-resize"]}.get(path, [])
        if path == "half.onnx" and may_be_refused(name):
            continue
        run("export", "run", "--output", path, "--force", *options)
    check_keras(table, name, FOLDER / "model.keras", expected, batch)
    check_keras(table, name, FOLDER / "model.h5", expected, batch)
    check_onnx(table, name, FOLDER / "model.onnx", ".onnx", expected, batch)
    check_properties(name, FOLDER / "model.onnx", "run")
    check_onnx(table, name, FOLDER / "bytes.onnx", ".onnx of bytes", expected, batch.astype(np.uint8))
    if (FOLDER / "half.onnx").exists():
        check_onnx(table, name, FOLDER / "half.onnx", ".onnx, float16", expected, batch, RESIZED)
    table.add(name, ".onnx in OpenVINO", expected, openvino_answers(FOLDER / "model.onnx", batch), TOLERANCE)
    check_resizing(table, name, "run", scaled(photos), "squash")
    if name == "mobilenetv2":
        check_litert(table, name, expected, batch)
    check_tensors(name)
    run("export", "run", "--output", "none.onnx", "--preprocessing", "none")
    for leftover in FOLDER.glob("*.onnx"):
        leftover.unlink()


def resized_by_pillow(photo, policy, side):
    """What the network sees, as torchvision and Pillow compute it."""
    width, height = photo.size
    if policy == "squash":
        return photo.resize((side, side), Image.BILINEAR)
    if policy == "fit":
        scale = min(side / width, side / height)
        within = photo.resize((max(1, round(width * scale)), max(1, round(height * scale))), Image.BILINEAR)
        whole = Image.new("RGB", (side, side), (124, 116, 104))
        whole.paste(within, (round((side - within.width) / 2), round((side - within.height) / 2)))
        return whole
    canvas = side if policy == "cover" else round(side * 256 / 224)
    if width > height:
        size = (int(canvas * width / height), canvas)
    else:
        size = (canvas, int(canvas * height / width))
    left, top = round((size[0] - side) / 2), round((size[1] - side) / 2)
    return photo.resize(size, Image.BILINEAR).crop((left, top, left + side, top + side))


def check_pixels(paths, policy, side):
    """The part of the graph that resizes, by itself, is within one level of Pillow."""
    last = {"squash": "resized", "fit": "framed"}.get(policy, "centre")
    onnx.utils.extract_model(str(FOLDER / "resizing.onnx"), str(FOLDER / "part.onnx"), ["pixels"], [last],
                             check_model=False)
    session = onnxruntime.InferenceSession(str(FOLDER / "part.onnx"))
    worst = 0
    for path in paths:
        found = session.run(None, {"pixels": pixels([path])})[0][0].transpose(1, 2, 0)
        expected = np.asarray(resized_by_pillow(Image.open(path), policy, side), np.float32)
        worst = max(worst, float(np.abs(found - expected).max()))
    print(f"photos resized by ONNX Runtime ({policy}): at most {worst:g} levels from Pillow", flush=True)
    if worst > 1:
        sys.exit("export-check: that is more than one level")


def check_resizing(table, name, folder, paths, policy):
    expected = predicted(folder, paths)
    session = onnxruntime.InferenceSession(str(FOLDER / "resizing.onnx"))
    found = [session.run(None, {"pixels": pixels([path])})[0][0] for path in paths]
    table.add(name, f".onnx that resizes ({policy})", expected, found, RESIZED)


def check_tensors(name):
    """The safetensors library reads the file, and timm takes it as it is."""
    tensors = safetensors.numpy.load_file(FOLDER / "all.safetensors")
    if not tensors:
        sys.exit(f"{name}: all.safetensors is empty")
    if name.startswith("timm/"):
        classes = len(json.loads((FOLDER / "run/labels.json").read_text()))
        if timm_model("load", name.split("/")[1], classes, FOLDER / "all.safetensors"):
            sys.exit(f"{name}: timm does not take all.safetensors")


def check_views(table, photos):
    """Every way to bring a photo to a size, in the graph."""
    name = "mobilenetv2"
    for policy in ("squash", "crop", "cover", "fit", "bilinear"):
        run("--base", name, "--weights", FOLDER / f"{name}.weights.h5", "--image-size", 96, "--data", "sample",
            "--plan", "head", "--resize", policy, "--output", f"run-{policy}", "--offline")
        run("export", f"run-{policy}", "--output", "resizing.onnx", "--with-resize", "--force")
        if policy != "bilinear":
            check_pixels(scaled(photos), policy, 96)
        check_resizing(table, name, f"run-{policy}", scaled(photos), policy)


def check_published(table):
    """A classifier that knows what it says: published weights, real photos as their files are."""
    weights = DATA / "weights/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5"
    photos = DATA / "datasets/hymenoptera"
    if not weights.exists() or not photos.exists():
        print(f"published weights: skipped, there is no {weights} or {photos}")
        return
    run("--base", "mobilenetv2", "--weights", weights.resolve(), "--data", photos.resolve(), "--plan", "head",
        "--resize", "crop", "--output", "run-published", "--offline")
    run("export", "run-published", "--output", "resizing.onnx", "--with-resize", "--force")
    paths = sorted((photos.resolve() / "val").rglob("*.jpg"))[::7][:PHOTOS]
    check_resizing(table, "mobilenetv2, published", "run-published", paths, "crop")


def main():
    small = "--small" in sys.argv
    names = [argument for argument in sys.argv[4:] if argument != "--small"]
    if unknown := set(names) - {*ZOO, "timm/resnet18", "teachable_catdog"}:
        sys.exit(f"export-check: there is no classifier {', '.join(sorted(unknown))}")
    table = Table()
    print(", ".join(f"{module.__name__} {module.__version__}" for module in (keras, onnx, onnxruntime, openvino)))
    print("| Classifier | Export | Largest difference | Same class | Holds |\n| --- | --- | --- | --- | --- |")
    if operators := os.environ.get("ONNX_OPERATORS"):
        check_operators(operators)
    photos = draw_photos()
    for name, arguments, side, _ in bases(small, names):
        start = time.time()
        subprocess.run(["rm", "-rf", str(FOLDER / "run")], check=True)
        check(table, name, arguments, side, photos)
        print(f"{name}: {time.time() - start:.0f} s", file=sys.stderr)
    if not names or "mobilenetv2" in names:
        check_views(table, photos)
        check_published(table)
    sys.exit("export-check: what is marked NO does not hold" if table.failed else 0)


main()
