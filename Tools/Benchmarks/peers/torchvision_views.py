"""How many training views a second torchvision makes of JPEG files on one thread.

    python torchvision_views.py DIR [PASSES] [SMALLEST_AREA]

Each pass: decode_jpeg, RandomResizedCrop(224, antialias), flip, float, normalise, for every .jpg below
DIR; after one pass that warms up, the median pass counts. Prints the images a second and the processor
time of one in milliseconds.
Written for torch 2.15 and torchvision 0.29.
"""

import statistics
import sys
import time
from pathlib import Path

import torch
from torchvision.io import ImageReadMode, decode_jpeg, read_file
from torchvision.transforms import v2

torch.set_num_threads(1)
paths = sorted(str(path) for path in Path(sys.argv[1]).rglob("*.jpg"))
passes = int(sys.argv[2]) if len(sys.argv) > 2 else 3
area = float(sys.argv[3]) if len(sys.argv) > 3 else 0.35
view = v2.Compose(
    [
        v2.RandomResizedCrop(224, scale=(area, 1.0), antialias=True),
        v2.RandomHorizontalFlip(),
        v2.ToDtype(torch.float32, scale=True),
        v2.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    ]
)
seconds, processor_seconds = [], []
for number in range(passes + 1):
    start, processor_start = time.perf_counter(), time.process_time()
    for path in paths:
        view(decode_jpeg(read_file(path), mode=ImageReadMode.RGB))
    if number > 0:
        seconds.append(time.perf_counter() - start)
        processor_seconds.append(time.process_time() - processor_start)
milliseconds = 1000 * statistics.median(processor_seconds) / len(paths)
print(f"{len(paths) / statistics.median(seconds):.1f} {milliseconds:.3f}")
