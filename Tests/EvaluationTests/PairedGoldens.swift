// Written by Tools/References/paired_goldens.py with SciPy 1.17.1 and NumPy 2.4.6

enum PairedGoldens {
  /// Photos that only the first and only the second has right, and `binomtest`'s two-sided p.
  static let tests: [(onlyFirst: Int, onlySecond: Int, probability: Double)] = [
    (0, 0, 1.0),
    (1, 0, 1.0),
    (0, 5, 0.0625),
    (5, 5, 1.0),
    (6, 9, 0.6072387695312499),
    (9, 6, 0.6072387695312499),
    (2, 12, 0.012939453125),
    (1, 40, 3.8198777474462986e-11),
    (150, 151, 1.0),
    (480, 560, 0.014259079095385853),
    (30000, 30500, 0.042485574410371825),
    (0, 1100, 0.0),
  ]

  /// Photos, their mean difference, and the ends of `bootstrap`'s percentile interval from 200 000 samples.
  static let intervals: [(photos: Int, difference: Double, lower: Double, upper: Double)] = [
    (24, 0.041666666666666664, -0.125, 0.20833333333333334),
    (240, 0.05416666666666667, 0.0, 0.1125),
  ]
}
