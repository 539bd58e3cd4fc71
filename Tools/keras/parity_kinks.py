"""Keeps the activations of chosen images away from the kinks of ReLU and ReLU6.

A value within rounding of a kink passes its gradient in one implementation and not in another; one such
value in a first layer of 10^5 moves a gradient by several thousandths, and says nothing about either.
So shifts of norms and biases are moved by up to a tenth of a deviation, channel by channel, until the
nearest value is as far away as it gets: around 10^-3, a thousand times more than rounding.
"""

from common import keras, np

L = keras.layers


def shifts(values, kinks):
    """By how much to move each channel of `[n, channels]` to put the kinks into its widest gaps."""
    found = np.zeros(values.shape[1], np.float32)
    reach = 0.1 * values.std(axis=0) + 1e-6
    for channel, (column, limit) in enumerate(zip(values.T.astype(np.float64), reach)):
        near = np.concatenate([column[np.abs(column - k) <= limit] - k for k in kinks])
        edges = np.sort(np.concatenate([near, [-limit, limit]]))
        widest = np.argmax(np.diff(edges))
        found[channel] = -(edges[widest] + edges[widest + 1]) / 2
    return found


def source(layer):
    """The shift behind what the activation reads, and by how much it moves that; or None."""

    def before(tensor):
        return tensor._keras_history.operation

    operation = before(layer._inbound_nodes[0].input_tensors[0])
    if isinstance(operation, L.BatchNormalization):
        return operation.beta, 1.0
    if isinstance(operation, L.Add):
        for tensor in operation._inbound_nodes[0].input_tensors:
            norm = before(tensor)
            if isinstance(norm, L.BatchNormalization) and len(norm._outbound_nodes) == 1:
                return norm.beta, 1.0
    if type(operation).__name__ == "CustomScaleLayer":  # first + scale · second
        return before(operation._inbound_nodes[0].input_tensors[1]).bias, operation.scale
    return None


def kinks_of(activation):
    return {"relu": [0.0], "relu6": [0.0, 6.0]}.get(getattr(activation, "__name__", None))


def avoid(model, images):
    """Runs forward once and moves shifts on the way."""

    def moved(x, source, kinks):
        if source is None or kinks is None:
            return x
        shift, factor = source
        values = np.asarray(x)
        by = shifts(values.reshape(-1, values.shape[-1]), kinks)
        shift.assign(shift + by / factor)
        return x + by

    def relu(layer, x, call):
        kinks = [0.0, 6.0] if layer.max_value == 6 else [0.0] if layer.max_value is None else None
        return call(layer, moved(x, source(layer), kinks))

    def activation(layer, x, call):
        return call(layer, moved(x, source(layer), kinks_of(layer.activation)))

    originals = L.ReLU.call, L.Activation.call
    fused = [
        (l, l.activation) for l in model.layers
        if isinstance(l, (L.Conv2D, L.Dense)) and kinks_of(l.activation) and l.use_bias
    ]
    L.ReLU.call = lambda layer, x: relu(layer, x, originals[0])
    L.Activation.call = lambda layer, x: activation(layer, x, originals[1])
    for layer, function in fused:
        layer.activation = (
            lambda x, layer=layer, function=function: function(
                moved(x, (layer.bias, 1.0), kinks_of(function)))
        )
    try:
        model(images, training=False)
    finally:
        L.ReLU.call, L.Activation.call = originals
        for layer, function in fused:
            layer.activation = function
