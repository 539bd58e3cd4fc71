import ImagePipeline

/// What a head is solved on: a row for each view of each photo.
struct HeadRows {
  let features: FeatureMatrix
  let labels: [Int]
  /// The photo that each row shows, by its place in the run's list.
  let groups: [Int]

  private init(features: FeatureMatrix, labels: [Int], groups: [Int]) {
    self.features = features
    self.labels = labels
    self.groups = groups
  }

  /// The rows of the photos that have features, in the order given.
  init(_ session: TrainingSession, _ indices: [Int], _ features: FeatureTable) {
    (self.features, groups) = features.matrix(of: indices)
    labels = session.photos.labels(groups)
  }

  func appending(_ other: HeadRows) -> HeadRows {
    HeadRows(
      features: features.appending(other.features), labels: labels + other.labels,
      groups: groups + other.groups)
  }

  /// What each row counts: the weight of its class, divided among the views of its photo; `nil` where
  /// every row counts 1.
  func weights(_ phase: Phase, classes: Int) -> [Float]? {
    guard phase.balance == .weights || phase.views > 0 else { return nil }
    let views = groups.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
    let ofClass = phase.balance == .weights ? classWeights(classes) : nil
    return zip(labels, groups).map { label, photo in
      Float((ofClass?[label] ?? 1) / Double(views[photo] ?? 1))
    }
  }

  private func classWeights(_ classes: Int) -> [Double] {
    let labelOfPhoto = Dictionary(zip(groups, labels)) { first, _ in first }
    var counts = [Int](repeating: 0, count: classes)
    for label in labelOfPhoto.values { counts[label] += 1 }
    return ClassBalance.weights(imagesPerClass: counts)
  }
}

extension [Int] {
  /// Each number once, where it comes first.
  var unique: [Int] {
    var known: Set<Int> = []
    return filter { known.insert($0).inserted }
  }
}
