"""Writes what timm and torchvision publish for the networks of the zoo, as Swift.

Usage: make_rows.py ARCHITECTURE… > Sources/ModelZoo/Torch/PublishedRows.swift

An ARCHITECTURE is `timm/resnet50` or `torchvision/resnet50`. Tags, sizes, filters, statistics and licences are those
of the libraries' own tables; ImageNet's top 1 is torchvision's own for its weights, and for timm's what stands
in top_one.txt: timm publishes its results, but does not install them.
"""

import math
import re
import sys
from pathlib import Path

import timm
import torchvision
from timm.models import get_arch_pretrained_cfgs

# As published in timm's results for ImageNet's validation images at the size of the test, in per cent.
TOP_ONE_LINES = Path(__file__).with_name("top_one.txt").read_text().splitlines()[1:]
TOP_ONE = {name: float(value) for name, value in map(str.split, TOP_ONE_LINES)}
LICENCES = {
    "apache-2.0": "apache", "bsd-3-clause": "bsd", "mit": "mit", "cc-by-nc-4.0": "nc",
    "seer-license": "seer", None: "unstated",
}
STATISTICS = {(0.485, 0.229): "imagenet", (0.5, 0.5): "half", (0.0, 1.0): "unit"}
HEAD = '''// Made by Tools/torch/make_rows.py with timm {timm} and torchvision {torchvision}. Do not edit.

/// What is published for the networks of timm and torchvision, as text.
enum PublishedRows {{
  /// Architecture, tag, side and share of the training, filter, mode, side and share of the test ("-": the same),
  /// statistics, licence, who trained them, ImageNet's top 1 in per cent ("-": not known). The first of an
  /// architecture's are taken unless a tag is named.
  static let timm = """'''


def origin(name, tag, row):
    page = row.get("origin_url") or ""
    for word, who in (
        ("facebookresearch", "facebook"), ("pytorch/vision", "torchvision"), ("gluon", "gluon"),
        ("Alibaba", "miil"), ("Bamboo", "bamboo"),
    ):
        if word in page:
            return who
    if name.startswith("tf_"):
        return "google"
    if name.startswith("hgnet"):
        return "paddle"
    if name.startswith(("vgg", "densenet")) and tag.startswith("tv"):
        return "torchvision"
    return "timm"


def number(value):
    return f"{value:g}"


def torchvision_top_one(name, tag):
    """Of weights that timm has from torchvision."""
    regnet = re.fullmatch(r"regnet([xy])_(004|008|016|032|080|160|320)(_tv)?", name)
    if regnet:
        size = {"004": "400mf", "008": "800mf", "016": "1_6gf", "032": "3_2gf", "080": "8gf",
                "160": "16gf", "320": "32gf"}[regnet[2]]
        name = f"regnet_{regnet[1]}_{size}"
    version = {"tv_in1k": "IMAGENET1K_V1", "tv2_in1k": "IMAGENET1K_V2"}.get(tag)
    if version is None or name not in torchvision.models.list_models():
        return None
    weights = torchvision.models.get_model_weights(name)
    if version not in weights.__members__:
        return None
    return weights[version].meta["_metrics"]["ImageNet-1K"]["acc@1"]


def timm_lines(name):
    for tag, row in get_arch_pretrained_cfgs(name).items():
        tag = tag.partition(".")[2]
        row = row.to_dict()
        if not (row.get("hf_hub_id") or "").startswith("timm/") or row["num_classes"] != 1000:
            continue
        test = ["-", "-"]
        if row.get("test_input_size"):
            test = [row["test_input_size"][1], number(row.get("test_crop_pct") or row["crop_pct"])]
        top_one = TOP_ONE.get(f"{name}.{tag}") or torchvision_top_one(name, tag)
        yield [
            name, tag, row["input_size"][1], number(row["crop_pct"]), row["interpolation"],
            {"center": "crop"}.get(row["crop_mode"], row["crop_mode"]), *test,
            STATISTICS[(row["mean"][0], row["std"][0])], LICENCES[row.get("license")],
            origin(name, tag, row), "-" if top_one is None else number(top_one),
        ]


def torchvision_lines(name):
    for weights in torchvision.models.get_model_weights(name):
        transform = weights.transforms()
        metrics = weights.meta["_metrics"].get("ImageNet-1K")
        if metrics is None or not math.isfinite(metrics["acc@1"]):
            continue
        side, resize = transform.crop_size[0], transform.resize_size[0]
        yield [
            name, weights.name.removeprefix("IMAGENET1K_").lower(), weights.url.rsplit("/", 1)[1], side,
            resize, transform.interpolation.value, STATISTICS[(transform.mean[0], transform.std[0])],
            "nc" if "SWAG" in (weights.meta.get("license") or "") else "bsd",
            number(metrics["acc@1"]),
        ]


def main():
    architectures = [name.split("/") for name in sys.argv[1:]]
    print(HEAD.format(timm=timm.__version__, torchvision=torchvision.__version__))
    for library, name in architectures:
        if library == "timm":
            for row in timm_lines(name):
                print("    " + " ".join(map(str, row)))
    print('    """\n')
    print("  /// Architecture, tag, file, side, shorter side of the resized photo, filter, statistics, licence,"
          "\n  /// ImageNet's top 1 in per cent.")
    print('  static let torchvision = """')
    for library, name in architectures:
        if library == "torchvision":
            for row in torchvision_lines(name):
                print("    " + " ".join(map(str, row)))
    print('    """\n}')


main()
