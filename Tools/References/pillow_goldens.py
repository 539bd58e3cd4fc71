#!/usr/bin/env python3
"""Prints the golden numbers of Tests/ImagePipelineTests/Goldens.swift as Swift tables.

Made with Pillow 13.0.0 and NumPy 2:

    python3 -m venv venv && venv/bin/pip install "pillow==13.0.0" numpy
    venv/bin/python Tools/References/pillow_goldens.py ../shared/data/odd-images

Pillow up to version 12 always resizes along the rows first; from 13 on the order depends on the sizes;
that differs by one level here and there, hence the version.
"""
import base64, io, pathlib, sys
import numpy as np
import PIL
from PIL import Image, ImageOps, features

assert int(PIL.__version__.split(".")[0]) == 13, "needs Pillow 13"


def fnv(data: bytes) -> int:
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value


def pattern(width: int, height: int) -> Image.Image:
    """Noise, the same as `Image.pattern` of the tests."""
    i = np.arange(width * height * 3, dtype=np.uint64)
    z = (i * np.uint64(0x9E3779B97F4A7C15)) & np.uint64(0xFFFFFFFFFFFFFFFF)
    z = (z ^ (z >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9)
    pixels = (z >> np.uint64(56)).astype(np.uint8).reshape(height, width, 3)
    return Image.fromarray(pixels, "RGB")


print(f"// Pillow {PIL.__version__}, libjpeg-turbo {features.version('libjpeg_turbo')}")
print("resizes:")
sizes = [(1, 1, 5, 3), (2, 3, 1, 1), (7, 5, 7, 5), (7, 5, 7, 2), (7, 5, 3, 5), (16, 16, 8, 8),
         (17, 31, 9, 40), (100, 75, 224, 224), (333, 500, 224, 224), (333, 500, 256, 384), (500, 375, 341, 256),
         (640, 3, 10, 3), (3, 640, 3, 10), (255, 257, 256, 256), (1000, 10, 31, 7)]
for w, h, tw, th in sizes:
    r = pattern(w, h).resize((tw, th), Image.BILINEAR)
    print(f"    ({w}, {h}, nil, {tw}, {th}, 0x{fnv(r.tobytes()):016x}),")
boxes = [(50, 40, (0, 0, 25, 20), 10, 10), (50, 40, (10, 5, 50, 40), 33, 17),
         (50, 40, (0.5, 0.25, 49.5, 39.75), 24, 24), (200, 100, (12.3, 4.7, 150.1, 99.9), 64, 64),
         (200, 100, (3.25, 50, 5.5, 52.125), 20, 30)]
for w, h, b, tw, th in boxes:
    r = pattern(w, h).resize((tw, th), Image.BILINEAR, box=b)
    box = f"Box(left: {b[0]}, top: {b[1]}, right: {b[2]}, bottom: {b[3]})"
    print(f"    ({w}, {h}, {box}, {tw}, {th}, 0x{fnv(r.tobytes()):016x}),")

print("bicubic:")
for w, h, tw, th in sizes:
    r = pattern(w, h).resize((tw, th), Image.BICUBIC)
    print(f"    ({w}, {h}, nil, {tw}, {th}, 0x{fnv(r.tobytes()):016x}),")
for w, h, b, tw, th in boxes[2:]:
    r = pattern(w, h).resize((tw, th), Image.BICUBIC, box=b)
    box = f"Box(left: {b[0]}, top: {b[1]}, right: {b[2]}, bottom: {b[3]})"
    print(f"    ({w}, {h}, {box}, {tw}, {th}, 0x{fnv(r.tobytes()):016x}),")

print("padded to height × width with the mean colour:")
for w, h, th, tw in [(500, 375, 224, 224), (375, 500, 224, 224), (333, 500, 72, 128), (1000, 10, 96, 64), (31, 47, 90, 31)]:
    r = ImageOps.pad(pattern(w, h), (tw, th), Image.BILINEAR, (124, 116, 104))
    print(f"    ({w}, {h}, ImageSize(height: {th}, width: {tw}), 0x{fnv(r.tobytes()):016x}),")

print("photos (of ImageNet, beside odd-images): bilinear and bicubic evaluation views of 224:")
for file in sorted((pathlib.Path(sys.argv[1]).parent / "photos").glob("*.JPEG"))[::5]:
    photo = Image.open(file).convert("RGB")
    w, h = photo.size
    size = (256, int(256 * h / w)) if w <= h else (int(256 * w / h), 256)
    x, y = round((size[0] - 224) / 2), round((size[1] - 224) / 2)
    views = [photo.resize(size, f).crop((x, y, x + 224, y + 224)) for f in (Image.BILINEAR, Image.BICUBIC)]
    print(f'    ("{file.name}", 0x{fnv(views[0].tobytes()):016x}, 0x{fnv(views[1].tobytes()):016x}),')

print("decodings:")
root = pathlib.Path(sys.argv[1])
for name in ["pillow/Tests/images/pil_sample_cmyk.jpg", "jpeg-decoder/tests/reftest/images/ycck.jpg",
             "jpeg-decoder/tests/reftest/images/mozilla/jpg-cmyk-2.jpg",
             "jpeg-decoder/tests/reftest/images/mozilla/jpg-gray.jpg",
             "jpeg-decoder/tests/reftest/images/rgb.jpg",
             "jpeg-decoder/tests/reftest/images/progressive3.jpg",
             "jpeg-decoder/tests/reftest/images/mjpeg.jpg",
             "libjpeg-turbo/testimages/testimgari.jpg",
             "pillow/Tests/images/hopper_orientation_6.jpg",
             "pillow/Tests/images/multiple_exif.jpg",
             "exif-orientation-examples/Portrait_7.jpg"]:
    i = ImageOps.exif_transpose(Image.open(root / name)).convert("RGB")
    print(f'    ("{name}", {i.width}, {i.height}, 0x{fnv(i.tobytes()):016x}),')

print("PNGs:")
def png(image, **options):
    out = io.BytesIO()
    image.save(out, "png", optimize=True, **options)
    return base64.b64encode(out.getvalue()).decode()

tiny = pattern(3, 2)
grey16 = Image.fromarray(np.array([[0, 257 * 128, 65535]], np.uint16))
palette = Image.new("P", (3, 1)); palette.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255]); palette.putdata([2, 1, 0])
rgba = Image.new("RGBA", (3, 1)); rgba.putdata([(10, 20, 30, 255), (0, 0, 0, 0), (200, 100, 50, 255)])
la = Image.new("LA", (2, 1)); la.putdata([(77, 255), (77, 0)])
exif = Image.Exif(); exif[0x0112] = 6
bits = Image.new("1", (3, 1)); bits.putdata([1, 0, 1])
print("  RGB", png(tiny), list(tiny.tobytes()))
print("  grey, 16 bits", png(grey16))
print("  palette", png(palette))
print("  palette, one entry transparent", png(palette, transparency=1))
print("  RGBA", png(rgba))
print("  grey and alpha", png(la))
print("  1 bit", png(bits))
print("  orientation 6", png(tiny, exif=exif))
