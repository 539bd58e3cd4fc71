"""Forward throughput of OpenVINO on a torchvision network with random weights: one JSON line.

  python openvino_forward.py resnet50 f32|bf16 --batch 32 --threads 2 --steps 5
"""
import argparse
import json
import resource
import statistics
import time

import numpy
import openvino
import torch
import torchvision

parser = argparse.ArgumentParser()
parser.add_argument("model")
parser.add_argument("precision", choices=["f32", "bf16"])
parser.add_argument("--batch", type=int, default=32)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--steps", type=int, default=5)
options = parser.parse_args()

network = getattr(torchvision.models, options.model)(weights=None).eval()
shape = [options.batch, 3, 224, 224]
converted = openvino.convert_model(network, example_input=torch.zeros(1, 3, 224, 224), input=shape)
compiled = openvino.Core().compile_model(
    converted,
    "CPU",
    {
        "INFERENCE_PRECISION_HINT": options.precision,
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": options.threads,
    },
)
request = compiled.create_infer_request()
images = numpy.random.default_rng(0).standard_normal(shape, dtype=numpy.float32)
seconds = []
for step in range(1 + options.steps):
    start = time.perf_counter()
    request.infer([images])
    seconds.append(time.perf_counter() - start)
print(
    json.dumps(
        {
            "imagesPerSecond": options.batch / statistics.median(seconds[1:]),
            "peakMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            "version": "OpenVINO " + openvino.__version__.split("-")[0],
        }
    )
)
