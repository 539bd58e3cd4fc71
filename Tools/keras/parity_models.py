"""Real Keras's models for the parity run, and random weights that keep them sane at any depth."""

from common import fnv1a, keras, np
import parity_kinks

A = keras.applications

# name in the zoo: builder and its own options.
BUILDERS = {
    "vgg16": (A.VGG16, {}),
    "vgg19": (A.VGG19, {}),
    "resnet50": (A.ResNet50, {}),
    "resnet101": (A.ResNet101, {}),
    "resnet152": (A.ResNet152, {}),
    "resnet50v2": (A.ResNet50V2, {}),
    "resnet101v2": (A.ResNet101V2, {}),
    "resnet152v2": (A.ResNet152V2, {}),
    "mobilenet": (A.MobileNet, {}),
    "mobilenetv2": (A.MobileNetV2, {}),
    "mobilenetv3small": (A.MobileNetV3Small, {}),
    "mobilenetv3large": (A.MobileNetV3Large, {}),
    "mobilenetv3smallminimalistic": (A.MobileNetV3Small, {"minimalistic": True}),
    "mobilenetv3largeminimalistic": (A.MobileNetV3Large, {"minimalistic": True}),
    "efficientnetb0": (A.EfficientNetB0, {}),
    "efficientnetb1": (A.EfficientNetB1, {}),
    "efficientnetb2": (A.EfficientNetB2, {}),
    "efficientnetb3": (A.EfficientNetB3, {}),
    "efficientnetb4": (A.EfficientNetB4, {}),
    "efficientnetb5": (A.EfficientNetB5, {}),
    "efficientnetb6": (A.EfficientNetB6, {}),
    "efficientnetb7": (A.EfficientNetB7, {}),
    "efficientnetv2b0": (A.EfficientNetV2B0, {}),
    "efficientnetv2b1": (A.EfficientNetV2B1, {}),
    "efficientnetv2b2": (A.EfficientNetV2B2, {}),
    "efficientnetv2b3": (A.EfficientNetV2B3, {}),
    "efficientnetv2s": (A.EfficientNetV2S, {}),
    "efficientnetv2m": (A.EfficientNetV2M, {}),
    "efficientnetv2l": (A.EfficientNetV2L, {}),
    "convnexttiny": (A.ConvNeXtTiny, {}),
    "convnextsmall": (A.ConvNeXtSmall, {}),
    "convnextbase": (A.ConvNeXtBase, {}),
    "convnextlarge": (A.ConvNeXtLarge, {}),
    "convnextxlarge": (A.ConvNeXtXLarge, {}),
    "inceptionv3": (A.InceptionV3, {}),
    "xception": (A.Xception, {}),
    "densenet121": (A.DenseNet121, {}),
    "densenet169": (A.DenseNet169, {}),
    "densenet201": (A.DenseNet201, {}),
    "inceptionresnetv2": (A.InceptionResNetV2, {}),
}
CLASSES = 1000


def build(name, alpha=None, side=224, top=True):
    """Keras's model with logits, or without its classifier and without pooling."""
    builder, options = BUILDERS[name]
    if alpha is not None:
        options = options | {"alpha": alpha}
    if top:
        options = options | {"classifier_activation": None}
    return builder(weights=None, include_top=top, input_shape=(side, side, 3), **options)


def set_weights(model, weights):
    """Also where a layer computes with constants that it has made of its weights."""
    model.set_weights(weights)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()


def random(name):
    return np.random.Generator(np.random.PCG64(fnv1a(name)))


