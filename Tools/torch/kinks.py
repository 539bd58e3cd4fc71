"""Keeps the activations of chosen images away from the kinks of ReLU, ReLU6 and the hard functions.

A value within rounding of a kink passes its gradient in one implementation and not in another, which says nothing
about either. So shifts of norms and biases are moved by up to a tenth of a deviation, channel by channel,
until the nearest value is as far away as it gets; `Tools/keras/parity_kinks.py` does the same in Keras.
"""

import numpy as np
import torch

KINKS = {
    torch.nn.ReLU: [0.0], torch.nn.ReLU6: [0.0, 6.0], torch.nn.Hardswish: [-3.0, 3.0],
    torch.nn.Hardsigmoid: [-3.0, 3.0],
}
SHIFTED = (torch.nn.modules.batchnorm._BatchNorm, torch.nn.modules.conv._ConvNd, torch.nn.Linear)


def shifts(values, kinks):
    """By how much to move each channel of `[n, channels]` to put the kinks into its widest gaps."""
    found = np.zeros(values.shape[1], np.float32)
    reach = 0.1 * values.std(axis=0) + 1e-6
    for channel, (column, limit) in enumerate(zip(values.T, reach)):
        near = np.concatenate([column[np.abs(column - k) <= limit] - k for k in kinks])
        edges = np.sort(np.concatenate([near, [-limit, limit]]))
        widest = np.argmax(np.diff(edges))
        found[channel] = -(edges[widest] + edges[widest + 1]) / 2
    return found


def avoid(model, images):
    """Runs forward once and moves shifts on the way.

    What shifts an activation's input is the last module before it that has a bias: a norm, whose output a
    shortcut may have been added to, or a convolution or dense layer without a norm.
    """
    last = []

    def enter(module, _):
        if module.bias is not None:
            last[:] = [module]

    def move(activation, inputs):
        x = inputs[0]
        bias = last[0].bias if last else None
        if bias is None or bias.shape[0] != x.shape[1]:
            return None
        rows = x.double().movedim(1, -1).reshape(-1, x.shape[1]).numpy()
        by = torch.from_numpy(shifts(rows, KINKS[type(activation)]))
        bias.add_(by)
        return (x + by.reshape((1, -1) + (1,) * (x.dim() - 2)),)

    handles = [
        module.register_forward_pre_hook(hook)
        for module in model.modules()
        for kind, hook in ((SHIFTED, enter), (tuple(KINKS), move)) if isinstance(module, kind)
    ]
    model(images)
    for handle in handles:
        handle.remove()
