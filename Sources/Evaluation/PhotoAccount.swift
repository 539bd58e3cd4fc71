/// What became of every path that was found where a run has its photos.
public struct PhotoAccount: Codable, Hashable, Sendable {
  /// The sum of the others.
  public var found: Int
  /// To train on.
  public var train: Int
  /// To validate on.
  public var validation: Int
  /// To test on.
  public var test: Int
  /// Images that cannot be used.
  public var leftOut: Int
  /// No images, or hidden.
  public var ignored: Int

  /// An account whose `found` is the sum.
  public init(train: Int, validation: Int, test: Int, leftOut: Int, ignored: Int) {
    found = train + validation + test + leftOut + ignored
    self.train = train
    self.validation = validation
    self.test = test
    self.leftOut = leftOut
    self.ignored = ignored
  }
}

extension PhotoAccount: CustomStringConvertible {
  /// The sum in words: `480 found = 320 to train on + …`.
  public var description: String {
    "\(found) found = \(train) to train on + \(validation) to validate + \(test) to test"
      + " + \(leftOut) left out + \(ignored) ignored"
  }
}
