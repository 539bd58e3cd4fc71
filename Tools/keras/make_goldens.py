"""Writes what real Keras says about the networks of the zoo into Tests/ModelZooTests:
KerasStructures.swift (layers and parameter counts) and KerasGoldens.swift (outputs).

Usage: python Tools/keras/make_goldens.py [NAME ...]
       python Tools/keras/make_goldens.py --all [--class-index imagenet_class_index.json]

Needs a Python with keras and tensorflow-cpu, of the versions in the first line of those files, and
`swift format`. Computes the rows that the files lack, and those of the networks that are named; the
others stay, because on another processor oneDNN has other kernels and the last digits differ. `--all`
computes everything, with any version; for ImageNet's class names Keras then fetches a file if none is
given.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

from common import (
    APPLICATIONS, build, fill, fnv1a, images, keras, np, pooled, structure, versions,
)

import h5py
import networks
from keras.src.applications import efficientnet, imagenet_utils
from keras.src.legacy.saving import legacy_h5_format

# Every variant that Keras publishes and every network that it has none for, with classifier and at the
# size it was trained with: name, α, side.
SIZES = {
    "lenet5": 32, "alexnet": 227, "networkinnetwork": 32, "alphago": 19, "sequence1d": 32000,
    "inceptionv3": 299, "xception": 299, "inceptionresnetv2": 299, "efficientnetb1": 240,
    "efficientnetb2": 260, "efficientnetb3": 300, "efficientnetb4": 380, "efficientnetb5": 456,
    "efficientnetb6": 528, "efficientnetb7": 600, "efficientnetv2b1": 240, "efficientnetv2b2": 260,
    "efficientnetv2b3": 300, "efficientnetv2s": 384, "efficientnetv2m": 480, "efficientnetv2l": 480,
}
ALPHAS = {
    "mobilenet": (0.25, 0.5, 0.75, 1.0), "mobilenetv2": (0.35, 0.5, 0.75, 1.0, 1.3, 1.4),
    "mobilenetv3small": (0.75, 1.0), "mobilenetv3large": (0.75, 1.0),
    "mobilenetv3smallminimalistic": (1.0,), "mobilenetv3largeminimalistic": (1.0,),
}
NAMES = list(networks.BUILDERS) + list(APPLICATIONS) + [
    "mobilenetv3smallminimalistic", "mobilenetv3largeminimalistic",
]
# Without classifier: odd sizes for the padding, widths for the rounding, one channel.
HEADLESS = [
    ("vgg16", None, 50, 3), ("resnet50", None, 75, 3), ("resnet50", None, 64, 1),
    ("resnet101v2", None, 75, 3), ("mobilenet", 0.6, 75, 3), ("mobilenetv2", 0.5, 75, 3),
    ("mobilenetv2", 0.75, 101, 3), ("mobilenetv2", 1.3, 130, 3), ("mobilenetv3small", 1.3, 75, 3),
    ("mobilenetv3large", 0.6, 101, 3), ("mobilenetv3large", 1.0, 64, 1),
    ("mobilenetv3largeminimalistic", 0.75, 75, 3), ("efficientnetb0", None, 75, 3),
    ("efficientnetb3", None, 101, 3), ("efficientnetb0", None, 64, 1),
    ("efficientnetv2b2", None, 75, 3), ("efficientnetv2b0", None, 64, 1),
    ("efficientnetv2s", None, 75, 1), ("inceptionv3", None, 75, 3), ("xception", None, 71, 3),
    ("xception", None, 98, 1), ("inceptionresnetv2", None, 76, 3), ("densenet121", None, 75, 3),
    ("lenet5", None, 45, 1), ("alexnet", None, 67, 3), ("networkinnetwork", None, 33, 3),
    ("googlenet", None, 97, 3), ("resnet18", None, 75, 3), ("squeezenet1_0", None, 75, 3),
    ("convnexttiny", None, 75, 3), ("squeezenet1_1", None, 70, 3), ("alphago", None, 13, 17), ("sequence1d", None, 1001, 4),
]
# α and side of the pictures that outputs are computed for, where it is not 64 pixels.
OUTPUT_SIDES = {
    "vgg11": 32, "vgg13": 32, "vgg16": 32, "vgg19": 32, "lenet5": 32, "alexnet": 99,
    "networkinnetwork": 33, "googlenet": 97, "squeezenet1_1": 67, "alphago": 19, "sequence1d": 1001,
    "resnet34": 75, "resnet101v2": 75, "inceptionv3": 139, "inceptionresnetv2": 139, "xception": 101,
    "densenet169": 75, "mobilenetv3small": 75, "efficientnetb1": 75, "efficientnetv2b1": 75,
    "convnextsmall": 75,
}
OUTPUTS = [(n, ALPHAS[n][0] if n in ALPHAS else None, OUTPUT_SIDES.get(n, 64)) for n in NAMES]
OUTPUTS += [("mobilenet", 0.25, 75), ("mobilenetv2", 0.35, 75)]
BATCH = 2
# Every so many outputs are kept, of few all.
LOGIT_STEP, FEATURE_STEP = 111, 333
DEVIATIONS = (0.229, 0.224, 0.225)

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "Tests/ModelZooTests"
FILES = ("KerasStructures.swift", "KerasGoldens.swift")
FEATURES = "/// Features where the file holds ImageNet's deviations in place of variances."
HEAD = f"// Made by Tools/keras/make_goldens.py with {versions()}. Do not edit."


def optional(value):
    return "nil" if value is None else repr(value)


def numbers(values):
    return "[" + ", ".join(f"{float(v):.7g}" for v in values) + "]"


def sampled(rows, step):
    return rows[:, :: step if rows.shape[1] > 20 else 1]


def kept(name, kind, columns, options):
    """The rows of a file that stay, by their first columns."""
    rows = {}
    if not options.all:
        text = (FOLDER / name).read_text()
        for row in re.findall(rf"^    {kind}\([^)]*\),$", text, re.MULTILINE):
            key = tuple("".join(row.split()).split(",")[:columns])
            if key[0].split('"')[1] not in options.names:
                rows[key] = row
    return rows


def structures(options):
    rows = kept(FILES[0], "Structure", 5, options)
    top = [(n, a, SIZES.get(n, 224), None, True) for n in NAMES for a in ALPHAS.get(n, (None,))]
    for name, alpha, side, channels, has_top in top + [(*row, False) for row in HEADLESS]:
        key = (
            f'Structure("{name}"', optional(alpha), str(side), optional(channels),
            str(has_top).lower(),
        )
        if key in rows:
            yield rows[key]
            continue
        model = build(name, alpha, side, has_top, channels)
        text = structure(model)
        yield (
            f"    {', '.join(key)}, {text.count(chr(10)) + 1}, {model.count_params()}, "
            f"0x{fnv1a(text):016x}),"
        )
        print(name, alpha, side, channels, has_top, model.count_params(), file=sys.stderr)


def outputs(options):
    rows = kept(FILES[1], "Output", 3, options)
    for name, alpha, side in OUTPUTS:
        key = (f'Output("{name}"', optional(alpha), str(side))
        if key in rows:
            yield rows[key]
            continue
        model = build(name, alpha, side)
        fill(model)
        pictures = images(model, BATCH)
        logits = np.asarray(model(pictures, training=False))
        features = np.asarray(pooled(model)(pictures, training=False))
        print(
            f"{name} {alpha or ''} {side}: logits up to {abs(logits).max():.3g}, features up to "
            f"{abs(features).max():.3g}, differing by {abs(logits[0] - logits[1]).max():.3g}",
            file=sys.stderr,
        )
        assert np.isfinite(logits).all() and 0.3 < abs(logits).max() < 300
        yield "    Output("
        yield f'      "{name}", {optional(alpha)}, {side}, logits: ['
        yield from ("        " + numbers(row) + "," for row in sampled(logits, LOGIT_STEP))
        yield f"      ], upTo: {abs(logits).max():.7g}, features: ["
        yield from ("        " + numbers(row) + "," for row in sampled(features, FEATURE_STEP))
        yield f"      ], upTo: {abs(features).max():.7g}),"


def official_efficientnet():
    """Pooled features of EfficientNetB0 as Keras builds it for its official weights, whose "variance" is
    the deviation. The file is one of ours; only its name makes Keras add the layer that corrects it."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/weights.h5"
        model = build("efficientnetb0", None, 64, top=False)
        fill(model)
        norm = model.get_layer("normalization")
        mean, _, count = norm.get_weights()
        norm.set_weights([mean, np.array(DEVIATIONS, np.float32), count])
        norm.finalize_state()
        with h5py.File(path, "w") as file:
            legacy_h5_format.save_weights_to_hdf5_group(file, model)
        fetch = efficientnet.file_utils.get_file
        efficientnet.file_utils.get_file = lambda *_, **__: path
        try:
            model = build("efficientnetb0", None, 64, top=False, weights="imagenet")
        finally:
            efficientnet.file_utils.get_file = fetch
    assert any(layer.name == "rescaling_1" for layer in model.layers)
    features = np.asarray(model(images(model, BATCH), training=False))
    yield "  static let officialEfficientNet: [[Float]] = ["
    yield from ("    " + numbers(row) + "," for row in sampled(features, FEATURE_STEP))
    yield "  ]"
    yield f"  static let officialEfficientNetLargest: Float = {abs(features).max():.7g}"