def pictures(name, count, side, channels=3, largest=None):
    """Blobs and grain; from -1 to 1, or from 0 to `largest`."""
    numbers = random(name)
    coarse = -(-side // 8)
    blobs = numbers.uniform(-1, 1, (count, coarse, coarse, channels)).repeat(8, 1).repeat(8, 2)
    grain = numbers.uniform(-1, 1, (count, side, side, channels))
    values = 0.6 * blobs[:, :side, :side] + 0.4 * grain
    if largest is not None:
        values = (values + 1) * (largest / 2)
    return values.astype(np.float32)


def reads_bytes(model):
    """Whether the model scales its input itself, so that it expects numbers from 0 to 255."""
    return any(
        isinstance(l, keras.layers.Rescaling) or l.name.endswith("_prestem_normalization")
        for l in model.layers)


def images_for(model, name, count):
    shape = model.input_shape
    return pictures(name, count, shape[1], shape[3], 255 if reads_bytes(model) else None)


def readers(layer):
    """What reads the layer's output, dropout apart."""
    found = [node.operation for node in layer._outbound_nodes]
    return [
        reader for one in found
        for reader in (readers(one) if isinstance(one, keras.layers.Dropout) else [one])
    ]


def activation_after(layer):
    """The activation that reads the layer's output, if need be behind a sum, or None."""
    for reader in readers(layer):
        if isinstance(reader, keras.layers.Add) and readers(reader):
            return activation_after(reader)
        if isinstance(reader, keras.layers.ReLU):
            return "relu6" if reader.max_value == 6 else "relu"
        if isinstance(reader, keras.layers.Activation):
            return reader.activation.__name__
    return None


def ends_branch(layer):
    """Whether what the layer writes is added to a shortcut."""
    return any(isinstance(reader, keras.layers.Add) for reader in readers(layer))


def value(layer, role, shape, branch):
    """A weight of sane size for its role.

    Norms before a ReLU or swish lift most of its input above zero, and those that end a residual branch
    make it small, by the factor `branch`. Rounding then hardly grows from layer to layer: by 6 % where
    half of the input below zero makes it 20 %, which in fifty layers is the difference between 20 and
    10 000, and Keras's own float32 gradients would be off by a hundredth, because masks flip.
    """
    u = random(f"{layer.name}/{role}").uniform(-1, 1, shape)
    if role in ("kernel", "depthwise_kernel", "pointwise_kernel"):
        depthwise = role == "depthwise_kernel" or isinstance(layer, keras.layers.DepthwiseConv2D)
        fan = np.prod(shape[:2]) if depthwise else np.prod(shape[:-1])
        # Gates that are all open or shut would multiply differences.
        is_gate = getattr(getattr(layer, "activation", None), "__name__", None) == "sigmoid"
        return u * np.sqrt((0.5 if is_gate else 6.0) / fan)
    activation = activation_after(layer)
    if role == "gamma":
        gain = branch if ends_branch(layer) else 1.5 if activation == "relu6" else 1.0
        return (1.0 + 0.3 * u) * gain
    if role == "beta":
        if activation == "relu6":
            return 1.0 + u
        return 1.0 + 0.5 * u if activation in ("relu", "silu", "hard_silu") else 0.2 * u
    if role in ("moving_variance", "variance"):
        return 1.0 + 0.5 * u
    if role == "mean":
        return 0.5 + 0.1 * u
    return 0.2 * u


def fill(model, images_to_see=None, largest_logit=6.0, input_norm=None):
    """Random weights; then norms take their statistics from data, a little off, and the last kernel is
    scaled to make the largest logit what is asked for.

    `images_to_see`: those that outputs and gradients will be compared on, kept away from kinks.
    `input_norm`: mean, variance and count of a `Normalization`; random unless given.
    """
    # All sums together add about as much as there was.
    sums = sum(isinstance(layer, keras.layers.Add) for layer in model.layers)
    branch = min(0.5, 1.5 / max(1, sums) ** 0.5)
    for layer in model.layers:
        layer.set_weights([
            np.asarray(value(layer, w.path.split("/")[-1], w.shape, branch)).astype(w.dtype)
            for w in layer.weights
        ])
        if isinstance(layer, keras.layers.Normalization):
            if input_norm is not None:
                layer.set_weights(input_norm)
            layer.finalize_state()
    images = images_for(model, "calibration", 8)
    if images_to_see is not None:
        images = np.concatenate([images_to_see, images])
    fit_norms(model, images)
    if images_to_see is not None:
        parity_kinks.avoid(model, images_to_see)
    scale_logits(model, images[:2] if images_to_see is None else images_to_see, largest_logit)


def fit_norms(model, images):
    """Gives norms the statistics of what they read, a little off, front to back: each then sees what the
    ones before it really give. Fitted all at once, the errors of a hundred norms would multiply."""
    original = keras.layers.BatchNormalization.call

    def call(layer, x, **options):
        values = np.asarray(x, np.float64).reshape(-1, x.shape[-1])
        mean, variance = values.mean(axis=0), values.var(axis=0)
        # Where the picture has shrunk to a pixel, a few of them may happen to be alike.
        variance = np.maximum(variance, 0.1 * variance.mean())
        numbers = random(f"{layer.name}/statistics")
        mean += 0.1 * np.sqrt(variance) * numbers.uniform(-1, 1, mean.shape)
        layer.moving_mean.assign(mean.astype(np.float32))
        layer.moving_variance.assign(
            (variance * numbers.uniform(0.8, 1.25, variance.shape)).astype(np.float32))
        return original(layer, x, training=False)

    keras.layers.BatchNormalization.call = call
    try:
        model(images, training=False)
    finally:
        keras.layers.BatchNormalization.call = original


def scale_logits(model, images, largest_logit):
    last = [l for l in model.layers if l.weights][-1]
    found = float(np.abs(np.asarray(model(images, training=False))).max())
    last.set_weights([w * (largest_logit / found) for w in last.get_weights()])


def pooled(model):
    """What `include_top=False, pooling="avg"` ends in: the last feature map averaged over its positions, in
    ConvNeXt with a norm behind."""
    pools = [l for l in model.layers if isinstance(l, keras.layers.GlobalAveragePooling2D)]
    norms = [l for l in model.layers if l.name.endswith("_head_layernorm")]
    if norms:  # ConvNeXt's, behind the average
        output = norms[0].output
    elif pools:
        output = keras.ops.reshape(pools[-1].output, (-1, pools[-1].output.shape[-1]))
    else:  # VGG flattens
        output = keras.ops.mean(model.get_layer("block5_pool").output, axis=(1, 2))
    return keras.Model(model.input, output)


def nested(name, alpha, side, weights, kind):
    """What transfer learning leaves: the headless model as one layer of another, with a new head."""
    L = keras.layers
    base = build(name, alpha, side, top=False)
    set_weights(base, weights[: len(base.weights)])
    base.trainable = kind == "functional"
    head = [L.GlobalAveragePooling2D(), L.Dropout(0.2), L.Dense(10, name="predictions")]
    if kind == "sequential":
        model = keras.Sequential([L.Input((side, side, 3)), base, *head])
    else:
        model_input = x = L.Input((side, side, 3))
        x = base(x)
        for layer in head:
            x = layer(x)
        model = keras.Model(model_input, x)
    last = model.layers[-1]
    last.set_weights([
        value(last, w.path.split("/")[-1], w.shape, 1).astype(np.float32) for w in last.weights
    ])
    scale_logits(model, images_for(base, "calibration", 2), 6.0)
    return model
