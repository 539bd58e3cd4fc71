#!/usr/bin/env python3
"""How far apart the fingerprints of copies are, and those of photos that only look alike: what Decisions/0027 rests on.

usage: Tools/Benchmarks/fingerprints.py FOLDER…      needs numpy and Pillow

A fingerprint is that of Sources/ImagePipeline/Photos/Fingerprint.swift: 64 coarse and 192 fine signs of cosine
coefficients. Copies are of 60 photos of each folder, five of each: smaller, compressed harder, brighter, darker.
"""
import io
import pathlib
import random
import sys

import numpy as np
from PIL import Image

SIDE = 32
FREQUENCIES, COARSE = 16, 8
NEAR = 6  # PhotoLimits.nearDuplicateDistance
COPIES = [(0.5, 75, 1), (0.3, 40, 1), (1, 30, 1), (0.7, 85, 1.2), (0.25, 60, 0.8)]  # scale, quality, brightness
places = np.arange(SIDE)
cosines = np.array([np.cos(np.pi * (places + 0.5) * f / SIDE) for f in range(FREQUENCIES)])


def fingerprint(image):
    grey = np.asarray(image.resize((SIDE, SIDE), Image.BILINEAR), float) @ [0.299, 0.587, 0.114]
    spectrum = cosines @ grey @ cosines.T
    spectrum[0, 0] = 0
    signs = spectrum > 0
    fine = np.ones_like(signs)
    fine[:COARSE, :COARSE] = False
    return signs[:COARSE, :COARSE].ravel(), signs[fine]


def copy_of(image, scale, quality, brightness):
    size = [max(SIDE, round(side * scale)) for side in image.size]
    small = image.resize(size, Image.BILINEAR).point(lambda value: min(255, int(value * brightness)))
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")


def main():
    random.seed(1)
    print("| Photos | | copies: coarse, fine at most | pairs within 6 coarse bits | their fine bits |\n| --- | --- | --- | --- | --- |")
    for folder in sys.argv[1:]:
        paths = sorted(path for path in pathlib.Path(folder).rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
        prints = [fingerprint(Image.open(path).convert("RGB")) for path in paths]
        coarse = np.array([one for one, _ in prints])
        pairs = []
        for index in range(len(paths)):
            near = (coarse[index] != coarse[index + 1:]).sum(1) <= NEAR
            pairs += [int((prints[index][1] != prints[index + 1 + other][1]).sum()) for other in np.where(near)[0]]
        far = [0, 0]
        for path in random.sample(paths, min(60, len(paths))):
            image = Image.open(path).convert("RGB")
            own = fingerprint(image)
            for how in COPIES:
                other = fingerprint(copy_of(image, *how))
                far = [max(worst, int((one != two).sum())) for worst, one, two in zip(far, own, other)]
        alike, others = [p for p in pairs if p <= 40], [p for p in pairs if p > 40]
        text = f"{len(alike)} up to {max(alike)}" if alike else "none up to 40"
        text += f", {len(others)} from {min(others)} on" if others else ""
        print(f"| {pathlib.Path(folder).name} | {len(paths)} | {far[0]}, {far[1]} | {len(pairs)} | {text} |", flush=True)


main()
