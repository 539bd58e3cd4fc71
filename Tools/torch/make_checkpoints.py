"""Writes Tests/WeightFilesTests/TorchFixtures.swift: small files as torch.save writes them, for the reader's tests.

Usage: make_checkpoints.py OUTPUT
"""

import base64
import io
import sys
import textwrap

import torch


def network():
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Conv2d(3, 2, 2, bias=False), torch.nn.BatchNorm2d(2), torch.nn.Flatten(),
        torch.nn.Linear(2, 2))
    count = 0
    with torch.no_grad():
        for tensor in model.state_dict().values():
            if tensor.is_floating_point():
                size = tensor.numel()
                tensor.copy_(torch.arange(count, count + size).reshape(tensor.shape))
                count += size
    return model


def saved(value, zipped=True):
    stream = io.BytesIO()
    torch.save(value, stream, _use_new_zipfile_serialization=zipped)
    return stream.getvalue()


def main():
    model = network()
    state = model.state_dict()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    model.eval()(torch.ones(1, 3, 2, 2)).sum().backward()
    optimizer.step()
    model = network()
    state = model.state_dict()
    files = {
        "zipped": saved(state),
        "legacy": saved(state, zipped=False),
        "wrapped": saved({
            "epoch": 3, "arch": "tiny", "best_acc1": torch.tensor(71.5), "optimizer": optimizer.state_dict(),
            "state_dict": {f"module.{name}": tensor for name, tensor in state.items()},
        }),
        "channelsLast": saved(network().to(memory_format=torch.channels_last).state_dict()),
        "halves": saved({name: t.half() if t.is_floating_point() else t for name, t in state.items()},
                        zipped=False),
        "wholeModule": saved(model),
        "twoSets": saved({"model": state, "model_ema": state.copy()}),
    }
    lines = [
        f"// Made by Tools/torch/make_checkpoints.py with PyTorch {torch.__version__}.",
        "",
        "/// Files of `torch.save`: a convolution, a norm and a dense layer whose numbers count from 0 in the order of the",
        "/// state, saved in several ways.",
        "enum TorchFixtures {",
    ]
    for name, content in files.items():
        lines.append(f'  static let {name} = """')
        lines += ["    " + line for line in textwrap.wrap(base64.b64encode(content).decode(), 90)]
        lines.append('    """')
    lines.append("}")
    with open(sys.argv[1], "w") as file:
        file.write("\n".join(lines) + "\n")
    print({name: len(content) for name, content in files.items()})


main()
