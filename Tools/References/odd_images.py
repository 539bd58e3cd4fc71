#!/usr/bin/env python3
"""Compares the pictures that Tools/odd-images.sh made with Pillow's decoding of the same files.

    odd_images.py FOLDER-OF-IMAGES FOLDER-OF-PPM
"""
import pathlib, sys
import numpy as np
import PIL
from PIL import Image, ImageOps


def decode(path: pathlib.Path) -> np.ndarray:
    """Upright RGB, transparency over white, 16 bits to 8."""
    image = Image.open(path)
    image.load()
    if image.mode.startswith("I"):
        grey = (np.asarray(image).astype(np.int64) * 255 + 32895) >> 16
        return np.repeat(grey[..., None], 3, -1)
    image = ImageOps.exif_transpose(image)
    if "A" in image.mode or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, (255,) * 4), image)
    return np.asarray(image.convert("RGB")).astype(np.int64)


images, ours = map(pathlib.Path, sys.argv[1:3])
equal, notes = 0, []
for path in sorted(images.rglob("*")):
    if path.suffix not in (".jpg", ".png"):
        continue
    name = path.relative_to(images)
    made = ours / (str(name).replace("/", "__") + ".ppm")
    try:
        expected = decode(path)
    except Exception as error:
        notes.append(f"{name}: Pillow refuses it ({type(error).__name__}), here {'decoded' if made.exists() else 'refused too'}")
        continue
    if not made.exists():
        notes.append(f"{name}: refused here, Pillow makes {expected.shape[1]}×{expected.shape[0]} pixels of it")
        continue
    found = np.asarray(Image.open(made)).astype(np.int64)
    if found.shape != expected.shape:
        notes.append(f"{name}: {found.shape} here, {expected.shape} with Pillow")
        continue
    difference = np.abs(found - expected)
    if difference.max() == 0:
        equal += 1
    else:
        notes.append(f"{name}: mean difference {difference.mean():.3f}, largest {difference.max()}")
print(f"{equal} pictures equal Pillow {PIL.__version__}'s bit for bit.")
print("\n".join(notes))
