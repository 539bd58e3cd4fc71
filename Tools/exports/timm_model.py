#!/usr/bin/env python3
"""What export-check asks of timm, in a process of its own: PyTorch and TensorFlow both bring LLVM, which ends a process that has
it twice.

usage: timm_model.py write NAME FILE            a network with random weights and statistics, as safetensors
       timm_model.py load NAME CLASSES FILE     timm's own loading of what was exported
Ends with 69 where there is no PyTorch with timm.
"""
import sys

try:
    import safetensors.torch
    import timm
    import torch
except ImportError:
    sys.exit(69)


def write(name, path):
    torch.manual_seed(1)
    model = timm.create_model(name)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-0.2, 0.2)
            module.running_var.uniform_(0.5, 1.5)
            # timm begins with gains of 0 at the end of each block, through which nothing could learn.
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
    safetensors.torch.save_file(model.state_dict(), path)


def load(name, classes, path):
    model = timm.create_model(name, num_classes=int(classes))
    absent = model.load_state_dict(safetensors.torch.load_file(path), strict=False)
    wrong = [key for key in absent.missing_keys if not key.endswith("num_batches_tracked")]
    if wrong or absent.unexpected_keys:
        sys.exit(f"{name}: timm lacks {wrong} and does not know {absent.unexpected_keys}")


{"write": write, "load": load}[sys.argv[1]](*sys.argv[2:])
