#!/usr/bin/env python3
"""Measures probabilities of several labels with scikit-learn, and solves a logistic regression of each: the numbers in
Tests/EvaluationTests/MultiLabelGoldens.swift and Tests/FineTuningTests/MultiLabelHeadGoldens.swift.

    pip install scikit-learn==1.9.1
    python3 Tools/References/multi_label_goldens.py
"""
import pathlib
import sys

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (accuracy_score, average_precision_score, f1_score, hamming_loss, log_loss,
                             precision_score, recall_score)

ROOT = pathlib.Path(__file__).parents[2]
PHOTOS, CLASSES = 40, 5
THRESHOLDS = [0.5, 0.25, 0.7, 0.4, 0.5]


def numbers(count):
    """The same random numbers as `LinearNumbers` of the tests, 0 to 1."""
    state, values = 1, []
    for _ in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        values.append((state >> 40) / 2**24)
    return np.array(values)


def measured():
    """Truths and probabilities with equal ones among them; nobody has the last class."""
    values = numbers(2 * PHOTOS * CLASSES).reshape(2, PHOTOS, CLASSES)
    truths = values[0] < np.array([0.5, 0.3, 0.2, 0.1, -1])
    # Multiples of 1/64, exact in Float32, surer where they are right.
    probabilities = np.floor(64 * np.clip(0.6 * values[1] + 0.35 * truths, 0, 1)) / 64
    return truths.astype(int), probabilities


def metrics():
    truths, probabilities = measured()
    named = (probabilities >= np.array(THRESHOLDS)).astype(int)
    zero = {"zero_division": 0}
    present = truths.sum(axis=0) > 0
    loss = np.mean([log_loss(truths[:, c], probabilities[:, c], labels=[0, 1]) for c in range(CLASSES)])
    each = lambda score: score(truths, named, average=None, **zero)
    ap = [average_precision_score(truths[:, c], probabilities[:, c]) if present[c] else None for c in range(CLASSES)]
    return {
        "averagePrecision": ap,
        "meanAveragePrecision": average_precision_score(truths[:, present], probabilities[:, present]),
        "precision": each(precision_score), "recall": each(recall_score), "f1": each(f1_score),
        "macroF1": f1_score(truths, named, average="macro", **zero),
        "microF1": f1_score(truths, named, average="micro", **zero),
        "microPrecision": precision_score(truths, named, average="micro", **zero),
        "microRecall": recall_score(truths, named, average="micro", **zero),
        "hammingLoss": hamming_loss(truths, named), "accuracy": accuracy_score(truths, named),
        "logLoss": loss,
    }


def heads():
    """A logistic regression for each of three classes, on centred features whose rows have the mean squared norm 1."""
    rows, dimension, classes, penalty = 60, 4, 3, 0.1
    values = numbers(rows * dimension + rows * classes)
    features = (2 * values[:rows * dimension] - 1).reshape(rows, dimension).astype(np.float32).astype(float)
    noise = values[rows * dimension:].reshape(rows, classes)
    truths = features[:, :classes] + 0.8 * noise > 0.5
    centred = features - features.mean(axis=0)
    scaled = centred / np.sqrt((centred**2).sum(axis=1).mean())
    probabilities = []
    for c in range(classes):
        model = LogisticRegression(C=1 / penalty, tol=1e-10, max_iter=10000).fit(scaled, truths[:, c])
        probabilities.append(model.predict_proba(scaled)[:, 1])
    return np.array(probabilities).T[:6]


def swift(value):
    if value is None:
        return "nil"
    if isinstance(value, (list, np.ndarray)):
        return "[" + ", ".join(swift(v) for v in value) + "]"
    return repr(float(value))


def write(path, name, doc, values):
    lines = [f"// Written by Tools/References/multi_label_goldens.py with scikit-learn {sklearn.__version__}.", "",
             f"/// {doc}", f"enum {name} {{"]
    for key, (kind, value) in values.items():
        lines.append(f"  static let {key}: {kind} = {swift(value)}")
    (ROOT / path).write_text("\n".join(lines + ["}", ""]))


def main():
    found = metrics()
    kinds = {"averagePrecision": "[Double?]", "precision": "[Double]", "recall": "[Double]", "f1": "[Double]"}
    write("Tests/EvaluationTests/MultiLabelGoldens.swift", "MultiLabelGoldens",
          "What scikit-learn measures of the rows that `MultiLabelMetricsTests` makes.",
          {key: (kinds.get(key, "Double"), value) for key, value in found.items()})
    write("Tests/FineTuningTests/MultiLabelHeadGoldens.swift", "MultiLabelHeadGoldens",
          "What scikit-learn's `LogisticRegression` of each class says of the first rows of `MultiLabelHeadTests`.",
          {"probabilities": ("[[Double]]", heads())})
    return 0


if __name__ == "__main__":
    sys.exit(main())
