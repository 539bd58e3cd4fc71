"""Predicts how training scales over machines: cost_model.py

A step computes for T seconds (measured on one machine, batch B for each) and adds up S bytes of gradients
over N machines by a ring: t = 2 (N − 1) / N · S / bandwidth + 2 (N − 1) · latency · buckets. What is hidden behind the
backward pass is at most the part of it that comes after the first bucket is ready: with depth-first
micro-batches that is the backward pass of the last micro-batch, T · b / (2 B / threads), where b is the backward
share of the time and 2 the size of a micro-batch. Efficiency is T / (T + max(0, t − hidden)).
"""

# Per machine: images a second (16 cores scaled from the measured two by 8), parameters that learn,
# and the backward share of a step.
CORES, MEASURED_CORES, BATCH, MICRO_BATCH, BUCKET = 16, 2, 64, 2, 4 * 2**20
CASES = [
    # name, images a second on two cores, learning parameters, backward share
    ("ResNet-50, last stage", 26.6, 14_964_736 + 2048 * 12 + 12, 0.35),
    ("ResNet-50, everything", 11.8, 23_508_032 + 2048 * 12 + 12, 0.65),
    ("MobileNetV2, last stage", 95.0, 1_526_080 + 1280 * 12 + 12, 0.20),
    ("MobileNetV2, everything", 45.3, 2_223_872 + 1280 * 12 + 12, 0.65),
]
LINKS = [("10 Gbit/s", 10e9 / 8 * 0.9, 30e-6), ("25 Gbit/s", 25e9 / 8 * 0.9, 20e-6)]
MACHINES = [16, 64, 256]


def efficiency(rate, parameters, share, machines, bandwidth, latency):
    step = BATCH / (rate * CORES / MEASURED_CORES)
    size = 4 * parameters
    buckets = max(1, -(-size // BUCKET))
    ring = 2 * (machines - 1) / machines * size / bandwidth + 2 * (machines - 1) * latency * buckets
    hidden = step * share * min(1, MICRO_BATCH * CORES / BATCH)
    return step, size, ring, step / (step + max(0.0, ring - hidden))


if __name__ == "__main__":
    print("| Training | Step | Gradients | Link | " + " | ".join(f"{n} machines" for n in MACHINES) + " |")
    print("| --- | --- | --- | --- | " + " | ".join("---" for _ in MACHINES) + " |")
    for name, rate, parameters, share in CASES:
        for link, bandwidth, latency in LINKS:
            results = [efficiency(rate, parameters, share, n, bandwidth, latency) for n in MACHINES]
            step, size = results[0][:2]
            cells = " | ".join(f"{e:.0%} ({1000 * t:.0f} ms)" for _, _, t, e in results)
            print(f"| {name} | {1000 * step:.0f} ms | {size / 1e6:.1f} MB | {link} | {cells} |")
