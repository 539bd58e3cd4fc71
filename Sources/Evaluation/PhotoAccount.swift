/// What became of every path that was found where a run has its photos.
public struct PhotoAccount: Codable, Hashable, Sendable {
  /// The sum of the others.
  public var found: Int
  public var train: Int
  public var validation: Int
  public var test: Int
  /// Images that cannot be used.
  public var leftOut: Int
  /// No images, or hidden.
  public var ignored: Int

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
  public var description: String {
    "\(found) found = \(train) to train on + \(validation) to validate + \(test) to test"
      + " + \(leftOut) left out + \(ignored) ignored"
  }
}
