"""The networks of the zoo that Keras has no application for, built with its layers.

As in keras.applications: `top` ends in logits, otherwise the last feature map is averaged. What the
layers are called is what Sources/ModelZoo calls them.
"""

import keras
import tensorflow as tf
from keras import layers

IMAGENET = 1000


class LocalResponseNormalization(layers.Layer):
    """Section 3.3 of the AlexNet paper: the sum of squares over five channels, not their mean."""

    def call(self, x):
        return tf.nn.local_response_normalization(
            x, depth_radius=2, bias=2.0, alpha=1e-4, beta=0.75
        )


class PositionBias(layers.Layer):
    """A bias for each position and channel."""

    def build(self, shape):
        self.bias = self.add_weight(name="bias", shape=shape[1:], initializer="zeros")

    def call(self, x):
        return x + self.bias


def convolution(x, width, kernel, name, strides=1, padding="same", activation="relu", **options):
    return layers.Conv2D(
        width, kernel, strides=strides, padding=padding, activation=activation, name=name, **options
    )(x)


def averaged(x, name="global_average_pooling2d"):
    return layers.GlobalAveragePooling2D(name=name)(x)


def lenet5(image, top):
    x = convolution(image, 6, 5, "c1", padding="valid", activation="tanh")
    x = layers.AveragePooling2D(2, name="s2")(x)
    x = convolution(x, 16, 5, "c3", padding="valid", activation="tanh")
    x = layers.AveragePooling2D(2, name="s4")(x)
    if not top:
        return averaged(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(120, activation="tanh", name="c5")(x)
    x = layers.Dense(84, activation="tanh", name="f6")(x)
    return layers.Dense(10, name="output")(x)


def alexnet(image, top):
    x = convolution(image, 96, 11, "conv1", strides=4, padding="valid")
    x = LocalResponseNormalization(name="norm1")(x)
    x = layers.MaxPooling2D(3, 2, name="pool1")(x)
    x = convolution(x, 256, 5, "conv2", groups=2)
    x = LocalResponseNormalization(name="norm2")(x)
    x = layers.MaxPooling2D(3, 2, name="pool2")(x)
    x = convolution(x, 384, 3, "conv3")
    x = convolution(x, 384, 3, "conv4", groups=2)
    x = convolution(x, 256, 3, "conv5", groups=2)
    x = layers.MaxPooling2D(3, 2, name="pool5")(x)
    if not top:
        return averaged(x)
    x = layers.Flatten(name="flatten")(x)
    for number in (6, 7):
        x = layers.Dense(4096, activation="relu", name=f"fc{number}")(x)
        x = layers.Dropout(0.5, name=f"drop{number}")(x)
    return layers.Dense(IMAGENET, name="fc8")(x)


def networkinnetwork(image, top):
    x = convolution(image, 192, 5, "block1_conv")
    x = convolution(x, 160, 1, "block1_cccp1")
    x = convolution(x, 96, 1, "block1_cccp2")
    x = layers.MaxPooling2D(3, 2, padding="same", name="block1_pool")(x)
    x = layers.Dropout(0.5, name="block1_drop")(x)
    x = convolution(x, 192, 5, "block2_conv")
    x = convolution(x, 192, 1, "block2_cccp1")
    x = convolution(x, 192, 1, "block2_cccp2")
    x = layers.AveragePooling2D(3, 2, padding="same", name="block2_pool")(x)
    x = layers.Dropout(0.5, name="block2_drop")(x)
    x = convolution(x, 192, 3, "block3_conv")
    x = convolution(x, 192, 1, "block3_cccp1")
    if not top:
        return averaged(x)
    x = averaged(convolution(x, 10, 1, "block3_cccp2"))
    return layers.Activation("linear", name="predictions")(x)


def vgg(blocks):
    def build(image, top):
        x = image
        for b, (count, width) in enumerate(zip(blocks, (64, 128, 256, 512, 512)), 1):
            for c in range(1, count + 1):
                x = convolution(x, width, 3, f"block{b}_conv{c}")
            x = layers.MaxPooling2D(2, name=f"block{b}_pool")(x)
        if not top:
            return averaged(x)
        x = layers.Flatten(name="flatten")(x)
        for name in ("fc1", "fc2"):
            x = layers.Dense(4096, activation="relu", name=name)(x)
            x = layers.Dropout(0.5, name=f"{name}_dropout")(x)
        return layers.Dense(IMAGENET, name="predictions")(x)

    return build


def googlenet(image, top):
    def halved(x, name):
        return layers.MaxPooling2D(3, 2, padding="same", name=name)(x)

    x = convolution(image, 64, 7, "conv1", strides=2)
    x = LocalResponseNormalization(name="norm1")(halved(x, "pool1"))
    x = convolution(convolution(x, 64, 1, "conv2_reduce"), 192, 3, "conv2")
    x = LocalResponseNormalization(name="norm2")(x)
    pools = {"3a": "pool2", "4a": "pool3", "5a": "pool4"}
    for name, a, b, c, d, e, f in (
        ("3a", 64, 96, 128, 16, 32, 32),
        ("3b", 128, 128, 192, 32, 96, 64),
        ("4a", 192, 96, 208, 16, 48, 64),
        ("4b", 160, 112, 224, 24, 64, 64),
        ("4c", 128, 128, 256, 24, 64, 64),
        ("4d", 112, 144, 288, 32, 64, 64),
        ("4e", 256, 160, 320, 32, 128, 128),
        ("5a", 256, 160, 320, 32, 128, 128),
        ("5b", 384, 192, 384, 48, 128, 128),
    ):
        if name in pools:
            x = halved(x, pools[name])
        module = f"inception_{name}_"
        one = convolution(x, a, 1, module + "1x1")
        three = convolution(convolution(x, b, 1, module + "3x3_reduce"), c, 3, module + "3x3")
        five = convolution(convolution(x, d, 1, module + "5x5_reduce"), e, 5, module + "5x5")
        pooled = layers.MaxPooling2D(3, 1, padding="same", name=module + "pool")(x)
        pooled = convolution(pooled, f, 1, module + "pool_proj")
        x = layers.Concatenate(name=module + "output")([one, three, five, pooled])
    x = averaged(x, "avg_pool")
    if not top:
        return x
    x = layers.Dropout(0.4, name="dropout")(x)
    return layers.Dense(IMAGENET, name="predictions")(x)


def resnet(blocks):
    """Basic blocks; shortcuts are projected where the shape changes."""

    def normalized(x, width, kernel, name, strides=1, padding="valid"):
        x = layers.Conv2D(
            width, kernel, strides=strides, padding=padding, use_bias=False, name=f"{name}_conv"
        )(x)
        return layers.BatchNormalization(epsilon=1.001e-5, name=f"{name}_bn")(x)

    def build(image, top):
        x = layers.ZeroPadding2D(3, name="conv1_pad")(image)
        x = normalized(x, 64, 7, "conv1", strides=2)
        x = layers.Activation("relu", name="conv1_relu")(x)
        x = layers.ZeroPadding2D(1, name="pool1_pad")(x)
        x = layers.MaxPooling2D(3, 2, name="pool1_pool")(x)
        for stage, (count, width) in enumerate(zip(blocks, (64, 128, 256, 512)), 2):
            for block in range(1, count + 1):
                name = f"conv{stage}_block{block}"
                strides = 2 if stage > 2 and block == 1 else 1
                shortcut = x
                if strides == 2:
                    shortcut = normalized(x, width, 1, f"{name}_0", strides=2)
                y = layers.ZeroPadding2D(1, name=f"{name}_1_pad")(x)
                y = normalized(y, width, 3, f"{name}_1", strides=strides)
                y = layers.Activation("relu", name=f"{name}_1_relu")(y)
                y = normalized(y, width, 3, f"{name}_2", padding="same")
                y = layers.Add(name=f"{name}_add")([shortcut, y])
                x = layers.Activation("relu", name=f"{name}_out")(y)
        x = averaged(x, "avg_pool")
        return layers.Dense(IMAGENET, name="predictions")(x) if top else x

    return build


def squeezenet(width, kernel, pooled):
    """`pooled`: behind which layers the map is halved, rounding up as Caffe does: zeros, which never win
    behind a ReLU, complete the last windows of an even map."""

    def build(image, top):
        x = convolution(image, width, kernel, "conv1", strides=2, padding="valid")
        for number, (squeezed, expanded) in enumerate(
            ((16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256)), 2
        ):
            if number - 1 in pooled:
                name = f"pool{number - 1}"
                x = layers.ZeroPadding2D(((0, 1), (0, 1)), name=f"{name}_pad")(x)
                x = layers.MaxPooling2D(3, 2, name=name)(x)
            name = f"fire{number}"
            x = convolution(x, squeezed, 1, f"{name}_squeeze1x1")
            x = layers.Concatenate(name=f"{name}_concat")([
                convolution(x, expanded, 1, f"{name}_expand1x1"),
                convolution(x, expanded, 3, f"{name}_expand3x3"),
            ])
        if not top:
            return averaged(x)
        x = layers.Dropout(0.5, name="drop9")(x)
        x = averaged(convolution(x, IMAGENET, 1, "conv10"))
        return layers.Activation("linear", name="predictions")(x)

    return build


def alphago(image, top):
    x = image
    for number in range(1, 13):
        x = convolution(x, 192, 5 if number == 1 else 3, f"conv{number}")
    if not top:
        return averaged(x)
    x = convolution(x, 1, 1, "conv13", activation=None, use_bias=False)
    x = layers.Flatten(name="flatten")(PositionBias(name="position_bias")(x))
    return layers.Activation("linear", name="predictions")(x)


def sequence1d(sequence, top):
    x = sequence
    for number, (kernel, strides, width) in enumerate(
        ((80, 4, 128), (3, 1, 128), (3, 1, 256), (3, 1, 512)), 1
    ):
        x = layers.Conv1D(width, kernel, strides=strides, padding="same", name=f"conv{number}")(x)
        x = layers.BatchNormalization(name=f"conv{number}_bn")(x)
        x = layers.Activation("relu", name=f"conv{number}_relu")(x)
        x = layers.MaxPooling1D(4, padding="same", name=f"pool{number}")(x)
    x = layers.GlobalAveragePooling1D(name="avg_pool")(x)
    return layers.Dense(10, name="predictions")(x) if top else x


BUILDERS = {
    "lenet5": lenet5,
    "alexnet": alexnet,
    "networkinnetwork": networkinnetwork,
    "vgg11": vgg((1, 1, 2, 2, 2)),
    "vgg13": vgg((2, 2, 2, 2, 2)),
    "googlenet": googlenet,
    "resnet18": resnet((2, 2, 2, 2)),
    "resnet34": resnet((3, 4, 6, 3)),
    "squeezenet1_0": squeezenet(96, 7, (1, 4, 8)),
    "squeezenet1_1": squeezenet(64, 3, (1, 3, 5)),
    "alphago": alphago,
    "sequence1d": sequence1d,
}


def build(name, shape, top):
    """A model with logits (`top`) or pooled features as its output."""
    image = keras.Input(shape)
    return keras.Model(image, BUILDERS[name](image, top))
