"""What the scripts that ask real Keras for references share: models, weights from a hash, names.

Both sides fill every tensor from the same hash of (name, index), so that a reference needs no weight
file; Tests/ModelZooTests/HashedWeights.swift is the other side.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np

import networks

APPLICATIONS = {
    name.lower(): getattr(keras.applications, name)
    for name in (
        "VGG16 VGG19 ResNet50 ResNet101 ResNet152 ResNet50V2 ResNet101V2 ResNet152V2 MobileNet "
        "MobileNetV2 MobileNetV3Small MobileNetV3Large InceptionV3 Xception InceptionResNetV2 "
        "DenseNet121 DenseNet169 DenseNet201 EfficientNetB0 EfficientNetB1 EfficientNetB2 "
        "EfficientNetB3 EfficientNetB4 EfficientNetB5 EfficientNetB6 EfficientNetB7 "
        "EfficientNetV2B0 EfficientNetV2B1 EfficientNetV2B2 EfficientNetV2B3 EfficientNetV2S "
        "EfficientNetV2M EfficientNetV2L ConvNeXtTiny ConvNeXtSmall ConvNeXtBase ConvNeXtLarge "
        "ConvNeXtXLarge"
    ).split()
}
CHANNELS = {"alphago": 48, "sequence1d": 1}


def build(name, alpha=None, side=224, top=True, channels=None, weights=None):
    """Real Keras's model with logits (`top`) or pooled features as its output."""
    keras.utils.clear_session()
    channels = channels or CHANNELS.get(name, 3)
    shape = (side, channels) if name == "sequence1d" else (side, side, channels)
    if name in networks.BUILDERS:
        return networks.build(name, shape, top)
    options = {"weights": weights, "input_shape": shape}
    if name.endswith("minimalistic"):
        name = name.removesuffix("minimalistic")
        options["minimalistic"] = True
    if alpha is not None:
        options["alpha"] = alpha
    if top:
        return APPLICATIONS[name](include_top=True, classifier_activation=None, **options)
    return APPLICATIONS[name](include_top=False, pooling="avg", **options)


def node_name(layer):
    """The layer's name; the input, which Keras numbers as it goes along, gets the first number."""
    return "input_1" if isinstance(layer, keras.layers.InputLayer) else layer.name


def layers_of(model):
    """Its layers in order, those of Sequential models inside it in place of these."""
    for layer in model.layers:
        yield from layer.layers if isinstance(layer, keras.Sequential) else [layer]


def parameter_name(layer, weight):
    """`layer/role` as in Keras 1 and 2 files, where a depthwise kernel has a name of its own."""
    role = weight.path.split("/")[-1]
    if isinstance(layer, keras.layers.DepthwiseConv2D) and role == "kernel":
        role = "depthwise_kernel"
    if type(layer).__name__ == "LayerScale":  # whose weight has no name
        role = "gamma"
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


def rule(name, shape, gain=1):
    """Of a weight of sane size: the middle of its values, and how far they reach.

    Activations neither vanish nor explode, a tenth of a ReLU6's reach six, gates are open, and rounding
    does not grow from layer to layer: with gains of 1.8 Keras's own float32 gradients are off by a
    fifth, because masks flip.
    """
    node, role = name.split("/")
    if role == "depthwise_kernel":
        return 0, np.sqrt(6.0 / (shape[0] * shape[1]))
    if role == "pointwise_kernel":  # nothing between it and the depthwise one halves the variance
        return 0, np.sqrt(3.0 / shape[2])
    if role == "kernel":
        return 0, gain * np.sqrt(6.0 / np.prod(shape[:-1]))
    if role == "gamma" and node.endswith("_layer_scale"):
        return 0.3, 0.1
    if role == "gamma":
        gain *= 0.4 if node.endswith("_project_BN") else 1.2 if precedes_relu6(node) else 1
        return gain, 0.3 * gain
    if role == "bias" and node.endswith(("se_expand", "squeeze_excite_conv_1")):
        return 2, 0.5
    if role == "beta" and precedes_relu6(node):
        return 1, 1
    if role == "moving_variance":
        return 1, 0.5
    if role == "mean":
        return 0.45, 0.05
    if role == "variance":
        return 0.05, 0.01
    return 0, 0.2


def gains(model):
    """Of layers that end a residual branch: 1 / the root of the number of sums, so that what they add to
    the shortcut does not make it grow without bounds. Projections of shortcuts end no branch, and
    MobileNetV2's branches are kept small by `rule`."""
    consumers, kinds = {}, {}
    for layer in model.layers:
        kinds[node_name(layer)] = type(layer).__name__
        tensors = [] if isinstance(layer, keras.layers.InputLayer) else layer.input
        for tensor in tensors if isinstance(tensors, list) else [tensors]:
            for source in sources(tensor):
                consumers.setdefault(source, []).append(node_name(layer))
    sums = sum(kind == "Add" for kind in kinds.values())
    ends = {}
    for name, kind in kinds.items():
        if kind not in ("Conv2D", "BatchNormalization"):
            continue
        after = consumers.get(name, [])
        if len(after) == 1 and kinds[after[0]] == "Dropout":
            after = consumers.get(after[0], [])
        is_other = "_0_" in name or name.startswith("batch_normalization")
        is_other = is_other or name.endswith("_project_BN")
        if len(after) == 1 and kinds[after[0]] == "Add" and not is_other:
            ends[name] = 1 / np.sqrt(sums)
    return ends


