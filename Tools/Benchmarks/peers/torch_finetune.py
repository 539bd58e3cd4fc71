"""Fine-tunes a Keras base with PyTorch, as people do, on a folder or list of photos: the whole job as one JSON line.

  python torch_finetune.py --base mobilenet|mobilenetv2|vgg16 --weights FILE_no_top.h5 --data DIR|LIST.csv --recipe RECIPE

The network is Keras's, with TensorFlow's "same" padding, norms with an epsilon of 1e-3 and ReLU6, and starts from
the same file as ours; widths are those of the file. Photos are shown as ours are: to measure, the shorter side is resized to
256 / 224 of the input and the centre taken; to train, a random part of at least 70 % of the area, flipped half the time
(`--augment light`). The head is one dense layer on the pooled features, random at first.

Recipes:
  probe   logistic regression on features of the frozen base, each scaled to unit variance, by L-BFGS; the penalty is that
          with the lowest log loss on the validation photos, and is then used on these photos as well
  adamw   everything learns at once: AdamW at 1e-3 with a decay of 0.01; the rate rises for a tenth of the steps and falls to 0
          as a cosine, gradients are clipped to a norm of 1 (without them, frozen norms end far lower)
  sgd     the same with SGD at 0.03, momentum 0.9 and a decay of 1e-4
  fastai  what its `fine_tune(10)` does: Adam in one cycle for an epoch of the head (and norms) at 2e-3, then in one cycle for
          10 epochs of everything, at rates from 1e-3 / 100 for the lower half of the base to 1e-3 for the head
With adamw and sgd, `--norms` says whether norms use the statistics of each batch (`trained`) or the stored ones (`frozen`);
their scales and offsets learn in both. VGG-16 has no norms and would diverge: it learns at a tenth of these two rates. Batches
are of 32 photos or a little fewer, all of about one size. The weights at the end are what is measured: nothing is measured
between epochs, which saves the peer some time.

Where there is neither a list that names validation photos nor a val/ folder, a fifth of the training photos is drawn by the seed,
class by class, groups of a list undivided. The test figures are of the test photos, or of val/ where there are none (then
`measured` is "validation"). With `--refit` the network that is measured on test photos is trained anew on the training and
validation photos together, after the one that is measured on validation photos.

`cpuSeconds` is what the process and its children used in user and system mode, `seconds` what passed, both from the
end of Python's imports to the last figure: importing torch takes seconds that a long-lived notebook pays once. Each photo
is decoded once and kept in memory; its random views are made by as many threads as compute, between steps. OpenMP's threads
sleep while they wait (OMP_WAIT_POLICY, unless it is set already): on a busy machine they would otherwise use several times the
processor time, waiting for one another.

With `--compare FILE.h5`, of `finetune features`, nothing is trained: the largest difference between its features and
those here is printed.
Written for torch 2.15 and h5py 3.
"""
import argparse
import collections
import concurrent.futures
import csv
import dataclasses
import json
import math
import os
import random
import resource
import time

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch starts its threads

import h5py
import numpy
import torch
from PIL import Image, ImageOps
from torch import nn


def cpu_seconds():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


START, CPU_AT_START = time.perf_counter(), cpu_seconds()

BATCH = 32
VALIDATION = 0.2
WARM_UP = 0.1
# What the area of a training view may be, of the photo's, and its width / height.
AREAS, ASPECTS = (0.7, 1.0), (3 / 4, 4 / 3)
# Penalties of the probe, strongest first: each solution starts from the one before.
PENALTIES = [10 ** (-half / 2) for half in range(-2, 11)]
LEAST_LOG = math.log(2**-52)  # as our reports bound it


# Photos


@dataclasses.dataclass(frozen=True)
class Photo:
    path: str
    name: str  # the path below the folder or beside the list
    label: str
    group: str


SPLITS = {"train": "train", "val": "validation", "validation": "validation", "test": "test"}


