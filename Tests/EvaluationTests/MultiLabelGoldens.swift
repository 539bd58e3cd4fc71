// Written by Tools/References/multi_label_goldens.py with scikit-learn 1.9.1.

/// What scikit-learn measures of the rows that `MultiLabelMetricsTests` makes.
enum MultiLabelGoldens {
  static let averagePrecision: [Double?] = [
    0.9600945350945354, 0.8260327792161701, 0.702020202020202, 0.7540816326530613, nil,
  ]
  static let meanAveragePrecision: Double = 0.8105572872459922
  static let precision: [Double] = [0.85, 0.6071428571428571, 1.0, 0.375, 0.0]
  static let recall: [Double] = [
    0.8095238095238095, 1.0, 0.5714285714285714, 0.8571428571428571, 0.0,
  ]
  static let f1: [Double] = [
    0.8292682926829268, 0.7555555555555555, 0.7272727272727273, 0.5217391304347826, 0.0,
  ]
  static let macroF1: Double = 0.5667671411891985
  static let microF1: Double = 0.6984126984126984
  static let microPrecision: Double = 0.5945945945945946
  static let microRecall: Double = 0.8461538461538461
  static let hammingLoss: Double = 0.19
  static let accuracy: Double = 0.275
  static let logLoss: Double = 0.40490239502707936
}
