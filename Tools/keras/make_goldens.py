"""Writes Tests/ModelZooTests/KerasGoldens.swift: what real Keras says about the networks of the zoo.

Usage: python Tools/keras/make_goldens.py [imagenet_class_index.json]

Needs a Python with keras and tensorflow-cpu, and `swift format`. Without an argument Keras fetches its
class names.
"""

import json
import pathlib
import subprocess
import sys

from common import build, fill, fnv1a, hashed, keras, np, pooled, structure, versions

from keras.src.applications import imagenet_utils

# name, alpha, side, with top: odd sizes for the padding, widths for the rounding.
STRUCTURES = [
    ("vgg16", None, 224, True),
    ("vgg16", None, 50, False),
    ("resnet50", None, 224, True),
    ("resnet50", None, 75, False),
    ("mobilenet", 1.0, 224, True),
    ("mobilenet", 0.25, 128, True),
    ("mobilenet", 0.6, 75, False),
    ("mobilenetv2", 1.0, 224, True),
    ("mobilenetv2", 0.35, 96, True),
    ("mobilenetv2", 0.5, 75, False),
    ("mobilenetv2", 0.75, 101, False),
    ("mobilenetv2", 1.3, 130, False),
    ("mobilenetv2", 1.4, 224, False),
]
OUTPUTS = [
    ("mobilenet", 0.25, 96),
    ("mobilenet", 0.25, 75),
    ("mobilenetv2", 0.35, 96),
    ("mobilenetv2", 0.35, 75),
    ("resnet50", None, 64),
    ("vgg16", None, 32),
]
BATCH = 2
STEP = 111


def optional(value):
    return "nil" if value is None else repr(value)


def numbers(values):
    return "[" + ", ".join(f"{float(v):.7g}" for v in values) + "]"


def main():
    out = [
        f"// Made by Tools/keras/make_goldens.py with {versions()}. Do not edit.",
        "",
        "/// What real Keras says about the networks of the zoo, filled with `HashedWeights`.",
        "enum KerasGoldens {",
        "  /// One network's layers as text, hashed.",
        "  struct Structure: Sendable {",
        "    let name: String",
        "    let alpha: Double?",
        "    let imageSize: Int",
        "    let top: Bool",
        "    let layers: Int",
        "    let parameters: Int",
        "    let digest: UInt64",
        "  }",
        "",
        "  /// Outputs for two images: every 111th logit and pooled feature, and the largest magnitudes.",
        "  struct Output: Sendable {",
        "    let name: String",
        "    let alpha: Double?",
        "    let imageSize: Int",
        "    let logits: [[Float]]",
        "    let largestLogit: Float",
        "    let features: [[Float]]",
        "    let largestFeature: Float",
        "  }",
        "",
        "  static let structures = [",
    ]
    for name, alpha, side, top in STRUCTURES:
        model = build(name, alpha, side, top)
        out += [
            "    Structure(",
            f'      name: "{name}", alpha: {optional(alpha)}, imageSize: {side}, top: {str(top).lower()},',
            f"      layers: {len(model.layers)}, parameters: {model.count_params()},",
            f"      digest: 0x{fnv1a(structure(model)):016x}),",
        ]
    out += ["  ]", "", "  static let outputs = ["]
    for name, alpha, side in OUTPUTS:
        model = build(name, alpha, side)
        fill(model)
        images = hashed("input", (BATCH, side, side, 3)).astype(np.float32)
        logits = np.asarray(model(images, training=False))
        features = np.asarray(pooled(model)(images, training=False))
        print(f"{name} {alpha or ''} {side}: logits up to {abs(logits).max():.2f}", file=sys.stderr)
        rows = {}
        for key, values in (("logits", logits), ("features", features)):
            rows[key] = ",\n".join("        " + numbers(row[::STEP]) for row in values)
        out += [
            "    Output(",
            f'      name: "{name}", alpha: {optional(alpha)}, imageSize: {side},',
            "      logits: [",
            rows["logits"] + ",",
            "      ],",
            f"      largestLogit: {abs(logits).max():.7g},",
            "      features: [",
            rows["features"] + ",",
            "      ],",
            f"      largestFeature: {abs(features).max():.7g}),",
        ]
    index = sys.argv[1] if len(sys.argv) > 1 else keras.utils.get_file(
        "imagenet_class_index.json", imagenet_utils.CLASS_INDEX_PATH, cache_subdir="models"
    )
    classes = json.loads(pathlib.Path(index).read_text())
    names = " ".join(classes[str(i)][1] for i in range(1000))
    out += [
        "  ]",
        "",
        "  /// Of Keras's class names, in order, joined by spaces.",
        f"  static let classNamesDigest: UInt64 = 0x{fnv1a(names):016x}",
        "}",
        "",
    ]
    root = pathlib.Path(__file__).resolve().parents[2]
    path = root / "Tests/ModelZooTests/KerasGoldens.swift"
    path.write_text("\n".join(out))
    subprocess.run(["swift", "format", "-i", path], cwd=root, check=True)


main()
