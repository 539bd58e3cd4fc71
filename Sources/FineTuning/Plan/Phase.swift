import ImagePipeline
import NeuralNetworks

/// One part of a training plan: what learns, for how long and how fast.
public struct Phase: Hashable, Sendable {
  /// Which part of the network learns. The head, a new dense layer, always does.
  public enum Scope: Hashable, Sendable {
    case head
    /// The head and this many of the last stages of the base.
    case lastStages(Int)
    case all
  }

  /// How the parameters are found.
  public enum Method: String, Codable, Hashable, Sendable, CaseIterable {
    /// The head alone, solved to convergence on cached features (`HeadSolver`).
    case solve
    /// Stochastic gradient descent with momentum.
    case sgd
  }

  /// What the phase is called in plans, events and messages.
  public var name: String
  public var scope: Scope
  public var method: Method
  /// At most this many passes over the training photos.
  public var epochs = 1
  /// Photos in a step.
  public var batchSize = 32
  /// The peak rate of the head. It rises linearly to it, then falls to 0 along a cosine.
  public var learningRate = 0.01
  /// Each stage of the base learns this many times slower than the one after it (2.6 in Howard and
  /// Ruder 2018).
  public var stageDecay = 2.6
  /// The share of all steps in which the rate rises, `0...1`.
  public var warmUp = 0.1
  public var momentum = 0.9
  public var nesterov = true
  /// The L2 penalty of kernels; biases and norms are never decayed.
  public var weightDecay = 0.0
  /// The share of the probability that the target spreads over all classes, `0..<1`.
  public var labelSmoothing = 0.0
  /// The largest norm of the gradient over all parameters; larger ones are scaled down to it.
  /// `nil` leaves them as they are.
  public var clip: Double?
  public var batchNorm = BatchNormMode.frozen
  /// How training photos vary from epoch to epoch.
  public var augmentation = Augmentation.none
  /// Ends the phase after this many epochs without a better candidate; `nil` never does.
  public var earlyStop: Int?

  public init(_ name: String, _ scope: Scope, _ method: Method) {
    self.name = name
    self.scope = scope
    self.method = method
  }
}

extension Phase.Scope: Codable, CustomStringConvertible {
  /// `head`, `last 1`, `last 2`, … or `all`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let scope = Self(text) else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription: "'\(text)' is no scope; expected 'head', 'last 1', 'last 2', … or 'all'")
    }
    self = scope
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  private init?(_ text: String) {
    switch text {
    case "head": self = .head
    case "all": self = .all
    default:
      let words = text.split(separator: " ")
      guard words.count == 2, words[0] == "last", let count = Int(words[1]), count > 0 else {
        return nil
      }
      self = .lastStages(count)
    }
  }

  public var description: String {
    switch self {
    case .head: "head"
    case .lastStages(let count): "last \(count)"
    case .all: "all"
    }
  }
}

extension Phase: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case name, scope, method, epochs, batchSize, learningRate, stageDecay, warmUp, momentum
    case nesterov, weightDecay, labelSmoothing, clip, batchNorm, augmentation, earlyStop
  }

  /// A plan written by hand may leave out whatever has a default, but not misspell it.
  public init(from decoder: any Decoder) throws {
    try decoder.refuseKeys(otherThan: CodingKeys.allCases.map(\.stringValue))
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      try values.decode(String.self, forKey: .name),
      try values.decode(Scope.self, forKey: .scope),
      try values.decode(Method.self, forKey: .method))
    func read<Value: Decodable>(_ key: CodingKeys, _ value: inout Value) throws {
      value = try values.decodeIfPresent(Value.self, forKey: key) ?? value
    }
    try read(.epochs, &epochs)
    try read(.batchSize, &batchSize)
    try read(.learningRate, &learningRate)
    try read(.stageDecay, &stageDecay)
    try read(.warmUp, &warmUp)
    try read(.momentum, &momentum)
    try read(.nesterov, &nesterov)
    try read(.weightDecay, &weightDecay)
    try read(.labelSmoothing, &labelSmoothing)
    try read(.batchNorm, &batchNorm)
    try read(.augmentation, &augmentation)
    clip = try values.decodeIfPresent(Double.self, forKey: .clip)
    earlyStop = try values.decodeIfPresent(Int.self, forKey: .earlyStop)
  }
}

/// A key of whatever name.
private struct AnyKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

extension Decoder {
  /// Fails when the object has a key that is not among `known`.
  func refuseKeys(otherThan known: [String]) throws {
    let container = try container(keyedBy: AnyKey.self)
    for key in container.allKeys where !known.contains(key.stringValue) {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: container,
        debugDescription:
          "'\(key.stringValue)' is not a setting; expected one of \(known.joined(separator: ", "))")
    }
  }
}
