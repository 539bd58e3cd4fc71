"""Lets real Keras write weight files, outputs and gradients of its own models with random weights.

Usage: python Tools/keras/make_parity.py FOLDER [--small] [GROUP…]
       python Tools/keras/make_parity.py --groups

FOLDER gets the weight files, one `<id>-reference.h5` a model (inputs, outputs, gradients, stored like
weights) and `manifest.json`, which says what there is. A GROUP is a family, `blocks` or `training`; without any, all
are written. `--groups` prints them.
"""

import json
import math
import pathlib
import sys
import time

from common import keras, np, versions
import parity_blocks
import parity_files as files
import parity_models as models
import parity_references as references
import parity_training

BATCH = 2
LABELS = [3, 741]
ALL = ("plain", "compressed", "types", "nested")
# What of it the small run has, where all would take too long.
SMALL = {
    "vgg": ("whole model",), "resnet": ("nested",), "resnetv2": ("plain",), "mobilenet": ALL,
    "mobilenetv2": ("nested", "compressed"), "mobilenetv3": ("types",), "efficientnet": ("plain",),
    "efficientnetv2": ("compressed",), "convnext": ("plain",), "inceptionv3": ("nested",), "xception": ("whole model",),
    "densenet": ("plain",), "inceptionresnetv2": ("whole model",),
}

# family: name, α, side, and the formats beyond legacy weights. Odd
# sizes for the padding, small ones for the time; a few have the size that they were trained with.
FAMILIES = {
    "vgg": [
        ("vgg16", None, 32, ALL), ("vgg16", None, 224, ()), ("vgg19", None, 64, ()),
    ],
    "resnet": [
        ("resnet50", None, 75, ALL), ("resnet50", None, 224, ()), ("resnet101", None, 64, ()),
        ("resnet152", None, 96, ()),
    ],
    "resnetv2": [
        ("resnet50v2", None, 75, ALL), ("resnet101v2", None, 64, ()),
        ("resnet152v2", None, 96, ()),
    ],
    "mobilenet": [
        ("mobilenet", 0.25, 75, ALL), ("mobilenet", 0.5, 96, ()), ("mobilenet", 0.75, 101, ()),
        ("mobilenet", 1.0, 224, ()),
    ],
    "mobilenetv2": [
        ("mobilenetv2", 0.35, 75, ALL), ("mobilenetv2", 0.5, 96, ()),
        ("mobilenetv2", 0.75, 101, ()), ("mobilenetv2", 1.0, 224, ()),
        ("mobilenetv2", 1.3, 96, ()), ("mobilenetv2", 1.4, 75, ()),
    ],
    "mobilenetv3": [
        ("mobilenetv3small", 0.75, 75, ALL), ("mobilenetv3small", 1.0, 96, ()),
        ("mobilenetv3large", 0.75, 101, ()), ("mobilenetv3large", 1.0, 224, ()),
        ("mobilenetv3smallminimalistic", 1.0, 75, ()),
        ("mobilenetv3largeminimalistic", 1.0, 96, ()),
    ],
    "efficientnet": [
        ("efficientnetb0", None, 75, ALL), ("efficientnetb0", None, 224, ()),
        *((f"efficientnetb{i}", None, 64 + 5 * i, ()) for i in range(1, 8)),
    ],
    "efficientnetv2": [
        ("efficientnetv2b0", None, 75, ALL), ("efficientnetv2b1", None, 96, ()),
        ("efficientnetv2b2", None, 96, ()), ("efficientnetv2b3", None, 101, ()),
        ("efficientnetv2s", None, 75, ()), ("efficientnetv2m", None, 96, ()),
        ("efficientnetv2l", None, 96, ()),
    ],
    "convnext": [
        ("convnexttiny", None, 75, ("plain", "compressed", "types")),
        ("convnexttiny", None, 224, ()), ("convnextsmall", None, 96, ()),
        ("convnextbase", None, 64, ()), ("convnextlarge", None, 64, ()),
        ("convnextxlarge", None, 64, ()),
    ],
    "inceptionv3": [("inceptionv3", None, 97, ALL), ("inceptionv3", None, 299, ())],
    "xception": [("xception", None, 75, ALL), ("xception", None, 101, ())],
    "densenet": [
        ("densenet121", None, 75, ALL), ("densenet169", None, 64, ()),
        ("densenet201", None, 96, ()),
    ],
    "inceptionresnetv2": [
        ("inceptionresnetv2", None, 97, ALL), ("inceptionresnetv2", None, 139, ()),
    ],
}
GROUPS = ["blocks", "training", *FAMILIES]


