"""What the scripts that ask real Keras for references share: models, weights from a hash, names.

Both sides fill every tensor from the same hash of (name, index), so that a reference needs no weight
file; Tests/ModelZooTests/HashedWeights.swift is the other side.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np

BUILDERS = {
    "vgg16": keras.applications.VGG16,
    "resnet50": keras.applications.ResNet50,
    "mobilenet": keras.applications.MobileNet,
    "mobilenetv2": keras.applications.MobileNetV2,
}


def build(name, alpha=None, side=224, top=True):
    """Real Keras's model with logits (`top`) or pooled features as its output."""
    keras.utils.clear_session()
    options = {"weights": None, "input_shape": (side, side, 3)}
    if alpha is not None:
        options["alpha"] = alpha
    if top:
        return BUILDERS[name](include_top=True, classifier_activation=None, **options)
    return BUILDERS[name](include_top=False, pooling="avg", **options)


def node_name(layer):
    """The layer's name; those that Keras numbers as it goes along get the first number."""
    if isinstance(layer, keras.layers.InputLayer):
        return "input_1"
    if layer.name.startswith("global_average_pooling2d"):
        return "global_average_pooling2d"
    return layer.name


def parameter_name(layer, weight):
    """`layer/role` as in Keras 1 and 2 files, where a depthwise kernel has a name of its own."""
    role = weight.path.split("/")[-1]
    if isinstance(layer, keras.layers.DepthwiseConv2D) and role == "kernel":
        role = "depthwise_kernel"
    return f"{node_name(layer)}/{role}"


def fnv1a(text):
    """64-bit FNV-1a of the UTF-8 bytes."""
    state = 0xCBF29CE484222325
    for byte in text.encode():
        state = ((state ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return state


def hashed(name, shape):
    """Numbers in [-1, 1): SplitMix64 of (hash of the name, index), upper 24 bits."""
    out = np.empty(int(np.prod(shape)), dtype=np.float64)
    base = np.uint64(fnv1a(name))
    for start in range(0, out.size, 1 << 22):  # in pieces: VGG-16 has a tensor of 10^8 numbers
        end = min(out.size, start + (1 << 22))
        z = base + np.arange(start + 1, end + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
        out[start:end] = (z >> np.uint64(40)).astype(np.float64) / 8388608.0 - 1.0
    return out.reshape(shape)


def precedes_relu6(norm):
    return norm.startswith("conv_") or norm.endswith(("expand_BN", "depthwise_BN"))


def filled(name, shape):
    """A weight of sane size for its role.

    Activations neither vanish nor explode, a tenth of a ReLU6's reach six, and rounding does not grow
    from layer to layer: with gains of 1.8 Keras's own float32 gradients are off by a fifth, because
    masks flip.
    """
    u = hashed(name, shape)
    node, role = name.split("/")
    if role == "depthwise_kernel":
        value = u * np.sqrt(6.0 / (shape[0] * shape[1]))
    elif role == "kernel":
        value = u * np.sqrt(6.0 / np.prod(shape[:-1]))
    elif role == "gamma":
        if node.endswith(("_3_bn", "_project_BN")):
            gain = 0.4  # the last norm of a residual branch is added to the shortcut: kept small
        else:
            gain = 1.2 if precedes_relu6(node) else 1.0
        value = (1.0 + 0.3 * u) * gain
    elif role == "beta" and precedes_relu6(node):
        value = 1.0 + u
    elif role == "moving_variance":
        value = 1.0 + 0.5 * u
    else:
        value = 0.2 * u
    return value.astype(np.float32)


def fill(model):
    """Gives every tensor of the model its hashed value; returns them by name, in file order."""
    tensors = {}
    for layer in model.layers:
        values = []
        for weight in layer.weights:
            name = parameter_name(layer, weight)
            tensors[name] = filled(name, tuple(weight.shape))
            values.append(tensors[name])
        layer.set_weights(values)
    return tensors


def structure(model):
    """One line per layer: name, output shape, inputs, parameters; what a network is, as text."""
    lines = []
    for layer in model.layers:
        tensors = [] if isinstance(layer, keras.layers.InputLayer) else layer.input
        tensors = tensors if isinstance(tensors, list) else [tensors]
        inputs = ",".join(node_name(t._keras_history.operation) for t in tensors)
        shape = "x".join(str(n) for n in layer.output.shape[1:])
        weights = " ".join(
            f"{parameter_name(layer, w)}:{'x'.join(str(n) for n in w.shape)}" for w in layer.weights
        )
        lines.append(f"{node_name(layer)} {shape} <- {inputs} {weights}".rstrip())
    return "\n".join(lines)


def pooled(model):
    """The same model ending in the averaged last feature map, whatever its own end is."""
    layer = next((l for l in model.layers if "average_pooling" in l.name or l.name == "avg_pool"), None)
    if layer is not None:
        output = keras.ops.reshape(layer.output, (-1, layer.output.shape[-1]))
    else:
        output = keras.ops.mean(model.get_layer("block5_pool").output, axis=(1, 2))
    return keras.Model(model.input, output)


def versions():
    import tensorflow

    return f"Keras {keras.__version__} on TensorFlow {tensorflow.__version__}"
