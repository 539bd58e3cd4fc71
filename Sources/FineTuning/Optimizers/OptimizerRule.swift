import Files

/// How a parameter follows its gradient. All rules decay kernels only, never biases and norms.
public enum OptimizerRule: Hashable, Sendable {
  /// Stochastic gradient descent with momentum (Sutskever et al. 2013), in the form where the rate
  /// multiplies the velocity: a change of rate acts at once.
  ///
  /// ```
  /// g ← g + decay · w      v ← momentum · v + g
  /// w ← w − rate · (nesterov ? g + momentum · v : v)
  /// ```
  case sgd(momentum: Double = 0.9, nesterov: Bool = true)

  /// Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2).
  ///
  /// ```
  /// w ← w − rate · decay · w
  /// m ← β₁ m + (1 − β₁) g      v ← β₂ v + (1 − β₂) g²
  /// w ← w − rate · m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε)
  /// ```
  /// Each parameter counts its own steps t, so one that is unfrozen late starts with corrected means.
  case adamW(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8)

  /// Layer-wise adaptive rates for large batches (You, Gitman and Ginsburg 2017, algorithm 1).
  ///
  /// ```
  /// λ ← trust · ‖w‖ / (‖g‖ + decay · ‖w‖)
  /// v ← momentum · v + rate · λ · (g + decay · w)      w ← w − v
  /// ```
  /// λ is 1 where ‖w‖ or ‖g‖ is 0, and for biases and norms, whose norms say nothing about a layer.
  case lars(momentum: Double = 0.9, trust: Double = 0.001)

  /// The rules with their defaults.
  public static let defaults: [OptimizerRule] = [.sgd(), .adamW(), .lars()]

  /// The rule of this name with its defaults.
  public init?(name: String) {
    guard let rule = Self.defaults.first(where: { $0.name == name }) else { return nil }
    self = rule
  }

  /// `sgd`, `adamw` or `lars`, as on the command line.
  public var name: String {
    switch self {
    case .sgd: "sgd"
    case .adamW: "adamw"
    case .lars: "lars"
    }
  }

  /// The momentum of rules that have one; setting it does nothing for AdamW.
  public var momentum: Double? {
    get {
      switch self {
      case .sgd(let momentum, _), .lars(let momentum, _): momentum
      case .adamW: nil
      }
    }
    set {
      guard let momentum = newValue else { return }
      switch self {
      case .sgd(_, let nesterov): self = .sgd(momentum: momentum, nesterov: nesterov)
      case .lars(_, let trust): self = .lars(momentum: momentum, trust: trust)
      case .adamW: break
      }
    }
  }

  /// What a rate that suits SGD is multiplied by to suit this rule.
  ///
  /// A step of AdamW is about as long as its rate in every element, one of LARS about `trust` times
  /// its rate of the layer's norm. Measured where a last stage is tuned behind a solved head.
  public var customaryRateFactor: Double {
    switch self {
    case .sgd: 1
    case .adamW: 0.03
    case .lars: 30
    }
  }

  /// What it keeps for each parameter between steps.
  enum Slot: String, CaseIterable {
    case velocity, mean, square
    /// The number of steps taken, a single value.
    case steps
  }

  var slots: [Slot] {
    switch self {
    case .sgd, .lars: [.velocity]
    case .adamW: [.mean, .square, .steps]
    }
  }
}

extension OptimizerRule: Codable {
  private enum CodingKeys: String, CodingKey {
    case name, momentum, nesterov, beta1, beta2, epsilon, trust
  }

  /// A name, for the rule with its defaults, or an object with its `name` and whatever differs.
  public init(from decoder: any Decoder) throws {
    let names = Self.defaults.map { "'\($0.name)'" }.joined(separator: ", ")
    func named(_ name: String, _ container: some SingleValueDecodingContainer) throws -> Self {
      guard let rule = Self(name: name) else {
        throw DecodingError.dataCorruptedError(
          in: container,
          debugDescription: "'\(name)' is no optimizer; expected one of \(names)")
      }
      return rule
    }
    let single = try decoder.singleValueContainer()
    if let name = try? single.decode(String.self) {
      self = try named(name, single)
      return
    }
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func value<Value: Decodable>(_ key: CodingKeys, _ standard: Value) throws -> Value {
      try values.decodeIfPresent(Value.self, forKey: key) ?? standard
    }
    switch try named(try values.decode(String.self, forKey: .name), single) {
    case .sgd(let momentum, let nesterov):
      try decoder.refuseKeys(otherThan: ["name", "momentum", "nesterov"])
      self = .sgd(
        momentum: try value(.momentum, momentum), nesterov: try value(.nesterov, nesterov))
    case .adamW(let beta1, let beta2, let epsilon):
      try decoder.refuseKeys(otherThan: ["name", "beta1", "beta2", "epsilon"])
      self = .adamW(
        beta1: try value(.beta1, beta1), beta2: try value(.beta2, beta2),
        epsilon: try value(.epsilon, epsilon))
    case .lars(let momentum, let trust):
      try decoder.refuseKeys(otherThan: ["name", "momentum", "trust"])
      self = .lars(momentum: try value(.momentum, momentum), trust: try value(.trust, trust))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(name, forKey: .name)
    switch self {
    case .sgd(let momentum, let nesterov):
      try values.encode(momentum, forKey: .momentum)
      try values.encode(nesterov, forKey: .nesterov)
    case .adamW(let beta1, let beta2, let epsilon):
      try values.encode(beta1, forKey: .beta1)
      try values.encode(beta2, forKey: .beta2)
      try values.encode(epsilon, forKey: .epsilon)
    case .lars(let momentum, let trust):
      try values.encode(momentum, forKey: .momentum)
      try values.encode(trust, forKey: .trust)
    }
  }
}
