"""Lets Keras 2 write models with models inside them, and what they compute, into
Tests/WeightFilesTests/Keras2.

Usage: python Tools/keras/make_keras2_goldens.py [FOLDER]

Needs a Python with tf_keras and tensorflow-cpu of the versions that `outputs.json` in that folder names:
`pip install tf_keras==2.21.0 tensorflow-cpu==2.21.0` in an environment of its own. For each shape below it writes
`<name>.h5` and `<name>.keras` with small weights of a fixed seed, and to `outputs.json` what the model makes
of two pictures whose values are 127.5 + 127.5 sin(0.37 i), i being the value's number.
"""

import json
import os
import pathlib
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_USE_LEGACY_KERAS"] = "1"

import numpy as np
import tensorflow as tf
import tf_keras as keras
from tf_keras import layers as L

SIDE = 12
SHAPE = (SIDE, SIDE, 3)


def block(filters, name, shape=SHAPE):
    """A functional model of a convolution and a norm, as bases are."""
    i = keras.Input(shape)
    x = L.Conv2D(filters, 3, padding="same", name=name + "_conv")(i)
    x = L.BatchNormalization(name=name + "_bn")(x)
    return keras.Model(i, L.ReLU(6.0, name=name + "_relu")(x), name=name)


def stack(filters, name, shape=None):
    """The same as a Sequential; without a shape it learns its input when it is called."""
    first = [keras.Input(shape)] if shape else []
    return keras.Sequential(
        first + [L.Conv2D(filters, 3, name=name + "_conv", activation="tanh"), L.MaxPooling2D(2)],
        name=name)


def ending(x, units=3, activation="softmax"):
    return L.Dense(units, activation, name="answer")(L.GlobalAveragePooling2D()(x))


def functional_in_functional():
    i = keras.Input(SHAPE)
    x = L.Rescaling(1 / 127.5, -1)(i)
    return keras.Model(i, ending(block(4, "base")(x, training=False)))


def tutorial():
    """The shape of TensorFlow's transfer-learning tutorial: augmentation, preprocessing, base, one logit."""
    full = keras.applications.MobileNetV2((32, 32, 3), alpha=0.35, include_top=False, weights=None)
    base = keras.Model(full.input, full.get_layer("block_1_project_BN").output, name="mobilenetv2")
    base.trainable = False
    i = keras.Input((32, 32, 3))
    augmentation = keras.Sequential([L.RandomFlip("horizontal"), L.RandomRotation(0.2)])
    x = keras.applications.mobilenet_v2.preprocess_input(augmentation(i))
    x = base(x, training=False)
    return keras.Model(i, L.Dense(1)(L.Dropout(0.2)(L.GlobalAveragePooling2D()(x))))


def sequential_in_functional():
    i = keras.Input(SHAPE)
    return keras.Model(i, ending(stack(4, "base", SHAPE)(L.Rescaling(1 / 255)(i))))


def open_sequential_in_functional():
    i = keras.Input(SHAPE)
    return keras.Model(i, ending(stack(4, "base")(L.Rescaling(1 / 255)(i))))


def functional_in_sequential():
    return keras.Sequential([
        keras.Input(SHAPE), L.Rescaling(1 / 255), block(4, "base"), L.GlobalMaxPooling2D(),
        L.Dense(2, "sigmoid"),
    ])


def sequential_in_sequential():
    head = keras.Sequential([L.GlobalAveragePooling2D(), L.Dense(3, "softmax", name="answer")])
    return keras.Sequential([L.Rescaling(1 / 255, input_shape=SHAPE), stack(4, "base"), head])


def three_functional_levels():
    i = keras.Input(SHAPE)
    inner = block(4, "inner")
    middle = keras.Model(i, L.MaxPooling2D()(inner(i)), name="middle")
    j = keras.Input(SHAPE)
    return keras.Model(j, ending(middle(L.Rescaling(1 / 255)(j))))


def four_mixed_levels():
    i = keras.Input(SHAPE)
    third = keras.Model(i, stack(4, "fourth", SHAPE)(i), name="third")
    second = keras.Sequential([keras.Input(SHAPE), L.Rescaling(1 / 255), third], name="second")
    j = keras.Input(SHAPE)
    return keras.Model(j, ending(second(j)))


def functional_in_open_sequential_in_functional():
    second = keras.Sequential([L.Rescaling(1 / 255), block(4, "third")], name="second")
    i = keras.Input(SHAPE)
    return keras.Model(i, ending(second(i)))


