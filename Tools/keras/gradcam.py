"""Compares Grad-CAM of `finetune visualize gradcam` with Keras's gradients, on the same weights and pixels.

Usage: python Tools/keras/gradcam.py FINETUNE WEIGHTS.h5 PHOTO.jpg ...
       python Tools/keras/gradcam.py --goldens

FINETUNE is the program; WEIGHTS.h5 Keras's file of MobileNet, α 0.25, 224 × 224, with its classifier. Of each
photo both sides read the same 224 × 224 pixels, a PNG file that is cut from its middle. Prints for each layer the
lowest correlation of the two maps; ends with 1 if one is not above 0.999. A ReLU that a rounding error opens or shuts
changes a gradient by a step: where the maps differ by more, Keras's maps for pixels that are changed by at most
2e-5 count too, and such photos are named. --goldens prints what Tests/TransferLearningTests/GradCAMGoldens.swift holds.

Needs a Python with keras and tensorflow-cpu.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np
import tensorflow as tf

LAYERS = ["conv_pw_13_relu", "conv_pw_12_relu", "conv_dw_8_bn", "conv_pw_5_relu", "conv1_relu"]
SIDE = 224


def grad_cam(model, layer, pixels, label=None):
    """ReLU(Σ α_k A_k) for a model that ends in scores, and the label (default: that of the best score)."""
    both = keras.Model(model.input, [model.get_layer(layer).output, model.output])
    with tf.GradientTape() as tape:
        maps, scores = both(pixels[np.newaxis])
        tape.watch(maps)
        label = int(np.argmax(scores[0])) if label is None else label
        score = scores[0, label]
    slopes = tape.gradient(score, maps)
    weights = tf.reduce_mean(slopes, axis=(1, 2))
    found = tf.nn.relu(tf.reduce_sum(weights[:, None, None, :] * maps, axis=-1))[0]
    return found.numpy(), label


def cut(photo, folder):
    """The middle of a photo as 224 × 224 pixels, and the PNG file that holds them."""
    image = tf.io.decode_jpeg(tf.io.read_file(photo), channels=3)
    height, width = image.shape[:2]
    scale = SIDE / min(height, width)
    size = [max(SIDE, round(height * scale)), max(SIDE, round(width * scale))]
    image = tf.image.resize(tf.cast(image, tf.float32), size, antialias=True)
    image = tf.image.resize_with_crop_or_pad(image, SIDE, SIDE)
    image = tf.cast(tf.clip_by_value(tf.round(image), 0, 255), tf.uint8)
    file = pathlib.Path(folder) / (pathlib.Path(photo).stem + ".png")
    tf.io.write_file(str(file), tf.io.encode_png(image))
    return image.numpy(), file


def alike(one, other):
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def compare(program, weights, photos):
    model = keras.applications.MobileNet(
        alpha=0.25, weights=None, classifier_activation=None, input_shape=(SIDE, SIDE, 3))
    model.load_weights(weights)
    lowest = {layer: 1.0 for layer in LAYERS}
    random = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        for photo in photos:
            pixels, file = cut(photo, folder)
            for layer in LAYERS:
                input = pixels.astype(np.float32) / 127.5 - 1
                expected, label = grad_cam(model, layer, input)
                output = subprocess.run(
                    [program, "visualize", "gradcam", "--base", "mobilenet", "--alpha", "0.25",
                     "--weights", weights, "--resize", "squash", "--data", file, "--layer", layer,
                     "--json", "--output", pathlib.Path(folder) / "cam.png"],
                    check=True, capture_output=True).stdout
                found = json.loads(output)
                if found["index"] != label:
                    sys.exit(f"{photo}: class {found['index']}, Keras says {label}")
                found = np.array(found["map"])
                # Where a map is nought everywhere there is nothing to correlate.
                if expected.max() == 0:
                    continue
                correlation = alike(found, expected)
                if correlation <= 0.999:
                    near = [
                        grad_cam(model, layer, input + random.uniform(-2e-5, 2e-5, input.shape), label)[0]
                        for _ in range(16)
                    ]
                    print(f"{pathlib.Path(photo).stem}, {layer}: {correlation:.4f}, beside a step; Keras's own "
                          f"maps there are alike by {min(alike(expected, map) for map in near):.4f}")
                    correlation = max(alike(found, map) for map in near)
                lowest[layer] = min(lowest[layer], correlation)
    print(f"{len(photos)} photos, Keras {keras.__version__} on TensorFlow {tf.__version__}")
    for layer in LAYERS:
        print(f"{layer:16} correlation at least {lowest[layer]:.7f}")
    return all(value > 0.999 for value in lowest.values())


def weight(shape, first):
    """Small numbers that both sides make alike: ((7 i + first) mod 23 - 11) / 20."""
    count = int(np.prod(shape))
    return (((7 * np.arange(count) + first) % 23 - 11) / 20).astype(np.float32).reshape(shape)


def goldens():
    inputs = keras.Input((6, 6, 3))
    x = keras.layers.Conv2D(4, 3, padding="same", activation="relu", name="conv1")(inputs)
    x = keras.layers.Conv2D(5, 3, activation="relu", name="conv2")(x)
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    model = keras.Model(inputs, keras.layers.Dense(3, name="scores")(x))
    for first, layer in enumerate(["conv1", "conv2", "scores"]):
        layer = model.get_layer(layer)
        layer.set_weights([weight(w.shape, 5 * first + place) for place, w in enumerate(layer.weights)])
    pixels = (np.arange(6 * 6 * 3) * 37 % 256).astype(np.float32).reshape(6, 6, 3) / 255
    print(f"// Keras {keras.__version__} on TensorFlow {tf.__version__}")
    for layer in ("conv1", "conv2"):
        for label in range(3):
            found, _ = grad_cam(model, layer, pixels, label)
            numbers = ", ".join(f"{n:.7g}" for n in found.ravel())
            print(f'("{layer}", {label}, [{numbers}]),')


if __name__ == "__main__":
    if sys.argv[1:] == ["--goldens"]:
        goldens()
    elif len(sys.argv) > 3:
        sys.exit(0 if compare(sys.argv[1], sys.argv[2], sys.argv[3:]) else 1)
    else:
        sys.exit(__doc__)