def folder_photos(root):
    """Photos by split of a folder of class folders, or of train/, val/ and test/ with class folders."""
    splits = [name for name in SPLITS if os.path.isdir(os.path.join(root, name))]
    found = collections.defaultdict(list)
    for split in splits or [""]:
        for folder, _, files in sorted(os.walk(os.path.join(root, split))):
            inside = os.path.relpath(folder, os.path.join(root, split)).split(os.sep)
            for file in sorted(files):
                if inside[0] != "." and file.lower().endswith((".jpg", ".jpeg", ".png")):
                    path = os.path.join(folder, file)
                    name = os.path.relpath(path, root)
                    found[SPLITS.get(split, "train")].append(Photo(path, name, inside[0], name))
    return found


def list_photos(file):
    """Photos by split of a list with the columns path and label, and split and group if known."""
    found = collections.defaultdict(list)
    with open(file, encoding="utf-8", newline="") as opened:
        for row in csv.DictReader(opened):
            path = os.path.join(os.path.dirname(file), row["path"])
            split = SPLITS[(row.get("split") or "train").lower()]
            found[split].append(Photo(path, row["path"], row["label"], row.get("group") or row["path"]))
    return found


def divide(photos, seed):
    """Training and validation photos: of each class a fifth, at least one where that can be; groups stay whole."""
    bundles = collections.defaultdict(list)
    for photo in photos:
        bundles[photo.group].append(photo)
    order = sorted(bundles)
    random.Random(seed).shuffle(order)
    counts = {name: collections.Counter(p.label for p in bundles[name]) for name in order}
    total = collections.Counter(p.label for p in photos)
    wanted = {label: min(max(1, round(n * VALIDATION)), n - 1) for label, n in total.items()}
    taken, chosen = collections.Counter(), set()
    for name in order:
        if all(taken[label] + n <= wanted[label] for label, n in counts[name].items()):
            taken += counts[name]
            chosen.add(name)
    for label in sorted(total):  # whose groups are all larger than a fifth of it
        if not taken[label]:
            able = [name for name in order if name not in chosen and 0 < counts[name][label] < total[label]]
            able = [name for name in able if all(taken[k] + n < total[k] for k, n in counts[name].items())]
            if able:
                name = min(able, key=lambda name: len(bundles[name]))
                taken += counts[name]
                chosen.add(name)
    return [p for p in photos if p.group not in chosen], [p for p in photos if p.group in chosen]


def decode(photo):
    with Image.open(photo.path) as image:
        return ImageOps.exif_transpose(image).convert("RGB")


def evaluation_view(image, side):
    shorter = round(side * 256 / 224)
    width, height = (max(shorter, int(shorter * n / min(image.size))) for n in image.size)
    left, top = (round((n - side) / 2) for n in (width, height))
    image = image.resize((width, height), Image.Resampling.BILINEAR)
    return numpy.asarray(image.crop((left, top, left + side, top + side)))


def training_box(image, draw):
    """The part that a training view shows, as torchvision's RandomResizedCrop draws it."""
    (width, height), (narrow, wide) = image.size, ASPECTS
    for _ in range(10):
        area = width * height * draw.uniform(*AREAS)
        aspect = math.exp(draw.uniform(math.log(narrow), math.log(wide)))
        w, h = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
        if 0 < w <= width and 0 < h <= height:
            x, y = draw.randint(0, width - w), draw.randint(0, height - h)
            return x, y, x + w, y + h
    w, h = min(width, round(height * wide)), min(height, round(width / narrow))
    x, y = (width - w) // 2, (height - h) // 2
    return x, y, x + w, y + h


def training_view(image, side, box, flipped):
    view = numpy.asarray(image.resize((side, side), Image.Resampling.BILINEAR, box=box, reducing_gap=2))
    return view[:, ::-1] if flipped else view


# Networks


