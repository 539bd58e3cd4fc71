"""Writes a folder of small JPEG photos, quickly: what scaling.sh counts and trains on.

    python draw_photos.py DIR PHOTOS [SIDE]

Eight classes, each a colour of disc at a random place before noise of a random kind; no two photos are alike.
Needs Pillow.
"""
import colorsys
import io
import multiprocessing
import os
import random
import sys

from PIL import Image, ImageDraw

CLASSES = 8


def draw(arguments):
    folder, first, last, side = arguments
    for number in range(first, last):
        source = random.Random(number)
        label = number % CLASSES
        ground = Image.effect_noise((side // 4, side // 4), source.uniform(20, 90)).resize((side, side))
        pixels = [tuple(source.randrange(256) for _ in range(3)) for _ in range(2)]
        image = Image.composite(Image.new("RGB", (side, side), pixels[0]), Image.new("RGB", (side, side), pixels[1]), ground)
        hue = (label + source.uniform(-0.3, 0.3)) / CLASSES
        colour = tuple(int(255 * c) for c in colorsys.hsv_to_rgb(hue, source.uniform(0.5, 1), source.uniform(0.5, 1)))
        radius = source.uniform(0.15, 0.4) * side
        x, y = source.uniform(0.3, 0.7) * side, source.uniform(0.3, 0.7) * side
        ImageDraw.Draw(image).ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
        encoded = io.BytesIO()
        image.save(encoded, "JPEG", quality=85)
        with open(os.path.join(folder, f"class{label}", f"{number:06}.jpg"), "wb") as file:
            file.write(encoded.getvalue())


def main():
    folder, photos = sys.argv[1], int(sys.argv[2])
    side = int(sys.argv[3]) if len(sys.argv) > 3 else 96
    for label in range(CLASSES):
        os.makedirs(os.path.join(folder, f"class{label}"), exist_ok=True)
    step = 500
    pieces = [(folder, first, min(first + step, photos), side) for first in range(0, photos, step)]
    with multiprocessing.Pool() as pool:
        pool.map(draw, pieces, chunksize=1)


main()
