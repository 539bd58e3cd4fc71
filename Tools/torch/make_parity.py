"""Writes weight files, outputs and gradients of timm's and torchvision's networks for the parity tests.

Usage: make_parity.py FOLDER [--small] [FAMILY…]
       make_parity.py --families

FOLDER/manifest.json says what there is: per network our name, the count of parameters, the files in each format;
FOLDER/NAME-reference.safetensors holds input, logits, features, loss and three gradients, in channels-last order
and as `NAME/kernel`, so that the reader of weight files reads them.
"""

import copy
import json
import pathlib
import sys
import time

import numpy as np
import safetensors.numpy
import safetensors.torch
import timm
import torch
import torchvision

import networks

BATCH = 3
LABELS = [7, 77, 777]


def gradients(model, images, chosen):
    """Loss and gradients of the mean cross-entropy, with norms and dropout as in use."""
    model.zero_grad()
    loss = torch.nn.functional.cross_entropy(model(images), torch.tensor(LABELS))
    loss.backward()
    modules = dict(model.named_modules())
    return float(loss.detach()), [networks.in_our_order(modules[name].weight.grad) for name in chosen]


def nudges(model):
    """By how much pictures are changed to see how far rounding alone moves PyTorch's own gradients.

    Where the largest two values of a pooling's window are as good as equal, rounding decides which one gets the
    gradient; a change in the last place decides otherwise.
    """
    pools = any(isinstance(module, torch.nn.MaxPool2d) for module in model.modules())
    return [0, 2**-22, -2**-22, 2**-21, -2**-21] if pools else [0]


def write_files(folder, name, model):
    """The formats that people have, each the same weights."""
    state = model.state_dict()
    files = {}

    def add(format, suffix, write):
        files[format] = f"{name}{suffix}"
        write(folder / files[format])

    add("PyTorch safetensors", ".safetensors",
        lambda path: safetensors.torch.save_file({k: v.contiguous() for k, v in state.items()}, path))
    # Each form of torch.save as people have it.
    add("PyTorch checkpoint", ".pth", lambda path: torch.save(
        {"epoch": 1, "state_dict": {f"module.{k}": v for k, v in state.items()}}, path))
    add("legacy PyTorch checkpoint", ".bin", lambda path: torch.save(
        state, path, _use_new_zipfile_serialization=False))
    return [{"format": format, "file": file} for format, file in files.items()]


def case(folder, name, side):
    model = networks.build(name)
    images = networks.pictures(f"images of {name}", BATCH, side)
    networks.fill(model, images)
    with torch.no_grad():
        logits, features = model(images), networks.features(model, images)
    largest = float(logits.abs().max())
    assert 1 <= largest <= 100, largest
    names = [kernel for kernel, _ in networks.kernels(model)]
    convolutions = [kernel for kernel, module in networks.kernels(model)
                    if not isinstance(module, torch.nn.Linear)]
    chosen = {"early": names[0], "middle": convolutions[len(convolutions) // 2], "last": names[-1]}
    singles = [gradients(model, images * (1 + nudge), chosen.values())[1] for nudge in nudges(model)]
    loss, exact = gradients(copy.deepcopy(model).double(), images.double(), chosen.values())
    tensors = {
        "input": images.permute(0, 2, 3, 1).numpy(), "logits": logits.numpy(),
        "features": features.numpy(), "loss": np.array([loss]),
    }
    rows = []
    for index, (which, kernel) in enumerate(chosen.items()):
        reference = exact[index]
        tensors[f"gradient-{which}"] = reference
        own = max(np.linalg.norm(single[index] - reference) for single in singles)
        rows.append({"which": which, "node": kernel, "own": float(own / np.linalg.norm(reference))})
    identity = name.replace("/", "-")
    safetensors.numpy.save_file(
        {f"{key}/kernel": np.ascontiguousarray(array, dtype=np.float32).ravel()
         for key, array in tensors.items()},
        folder / f"{identity}-reference.safetensors")
    return {
        "id": identity, "name": name, "imageSize": side, "labels": LABELS,
        "features": features.shape[1], "gradients": rows,
        "parameters": sum(p.numel() for p in model.parameters())
        + sum(b.numel() for key, b in model.named_buffers()
              if key.endswith(("running_mean", "running_var"))),
        "files": write_files(folder, identity, model),
    }


def main():
    if "--families" in sys.argv:
        print(" ".join(networks.FAMILIES))
        return
    folder, *families = [pathlib.Path(a) for a in sys.argv[1:] if not a.startswith("--")]
    folder.mkdir(parents=True, exist_ok=True)
    models = []
    for family in families or networks.FAMILIES:
        rows = networks.FAMILIES[str(family)]
        for name, side in rows[:1] if "--small" in sys.argv else rows:
            start = time.monotonic()
            models.append(case(folder, name, side))
            print(f"  {name}: {time.monotonic() - start:.0f} s", flush=True)
    made_with = (f"timm {timm.__version__}, torchvision {torchvision.__version__}, "
                 f"PyTorch {torch.__version__}")
    (folder / "manifest.json").write_text(
        json.dumps({"madeWith": made_with, "models": models}, indent=1))


main()
