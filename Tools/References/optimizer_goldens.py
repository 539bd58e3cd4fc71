"""Writes Tests/FineTuningTests/OptimizerGoldens.swift: what PyTorch's optimisers and schedules do in
20 steps, and LARS by its paper.

    python3 Tools/References/optimizer_goldens.py > Tests/FineTuningTests/OptimizerGoldens.swift

Needs torch and numpy. All in float64. LARS is not part of PyTorch: here it is algorithm 1 of You,
Gitman and Ginsburg 2017 written out in numpy, with the local rate 1 for biases.
"""

import math

import numpy as np
import torch

COUNT, STEPS = 7, 20


def start(i):
    return ((i * 7) % 11 - 5) / 10


def gradient(step, i):
    return ((i * 5 + step * 3) % 13 - 6) / 8


def rate(step):
    return 0.05 * (1 + math.cos(math.pi * step / STEPS)) / 2


def pytorch(make, decay):
    kernel, bias = (
        torch.nn.Parameter(torch.tensor([start(i) for i in range(COUNT)], dtype=torch.float64))
        for _ in range(2)
    )
    optimizer = make(
        [{"params": [kernel], "weight_decay": decay}, {"params": [bias], "weight_decay": 0.0}]
    )
    for step in range(STEPS):
        for group in optimizer.param_groups:
            group["lr"] = rate(step)
        for parameter in (kernel, bias):
            parameter.grad = torch.tensor(
                [gradient(step, i) for i in range(COUNT)], dtype=torch.float64
            )
        optimizer.step()
    return kernel.tolist(), bias.tolist()


def lars(momentum, trust, decay):
    kernel = np.array([start(i) for i in range(COUNT)])
    bias = kernel.copy()
    speeds = [np.zeros(COUNT), np.zeros(COUNT)]
    for step in range(STEPS):
        g = np.array([gradient(step, i) for i in range(COUNT)])
        norm, slope = np.linalg.norm(kernel), np.linalg.norm(g)
        local = trust * norm / (slope + decay * norm)
        # The rates of LARS are larger; the same ones serve, ten times; larger ones send the bias through tens, where Float32 has no 2e-6 left.
        speeds[0] = momentum * speeds[0] + 10 * rate(step) * local * (g + decay * kernel)
        kernel -= speeds[0]
        speeds[1] = momentum * speeds[1] + 10 * rate(step) * g
        bias -= speeds[1]
    return kernel.tolist(), bias.tolist()


def schedule(make, count=STEPS):
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=0.4)
    scheduler = make(optimizer)
    rates = []
    for _ in range(count):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def numbers(values):
    lines, line = [], "     "
    for text in (f"{v:.15g}" for v in values):
        if len(line) + len(text) > 92:
            lines.append(line)
            line = "     "
        line += f" {text},"
    lines.append(line)
    return "[\n" + "\n".join(lines) + "\n    ]"


S = torch.optim.lr_scheduler
W = 5  # a quarter of the steps


def linear(o):
    return S.LinearLR(o, start_factor=1 / (W + 1), end_factor=1.0, total_iters=W)


OPTIMISERS = {
    "sgd": pytorch(lambda p: torch.optim.SGD(p, lr=1, momentum=0.9), 0.1),
    "nesterov": pytorch(lambda p: torch.optim.SGD(p, lr=1, momentum=0.9, nesterov=True), 0.1),
    "plain": pytorch(lambda p: torch.optim.SGD(p, lr=1), 0.0),
    "adamw": pytorch(lambda p: torch.optim.AdamW(p, lr=1, betas=(0.9, 0.999), eps=1e-8), 0.1),
    "adamwShort": pytorch(lambda p: torch.optim.AdamW(p, lr=1, betas=(0.5, 0.8), eps=1e-3), 0.0),
    "lars": lars(0.9, 0.001, 0.1),
}

SCHEDULES = {
    "constant": schedule(lambda o: S.LambdaLR(o, lambda _: 1.0)),
    "constantWarm": schedule(linear),
    "step": schedule(lambda o: S.StepLR(o, step_size=6, gamma=0.3)),
    "stepWarm": schedule(
        lambda o: S.ChainedScheduler([linear(o), S.StepLR(o, step_size=6, gamma=0.3)])
    ),
    "cosine": schedule(lambda o: S.CosineAnnealingLR(o, T_max=STEPS)),
    "cosineWarm": schedule(
        lambda o: S.SequentialLR(
            o, [linear(o), S.CosineAnnealingLR(o, T_max=STEPS - W)], milestones=[W]
        )
    ),
    "oneCycle": schedule(
        lambda o: S.OneCycleLR(o, max_lr=0.4, total_steps=STEPS, pct_start=0.3, cycle_momentum=False),
    ),
    "oneCycleUneven": schedule(
        lambda o: S.OneCycleLR(o, max_lr=0.4, total_steps=STEPS, pct_start=0.17, cycle_momentum=False),
    ),
}

print(f"""// Written by Tools/References/optimizer_goldens.py with PyTorch {torch.__version__.split("+")[0]} and numpy
// {np.__version__}, in float64.

/// {COUNT} weights after {STEPS} steps, as a kernel and as a bias, by optimiser.
let optimizerGoldens: [String: (kernel: [Double], bias: [Double])] = [""")
for name, (kernel, bias) in OPTIMISERS.items():
    print(f'  "{name}": (\n    {numbers(kernel)},\n    {numbers(bias)}\n  ),')
print(f"]\n\n/// The rates of {STEPS} steps with a peak of 0.4, by schedule.\nlet scheduleGoldens: [String: [Double]] = [")
for name, rates in SCHEDULES.items():
    print(f'  "{name}": {numbers(rates)},')
print("]")
