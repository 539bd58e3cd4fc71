"""Writes photos and what timm's own transform makes of them, for each kind of configuration that its weights have.

Usage: make_views.py FOLDER

FOLDER/KIND/config.json is a configuration as the hub has it; FOLDER/photo-N.png and .jpg are the photos;
FOLDER/KIND/views.safetensors has `photo-N/kernel`, [height, width, 3], as the network reads them.
"""

import json
import pathlib
import sys

import numpy as np
import safetensors.numpy
import timm.data
from PIL import Image

IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
HALF = {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}
UNIT = {"mean": [0.0, 0.0, 0.0], "std": [1.0, 1.0, 1.0]}
# Kind: side, interpolation, share, mode, colours.
KINDS = {
    "bilinear": (224, "bilinear", 0.875, "center", IMAGENET),
    "bicubic": (224, "bicubic", 0.95, "center", IMAGENET),
    "bicubic-160": (160, "bicubic", 0.95, "center", IMAGENET),
    "all": (224, "bicubic", 1.0, "center", IMAGENET),
    "half": (256, "bicubic", 0.9, "center", HALF),
    "unit": (224, "bilinear", 0.875, "center", UNIT),
    "squash": (288, "bicubic", 1.0, "squash", IMAGENET),
    "squash-part": (192, "bicubic", 0.9, "squash", HALF),
}
SIZES = [(500, 375), (375, 500), (640, 480), (333, 500), (224, 224), (256, 256), (97, 301), (1024, 333),
         (240, 160), (50, 60)]


def photos(folder):
    """Twenty: each size as PNG and as JPEG."""
    numbers = np.random.Generator(np.random.PCG64(7))
    names = []
    for width, height in SIZES:
        y, x = np.mgrid[0:height, 0:width]
        waves = [np.sin(x / numbers.uniform(3, 40) + y / numbers.uniform(3, 40) + c) for c in range(3)]
        values = np.stack(waves, -1) * 90 + 128 + numbers.normal(0, 20, (height, width, 3))
        image = Image.fromarray(values.clip(0, 255).astype(np.uint8))
        for suffix, options in ((".png", {}), (".jpg", {"quality": 92})):
            names.append(f"photo-{len(names)}{suffix}")
            image.save(folder / names[-1], **options)
    return names


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    names = photos(folder)
    for kind, (side, interpolation, share, mode, colours) in KINDS.items():
        settings = {
            "tag": kind, "input_size": [3, side, side], "interpolation": interpolation,
            "crop_pct": share, "crop_mode": mode, **colours,
        }
        (folder / kind).mkdir()
        (folder / kind / "config.json").write_text(
            json.dumps({"architecture": "resnet18", "pretrained_cfg": settings}))
        transform = timm.data.create_transform(
            **timm.data.resolve_data_config({}, pretrained_cfg=settings))
        views = {}
        for name in names:
            view = transform(Image.open(folder / name).convert("RGB"))
            views[f"{name.split('.')[0]}/kernel"] = np.ascontiguousarray(view.permute(1, 2, 0).numpy())
        safetensors.numpy.save_file(views, folder / kind / "views.safetensors")
    (folder / "kinds.json").write_text(json.dumps({"kinds": list(KINDS), "photos": names}))


main()
