"""Lets scikit-learn compute the figures of predictions made by a formula, as Swift for the tests.

Usage: python Tools/References/metric_goldens.py > Tests/EvaluationTests/MetricGoldens.swift

Needs scikit-learn and NumPy. The predictions are those of `GoldenCase.rows` in MetricTests.swift: what `weight` gives
here is what `GoldenCase.weight` gives there.
"""

import warnings

import numpy as np
import sklearn
from sklearn import metrics

# Name, photos, classes, classes that photos are of, levels of the weights (few of them make ties), how much the
# true class's weight is raised.
CASES = [
    ("several classes", 211, 7, 7, 97, 40),
    ("ties", 160, 4, 4, 3, 1),
    ("a class without photos", 90, 5, 4, 53, 20),
    ("two classes", 120, 2, 2, 41, 15),
    ("only one class has photos", 30, 3, 1, 29, 20),
    ("one photo", 1, 3, 3, 17, 0),
    ("always wrong or nearly", 64, 6, 6, 89, -400),
    ("always right", 48, 4, 4, 11, 1000),
]
MASK = (1 << 64) - 1


def weight(photo, index, levels):
    mixed = (photo * 0x9E3779B97F4A7C15 + index * 0xBF58476D1CE4E5B9 + 0x94D049BB133111EB) & MASK
    mixed ^= mixed >> 29
    mixed = (mixed * 0xBF58476D1CE4E5B9) & MASK
    return (mixed >> 40) % levels


def predictions(photos, classes, occurring, levels, lift):
    truth = np.array([(photo * photo + photo // 3) % occurring for photo in range(photos)])
    rows = np.zeros((photos, classes), np.float32)
    for photo in range(photos):
        weights = [1 + weight(photo, index, levels) for index in range(classes)]
        weights[truth[photo]] = max(weights[truth[photo]] + lift, 1)
        rows[photo] = np.array(weights, np.float32) / np.float32(sum(weights))
    return truth, rows


GRID = np.arange(201) / 200


def curves(own, scores):
    """The points that reports draw, as recalls rise, and what they say at two places."""
    fpr, tpr, _ = metrics.roc_curve(own, scores)
    precision, recall, _ = metrics.precision_recall_curve(own, scores, drop_intermediate=True)
    # Without the last point, of no threshold.
    precision, recall = precision[:-1][::-1], recall[:-1][::-1]
    every_fpr, every_tpr, _ = metrics.roc_curve(own, scores, drop_intermediate=False)
    all_precision, all_recall, _ = metrics.precision_recall_curve(own, scores)
    step = lambda share: all_precision[:-1][::-1][np.argmax(all_recall[:-1][::-1] >= share)]
    return {
        "roc": [list(fpr), list(tpr)], "precisionRecall": [list(recall), list(precision)],
        "atFive": every_tpr[every_fpr <= 0.05].max(), "atEighty": step(0.8),
        # At a rate where the curve rises upright, interp gives its upper end.
        "rocOnGrid": np.interp(GRID, every_fpr, every_tpr), "precisionOnGrid": np.array([step(share) for share in GRID]),
    }


def figures(truth, rows, classes):
    predicted = rows.argmax(1)
    labels = np.arange(classes)
    wide = rows.astype(np.float64)
    clipped = np.clip(wide, np.finfo(np.float64).eps, 1)
    kind = np.eye(classes)[truth]
    result = {
        "accuracy": metrics.accuracy_score(truth, predicted),
        "balancedAccuracy": metrics.balanced_accuracy_score(truth, predicted),
        "matthews": metrics.matthews_corrcoef(truth, predicted),
        "kappa": metrics.cohen_kappa_score(truth, predicted),
        # log_loss makes the rows sum to 1 and warns where they do not: the rounding of 32 bits.
        "logLoss": float(-np.log(clipped[np.arange(len(truth)), truth]).mean()),
        "brier": float(((wide - kind) ** 2).sum(1).mean()),
    }
    scaled = wide / wide.sum(1, keepdims=True)
    assert abs(metrics.log_loss(truth, scaled, labels=labels) - result["logLoss"]) < 1e-6
    brier = metrics.brier_score_loss(truth, scaled, labels=labels, scale_by_half=False)
    assert abs(brier - result["brier"]) < 1e-6, (brier, result["brier"])
    for average in ("macro", "micro", "weighted"):
        values = metrics.precision_recall_fscore_support(
            truth, predicted, average=average, zero_division=0)
        result[average] = list(values[:3])
    each = metrics.precision_recall_fscore_support(
        truth, predicted, labels=labels, average=None, zero_division=0)
    result["f1"] = list(each[2])
    areas, precisions, drawn = [], [], []
    for index in labels:
        own = truth == index
        areas.append(metrics.roc_auc_score(own, rows[:, index]) if 0 < own.sum() < len(own) else None)
        precisions.append(metrics.average_precision_score(own, rows[:, index]) if own.any() else None)
        drawn.append(curves(own, rows[:, index]) if 0 < own.sum() < len(own) else None)
    result["rocAreas"], result["averagePrecisions"] = areas, precisions
    for key in ("roc", "precisionRecall"):
        result[key] = [item[key] if item else None for item in drawn] if len(truth) <= 120 else []
    for key in ("atFive", "atEighty"):
        result[key] = [item[key] if item else None for item in drawn]
    there = [item for item in drawn if item]
    for key in ("rocOnGrid", "precisionOnGrid"):
        result[key] = list(np.mean([item[key] for item in there], axis=0)[::20]) if there else []
    # Equal scores count by their index here and from the end in scikit-learn, so ranks are counted without them.
    strict = (rows > rows[np.arange(len(truth)), truth][:, None]).sum(1)
    ties = (rows == rows[np.arange(len(truth)), truth][:, None])
    before = np.array([ties[i, : truth[i]].sum() for i in range(len(truth))])
    result["topTwo"] = float((strict + before < 2).mean())
    if classes > 2 and not (ties.sum(1) > 1).any():
        assert result["topTwo"] == metrics.top_k_accuracy_score(truth, rows, k=2, labels=labels)
    return result


def swift(value):
    if isinstance(value, list):
        return "[" + ", ".join(swift(item) for item in value) + "]"
    if value is None or value != value:
        return "nil"
    return repr(float(value))


def main():
    warnings.simplefilter("ignore")
    print(f"// Made by Tools/References/metric_goldens.py with scikit-learn {sklearn.__version__}. Do not edit.\n")
    print("/// What scikit-learn says of predictions that `GoldenCase.rows` makes.")
    print("let metricGoldens: [GoldenCase] = [")
    for name, photos, classes, occurring, levels, lift in CASES:
        truth, rows = predictions(photos, classes, occurring, levels, lift)
        values = figures(truth, rows, classes)
        print(f'  GoldenCase(\n    name: "{name}", photos: {photos}, classes: {classes}, occurring: {occurring},')
        print(f"    levels: {levels}, lift: {lift},")
        print(",\n".join(f"    {key}: {swift(value)}" for key, value in values.items()) + "),")
    print("]")


main()
