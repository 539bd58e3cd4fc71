"""Lets SciPy compare two classifiers on the same photos, as Swift for the tests.

Usage: python Tools/References/paired_goldens.py > Tests/EvaluationTests/PairedGoldens.swift

Needs SciPy and NumPy. The differences are those of `PairedTests.differences` in PairedTests.swift.
"""

import numpy as np
import scipy
from scipy import stats

PAIRS = [
    (0, 0), (1, 0), (0, 5), (5, 5), (6, 9), (9, 6), (2, 12), (1, 40), (150, 151), (480, 560), (30000, 30500),
    (0, 1100),
]
PHOTOS = [24, 240]


def differences(photos):
    """One classifier gains a photo in seven and loses one in eleven."""
    numbers = np.arange(photos)
    return (numbers % 7 == 0).astype(float) - (numbers % 11 == 0)


print("// Written by Tools/References/paired_goldens.py with SciPy", scipy.__version__, "and NumPy", np.__version__)
print()
print("enum PairedGoldens {")
print("  /// Photos that only the first and only the second has right, and `binomtest`'s two-sided p.")
print("  static let tests: [(onlyFirst: Int, onlySecond: Int, probability: Double)] = [")
for first, second in PAIRS:
    p = stats.binomtest(first, first + second, 0.5).pvalue if first + second else 1.0
    print(f"    ({first}, {second}, {float(p)!r}),")
print("  ]")
print()
print("  /// Photos, their mean difference, and the ends of `bootstrap`'s percentile interval from 200 000 samples.")
print("  static let intervals: [(photos: Int, difference: Double, lower: Double, upper: Double)] = [")
for photos in PHOTOS:
    values = differences(photos)
    found = stats.bootstrap(
        (values,), np.mean, n_resamples=200_000, method="percentile", batch=20_000,
        rng=np.random.default_rng(7)).confidence_interval
    print(f"    ({photos}, {float(values.mean())!r}, {float(found.low)!r}, {float(found.high)!r}),")
print("  ]")
print("}")
