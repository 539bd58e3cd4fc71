"""Writes weight files and reference outputs of real Keras models with hashed weights.

Usage: python Tools/keras/make_parity.py FOLDER

For each model FOLDER gets `<id>.h5`, its weights in the legacy layout as Keras itself writes it, and
`<id>-reference.h5`: inputs, logits, features, and for some the gradients of all weights. References
have the layout of a weight file, one "layer" per tensor, so that one reader serves for both.
`manifest.json` lists them.
"""

import json
import pathlib
import sys

from common import build, fill, hashed, keras, np, parameter_name, pooled, versions

import h5py
import tensorflow as tf
from keras.src.legacy.saving import legacy_h5_format

# name, alpha, side, with top, images.
OUTPUTS = [
    ("mobilenet", 0.25, 224, True, 4),
    ("mobilenet", 0.5, 75, False, 4),
    ("mobilenetv2", 0.35, 96, True, 4),
    ("mobilenetv2", 1.0, 224, True, 4),
    ("mobilenetv2", 0.75, 101, False, 4),
    ("resnet50", None, 224, True, 2),
    ("resnet50", None, 96, False, 3),
    ("vgg16", None, 64, False, 3),
    ("vgg16", None, 224, True, 2),
]
# name, alpha, side, images, how batch norm behaves, which images: for the small networks such that no
# activation lies within 5e-6 of a kink of its ReLU6. Nearer, rounding decides which gradients pass, and
# Keras's own float32 and float64 differ by a hundredth.
GRADIENTS = [
    ("mobilenet", 0.25, 64, 2, "frozen", "input-3"),
    ("mobilenetv2", 0.35, 64, 2, "frozen", "input-5"),
    ("mobilenet", 0.25, 64, 4, "train", "input-1"),
    ("mobilenetv2", 0.35, 64, 4, "train", "input-1"),
    ("resnet50", None, 64, 2, "frozen", "input"),
    ("vgg16", None, 32, 2, "frozen", "input"),
]
CLASSES = 10


def write_tensors(path, tensors):
    """The legacy layout: a group per layer, whose `weight_names` list its datasets in order."""
    groups = {}
    for name, value in tensors.items():
        groups.setdefault(name.split("/")[0], []).append((name, value))
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = np.array([g.encode() for g in groups])
        for group, items in groups.items():
            node = file.create_group(group)
            node.attrs["weight_names"] = np.array([f"{n}:0".encode() for n, _ in items])
            for name, value in items:
                node[f"{name}:0"] = np.asarray(value, dtype=np.float32)


def write_weights(path, model):
    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, model)


def outputs(folder, name, alpha, side, top, count):
    model = build(name, alpha, side, top)
    fill(model)
    images = hashed("input", (count, side, side, 3)).astype(np.float32)
    tensors = {"input/kernel": images}
    if top:
        tensors["logits/kernel"] = np.asarray(model(images, training=False))
        tensors["features/kernel"] = np.asarray(pooled(model)(images, training=False))
    else:
        tensors["features/kernel"] = np.asarray(model(images, training=False))
    identity = f"{name}-{alpha or 'full'}-{side}-{'top' if top else 'notop'}"
    write_weights(folder / f"{identity}.h5", model)
    write_tensors(folder / f"{identity}-reference.h5", tensors)
    return {
        "id": identity, "name": name, "alpha": alpha, "imageSize": side, "count": count,
        "top": top, "parameters": model.count_params(),
        "features": tensors["features/kernel"].shape[1],
    }


def gradients(folder, name, alpha, side, count, norm, images):
    base = build(name, alpha, side, top=False)
    model = keras.Model(base.input, keras.layers.Dense(CLASSES, name="predictions")(base.output))
    fill(model)
    images = tf.constant(hashed(images, (count, side, side, 3)).astype(np.float32))
    labels = tf.constant([i * 7 % CLASSES for i in range(count)])
    # Trainable or not decides for the gradients, `training` for the norms.
    with tf.GradientTape() as tape:
        logits = model(images, training=norm == "train")
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
        loss = tf.reduce_mean(losses)
    variables = [w.value for w in model.trainable_weights]
    by_id = {id(w): g for w, g in zip(model.trainable_weights, tape.gradient(loss, variables))}
    tensors = {"input/kernel": images, "logits/kernel": logits, "loss/kernel": [float(loss)]}
    for layer in model.layers:
        for weight in layer.trainable_weights:
            tensors[parameter_name(layer, weight)] = by_id[id(weight)]
        for weight in layer.non_trainable_weights:  # the moving statistics after the step
            tensors[parameter_name(layer, weight)] = np.array(weight)
    identity = f"{name}-{alpha or 'full'}-{side}-gradients-{norm}"
    # Batch statistics move the moving ones: fill again before writing.
    fill(model)
    write_weights(folder / f"{identity}.h5", model)
    write_tensors(folder / f"{identity}-reference.h5", tensors)
    return {
        "id": identity, "name": name, "alpha": alpha, "imageSize": side, "count": count,
        "classes": CLASSES, "norm": norm, "parameters": model.count_params(),
    }


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    manifest = {
        "madeWith": versions(),
        "outputs": [outputs(folder, *row) for row in OUTPUTS],
        "gradients": [gradients(folder, *row) for row in GRADIENTS],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2))
    print(f"{len(OUTPUTS)} models and {len(GRADIENTS)} gradients in {folder}, {versions()}")


main()