class Case:
    """One model: its files, references and its part of the manifest."""

    def __init__(self, folder, name, alpha, side):
        self.folder, self.name, self.alpha, self.side = folder, name, alpha, side
        self.id = "-".join(str(part) for part in (name, alpha, side) if part is not None)
        self.tensors = {}
        self.row = {
            "id": self.id, "name": name, "alpha": alpha, "imageSize": side, "count": BATCH,
            "classes": models.CLASSES, "labels": LABELS, "files": [], "gradients": [],
        }
        keras.utils.clear_session()
        self.model = self.make()
        self.images = models.images_for(self.model, f"images of {self.id}", BATCH)
        models.fill(self.model, self.images)
        self.weights = self.model.get_weights()
        self.row["parameters"] = self.model.count_params()
        self.tensors["input"] = self.images
        self.refer("", self.model)
        self.row["largestLogit"] = float(np.abs(self.tensors["logits"]).max())
        assert 1 <= self.row["largestLogit"] <= 100, self.row["largestLogit"]
        self.row["features"] = int(self.tensors["features"].shape[1])

    def make(self):
        return models.build(self.name, self.alpha, self.side)

    def refer(self, prefix, model):
        self.tensors[prefix + "logits"] = references.predict(model, self.images)
        self.tensors[prefix + "features"] = references.predict(models.pooled(model), self.images)

    def add(self, format, suffix, write, model=None, prefix="", nested=False, parameters=None):
        """Lets `write` write a file, and notes what to expect of it."""
        name = f"{self.id}-{format.replace(' ', '-').replace(',', '')}{suffix}"
        write(self.folder / name, self.model if model is None else model)
        self.row["files"].append({
            "format": format, "file": name, "prefix": prefix, "nested": nested,
            "parameters": parameters or self.row["parameters"],
        })

    def add_gradients(self):
        tensors, rows = references.reference_gradients(self.model, self.make, self.images, LABELS)
        self.tensors |= tensors
        self.row["gradients"] = rows

    def add_plain(self):
        self.add("Keras 2 weights", ".h5", files.keras2_weights)
        self.add("legacy whole model", ".h5", files.legacy_model)
        self.add("Keras 3 weights", ".weights.h5", files.keras3_weights)
        self.add("safetensors", ".safetensors", files.safetensors)

    def add_compressed(self):
        def compressed(write):
            def written(path, model):
                plain = path.with_name("plain-" + path.name)
                write(plain, model)
                files.compressed(plain, path)

            return written

        self.add("legacy weights, gzip", ".h5", compressed(files.legacy_weights))
        self.add("Keras 3 weights, gzip", ".weights.h5", compressed(files.keras3_weights))

    def add_nested(self):
        """A functional model around the base, and a Sequential one whose base is frozen."""
        keras.utils.clear_session()
        kinds = {
            "functional": [
                ("legacy weights, nested", ".h5", files.legacy_weights),
                ("Keras 3 whole model, nested", ".keras", files.keras3_model),
            ],
            "sequential": [
                ("legacy whole model, nested", ".h5", files.legacy_model),
                ("Keras 3 weights, nested", ".weights.h5", files.keras3_weights),
            ],
        }
        for kind, writers in kinds.items():
            # The session goes on: layers without names of their own get other numbers now.
            model = models.nested(self.name, self.alpha, self.side, self.weights, kind)
            self.tensors[f"{kind}-logits"] = references.predict(model, self.images)
            for format, suffix, write in writers:
                self.add(format, suffix, write, model, f"{kind}-", True, model.count_params())

    def add_types(self):
        """Lower precision has references of its own: Keras in float32 with the rounded weights."""
        for dtype, writers in {
            "float16": [(".h5", files.legacy_weights, "legacy weights"),
                        (".keras", files.keras3_model, "Keras 3 whole model"),
                        (".safetensors", files.safetensors, "safetensors")],
            "bfloat16": [(".weights.h5", files.keras3_weights, "Keras 3 weights"),
                         (".safetensors", files.safetensors, "safetensors")],
            "float64": [(".h5", files.legacy_weights, "legacy weights"),
                        (".weights.h5", files.keras3_weights, "Keras 3 weights")],
        }.items():
            prefix = ""
            if dtype != "float64":
                prefix = f"{dtype}-"
                models.set_weights(self.model, files.rounded(self.weights, dtype))
                self.refer(prefix, self.model)
                models.set_weights(self.model, self.weights)
            model = files.with_type(self.make, self.weights, dtype)
            for suffix, write, format in writers:
                self.add(f"{format}, {dtype}", suffix, write, model, prefix)

    def finish(self):
        references.write_references(self.folder / f"{self.id}-reference.h5", self.tensors)
        return self.row


