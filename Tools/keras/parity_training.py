"""One training step with real Keras: gradients of all weights, and where norms use the statistics of
the batch, the moving ones after the step."""

from common import build, fill, hashed, keras, np, parameter_name
import parity_files as files

import h5py
import tensorflow as tf

# name, alpha, side, images, how batch norm behaves, which images: for the small networks such that no
# activation lies within 5e-6 of a kink of its ReLU6. That depends on how the processor rounds: with its former
# images MobileNet's step with batch statistics had one at 5e-7 on an AMD processor, now the nearest is at 2e-5.
STEPS = [
    ("mobilenet", 0.25, 64, 2, "frozen", "input-3"),
    ("mobilenetv2", 0.35, 64, 2, "frozen", "input-5"),
    ("mobilenet", 0.25, 64, 4, "train", "input-6"),
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


def step(folder, name, alpha, side, count, norm, images):
    base = build(name, alpha, side, top=False)
    model = keras.Model(base.input, keras.layers.Dense(CLASSES, name="predictions")(base.output))
    fill(model)
    identity = f"{name}-{alpha or 'full'}-{side}-step-{norm}"
    # Before the step: batch statistics move the moving ones.
    files.legacy_weights(folder / f"{identity}.h5", model)
    images = tf.constant(hashed(images, (count, side, side, 3)).astype(np.float32))
    labels = tf.constant([i * 7 % CLASSES for i in range(count)])
    # Trainable or not decides for the gradients, `training` for the norms.
    with tf.GradientTape() as tape:
        logits = model(images, training=norm == "train")
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
        loss = tf.reduce_mean(losses)
    variables = [w.value for w in model.trainable_weights]
    by_id = {id(w): g for w, g in zip(model.trainable_weights, tape.gradient(loss, variables))}
    tensors = {"input/kernel": images, "loss/kernel": [float(loss)]}
    for layer in model.layers:
        for weight in layer.trainable_weights:
            tensors[parameter_name(layer, weight)] = by_id[id(weight)]
        for weight in layer.non_trainable_weights:
            tensors[parameter_name(layer, weight)] = np.array(weight)
    write_tensors(folder / f"{identity}-reference.h5", tensors)
    return {
        "id": identity, "name": name, "alpha": alpha, "imageSize": side, "count": count,
        "classes": CLASSES, "norm": norm, "parameters": model.count_params(),
    }


def write(folder):
    return [step(folder, *row) for row in STEPS]
