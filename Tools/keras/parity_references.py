"""Outputs and gradients by real Keras, in float32 and float64."""

from common import keras, layers_of, np, parameter_name
from parity_models import set_weights

import h5py
import tensorflow as tf


def predict(model, images):
    return np.asarray(model(images, training=False))


def kernels(model):
    """Early, middle and last kernel: (which, index into model.weights, layer, weight)."""
    found = []
    index = {id(w): i for i, w in enumerate(model.weights)}
    for layer in layers_of(model):
        for weight in layer.trainable_weights:
            if weight.path.endswith("kernel"):
                found.append((index[id(weight)], layer, weight))
    chosen = {"early": found[0], "middle": found[len(found) // 2], "last": found[-1]}
    return [(which, *item) for which, item in chosen.items()]


def gradients(model, images, labels, indices):
    """Of the mean cross-entropy of the logits, with norms and dropout as in inference."""
    labels = tf.constant(labels)
    with tf.GradientTape() as tape:
        logits = model(tf.constant(images), training=False)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
    found = tape.gradient(loss, [model.weights[i].value for i in indices])
    return float(loss), [np.asarray(g) for g in found]


def in_float64(make, weights):
    """The model that `make` builds, in float64, with the same weights."""
    keras.backend.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    try:
        model = make()
    finally:
        keras.backend.set_floatx("float32")
        keras.config.set_dtype_policy("float32")
    set_weights(
        model, [np.asarray(w).astype(v.dtype) for w, v in zip(weights, model.weights)])
    return model


def distance(ours, reference):
    return float(np.linalg.norm((ours - reference).ravel()) / np.linalg.norm(reference.ravel()))


def reference_gradients(model, make, images, labels):
    """Float64 gradients by name, and what the manifest says of them."""
    chosen = kernels(model)
    indices = [index for _, index, _, _ in chosen]
    _, single = gradients(model, images, labels, indices)
    keras.utils.clear_session()
    double = in_float64(make, model.get_weights())
    loss, exact = gradients(double, images.astype(np.float64), labels, indices)
    tensors = {"loss": np.array([loss])}
    rows = []
    for (which, _, layer, weight), ours, reference in zip(chosen, single, exact):
        tensors[f"gradient-{which}"] = reference
        rows.append({
            "which": which, "tensor": f"gradient-{which}", "parameter": parameter_name(layer, weight),
            "shape": list(reference.shape), "kerasError": distance(ours, reference),
        })
    return tensors, rows


def write_references(path, tensors):
    """The legacy layout, one "layer" per tensor with one "kernel": one reader serves for both."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = np.array([name.encode() for name in tensors])
        for name, value in tensors.items():
            group = file.create_group(name)
            group.attrs["weight_names"] = np.array([f"{name}/kernel:0".encode()])
            group[f"{name}/kernel:0"] = np.asarray(value, dtype=np.float32)