def fill(model):
    """Gives every tensor of the model its hashed value; returns them by name, in file order.

    The number of pictures that a Normalization has seen is no part of the function and stays.
    """
    tensors = {}
    ends = gains(model)
    for layer in layers_of(model):
        values = []
        for weight in layer.weights:
            name = parameter_name(layer, weight)
            if name.endswith("/count"):
                values.append(np.asarray(weight))
                continue
            shape = tuple(weight.shape)
            offset, scale = rule(name, shape, ends.get(layer.name, 1))
            tensors[name] = (offset + scale * hashed(name, shape)).astype(np.float32)
            values.append(tensors[name])
        layer.set_weights(values)
        if hasattr(layer, "finalize_state"):  # a Normalization computes with copies of its weights
            layer.finalize_state()
    return tensors


def is_node(operation):
    """Whether it is a layer, or a sum of two written as an expression, which is a node of ours, too."""
    is_sum = type(operation).__name__ == "Add" and len(operation._inbound_nodes[0].input_tensors) == 2
    return isinstance(operation, keras.layers.Layer) or is_sum


def sources(tensor):
    """The names of the nodes that a tensor comes from; other operations are looked through."""
    operation = tensor._keras_history.operation
    if isinstance(operation, keras.Sequential):
        return [node_name(operation.layers[-1])]
    if is_node(operation):
        return [node_name(operation)]
    return [n for t in operation._inbound_nodes[0].input_tensors for n in sources(t)]


def structure(model):
    """One line per layer: name, output shape, inputs, parameters; what a network is, as text."""
    lines = []
    nodes = []  # and who knows what they read: of the first layer of a Sequential model, that one
    for operation in filter(is_node, model.operations):
        inside = operation.layers if isinstance(operation, keras.Sequential) else [operation]
        nodes += [(layer, operation if layer is inside[0] else layer) for layer in inside]
    for layer, reader in nodes:
        call = reader._inbound_nodes[0 if reader is layer else -1]
        tensors = [] if isinstance(layer, keras.layers.InputLayer) else call.input_tensors
        inputs = [n for t in tensors for n in sources(t)]
        name = node_name(layer)
        shape = "x".join(str(n) for n in layer.output.shape[1:])
        if type(layer).__name__ == "CustomScaleLayer":  # x + scale * y: two nodes of ours
            lines.append(f"{name}_factor {shape} <- {inputs[1]}")
            inputs[1] = f"{name}_factor"
        weights = " ".join(
            f"{parameter_name(layer, w)}:{'x'.join(str(n) for n in w.shape)}"
            for w in getattr(layer, "weights", [])
            if not w.path.endswith("/count")
        )
        lines.append(f"{name} {shape} <- {','.join(inputs)} {weights}".rstrip())
    return "\n".join(lines)


# What is averaged where a network with classifier has no pooled features: its last feature map. The last
# of these layers counts: SqueezeNet 1.1 has a pool5, too.
FEATURE_MAPS = ("block5_pool", "s4", "pool5", "block3_cccp1", "fire9_concat", "conv12")


def pooled(model):
    """The same model ending in the averaged last feature map, whatever its own end is."""
    names = {layer.name for layer in model.layers}
    for layer in reversed(model.layers):
        if layer.name.endswith("_head_layernorm"):  # behind the average
            return keras.Model(model.input, layer.output)
        if layer.name in FEATURE_MAPS:
            output = keras.ops.mean(layer.output, axis=(1, 2))
            return keras.Model(model.input, output)
    name = "avg_pool" if "avg_pool" in names else "global_average_pooling2d"
    output = model.get_layer(name).output
    return keras.Model(model.input, keras.ops.reshape(output, (-1, output.shape[-1])))


def images(model, count, name="input"):
    """Hashed pictures of the size that the model's first layers expect: bytes where they rescale, up to
    32 where local response normalisation is to have an effect, else -1...1."""
    names = {layer.name for layer in model.layers}
    scales = "rescaling" in names or any(n.endswith("_prestem_normalization") for n in names)
    factor, offset = (127.5, 127.5) if scales else (32 if "norm1" in names else 1, 0)
    u = hashed(name, (count, *model.input_shape[1:]))
    return (offset + factor * u).astype(np.float32)


def versions():
    import tensorflow

    return f"Keras {keras.__version__} on TensorFlow {tensorflow.__version__}"
