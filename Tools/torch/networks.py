"""The networks of timm and torchvision that the parity run compares, and random weights for them."""

import re
import zlib

import numpy as np
import timm
import torch
import torchvision
from efficientnet_lite_pytorch import EfficientNet

import kinks

# Family: rows of our name and the side of the picture in pixels; the first is the small run's. Sides that are not
# multiples of 32 show how strides and padding round.
def rows(library, side, *architectures):
    return [(f"{library}/{architecture}", side) for architecture in architectures]


def both(side, *architectures):
    """Of libraries that call a network and its modules the same."""
    return [row for name in architectures for row in rows("timm", side, name) + rows("torchvision", side + 1, name)]


FAMILIES = {
    "resnet": both(97, "resnet18", "resnet50", "resnet34", "resnet101", "resnet152")
    + rows("timm", 97, "resnet26", "resnet200"),
    "resnext": both(65, "resnext50_32x4d", "wide_resnet50_2", "wide_resnet101_2", "resnext101_32x8d",
                    "resnext101_64x4d")
    + rows("timm", 65, "resnext50d_32x4d", "resnext101_32x4d", "resnext101_32x16d"),
    "resnet-d": rows("timm", 107, "resnet26d", "resnet18d", "resnet34d", "resnet50d", "resnet101d", "resnet152d",
                     "resnet200d", "resnet10t", "resnet14t", "resnet26t", "resnet50c", "resnet50s", "resnet50t",
                     "resnet101c", "resnet101s", "resnet152c", "resnet152s"),
    "efficientnet-lite": rows("timm", 97, "tf_efficientnet_lite0", "efficientnet_lite0", "efficientnet_lite1",
                              "efficientnet_lite2", "efficientnet_lite3", "efficientnet_lite4",
                              "tf_efficientnet_lite1", "tf_efficientnet_lite2", "tf_efficientnet_lite3",
                              "tf_efficientnet_lite4"),
    "efficientnet_lite_pytorch": [
        (f"efficientnet_lite_pytorch/efficientnet_lite{number}", side)
        for number, side in enumerate((224, 240, 260, 280, 300))],
    "efficientnet": [row for number in range(8) for row in rows(
        "timm", 97, f"efficientnet_b{number}", f"tf_efficientnet_b{number}")
        + rows("torchvision", 97, f"efficientnet_b{number}")],
    "mobilenet": rows("timm", 97, "mobilenetv1_100", "mobilenetv1_100h", "mobilenetv1_125"),
    "mobilenetv2": rows("timm", 97, "mobilenetv2_100", "mobilenetv2_035", "mobilenetv2_050", "mobilenetv2_075",
                        "mobilenetv2_110d", "mobilenetv2_120d", "mobilenetv2_140")
    + rows("torchvision", 97, "mobilenet_v2"),
    "mobilenetv3": rows("timm", 97, "tf_mobilenetv3_small_100", "mobilenetv3_large_100", "mobilenetv3_large_075",
                        "mobilenetv3_small_050", "mobilenetv3_small_075", "mobilenetv3_small_100",
                        "tf_mobilenetv3_large_075", "tf_mobilenetv3_large_100",
                        "tf_mobilenetv3_large_minimal_100", "tf_mobilenetv3_small_075",
                        "tf_mobilenetv3_small_minimal_100")
    + rows("torchvision", 97, "mobilenet_v3_large", "mobilenet_v3_small"),
    "mobilenetv4": rows("timm", 97, "mobilenetv4_conv_small", "mobilenetv4_conv_small_035",
                        "mobilenetv4_conv_small_050", "mobilenetv4_conv_medium", "mobilenetv4_conv_large"),
    "regnet": rows("timm", 97, "regnety_002", "regnetx_002", "regnetx_004", "regnetx_004_tv", "regnetx_006",
                   "regnetx_008", "regnetx_016", "regnetx_032", "regnetx_040", "regnetx_064", "regnetx_080",
                   "regnetx_120", "regnetx_160", "regnetx_320", "regnety_004", "regnety_006", "regnety_008",
                   "regnety_008_tv", "regnety_016", "regnety_032", "regnety_040", "regnety_064", "regnety_080",
                   "regnety_080_tv", "regnety_120", "regnety_160", "regnety_320")
    + rows("torchvision", 97, *(f"regnet_{kind}_{size}" for kind in "xy" for size in (
        "400mf", "800mf", "1_6gf", "3_2gf", "8gf", "16gf", "32gf"))),
    "vgg": [row for name in ("vgg11_bn", "vgg11", "vgg13", "vgg13_bn", "vgg16", "vgg16_bn", "vgg19", "vgg19_bn")
            for row in rows("timm", 224, name) + rows("torchvision", 224, name)],
    "densenet": both(75, "densenet121", "densenet161", "densenet169", "densenet201"),
    "hgnetv2": rows("timm", 97, *(f"hgnetv2_b{number}" for number in range(7))),
    "efficientnetv2": rows("timm", 97, "tf_efficientnetv2_b0", "tf_efficientnetv2_b1", "tf_efficientnetv2_b2",
                           "tf_efficientnetv2_b3", "tf_efficientnetv2_s", "tf_efficientnetv2_m",
                           "tf_efficientnetv2_l")
    + rows("torchvision", 97, "efficientnet_v2_s", "efficientnet_v2_m", "efficientnet_v2_l"),
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
    elif library == "efficientnet_lite_pytorch":
        # Pads for the size that the network was trained with, and no other.
        model = EfficientNet.from_name(architecture.replace("_", "-"))
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
    elif isinstance(model, EfficientNet):
        maps = model.extract_features(images)
    elif isinstance(model, torchvision.models.DenseNet):
        maps = model.features(images).relu()
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
        kinks.avoid(model, images)
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
