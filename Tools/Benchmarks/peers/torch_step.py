"""Throughput and peak memory of PyTorch on a network of torchvision or timm (timm/NAME) with random weights,
channels last, SGD with momentum, batch norm in inference mode: one JSON line.

  python torch_step.py resnet50 infer|last|full f32|bf16 [--compile] --batch 32 --threads 2 --steps 4
"""
import argparse
import json
import resource
import statistics
import time

import torch
import torchvision

# What the last stage is, as our zoo cuts it.
LAST = {
    "resnet50": lambda m: [m.layer4, m.fc],
    "vgg16": lambda m: [m.features[24:], m.classifier],
    "mobilenet_v2": lambda m: [m.features[14:], m.classifier],
    "efficientnet_b0": lambda m: [m.features[6:], m.classifier],
}

parser = argparse.ArgumentParser()
parser.add_argument("model")
parser.add_argument("mode", choices=["infer", "last", "full"])
parser.add_argument("precision", choices=["f32", "bf16"])
parser.add_argument("--compile", action="store_true")
parser.add_argument("--batch", type=int, default=32)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--steps", type=int, default=4)
options = parser.parse_args()

torch.set_num_threads(options.threads)
layout = torch.channels_last
if options.model.startswith("timm/"):
    import timm

    network = timm.create_model(options.model.removeprefix("timm/"), num_classes=10)
else:
    network = getattr(torchvision.models, options.model)(weights=None, num_classes=10)
network = network.to(memory_format=layout)
images = torch.randn(options.batch, 3, 224, 224).to(memory_format=layout)
labels = torch.arange(options.batch) % 10


def precision():
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=options.precision == "bf16")


if options.mode == "infer":
    network.eval()
    run = torch.compile(network) if options.compile else network

    def step():
        with torch.inference_mode(), precision():
            run(images)
else:
    network.train()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eval()
    for parameter in network.parameters():
        parameter.requires_grad = options.mode == "full"
    for part in LAST[options.model](network) if options.mode == "last" else []:
        for parameter in part.parameters():
            parameter.requires_grad = True
    optimizer = torch.optim.SGD(
        [p for p in network.parameters() if p.requires_grad], lr=1e-3, momentum=0.9
    )
    run = torch.compile(network) if options.compile else network

    def step():
        optimizer.zero_grad()
        with precision():
            loss = torch.nn.functional.cross_entropy(run(images).float(), labels)
        loss.backward()
        optimizer.step()


seconds = []
for _ in range(1 + options.steps):
    start = time.perf_counter()
    step()
    seconds.append(time.perf_counter() - start)
print(
    json.dumps(
        {
            "imagesPerSecond": options.batch / statistics.median(seconds[1:]),
            "peakMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            "version": "PyTorch " + torch.__version__.split("+")[0],
        }
    )
)
