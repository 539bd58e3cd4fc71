"""The networks of timm and torchvision that the parity run compares, and random weights for them."""

import re
import zlib

import numpy as np
import timm
import torch
import torchvision

# Family: rows of our name and the side of the picture in pixels; the first is the small run's. Sides that are not
# multiples of 32 show how strides and padding round.
FAMILIES = {
    "resnet": [("timm/resnet18", 97), ("torchvision/resnet18", 96), ("timm/resnet50", 97),
               ("torchvision/resnet50", 96)],
    "convnext": [
        ("timm/convnext_atto", 97), ("timm/convnext_atto_ols", 97), ("timm/convnext_femto", 70),
        ("timm/convnext_femto_ols", 96), ("timm/convnext_pico", 97), ("timm/convnext_pico_ols", 75),
        ("timm/convnext_nano", 97), ("timm/convnext_nano_ols", 97), ("timm/convnext_tiny_hnf", 97),
        ("timm/convnext_tiny", 97), ("timm/convnext_small", 70), ("timm/convnext_base", 64),
        ("timm/convnext_large", 64), ("timm/convnext_xlarge", 64), ("torchvision/convnext_tiny", 97),
        ("torchvision/convnext_small", 70), ("torchvision/convnext_base", 64),
        ("torchvision/convnext_large", 64),
    ],
}


def build(name):
    """The network, its weights at random."""
    library, architecture = name.split("/")
    torch.manual_seed(0)
    if library == "timm":
        model = timm.create_model(architecture, pretrained=False)
    else:
        model = torchvision.models.get_model(architecture, weights=None)
    return model.eval()


def features(model, images):
    """What a new classifier reads: the last feature map, averaged over its positions, with the norms behind it."""
    if hasattr(getattr(model, "head", None), "norm"):  # ConvNeXt's, behind the average
        return model.forward_head(model.forward_features(images), pre_logits=True)
    if isinstance(model, torchvision.models.ConvNeXt):
        return model.classifier[:2](model.avgpool(model.features(images)))
    if hasattr(model, "forward_features"):
        maps = model.forward_features(images)
    elif hasattr(model, "features"):
        maps = model.features(images)
    else:
        found = []
        handle = model.avgpool.register_forward_pre_hook(lambda _, inputs: found.append(inputs[0]))
        model(images)
        handle.remove()
        maps = found[0]
    return maps.mean((2, 3))


def random(name):
    return np.random.Generator(np.random.PCG64(zlib.crc32(name.encode())))


def pictures(name, count, side):
    """Blobs and grain from -1 to 1, [count, 3, side, side]."""
    numbers = random(name)
    coarse = -(-side // 8)
    blobs = numbers.uniform(-1, 1, (count, 3, coarse, coarse)).repeat(8, 2).repeat(8, 3)
    grain = numbers.uniform(-1, 1, (count, 3, side, side))
    values = 0.6 * blobs[:, :, :side, :side] + 0.4 * grain
    return torch.from_numpy(values.astype(np.float32))


def value(name, shape, module):
    """A weight of sane size for its role; norms lift most of what a rectifier reads above zero."""
    u = random(name).uniform(-1, 1, shape)
    leaf = name.rsplit(".", 1)[-1]
    if len(shape) > 1 and leaf == "weight":
        fan = np.prod(shape[1:])
        # Gates that are all open or shut would multiply differences.
        is_gate = re.search(r"(^|\.)(se|attn|.*ese|squeeze)\b", name) is not None
        return u * np.sqrt((0.5 if is_gate else 6.0) / fan)
    if leaf in ("weight", "scale"):
        return 1.0 + 0.3 * u
    if leaf in ("gamma", "layer_scale"):
        return 0.3 + 0.1 * u
    if leaf == "bias" and isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
        return 0.5 + 0.5 * u
    return 0.2 * u


def fill(model, images, largest_logit=6.0):
    """Random weights; then batch norms take their statistics from data, a little off and front to back, and the
    classifier is scaled to make the largest logit what is asked for."""
    modules = dict(model.named_modules())
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            made = value(name, tuple(parameter.shape), modules[name.rpartition(".")[0]])
            parameter.copy_(torch.from_numpy(made.astype(np.float32)))
        fit_norms(model, images)
        scale_logits(model, images, largest_logit)


def fit_norms(model, images):
    def fit(name):
        def hook(norm, inputs):
            values = inputs[0].double()
            axes = [axis for axis in range(values.dim()) if axis != 1]
            mean, variance = values.mean(axes), values.var(axes, unbiased=False)
            variance = torch.maximum(variance, 0.1 * variance.mean())
            numbers = random(name + "/statistics")
            shift = torch.from_numpy(numbers.uniform(-1, 1, mean.shape))
            norm.running_mean.copy_(mean + 0.1 * variance.sqrt() * shift)
            norm.running_var.copy_(
                variance * torch.from_numpy(numbers.uniform(0.8, 1.25, mean.shape)))
        return hook

    handles = [
        module.register_forward_pre_hook(fit(name)) for name, module in model.named_modules()
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm)
    ]
    model(images)
    for handle in handles:
        handle.remove()


def kernels(model):
    """Names and modules of convolutions and dense layers, in the order of the network."""
    return [(name, module) for name, module in model.named_modules()
            if isinstance(module, (torch.nn.modules.conv._ConvNd, torch.nn.Linear))]


def scale_logits(model, images, largest_logit):
    last = kernels(model)[-1][1]
    factor = largest_logit / float(model(images).abs().max())
    last.weight.mul_(factor)
    if last.bias is not None:
        last.bias.mul_(factor)


def in_our_order(weight):
    """A kernel [outputs, inputs, …] as [positions, inputs, outputs], flat."""
    array = weight.detach().numpy()
    return np.moveaxis(array, (1, 0), (-2, -1)).ravel()
