#!/usr/bin/env python3
"""Writes photos of every format with Pillow, and what Pillow decodes of them.

    photo_formats.py FOLDER     40 files of each format; beside each `NAME.ppm`, or `NAME.refused`
    photo_formats.py --goldens  Tests/ImagePipelineTests/FormatGoldens.swift, from small ones of them

Needs Pillow 13, NumPy and pillow-heif, as Tools/photo-formats.sh installs them.
"""
import base64, io, pathlib, struct, sys
import numpy as np
import PIL
import pillow_heif
from PIL import Image, ImageOps

assert int(PIL.__version__.split(".")[0]) == 13, "needs Pillow 13"
pillow_heif.register_heif_opener()

SIZES = [(64, 48), (1, 1), (7, 5), (33, 129), (300, 200)]
ORIENTATIONS = range(1, 9)


def picture(size: tuple[int, int], seed: int = 0) -> Image.Image:
    """Shapes and a little noise, in colour."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width]
    waves = [np.sin(x / (5 + seed + c) + c) * np.cos(y / (7 + c) - seed) for c in range(3)]
    pixels = np.stack(waves, -1) * 110 + 128
    pixels += np.random.default_rng(seed).integers(-12, 13, pixels.shape)
    pixels[(x - width / 2) ** 2 + (y - height / 2) ** 2 < min(size) ** 2 / 9] = (250, 40, 10 * seed % 255)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8), "RGB")


def alpha(image: Image.Image) -> Image.Image:
    """With every degree of transparency from left to right."""
    ramp = np.linspace(0, 255, image.width).astype(np.uint8)
    image = image.convert("RGBA")
    image.putalpha(Image.fromarray(np.tile(ramp, (image.height, 1))))
    return image


def saved(image: Image.Image, format: str, **options) -> bytes:
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def exif(orientation: int) -> Image.Exif:
    block = Image.Exif()
    block[0x0112] = orientation
    return block


def shared(format: str, modes: list[str], size) -> list[tuple[str, bytes]]:
    """Modes that the format stores."""
    def converted(mode):
        if mode == "I;16":
            grey = np.asarray(picture(size).convert("L")).astype(np.uint16)
            return Image.fromarray((grey * 257 - (grey > 9) * 100).astype(np.uint16))
        return alpha(picture(size)).convert(mode)
    return [(mode.replace(";", ""), saved(converted(mode), format)) for mode in modes]


def gif(size) -> list[tuple[str, bytes]]:
    base, other = picture(size), picture(size, 3)
    clear = base.quantize(60)
    part = Image.new("P", size, 1)
    part.putpalette(base.quantize(60).getpalette())
    small = saved(base.quantize(16).crop((0, 0, max(1, size[0] // 2), max(1, size[1] // 2))), "GIF")
    # The screen is larger than the picture, which lies at (2, 1).
    moved = bytearray(small)
    moved[6:10] = struct.pack("<HH", size[0] + 4, size[1] + 4)
    place = moved.index(b",", 13 + (3 << ((moved[10] & 7) + 1)))
    moved[place + 1 : place + 5] = struct.pack("<HH", 2, 1)
    return shared("GIF", ["1", "L", "P", "RGB"], size) + [
        ("interlaced", saved(base, "GIF", interlace=1)), ("sequential", saved(base, "GIF", interlace=0)),
        ("transparent", saved(clear, "GIF", transparency=5)), ("rgba", saved(alpha(base), "GIF")),
        ("animated", saved(base, "GIF", save_all=True, append_images=[other, base], duration=40, loop=0)),
        ("few-colours", saved(base.quantize(3), "GIF")), ("moved", bytes(moved)),
    ]


def bmp_file(size, bits: int, body: bytes, header: int = 40, compression: int = 0, table: bytes = b"",
             masks: tuple[int, ...] = (), top_down: bool = False) -> bytes:
    width, height = size
    if header == 12:
        info = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        entries = len(table) // 4
        info = struct.pack("<IiiHHIIiiII", header, width, -height if top_down else height, 1, bits, compression,
                           len(body), 2835, 2835, entries, 0)
        info += b"".join(struct.pack("<I", mask) for mask in masks)
        info += bytes(max(0, header - len(info)))
    start = 14 + len(info) + len(table)
    return b"BM" + struct.pack("<IHHI", start + len(body), 0, 0, start) + info + table + body


def rows(pixels: np.ndarray, top_down: bool = False) -> bytes:
    """`[height, bytes]`, padded to multiples of four, from the last row up."""
    pixels = np.pad(pixels, ((0, 0), (0, -pixels.shape[1] % 4)))
    return (pixels if top_down else pixels[::-1]).tobytes()


def run_coded(indices: np.ndarray, bits: int) -> bytes:
    """Runs, pixels as they are, and ends of rows."""
    out = bytearray()
    for row in indices[::-1]:
        x = 0
        while x < len(row):
            run = 1
            while x + run < len(row) and run < 255 and row[x + run] == row[x]:
                run += 1
            if run >= 3 or len(row) - x < 3:
                out += bytes([run, int(row[x]) * (1 if bits == 8 else 17)])
                x += run
            else:
                count = min(8, len(row) - x)
                literal = [int(value) for value in row[x : x + count]]
                if bits == 4:
                    literal += [0] * (count % 2)
                    literal = [a << 4 | b for a, b in zip(literal[::2], literal[1::2])]
                out += bytes([0, count, *literal]) + bytes(len(literal) % 2)
                x += count
        out += b"\0\0"
    return bytes(out + b"\0\1")


def bmp(size) -> list[tuple[str, bytes]]:
    base = picture(size)
    pixels = np.asarray(base).astype(np.uint32)
    small = base.quantize(16)
    indices = np.asarray(small)
    colours = np.array(small.getpalette()[:48], np.uint8).reshape(-1, 3)
    colours = np.concatenate([colours, np.zeros((16 - len(colours), 3), np.uint8)])
    table = b"".join(bytes([b, g, r, 0]) for r, g, b in colours)
    old_table = b"".join(bytes([b, g, r]) for r, g, b in colours)
    padded = np.pad(indices, ((0, 0), (0, indices.shape[1] % 2)))
    nibbles = (padded[:, ::2] << 4 | padded[:, 1::2]).astype(np.uint8)
    r, g, b = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    p555 = (r >> 3 << 10 | g >> 3 << 5 | b >> 3).astype("<u2").view(np.uint8).reshape(size[1], -1)
    p565 = (r >> 3 << 11 | g >> 2 << 5 | b >> 3).astype("<u2").view(np.uint8).reshape(size[1], -1)
    bgra = np.asarray(alpha(base))[..., [2, 1, 0, 3]].copy()
    wide = bgra.reshape(size[1], -1)
    bgr = np.asarray(base)[..., ::-1].copy().reshape(size[1], -1)
    alpha_masks = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    if size[0] == 1:  # Pillow reads runs in rows of one pixel otherwise
        coded = []
    else:
        coded = [("rle8", bmp_file(size, 8, run_coded(indices, 8), compression=1, table=table)),
                 ("rle4", bmp_file(size, 4, run_coded(indices, 4), compression=2, table=table))]
    return shared("BMP", ["1", "L", "P", "RGB", "RGBA"], size) + coded + [
        ("4bits", bmp_file(size, 4, rows(nibbles), table=table)),
        ("os2", bmp_file(size, 24, rows(bgr), header=12)),
        ("os2-4bits", bmp_file(size, 4, rows(nibbles), header=12, table=old_table)),
        ("555", bmp_file(size, 16, rows(p555))),
        ("565", bmp_file(size, 16, rows(p565), compression=3, table=struct.pack("<III", 0xF800, 0x7E0, 0x1F))),
        ("top-down", bmp_file(size, 24, rows(bgr, True), top_down=True)),
        ("v5-alpha", bmp_file(size, 32, rows(wide), header=124, compression=3, masks=alpha_masks)),
        ("v4-opaque", bmp_file(size, 32, rows(wide), header=108, compression=3, masks=alpha_masks[:3])),
    ]


def tiff(size) -> list[tuple[str, bytes]]:
    base, files = picture(size), shared("TIFF", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "I;16"], size)
    for compression in ["tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "zstd"]:
        files.append((compression, saved(base, "TIFF", compression=compression)))
    files += [
        ("group4", saved(base.convert("1"), "TIFF", compression="group4")),
        ("grey-jpeg", saved(base.convert("L"), "TIFF", compression="jpeg")),
        ("ycbcr-jpeg", saved(base.convert("YCbCr"), "TIFF", compression="jpeg")),
        ("ycbcr-lzw", saved(base.convert("YCbCr"), "TIFF", compression="tiff_lzw")),
        ("rgba-lzw", saved(alpha(base), "TIFF", compression="tiff_lzw")),
        ("pages", saved(base, "TIFF", save_all=True, append_images=[picture(size, 2)])),
        ("big", saved(base, "TIFF", big_tiff=True)),
    ]
    return files


def webp(size) -> list[tuple[str, bytes]]:
    base, other = picture(size), picture(size, 4)
    return shared("WEBP", ["L", "P", "RGB", "RGBA"], size) + [
        ("lossless", saved(base, "WEBP", lossless=True)), ("q30", saved(base, "WEBP", quality=30)),
        ("lossless-alpha", saved(alpha(base), "WEBP", lossless=True)),
        ("alpha-q50", saved(alpha(base), "WEBP", quality=50, alpha_quality=40)),
        ("animated", saved(base, "WEBP", save_all=True, append_images=[other, base], duration=40)),
        ("animated-alpha", saved(alpha(base), "WEBP", save_all=True, append_images=[other], lossless=True)),
    ]


def avif(size) -> list[tuple[str, bytes]]:
    base = picture(size)
    return shared("AVIF", ["L", "RGB", "RGBA"], size) + [
        (f"{sampling.replace(':', '')}-{range}", saved(base, "AVIF", subsampling=sampling, range=range, quality=70))
        for sampling in ["4:2:0", "4:2:2", "4:4:4"] for range in ["full", "limited"]
    ] + [("animated", saved(base, "AVIF", save_all=True, append_images=[picture(size, 4)], duration=40)),
         ("q20", saved(base, "AVIF", quality=20))]


def heic(size) -> list[tuple[str, bytes]]:
    base = picture(size)
    return shared("HEIF", ["L", "RGB", "RGBA"], size) + [
        (f"{chroma}-q{quality}", saved(base, "HEIF", chroma=chroma, quality=quality))
        for chroma in [420, 444] for quality in [50, 95]
    ]


# Format: its extension, its files of a size, how an oriented one is written.
FORMATS = {
    "GIF": ("gif", gif, None), "BMP": ("bmp", bmp, None),
    "TIFF": ("tif", tiff, lambda image, value: saved(image, "TIFF", tiffinfo={0x0112: value})),
    "WebP": ("webp", webp, lambda image, value: saved(image, "WEBP", lossless=True, exif=exif(value))),
    "AVIF": ("avif", avif, lambda image, value: saved(image, "AVIF", exif=exif(value))),
    "HEIC": ("heic", heic, lambda image, value: saved(image, "HEIF", exif=exif(value))),
}


def decode(file: bytes) -> Image.Image:
    """Upright RGB, transparency over white, grey of 16 bits scaled to 8."""
    image = Image.open(io.BytesIO(file))
    image.load()
    if image.mode.startswith("I"):
        grey = (np.asarray(image).astype(np.int64) * 255 + 32895) >> 16
        return Image.fromarray(grey.astype(np.uint8)).convert("RGB")
    image = ImageOps.exif_transpose(image)
    if "A" in image.mode or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, (255,) * 4), image)
    return image.convert("RGB")


def files(format: str) -> list[tuple[str, bytes]]:
    """40: modes and kinds at several sizes, orientations, cut short, under another format's name."""
    extension, make, oriented = FORMATS[format]
    found = [(f"{kind}-{w}x{h}.{extension}", data) for w, h in SIZES for kind, data in make((w, h))]
    special = [(f"oriented-{value}.{extension}", oriented(picture((40, 24)), value))
               for value in ORIENTATIONS] if oriented else []
    whole = found[0][1] if format != "BMP" else make((64, 48))[3][1]
    special += [(f"cut-{percent}.{extension}", whole[: len(whole) * percent // 100]) for percent in (20, 60, 95)]
    special += [("wrong-name.jpg", make((50, 40))[1][1]), (f"really-png.{extension}", saved(picture((20, 10)), "PNG"))]
    return found[: 40 - len(special)] + special


def write(folder: pathlib.Path) -> None:
    for format in FORMATS:
        place = folder / format
        place.mkdir(parents=True, exist_ok=True)
        for name, data in files(format):
            (place / name).write_bytes(data)
            try:
                (place / (name + ".ppm")).write_bytes(saved(decode(data), "PPM"))
            except Exception as error:
                (place / (name + ".refused")).write_text(f"{type(error).__name__}: {error}\n")


def goldens() -> None:
    size = (12, 9)
    print(f"// Made by Tools/References/photo_formats.py with Pillow {PIL.__version__}.\n")
    print("/// Small files of every format and what Pillow decodes of them.\nenum FormatGoldens {")
    print("  /// Name, file, width and height once upright, pixels; both in base 64.")
    print("  static let all: [(String, String, Int, Int, String)] = [")
    for format, (_, make, oriented) in FORMATS.items():
        chosen = make(size)
        if oriented:
            chosen += [(f"oriented-{value}", oriented(picture(size), value)) for value in (2, 5, 6)]
        if format == "BMP":
            chosen = [entry for entry in chosen if entry[0] not in ("P", "os2-4bits")]
        if format == "TIFF":
            chosen = [entry for entry in chosen if entry[0] not in ("group4", "grey-jpeg", "ycbcr-lzw", "big", "P")]
        for name, data in chosen:
            image = decode(data)
            text, pixels = (base64.b64encode(part).decode() for part in (data, image.tobytes()))
            print(f'    (\n      "{format} {name}", "{text}", {image.width}, {image.height},\n      "{pixels}"\n    ),')
    print("  ]\n")
    print("  /// A HEIC of 12 by 9 pixels by its header, in which 3000 by 2000 are coded.")
    lying = saved(Image.new("RGB", (3000, 2000)), "HEIF", quality=0)
    honest = struct.pack(">II", 3000, 2000)
    assert lying.count(b"ispe" + bytes(4) + honest) == 1
    lying = lying.replace(b"ispe" + bytes(4) + honest, b"ispe" + bytes(4) + struct.pack(">II", 12, 9))
    print(f'  static let lying =\n    "{base64.b64encode(lying).decode()}"\n}}')


if sys.argv[1:] == ["--goldens"]:
    goldens()
else:
    write(pathlib.Path(sys.argv[1]))
