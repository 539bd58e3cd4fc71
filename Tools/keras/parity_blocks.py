"""Smooth copies of each family's blocks: without kinks, so that gradients must agree closely.

A block is cut out of Keras's own model by its first and last layer. ReLU becomes tanh or swish, hard
swish swish, hard sigmoid sigmoid, max pooling average pooling; a pooled head of ten classes follows.
"""

import functools
import json

from common import keras, np, parameter_name
import parity_models as models
import parity_references as references

from keras.src.applications.inception_resnet_v2 import CustomScaleLayer

SIDE = 64
CLASSES = 10
LABELS = [3, 7]
# name of the block, model, α, the layer that it reads (none: the image), its last layer, what ReLU becomes.
BLOCKS = [
    ("plain", "vgg16", None, None, "block2_pool", "tanh"),
    ("bottleneck v1", "resnet50", None, "pool1_pool", "conv3_block1_out", "tanh"),
    ("bottleneck v2", "resnet50v2", None, "pool1_pool", "conv3_block1_out", "tanh"),
    ("depthwise separable", "mobilenet", 0.25, None, "conv_pw_3_relu", "tanh"),
    ("inverted residual", "mobilenetv2", 0.35, None, "block_4_add", "swish"),
    ("inverted residual, SE", "mobilenetv3small", 1.0, None, "expanded_conv_4_add", "swish"),
    ("inverted residual, minimalistic", "mobilenetv3smallminimalistic", 1.0, None,
     "expanded_conv_2_add", "swish"),
    ("MBConv, SE", "efficientnetb0", None, None, "block3b_add", "swish"),
    ("fused MBConv", "efficientnetv2b0", None, None, "block4b_add", "swish"),
    ("inception A", "inceptionv3", None, "mixed0", "mixed1", "swish"),
    ("inception B, reduction", "inceptionv3", None, "mixed2", "mixed4", "swish"),
    ("inception C, reduction", "inceptionv3", None, "mixed7", "mixed9", "swish"),
    ("separable, residual", "xception", None, None, "block4_sepconv1_act", "tanh"),
    ("dense block, transition", "densenet121", None, "pool1", "pool2_pool", "tanh"),
    ("scaled residual 35", "inceptionresnetv2", None, "mixed_5b", "block35_2_ac", "tanh"),
    ("scaled residual 17, reduction", "inceptionresnetv2", None, "block35_10_ac", "block17_1_ac",
     "tanh"),
    ("scaled residual 8, reduction", "inceptionresnetv2", None, "block17_20_ac", "block8_1_ac",
     "tanh"),
]


def smooth(config, activation):
    """Changes a model's configuration in place."""
    kinks = {"relu": activation, "relu6": activation, "hard_swish": "swish", "hard_sigmoid": "sigmoid"}
    for layer in config["layers"]:
        own = layer["config"]
        if layer["class_name"] == "ReLU":
            layer["class_name"] = "Activation"
            for key in ("max_value", "negative_slope", "threshold"):
                own.pop(key, None)
            own["activation"] = activation
        elif layer["class_name"] == "MaxPooling2D":
            layer["class_name"] = "AveragePooling2D"
        if own.get("activation") in kinks:
            own["activation"] = kinks[own["activation"]]


@functools.lru_cache(1)
def whole_model(name, alpha):
    keras.utils.clear_session()
    side = 75 if name in ("inceptionv3", "inceptionresnetv2", "xception") else SIDE
    return models.build(name, alpha, side, top=False)


def make(name, alpha, first, last, activation):
    whole = whole_model(name, alpha)
    start = whole.input if first is None else whole.get_layer(first).output
    cut = keras.Model(start, whole.get_layer(last).output)
    config = json.dumps(cut.get_config()).replace('"float32"', f'"{keras.config.floatx()}"')
    config = json.loads(config)
    smooth(config, activation)
    cut = keras.Model.from_config(
        config, {"CustomScaleLayer": CustomScaleLayer})
    x = keras.layers.GlobalAveragePooling2D(name="pool")(cut.output)
    x = keras.layers.Dense(CLASSES, name="predictions")(x)
    return keras.Model(cut.input, x)


def write(folder):
    rows = []
    for block, name, alpha, first, last, activation in BLOCKS:
        build = lambda: make(name, alpha, first, last, activation)
        model = build()
        models.fill(model)
        images = models.images_for(model, f"images of {block}", 2)
        identity = "block-" + block.replace(", ", "-").replace(" ", "-")
        model.save(folder / f"{identity}.keras")
        tensors = {"input": images, "logits": references.predict(model, images)}
        kernels = [
            (i, layer, w) for layer in model.layers for w in layer.trainable_weights
            for i in [next(i for i, v in enumerate(model.weights) if v is w)]
        ]
        indices = [i for i, _, _ in kernels]
        _, single = references.gradients(model, images, LABELS, indices)
        weights = model.get_weights()
        double = references.in_float64(build, weights)
        loss, exact = references.gradients(double, images.astype(np.float64), LABELS, indices)
        tensors["loss"] = np.array([loss])
        gradients = []
        for n, ((_, layer, weight), ours, reference) in enumerate(zip(kernels, single, exact)):
            tensors[f"gradient-{n}"] = reference
            gradients.append({
                "which": "all", "tensor": f"gradient-{n}",
                "parameter": parameter_name(layer, weight), "shape": list(reference.shape),
                "kerasError": references.distance(ours, reference),
            })
        references.write_references(folder / f"{identity}-reference.h5", tensors)
        rows.append({
            "id": identity, "name": block, "of": name, "file": f"{identity}.keras",
            "inputShape": list(images.shape[1:]), "count": 2, "classes": CLASSES, "labels": LABELS,
            "parameters": model.count_params(), "counters": models.counters(model), "gradients": gradients,
            "largestLogit": float(np.abs(tensors["logits"]).max()),
        })
        print(f"  {identity}: {len(model.layers)} layers, {images.shape[1:]}, Keras's worst gradient "
              f"{max(g['kerasError'] for g in gradients):.1e}", flush=True)
    return rows