def case(folder, name, alpha, side, formats):
    made = Case(folder, name, alpha, side)
    made.add("legacy weights", ".h5", files.legacy_weights)
    if formats != ():
        made.add("Keras 3 whole model", ".keras", files.keras3_model)
    for part in ("plain", "compressed", "types", "nested"):
        if part in formats:
            getattr(made, f"add_{part}")()
    made.add_gradients()
    return made.finish()


def official(folder, name, side):
    """EfficientNet with the tensors of Google's files, read by Keras's own `weights="imagenet"`: it
    then divides by the square root of the deviations once more, as "variance" holds deviations."""
    from keras.src.applications import efficientnet

    made = Case(folder, name, None, side)
    made.id += "-official"
    made.row["id"] = made.id
    builder, _ = models.BUILDERS[name]
    path = folder / f"{made.id}.h5"
    original = efficientnet.file_utils.get_file
    efficientnet.file_utils.get_file = lambda *args, **options: str(path)
    made.make = lambda: builder(weights="imagenet", classifier_activation=None)
    try:
        # Weights for the network with the extra rescaling, in a file that does not tell of it.
        files.keras2_weights(path, made.model)
        keras.utils.clear_session()
        filled = made.make()
        models.fill(filled, made.images, input_norm=[
            np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225]), np.array(0)
        ])
        models.set_weights(made.model, filled.get_weights())
        path.unlink()
        made.add("legacy weights", ".h5", files.keras2_weights)
        path = folder / made.row["files"][-1]["file"]
        keras.utils.clear_session()
        made.model = made.make()
        rescalings = [l for l in made.model.layers if isinstance(l, keras.layers.Rescaling)]
        assert len(rescalings) == 2, "Keras has no extra rescaling"
        made.refer("", made.model)
        made.row["largestLogit"] = float(np.abs(made.tensors["logits"]).max())
        assert 1 <= made.row["largestLogit"] <= 100, made.row["largestLogit"]
        made.add("Keras 3 whole model", ".keras", files.keras3_model)
        made.add_gradients()
    finally:
        efficientnet.file_utils.get_file = original
    return made.finish()


def main():
    arguments = [a for a in sys.argv[1:] if not a.startswith("--")]
    if "--groups" in sys.argv:
        print(" ".join(GROUPS))
        return
    small = "--small" in sys.argv
    folder = pathlib.Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    groups = arguments[1:] or GROUPS
    manifest = {"madeWith": versions(), "models": [], "blocks": [], "training": []}
    for group in groups:
        start = time.monotonic()
        if group == "blocks":
            manifest["blocks"] += parity_blocks.write(folder)
        elif group == "training":
            manifest["training"] += parity_training.write(folder)
        else:
            rows = FAMILIES[group]
            if small:
                rows = [(*rows[0][:3], SMALL[group])]
            for row in rows:
                began = time.monotonic()
                manifest["models"].append(case(folder, *row))
                last = manifest["models"][-1]
                print(f"  {last['id']}: {len(last['files'])} files, "
                      f"{time.monotonic() - began:.0f} s", flush=True)
            if group == "efficientnet":
                manifest["models"].append(official(folder, "efficientnetb0", 224))
        size = sum(f.stat().st_size for f in folder.iterdir()) / 1e9
        print(f"{group}: {time.monotonic() - start:.0f} s, {size:.1f} GB so far", flush=True)
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1))


main()
