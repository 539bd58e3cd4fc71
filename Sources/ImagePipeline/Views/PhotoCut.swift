/// How timm and torchvision bring photos to a network's size: resized to more than it by a filter, then the
/// centre.
public struct PhotoCut: Hashable, Sendable {
  /// How a photo of another shape than the network's input is resized.
  public enum Mode: String, Hashable, Sendable, CaseIterable {
    /// In its shape, so that the shorter side has the wanted size.
    case crop
    /// To the wanted size, distorted.
    case squash
  }

  /// What share of the resized photo's side the network sees, above 0 and at most 1.
  public var fraction: Double
  /// The filter of the resize, widened when shrinking, as Pillow's.
  public var filter: Interpolation
  /// What becomes of a photo of another shape.
  public var mode: Mode

  /// A centre of this share, cut from a photo that a filter has resized.
  /// - Precondition: the share is above 0 and at most 1, and the filter is not `.sampled`.
  public init(_ fraction: Double, _ filter: Interpolation, _ mode: Mode = .crop) {
    precondition(Self.isPossible(fraction, filter), "a cut of \(fraction), \(filter)")
    self.fraction = fraction
    self.filter = filter
    self.mode = mode
  }

  private static func isPossible(_ fraction: Double, _ filter: Interpolation) -> Bool {
    fraction >= 0.01 && fraction <= 1 && filter != .sampled
  }
}

extension PhotoCut {
  /// For example `crop 0.95 bicubic`.
  var text: String { "\(mode.rawValue) \(fraction) \(filter.rawValue)" }

  /// Reads what `text` gives.
  init?(text: String) {
    let parts = text.split(separator: " ")
    guard parts.count == 3, let mode = Mode(rawValue: String(parts[0])),
      let fraction = Double(parts[1]), let filter = Interpolation(rawValue: String(parts[2])),
      Self.isPossible(fraction, filter)
    else { return nil }
    self.init(fraction, filter, mode)
  }
}