def several_beside_each_other():
    i = keras.Input(SHAPE)
    x = L.Rescaling(1 / 255)(i)
    left, right = block(4, "left")(x), block(3, "right")(x)
    x = L.Concatenate()([right, left])
    x = stack(5, "then", (SIDE, SIDE, 7))(x)
    head = keras.Sequential([L.GlobalAveragePooling2D(), L.Dense(3, "softmax", name="answer")], name="head")
    return keras.Model(i, head(x))


def two_outputs_inside():
    i = keras.Input(SHAPE)
    x = L.Conv2D(4, 3, name="conv")(L.Rescaling(1 / 255)(i))
    inner = keras.Model(i, [L.ReLU()(x), L.Conv2D(4, 1, name="other")(x)], name="inner")
    j = keras.Input(SHAPE)
    first, second = inner(j)
    return keras.Model(j, ending(L.Add()([second, first])))


def called_twice():
    """One model with weights, called on two things: node 1 and node 2."""
    i = keras.Input(SHAPE)
    shared = block(4, "shared")
    x = L.Rescaling(1 / 255)(i)
    return keras.Model(i, ending(L.Subtract()([shared(x), shared(L.AveragePooling2D(3, 1, "same")(x))])))


def part_of_a_model():
    """A new model of some of another's layers, called behind the other's own call."""
    whole = block(4, "whole")
    part = keras.Model(whole.input, whole.get_layer("whole_bn").output, name="part")
    i = keras.Input(SHAPE)
    x = L.ZeroPadding2D(1)(L.Rescaling(1 / 255)(i))
    return keras.Model(i, ending(part(L.Cropping2D(1)(x))))


def leaf_diseases():
    """The shape of a tutorial that many have followed: size and scaling in one inner model, augmentation in
    another, built at last."""
    sizes = keras.Sequential([L.Resizing(SIDE, SIDE), L.Rescaling(1 / 255)])
    augmentation = keras.Sequential([L.RandomFlip("horizontal_and_vertical"), L.RandomRotation(0.2)])
    model = keras.Sequential([
        sizes, augmentation, L.Conv2D(6, 3, activation="relu"), L.MaxPooling2D(2), L.Flatten(),
        L.Dense(3, "softmax"),
    ])
    model.build((2, *SHAPE))
    return model


def other_size_inside():
    i = keras.Input((20, 20, 3))
    x = L.Rescaling(1 / 255)(L.Resizing(SIDE, SIDE)(i))
    return keras.Model(i, ending(block(4, "base")(x)))


def any_size():
    i = keras.Input((None, None, 3))
    x = L.Resizing(SIDE, SIDE)(L.Rescaling(1 / 255)(i))
    return keras.Model(i, ending(block(4, "base")(x)))


MODELS = [
    functional_in_functional, tutorial, sequential_in_functional, open_sequential_in_functional,
    functional_in_sequential, sequential_in_sequential, three_functional_levels, four_mixed_levels,
    functional_in_open_sequential_in_functional, several_beside_each_other, two_outputs_inside,
    called_twice, part_of_a_model, leaf_diseases, other_size_inside, any_size,
]


def fill(model):
    random = np.random.default_rng(5)
    for weight in model.weights:
        if not weight.dtype.is_floating:
            continue
        if "gamma" in weight.name or "variance" in weight.name:
            value = random.uniform(0.5, 1.5, weight.shape)
        else:
            fan = np.prod(weight.shape[:-1]) if len(weight.shape) > 1 else 16
            value = random.normal(size=weight.shape) * (2.5 / fan) ** 0.5
        weight.assign(value)


def main():
    here = pathlib.Path(__file__).resolve().parents[2] / "Tests/WeightFilesTests/Keras2"
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here
    folder.mkdir(parents=True, exist_ok=True)
    outputs = {}
    for make in MODELS:
        keras.backend.clear_session()
        model = make()
        fill(model)
        shape = (2,) + tuple(side or SIDE for side in model.input_shape[1:])
        images = 127.5 + 127.5 * np.sin(0.37 * np.arange(np.prod(shape))).reshape(shape)
        result = model.predict(images.astype("float32"), verbose=0)
        assert np.ptp(result) > 1e-3, (make.__name__, result)
        outputs[make.__name__] = result.astype(float).round(8).tolist()
        for ending in ("h5", "keras"):
            model.save(folder / f"{make.__name__}.{ending}")
    written = {
        "made_with": f"tf_keras {keras.__version__}, TensorFlow {tf.__version__}", "outputs": outputs,
    }
    (folder / "outputs.json").write_text(json.dumps(written, indent=1) + "\n")


main()
