/// What training does about classes of different size.
public enum ClassBalance: String, Codable, Hashable, Sendable, CaseIterable {
  /// Every photo counts the same.
  case none
  /// Photos are drawn so that every class comes up equally often in an epoch.
  case sampler
  /// The loss of a photo is multiplied by the weight of its class.
  case weights

  /// The weight of each class: n / (classes · images of the class), so that every class weighs the
  /// same and the mean over all images is 1; 0 for a class without images.
  public static func weights(imagesPerClass counts: [Int]) -> [Double] {
    let total = Double(counts.reduce(0, +))
    let present = Double(counts.count { $0 > 0 })
    return counts.map { $0 > 0 ? total / (present * Double($0)) : 0 }
  }
}