class Weights:
    """The arrays of a Keras file, legacy or not, by layer and name."""

    def __init__(self, file):
        self.arrays = {}
        with h5py.File(file, "r") as opened:
            opened.visititems(self.add)

    def add(self, path, item):
        if isinstance(item, h5py.Dataset) and "/" in path:
            layer, name = path.split("/")[-2:]
            self.arrays[layer, name.split(":")[0]] = torch.from_numpy(numpy.array(item, dtype=numpy.float32))

    def __call__(self, layer, name):
        return self.arrays[layer, name]

    def has(self, layer):
        return any(name == layer for name, _ in self.arrays)


class Convolution(nn.Conv2d):
    """Keras's Conv2D or DepthwiseConv2D with padding "same": with a stride of 2 the odd pixel is added right and below."""

    def __init__(self, weights, layer, stride=1, depthwise=False):
        kernel = weights(layer, "depthwise_kernel" if depthwise else "kernel")
        kernel = kernel.permute(2, 3, 0, 1) if depthwise else kernel.permute(3, 2, 0, 1)
        outputs, inputs, size, _ = kernel.shape
        bias = (layer, "bias") in weights.arrays
        groups = outputs if depthwise else 1
        super().__init__(
            inputs * groups, outputs, size, stride, size // 2 if stride == 1 else 0, groups=groups, bias=bias
        )
        self.weight.data.copy_(kernel)
        if bias:
            self.bias.data.copy_(weights(layer, "bias"))

    def forward(self, x):
        if self.stride[0] > 1:
            (stride, _), (size, _) = self.stride, self.kernel_size
            y_total, x_total = (max((-(-n // stride) - 1) * stride + size - n, 0) for n in x.shape[2:])
            # Left, right, above, below.
            x = nn.functional.pad(x, [x_total // 2, x_total - x_total // 2, y_total // 2, y_total - y_total // 2])
        return super().forward(x)


def norm(weights, layer):
    module = nn.BatchNorm2d(len(weights(layer, "gamma")), eps=1e-3)
    module.weight.data.copy_(weights(layer, "gamma"))
    module.bias.data.copy_(weights(layer, "beta"))
    module.running_mean.copy_(weights(layer, "moving_mean"))
    module.running_var.copy_(weights(layer, "moving_variance"))
    return module


def normed(weights, layer, suffix, stride=1, depthwise=False, linear=False):
    parts = [Convolution(weights, layer, stride, depthwise), norm(weights, layer + suffix)]
    return parts if linear else parts + [nn.ReLU6(inplace=True)]


def mobilenet(weights):
    yield nn.Sequential(*normed(weights, "conv1", "_bn", 2))
    for block in range(1, 14):
        stride = 2 if block in (2, 4, 6, 12) else 1
        yield nn.Sequential(
            *normed(weights, f"conv_dw_{block}", "_bn", stride, depthwise=True),
            *normed(weights, f"conv_pw_{block}", "_bn"),
        )


class Residual(nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


def mobilenetv2(weights):
    yield nn.Sequential(Convolution(weights, "Conv1", 2), norm(weights, "bn_Conv1"), nn.ReLU6(inplace=True))
    for block in range(17):
        name = f"block_{block}_" if block else "expanded_conv_"
        stride = 2 if block in (1, 3, 6, 13) else 1
        expansion = normed(weights, name + "expand", "_BN") if weights.has(name + "expand") else []
        parts = expansion + normed(weights, name + "depthwise", "_BN", stride, depthwise=True)
        parts += normed(weights, name + "project", "_BN", linear=True)
        same = stride == 1 and parts[0].in_channels == parts[-2].out_channels
        yield (Residual if same else nn.Sequential)(*parts)
    yield nn.Sequential(*normed(weights, "Conv_1", "_bn"))


def vgg16(weights):
    for block, count in enumerate([2, 2, 3, 3, 3], 1):
        parts = []
        for number in range(1, count + 1):
            parts += [Convolution(weights, f"block{block}_conv{number}"), nn.ReLU(inplace=True)]
        yield nn.Sequential(*parts, nn.MaxPool2d(2))


BASES = {"mobilenet": mobilenet, "mobilenetv2": mobilenetv2, "vgg16": vgg16}


class Classifier(nn.Module):
    """Bytes `[photo, height, width, RGB]` to logits, the pixels scaled as Keras does it for the base."""

    def __init__(self, base, file, classes):
        super().__init__()
        self.is_caffe = base == "vgg16"
        self.body = nn.Sequential(*BASES[base](Weights(file))).to(memory_format=torch.channels_last)
        with torch.inference_mode():
            width = self.eval().features(torch.zeros(1, 64, 64, 3, dtype=torch.uint8)).shape[1]
        self.head = nn.Linear(width, classes)

    def features(self, photos):
        x = photos.float()
        if self.is_caffe:
            x = x.flip(3) - torch.tensor([103.939, 116.779, 123.68])
        else:
            x = x / 127.5 - 1
        return self.body(x.permute(0, 3, 1, 2)).mean((2, 3))

    def forward(self, photos):
        return self.head(self.features(photos))

    @property
    def norms(self):
        return [m for m in self.modules() if isinstance(m, nn.BatchNorm2d)]


# Recipes


@torch.inference_mode()
def in_batches(function, views):
    return torch.cat([function(part) for part in views.split(BATCH)])


def figures(logits, labels):
    """Accuracy and log loss."""
    logs = torch.nan_to_num(logits.double().log_softmax(1), nan=LEAST_LOG).clamp(min=LEAST_LOG)
    truth = logs.gather(1, labels[:, None])[:, 0]
    return (logs.argmax(1) == labels).double().mean().item(), -truth.mean().item()


def solve(features, labels, penalty, kernel, bias):
    """Improves kernel and bias until mean log loss + penalty / 2 · ‖kernel‖² is at its minimum."""
    optimizer = torch.optim.LBFGS(
        [kernel, bias], max_iter=300, tolerance_grad=1e-5, tolerance_change=1e-10, line_search_fn="strong_wolfe"
    )

    def objective():
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(features @ kernel + bias, labels) + penalty / 2 * kernel.square().sum()
        loss.backward()
        return loss

    optimizer.step(objective)


class Probe:
    """Logistic regression on features, each scaled to unit variance."""

    def __init__(self, features, classes):
        features = features.double()
        self.mean, deviation = features.mean(0), features.std(0, correction=0)
        self.deviation = torch.where(deviation > 0, deviation, 1)
        self.scaled = self.scale(features)
        self.kernel = torch.zeros(features.shape[1], classes, dtype=torch.float64, requires_grad=True)
        self.bias = torch.zeros(classes, dtype=torch.float64, requires_grad=True)

    def scale(self, features):
        return (features.double() - self.mean) / self.deviation

    def fit(self, labels, penalty):
        solve(self.scaled, labels, penalty, self.kernel, self.bias)

    def __call__(self, features):
        with torch.no_grad():
            return self.scale(features) @ self.kernel + self.bias


def probe(model, data, classes):
    """Logits of validation and test photos."""
    features = {split: in_batches(model.features, views) for split, views in data.views.items()}
    features["train"] = in_batches(model.features, data.evaluation_views("train"))
    trial, trials = Probe(features["train"], classes), []
    for penalty in PENALTIES:
        trial.fit(data.labels["train"], penalty)
        logits = trial(features["validation"])
        trials.append((figures(logits, data.labels["validation"])[1], penalty, logits))
    _, penalty, logits = min(trials, key=lambda t: t[0])
    parts = ["train", "validation"] if "test" in features else ["train"]
    final = Probe(torch.cat([features[part] for part in parts]), classes)
    final.fit(torch.cat([data.labels[part] for part in parts]), penalty)
    return {"validation": logits, **({"test": final(features["test"])} if "test" in features else {})}


def cosine(start, end, share):
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


def train(model, data, parts, epochs, optimizer, norms, schedule, draw, clip=None):
    """Trains on the photos of these splits; `schedule` is told the share of the steps done before each."""
    images = [image for part in parts for image in data.images[part]]
    labels = torch.cat([data.labels[part] for part in parts])
    batches = math.ceil(len(images) / BATCH)
    learned = [p for group in optimizer.param_groups for p in group["params"]]
    for parameter in model.parameters():
        parameter.requires_grad = False
    for parameter in learned:
        parameter.requires_grad = True
    model.train()
    for module in model.norms:
        module.train(norms == "trained")
    for step in range(epochs * batches):
        if step % batches == 0:
            order = list(range(len(images)))
            draw.shuffle(order)
            order = [part.tolist() for part in numpy.array_split(order, batches)]
        places = order[step % batches]
        schedule(optimizer, step / (epochs * batches))
        boxes = [(images[place], training_box(images[place], draw), draw.random() < 0.5) for place in places]
        views = data.pool.map(lambda b: training_view(b[0], data.side, b[1], b[2]), boxes)
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(torch.from_numpy(numpy.stack(list(views)))), labels[places])
        loss.backward()
        if clip:
            nn.utils.clip_grad_norm_(learned, clip)
        optimizer.step()
    model.eval()


def whole(model, data, parts, recipe, norms, epochs, draw):
    """Everything learns at once, at a rate that rises for a tenth of the steps and falls to 0."""
    rate = (1e-3 if recipe == "adamw" else 0.03) * (1 if model.norms else 0.1)
    if recipe == "adamw":
        optimizer = torch.optim.AdamW(model.parameters(), rate, weight_decay=0.01)
    else:
        optimizer = torch.optim.SGD(model.parameters(), rate, momentum=0.9, weight_decay=1e-4)

    def schedule(optimizer, share):
        for group in optimizer.param_groups:
            group["lr"] = rate * share / WARM_UP if share < WARM_UP else cosine(rate, 0, (share - WARM_UP) / (1 - WARM_UP))

    train(model, data, parts, epochs, optimizer, norms, schedule, draw, clip=1)


def one_cycle(model, data, parts, epochs, rates, rising, divisor, draw):
    """fastai's `fit_one_cycle`: the rate rises and falls again, the momentum the other way round."""
    half = len(model.body) // 2
    groups = [model.body[:half], model.body[half:], model.head]
    norms = {id(p) for module in model.norms for p in module.parameters()}
    settings = []
    for module, (rate, is_frozen) in zip(groups, rates):
        learned = [p for p in module.parameters() if not is_frozen or id(p) in norms]
        for decayed in (True, False):  # fastai does not decay norms and biases
            chosen = [p for p in learned if (p.ndim > 1) == decayed]
            if chosen:
                settings.append({"params": chosen, "peak": rate, "weight_decay": 0.01 if decayed else 0.0})
    optimizer = torch.optim.AdamW(settings, 1e-3, betas=(0.95, 0.99), eps=1e-5)

    def schedule(optimizer, share):
        for group in optimizer.param_groups:
            peak = group["peak"]
            if share < rising:
                rate, momentum = cosine(peak / divisor, peak, share / rising), cosine(0.95, 0.85, share / rising)
            else:
                left = (share - rising) / (1 - rising)
                rate, momentum = cosine(peak, peak / 1e5, left), cosine(0.85, 0.95, left)
            group["lr"], group["betas"] = rate, (momentum, 0.99)

    train(model, data, parts, epochs, optimizer, "trained", schedule, draw)


def fastai(model, data, parts, epochs, draw):
    base = 2e-3
    one_cycle(model, data, parts, 1, [(base / 10, True), (base / 10, True), (base, False)], 0.99, 25, draw)
    base /= 2
    one_cycle(model, data, parts, epochs, [(base / 100, False), (base / 10, False), (base, False)], 0.3, 5, draw)


# The job


class Data:
    """The photos in memory, and the views that figures are taken of."""

    def __init__(self, source, side, seed, threads):
        found = list_photos(source) if os.path.isfile(source) else folder_photos(source)
        if not found["validation"]:
            found["train"], found["validation"] = divide(found["train"], seed)
        self.photos = {split: photos for split, photos in found.items() if photos}
        self.classes = sorted({p.label for p in found["train"]})
        self.side, self.pool = side, concurrent.futures.ThreadPoolExecutor(threads)
        self.images = {split: list(self.pool.map(decode, photos)) for split, photos in self.photos.items()}
        self.labels = {
            split: torch.tensor([self.classes.index(p.label) for p in photos]) for split, photos in self.photos.items()
        }
        self.views = {split: self.evaluation_views(split) for split in self.photos if split != "train"}

    def evaluation_views(self, split):
        views = self.pool.map(lambda image: evaluation_view(image, self.side), self.images[split])
        return torch.from_numpy(numpy.stack(list(views)))


def trained(options, data, parts):
    """A model of this recipe that learned from the photos of these splits."""
    torch.manual_seed(options.seed)
    draw = random.Random(options.seed)
    model = Classifier(options.base, options.weights, len(data.classes))
    if options.recipe == "fastai":
        fastai(model, data, parts, options.epochs or 10, draw)
    else:
        whole(model, data, parts, options.recipe, options.norms, options.epochs or 20, draw)
    return model


def compare(options, data):
    """The largest difference between our features and those here, and the largest feature."""
    names = {p.name: (split, place) for split, photos in data.photos.items() for place, p in enumerate(photos)}
    model = Classifier(options.base, options.weights, 1)
    found = {split: in_batches(model.features, data.evaluation_views(split)) for split in data.photos}
    with h5py.File(options.compare, "r") as opened:
        paths = [path.decode() if isinstance(path, bytes) else path for path in opened["path"][:]]
        ours = torch.from_numpy(opened["features"][:])
    places = [names[path] for path in paths]
    theirs = torch.stack([found[split][place] for split, place in places])
    apart = (ours - theirs).abs().amax(1)
    return {
        "photos": len(paths),
        "largestDifference": apart.max().item(),
        "largestDifferenceAt": paths[apart.argmax()],
        "medianOfPhotos": apart.median().item(),
        "largestFeature": ours.abs().max().item(),
    }


def run(options, data):
    if options.recipe == "probe":
        torch.manual_seed(options.seed)
        logits = probe(Classifier(options.base, options.weights, 1), data, len(data.classes))
    else:
        model = trained(options, data, ["train"])
        logits = {"validation": in_batches(model, data.views["validation"])}
        if "test" in data.views:
            if options.refit:
                model = trained(options, data, ["train", "validation"])
            logits["test"] = in_batches(model, data.views["test"])
    measured = "test" if "test" in logits else "validation"
    result = {"recipe": options.recipe, "seed": options.seed, "measured": measured}
    if options.recipe in ("adamw", "sgd"):
        result["norms"] = options.norms
    for prefix, split in [("validation", "validation"), ("test", measured)]:
        accuracy, loss = figures(logits[split], data.labels[split])
        result[prefix + "Accuracy"], result[prefix + "LogLoss"] = accuracy, loss
    result["photos"] = {split: len(photos) for split, photos in data.photos.items()}
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--base", choices=BASES, required=True)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--recipe", choices=["probe", "adamw", "sgd", "fastai"], default="adamw")
    parser.add_argument("--norms", choices=["trained", "frozen"], default="trained")
    parser.add_argument("--epochs", type=int, help="default: 20, with fastai 10 behind the one of the head")
    parser.add_argument("--image-size", type=int, default=224)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--refit", action="store_true")
    parser.add_argument("--compare", metavar="FILE.h5")
    options = parser.parse_args()
    if options.image_size % 32:
        parser.error("--image-size must be a multiple of 32, where Keras's two ways of padding agree")

    torch.set_num_threads(options.threads)
    data = Data(options.data, options.image_size, options.seed, options.threads)
    result = compare(options, data) if options.compare else run(options, data)
    result["cpuSeconds"], result["seconds"] = cpu_seconds() - CPU_AT_START, time.perf_counter() - START
    result["version"] = "PyTorch " + torch.__version__.split("+")[0]
    print(json.dumps(result))


if __name__ == "__main__":
    main()