def write(name, lines):
    path = FOLDER / name
    path.write_text("\n".join([HEAD, "", *lines, ""]))
    subprocess.run(["swift", "format", "-i", path], cwd=ROOT, check=True)


def features_and_names(options):
    """What follows the outputs, of Keras's own files."""
    if not options.all:
        text = (FOLDER / FILES[1]).read_text()
        yield text[text.index(f"  {FEATURES}") : text.rindex("}")].rstrip()
        return
    index = options.class_index or keras.utils.get_file(
        "imagenet_class_index.json", imagenet_utils.CLASS_INDEX_PATH, cache_subdir="models"
    )
    classes = json.loads(pathlib.Path(index).read_text())
    names = " ".join(classes[str(i)][1] for i in range(1000))
    yield f"  {FEATURES}"
    yield from official_efficientnet()
    yield ""
    yield "  /// Of Keras's class names, in order, joined by spaces."
    yield f"  static let classNamesDigest: UInt64 = 0x{fnv1a(names):016x}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", metavar="NAME", help="compute these networks' rows anew")
    parser.add_argument("--all", action="store_true", help="compute everything anew")
    parser.add_argument("--class-index", metavar="FILE", help="ImageNet's classes as Keras has them")
    options = parser.parse_args()
    for name in options.names:
        if name not in NAMES:
            parser.error(f"there is no network '{name}'")
    for name in FILES:
        if not options.all and (FOLDER / name).read_text().splitlines()[0] != HEAD:
            parser.error(f"{name} is of other versions than {versions()}; take those, or --all")
    write(FILES[0], [
        "/// The layers of real Keras's networks.",
        "enum KerasStructures {",
        "  /// Name, α, side, channels unless the usual ones, whether with classifier; layers, parameters,",
        "  /// digest of the layers as text.",
        "  static let all = [",
        *structures(options),
        "  ]",
        "}",
    ])
    write(FILES[1], [
        "/// What real Keras computes with the networks of the zoo, filled with `HashedWeights`.",
        "enum KerasGoldens {",
        "  static let outputs = [",
        *outputs(options),
        "  ]",
        "",
        *features_and_names(options),
        "}",
    ])


main()
