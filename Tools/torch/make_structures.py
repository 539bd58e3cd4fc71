"""Writes the tensors of timm's and torchvision's networks as digests that the tests compare with the zoo's.

Usage: make_structures.py > Tests/ModelZooTests/TorchStructures.swift
"""

import timm
import torch
import torchvision

import networks


def digest(text):
    """64-bit FNV-1a of the UTF-8 bytes."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) % 2**64
    return value


def grouped(number):
    """Hexadecimal digits as the formatter of this project's Swift wants them."""
    digits = f"{number:016x}"
    return "_".join(digits[i:i + 4] for i in range(0, 16, 4))


ROLES = {
    "running_mean": "moving_mean", "running_var": "moving_variance", "scale": "gamma", "gamma": "gamma",
}


def lines(model):
    """One line a tensor: module, role and extents as this project has them."""
    for path, module in model.named_modules():
        tensors = {**dict(module.named_parameters(recurse=False)), **dict(module.named_buffers(recurse=False))}
        for leaf, tensor in tensors.items():
            if leaf == "num_batches_tracked":
                continue
            shape = list(tensor.shape)
            role = ROLES.get(leaf)
            if leaf == "weight" and len(shape) == 1:
                role = "gamma"
            elif leaf == "bias":
                role = "bias" if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)) else "beta"
            elif leaf == "weight":
                role = "kernel"
                shape = shape[2:] + [shape[1], shape[0]]
                if isinstance(module, torch.nn.Conv2d) and module.groups == module.in_channels > 1:
                    role = "depthwise_kernel"
                    shape[-2:] = [module.in_channels, module.out_channels // module.in_channels]
            yield f"{path}/{role} {'x'.join(map(str, shape))}\n"


def main():
    print(f"// Made by Tools/torch/make_structures.py with timm {timm.__version__} and torchvision "
          f"{torchvision.__version__}. Do not edit.\n")
    print("/// The tensors of real timm and torchvision networks.")
    print("enum TorchStructures {")
    print("  /// Name; tensors, parameters with the statistics of norms, digest of the tensors as text.")
    print("  static let all: [(name: String, tensors: Int, parameters: Int, digest: UInt64)] = [")
    for family, rows in networks.FAMILIES.items():
        # Its layers have other shapes here: a dense one on images for a convolution.
        for name, _ in rows if family != "convnext" else []:
            model = networks.build(name)
            text = sorted(lines(model))
            count = sum(t.numel() for key, t in model.state_dict().items() if "num_batches" not in key)
            digits = f"{count:_}" if count >= 1_000_000 else str(count)
            print(f'    ("{name}", {len(text)}, {digits}, 0x{grouped(digest("".join(text)))}),')
    print("  ]\n}")


main()
