#!/usr/bin/env python3
"""Prints Tests/ImagePipelineTests/ColourGoldens.swift: torchvision's results of colour operations.

Made with torchvision 0.29.2, PyTorch 2.15.0 and NumPy 2:

    venv/bin/python Tools/References/torchvision_goldens.py > Tests/ImagePipelineTests/ColourGoldens.swift

The picture is noise that is half grey (what noise alone hardly shows: hues of nearly grey pixels), 8 x 8, the
same as `Image.mutedPattern` of the tests.
"""
import numpy as np
import torch
import torchvision
from torchvision.transforms.v2 import functional as F

i = np.arange(8 * 8 * 3, dtype=np.uint64)
z = (i * np.uint64(0x9E3779B97F4A7C15)) & np.uint64(0xFFFFFFFFFFFFFFFF)
z = (z ^ (z >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9)
noise = (z >> np.uint64(56)).astype(np.int64).reshape(64, 3)
muted = noise.copy()
muted[::2] = 20 + (noise[::2] + 3 * noise[::2, :1]) * 3 // 16
picture = torch.from_numpy(muted.astype(np.uint8).reshape(8, 8, 3)).permute(2, 0, 1).contiguous()


def blur(image, sigma):
    radius = int(np.ceil(3 * sigma))
    return F.gaussian_blur(image, [2 * radius + 1] * 2, [sigma, sigma])


operations = [
    (".brightness(0.6)", F.adjust_brightness(picture, 0.6)),
    (".brightness(1.7)", F.adjust_brightness(picture, 1.7)),
    (".contrast(0.4)", F.adjust_contrast(picture, 0.4)),
    (".contrast(1.6)", F.adjust_contrast(picture, 1.6)),
    (".saturation(0.3)", F.adjust_saturation(picture, 0.3)),
    (".saturation(1.9)", F.adjust_saturation(picture, 1.9)),
    (".hue(0.1)", F.adjust_hue(picture, 0.1)),
    (".hue(-0.35)", F.adjust_hue(picture, -0.35)),
    (".sharpness(0.1)", F.adjust_sharpness(picture, 0.1)),
    (".sharpness(1.9)", F.adjust_sharpness(picture, 1.9)),
    (".posterize(bits: 3)", F.posterize(picture, 3)),
    (".solarize(threshold: 100)", F.solarize(picture, 100)),
    (".autocontrast", F.autocontrast(F.adjust_contrast(picture, 0.5))),
    (".equalize", F.equalize(picture)),
    (".grayscale", F.rgb_to_grayscale(picture, 3)),
    (".blur(sigma: 0.8)", blur(picture, 0.8)),
    (".blur(sigma: 2)", blur(picture, 2.0)),
]

print(f"""import ImagePipeline

// Made by Tools/References/torchvision_goldens.py with torchvision {torchvision.__version__.split('+')[0]}.
enum ColourGoldens {{
  /// Pixels of `Image.mutedPattern` after an operation, in hexadecimal digits; `.autocontrast` is of the
  /// picture after `.contrast(0.5)`.
  static let results: [(ColourOperation, String)] = [""")
for name, result in operations:
    digits = result.permute(1, 2, 0).contiguous().numpy().tobytes().hex()
    print("    (")
    print(f"      {name},")
    parts = [digits[i:i + 80] for i in range(0, len(digits), 80)]
    print("\n".join(f'      {"" if k == 0 else "  + "}"{part}"' for k, part in enumerate(parts)))
    print("    ),")
print("  ]\n}")
