"""Images a second of a training on a folder of photos with PyTorch and torchvision's loader: one JSON line.

  python torch_train.py DATA resnet50|mobilenet_v2 last|full THREADS

DATA/train holds a folder for each class. Random weights, channels last, batches of 32, RandomResizedCrop and flip, SGD
with Nesterov momentum, gradients clipped to a norm of 1, batch norm in inference mode: what our plan does in
photos.py. As many loading processes as threads. Two epochs; the second counts, whose loading processes are there already, from its beginning to
its last step.
Written for torch 2.13 and torchvision 0.28.
"""
import json
import os
import sys
import time

import torch
import torchvision
from torchvision.transforms import v2

# What the last stage is, as our zoo cuts it.
LAST = {
    "resnet50": lambda m: [m.layer4, m.fc],
    "mobilenet_v2": lambda m: [m.features[14:], m.classifier],
}

data, name, mode, threads = sys.argv[1:5]
torch.set_num_threads(int(threads))
torch.manual_seed(0)
view = v2.Compose(
    [
        v2.RandomResizedCrop(224, scale=(0.7, 1.0), antialias=True),
        v2.RandomHorizontalFlip(),
        v2.PILToTensor(),
        v2.ToDtype(torch.float32, scale=True),
        v2.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    ]
)
photos = torchvision.datasets.ImageFolder(os.path.join(data, "train"), view)
loader = torch.utils.data.DataLoader(
    photos, batch_size=32, shuffle=True, num_workers=int(threads), persistent_workers=True
)
network = getattr(torchvision.models, name)(weights=None, num_classes=len(photos.classes))
network = network.to(memory_format=torch.channels_last)
network.train()
for module in network.modules():
    if isinstance(module, torch.nn.BatchNorm2d):
        module.eval()
for parameter in network.parameters():
    parameter.requires_grad = mode == "full"
for part in LAST[name](network):
    for parameter in part.parameters():
        parameter.requires_grad = True
learned = [p for p in network.parameters() if p.requires_grad]
optimizer = torch.optim.SGD(learned, lr=1e-4, momentum=0.9, nesterov=True)

for _ in range(2):
    start, count = time.perf_counter(), 0
    for images, labels in loader:
        images = images.to(memory_format=torch.channels_last)
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(network(images), labels)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learned, 1.0)
        optimizer.step()
        count += len(labels)
    rate = count / (time.perf_counter() - start)
print(json.dumps({"imagesPerSecond": rate, "version": "PyTorch " + torch.__version__.split("+")[0]}))
