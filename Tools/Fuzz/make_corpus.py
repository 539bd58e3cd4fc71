#!/usr/bin/env python3
"""Writes what the fuzzers start from: small files of every format, none of anybody else's.

usage: make_corpus.py FINETUNE FOLDER
  FINETUNE   the program, for runs, heads and checkpoints
  FOLDER     a folder for each target appears in it

Needs h5py, numpy, torch, Pillow, pillow-heif and pillow-avif-plugin. The files in `corpus` were written with
h5py 3.16, torch 1.13 and Pillow 12; they need not be written anew.
"""

import io
import json
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zipfile

import h5py
import numpy
import pillow_avif  # noqa: F401, a plugin
import pillow_heif
import torch
from PIL import Image

from heic_tiles import tiles

program, folder = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
random = numpy.random.default_rng(20)


def put(target, name, content):
    os.makedirs(os.path.join(folder, target), exist_ok=True)
    with open(os.path.join(folder, target, name), "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())


def numbers(*shape):
    return random.normal(0, 0.1, shape).astype("float32")


# A network of one convolution and a classifier, as Keras 2 and 3 describe it.

KERNELS = {"conv": [numbers(3, 3, 3, 4), numbers(4)], "answer": [numbers(4, 3), numbers(3)]}
ROLES = ["kernel", "bias"]


def layers(version):
    shape = "batch_shape" if version == 3 else "batch_input_shape"
    return [
        {"class_name": "InputLayer", "config": {shape: [None, 16, 16, 3], "dtype": "float32", "name": "input"}},
        {"class_name": "Conv2D", "config": {
            "name": "conv", "filters": 4, "kernel_size": [3, 3], "strides": [1, 1], "padding": "same",
            "activation": "relu", "use_bias": True}},
        {"class_name": "GlobalAveragePooling2D", "config": {"name": "pool"}},
        {"class_name": "Dense", "config": {"name": "answer", "units": 3, "activation": "softmax"}},
    ]


def sequential(version):
    return {"class_name": "Sequential", "config": {"name": "tiny", "layers": layers(version)}}


def functional():
    model, before = layers(2), None
    for layer in model:
        name = layer["config"]["name"]
        layer["name"] = name
        layer["inbound_nodes"] = [[[before, 0, 0, {}]]] if before else []
        before = name
    return {"class_name": "Functional", "config": {
        "name": "tiny", "layers": model, "input_layers": [["input", 0, 0]], "output_layers": [["answer", 0, 0]]}}


def hdf5(fill, **options):
    memory = io.BytesIO()
    with h5py.File(memory, "w", **options) as file:
        fill(file)
    return memory.getvalue()


def weights(root, **dataset):
    root.attrs["layer_names"] = [name.encode() for name in KERNELS]
    root.attrs["backend"] = b"tensorflow"
    for name, tensors in KERNELS.items():
        group = root.create_group(name)
        group.attrs["weight_names"] = [f"{name}/{role}:0".encode() for role in ROLES]
        for role, tensor in zip(ROLES, tensors):
            group.create_dataset(f"{name}/{role}:0", data=tensor, **dataset)


def whole(root, **dataset):
    root.attrs["keras_version"] = b"2.4.0"
    root.attrs["model_config"] = json.dumps(functional())
    weights(root.create_group("model_weights"), **dataset)


def variables(root):
    for place, name in [("layers/conv2d", "conv"), ("layers/dense", "answer")]:
        group = root.create_group(place + "/vars")
        for index, tensor in enumerate(KERNELS[name]):
            group.create_dataset(str(index), data=tensor)


def make_weights():
    put("hdf5", "weights.h5", hdf5(weights))
    put("hdf5", "whole.h5", hdf5(whole))
    put("hdf5", "chunked.h5", hdf5(lambda root: weights(root, chunks=True, compression="gzip", shuffle=True)))
    put("hdf5", "keras3.h5", hdf5(variables))
    put("hdf5", "latest.h5", hdf5(weights, libver=("v110", "v110")))

    # The ways in which newer files have their chunks without an index.
    def layer(root, name):
        group = root.create_group(name)
        group.attrs["weight_names"] = [f"{name}/kernel:0".encode()]
        return group.create_group(name)

    def newer_chunks(root):
        data = numbers(8, 8)
        root.attrs["layer_names"] = [b"single", b"packed", b"implicit"]
        layer(root, "single").create_dataset("kernel:0", data=data, chunks=(8, 8))
        layer(root, "packed").create_dataset("kernel:0", data=data, chunks=(8, 8), compression="gzip")
        early = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        early.set_chunk((4, 4))
        early.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        group = layer(root, "implicit")
        h5py.h5d.create(group.id, b"kernel:0", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((8, 8)), early)
        group["kernel:0"][...] = data

    put("hdf5", "chunks.h5", hdf5(newer_chunks, libver=("v110", "v110")))
    for name, model in [("sequential2", sequential(2)), ("functional", functional()), ("sequential3", sequential(3))]:
        put("configuration", name + ".json", json.dumps(model))

    def archive(method):
        memory = io.BytesIO()
        with zipfile.ZipFile(memory, "w", method) as file:
            file.writestr("metadata.json", json.dumps({"keras_version": "3.5.0"}))
            file.writestr("config.json", json.dumps({"module": "keras", **sequential(3)}))
            file.writestr("model.weights.h5", hdf5(variables))
        return memory.getvalue()

    put("keras", "stored.keras", archive(zipfile.ZIP_STORED))
    put("keras", "packed.keras", archive(zipfile.ZIP_DEFLATED))

    def safetensors(rows):
        header, data = {"__metadata__": {"format": "pt"}}, b""
        for name, tensor in rows.items():
            code = {"float32": "F32", "float16": "F16", "int64": "I64"}[str(tensor.dtype)]
            header[name] = {"dtype": code, "shape": tensor.shape, "data_offsets": [len(data), len(data) + tensor.nbytes]}
            data += tensor.tobytes()
        text = json.dumps(header).encode()
        return struct.pack("<Q", len(text)) + text + data

    put("safetensors", "keras", safetensors({
        f"{name}/{role}": tensor for name, tensors in KERNELS.items() for role, tensor in zip(ROLES, tensors)}))
    state = {"conv.weight": numbers(4, 3, 3, 3), "bn.running_mean": numbers(4), "fc.weight": numbers(3, 4).astype("float16"),
             "bn.num_batches_tracked": numpy.array([1])}
    put("safetensors", "torch", safetensors(state))
    tensors = {name: torch.from_numpy(value) for name, value in state.items()}
    for name, value, zipped in [("zip", tensors, True), ("legacy", tensors, False),
                                ("nested", {"state_dict": tensors, "epoch": 3, "arch": "tiny"}, True)]:
        memory = io.BytesIO()
        torch.save(value, memory, _use_new_zipfile_serialization=zipped)
        put("torch", name + ".pth", memory.getvalue())
    put("timm", "resnet", json.dumps({
        "architecture": "resnet18", "num_classes": 1000, "pretrained_cfg": {
            "tag": "a1_in1k", "input_size": [3, 224, 224], "test_input_size": [3, 288, 288], "test_crop_pct": 1.0,
            "interpolation": "bicubic", "crop_pct": 0.95, "crop_mode": "center", "mean": [0.485, 0.456, 0.406],
            "std": [0.229, 0.224, 0.225], "license": "apache-2.0"}}))


def make_photos():
    pillow_heif.register_heif_opener()
    smooth = numpy.add.outer(numpy.arange(16) * 7, numpy.arange(20) * 5)[..., None] + numpy.array([0, 30, 60])
    photo = Image.fromarray(smooth.astype("uint8"))

    def save(target, name, image=photo, **options):
        memory = io.BytesIO()
        image.save(memory, **options)
        put(target, name, memory.getvalue())

    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "maker"
    put("exif", "tiff", exif.tobytes()[6:])
    transparent = photo.convert("RGBA")
    transparent.putalpha(Image.fromarray(numpy.tile(numpy.arange(20, dtype="uint8") * 12, (16, 1))))
    save("jpeg", "colour", format="JPEG", exif=exif)
    save("jpeg", "progressive", format="JPEG", progressive=True, subsampling=2)
    save("jpeg", "restarts", format="JPEG", restart_marker_blocks=1)
    save("jpeg", "cmyk", photo.convert("CMYK"), format="JPEG")
    save("jpeg", "grey", photo.convert("L"), format="JPEG")
    with open(os.path.join(folder, "jpeg", "colour"), "rb") as file:
        put("exif", "jpeg", file.read())
    save("png", "colour", format="PNG", exif=exif)
    save("png", "alpha", transparent, format="PNG")
    save("png", "palette", photo.convert("P", palette=Image.Palette.ADAPTIVE, colors=16), format="PNG", transparency=3)
    save("png", "deep", Image.fromarray((smooth[..., 0] * 200).astype("uint16")), format="PNG")
    save("png", "bits", photo.convert("1"), format="PNG")
    save("gif", "one", photo, format="GIF")
    save("gif", "two", photo.convert("P"), format="GIF", save_all=True, append_images=[photo.rotate(90)], transparency=1)
    for mode in ["RGB", "L", "1", "P"]:
        save("bmp", mode, photo.convert(mode), format="BMP")
    for name, options in [("plain", {}), ("lzw", {"compression": "tiff_lzw"}), ("jpeg", {"compression": "jpeg"}),
                          ("deflate", {"compression": "tiff_adobe_deflate"}), ("bits", {"compression": "packbits"})]:
        save("tiff", name, photo, format="TIFF", **options)
    save("tiff", "cmyk", photo.convert("CMYK"), format="TIFF")
    save("tiff", "fax", photo.convert("1"), format="TIFF", compression="group4")
    save("webp", "lossy", format="WEBP")
    save("webp", "lossless", transparent, format="WEBP", lossless=True, exif=exif)
    save("webp", "two", photo, format="WEBP", save_all=True, append_images=[photo.rotate(90)])
    save("heic", "colour", photo.resize((64, 64)), format="HEIF", quality=30)
    save("heic", "alpha", transparent.resize((64, 64)), format="HEIF", quality=30)
    with open(os.path.join(folder, "heic", "colour"), "rb") as file:
        put("heic", "tiles", tiles(file.read()))
    save("avif", "colour", format="AVIF", quality=30)
    save("avif", "alpha", transparent, format="AVIF", quality=30)


def make_texts():
    put("json", "all", '{"a": [1, -2.5e3, true, null, NaN, -Infinity], "\\u00e4\\ud83d\\ude00": {"b": "\\n"}}')
    put("list", "plain", "path,label\na.jpg,cat\nb.jpg,dog\n")
    put("list", "all", 'path,label,split,group\n"a,1.jpg",cat,train,1\r\nb.jpg,"d""og",validation,2\nc.jpg,cat,test,\n')
    put("list", "many", "path\tlabel\na.jpg\tcat|dog\nb.jpg\t|\n")
    put("labels", "lines", "# names\ncat\ndog\n")
    put("labels", "numbered", "0 cat\n1 dog\n2: bird\n")
    put("labels", "json", '{"0": ["n01440764", "cat"], "1": ["n01443537", "dog"]}')
    put("labels", "list", '["cat", "dog"]')
    put("options", "train", "base: mobilenetv2\ndata: photos\nepochs: 3\nlearning-rate: 1e-3\noffline: true\n"
        "candidates: [a, b]\npredict:\n  top: 3\nweights:\n  fetch:\n    offline: false\n")
    put("options", "styles", '---\n"base": \'vgg16\'\nlabels: "a b"\nallow-missing:\n- x/*\n- y\n# end\n...\n')
    body = ("--b1\r\nContent-Disposition: form-data; name=\"a\"; filename=\"a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n"
            "bytes\r\n--b1\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\ntext\r\n--b1--\r\n")
    put("form", "two", "multipart/form-data; boundary=b1\n" + body)
    put("form", "preamble", "multipart/form-data; boundary=\"b1\"\nbefore\r\n" + body + "after")
    put("answer", "whole", "HTTP/1.1 302 Found\r\nLocation: https://a/b\r\n\r\nHTTP/2 200\r\nContent-Length: 10\r\n"
        "ETag: \"a\"\r\nContent-Range: bytes 1-9/10\r\n\r\n")
    put("plan", "gradual", json.dumps({"name": "p", "phases": [
        {"name": "head", "scope": "head", "method": "solve"},
        {"name": "late", "scope": "last 1", "method": "sgd", "epochs": 2, "batchSize": 4, "accumulation": 2, "ema": 0.9,
         "clip": 1, "augmentation": "light", "schedule": "cosine", "warmUp": 0.1},
        {"name": "all", "scope": "all", "method": "sgd", "epochs": 2, "batchSize": 4, "optimizer": "adamw",
         "learningRate": 0.0005, "batchNorm": "train", "balance": "sampler", "labelSmoothing": 0.1, "stageDecay": 2.6,
         "augmentation": {"flip": 0.5, "mixup": 0.2}}]}))
    put("facts", "none", struct.pack("<q", 3) + b"key" + struct.pack("<q", 0))
    key = b"key"
    rows = struct.pack("<QQ", 2, len(key)) + key
    start = (len("finetune features 2\n") + 32 + 16 + len(key) + 63) // 64 * 64
    rows += bytes(start - len("finetune features 2\n") - 32 - len(rows)) + numbers(2, 2).tobytes() + b"a" * 64 + b"b" * 64
    put("features", "two", rows)


def make_runs():
    def run(*arguments, cwd, **options):
        subprocess.run([program, *arguments], cwd=cwd, check=True, stdout=subprocess.DEVNULL, **options)

    with tempfile.TemporaryDirectory() as work:
        environment = dict(os.environ, FINETUNE_CACHE=os.path.join(work, "cache"))
        photos = os.path.join(work, "photos")
        for label, colour in [("blue", (40, 60, 200)), ("red", (200, 60, 40)), ("green", (60, 190, 60))]:
            os.makedirs(os.path.join(photos, label))
            for number in range(5):
                noise = random.integers(-20, 20, (16, 16, 3)) + numpy.array(colour) + number
                Image.fromarray(noise.clip(0, 255).astype("uint8")).save(os.path.join(photos, label, f"{number}.png"))
        with open(os.path.join(work, "tiny.keras"), "wb") as file, open(
                os.path.join(folder, "keras", "stored.keras"), "rb") as source:
            file.write(source.read())
        train = ["train", "--base", "tiny.keras", "--data", "photos", "--preprocessing", "none", "--batch-size", "4"]
        run(*train, "--plan", "full", "--output", "run", cwd=work, env=environment)
        files = ["job.json", "plan.json", "labels.json", "split.json", "held-out.jsonl", "architecture.json", "run.json"]
        text = ""
        for name in files:
            path = os.path.join(work, "run", name)
            if os.path.exists(path):
                with open(path) as file:
                    content = file.read()
                if name == "run.json":  # without digests, as in runs of earlier versions
                    record = json.loads(content)
                    record.pop("digest", None)
                    record.pop("files", None)
                    content = json.dumps(record)
                text += f"=== {name}\n{content}\n"
        with open(os.path.join(work, "run", "events.jsonl")) as file:
            kinds = {json.loads(line)["event"]: line for line in file}
        put("run", "whole", (text + "=== events.jsonl\n" + "".join(kinds.values())).replace(work, "/somewhere"))
        run("export", "run", "--format", "head", "--output", "head.h5", cwd=work, env=environment)
        run("export", "run", "--format", "head", "--output", "head.safetensors", cwd=work, env=environment)
        for name in ["head.h5", "head.safetensors"]:
            with open(os.path.join(work, name), "rb") as file:
                put("head", name, file.read())
        started = subprocess.Popen(
            [program, *train, "--plan", "full", "--epochs", "100000", "--checkpoint-every", "1", "--output", "cut"], cwd=work,
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        place = os.path.join(work, "cut", "checkpoints")
        while started.poll() is None and not (os.path.isdir(place) and any("epoch2" in name for name in os.listdir(place))):
            time.sleep(0.02)
        started.send_signal(signal.SIGINT)
        started.wait()
        for number, name in enumerate(sorted(name for name in os.listdir(place) if not name.startswith("."))):
            with open(os.path.join(place, name), "rb") as file:
                put("checkpoint", str(number), file.read())


make_weights()
make_photos()
make_texts()
make_runs()
