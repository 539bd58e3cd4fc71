import Files
import ImagePipeline

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

  /// What `init(name:)` understands.
  package static var names: [String] { defaults.map(\.name) }

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
  package var customaryRateFactor: Double {
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

extension OptimizerRule: NamedRule {
  static let noun = "optimizer"

  /// The range of a momentum is that of a phase's setting.
  private struct SGD: Adjustable {
    var momentum: Double
    var nesterov: Bool

    static let settings: [Setting<SGD>] = [
      Setting("momentum", \.momentum),
      Setting("nesterov", \.nesterov),
    ]
  }

  private struct AdamW: Adjustable {
    var beta1: Double
    var beta2: Double
    var epsilon: Double

    static let settings: [Setting<AdamW>] = [
      Setting("beta1", \.beta1, .within(0..<1)),
      Setting("beta2", \.beta2, .within(0..<1)),
      Setting("epsilon", \.epsilon, .moreThan(0)),
    ]
  }

  private struct LARS: Adjustable {
    var momentum: Double
    var trust: Double

    static let settings: [Setting<LARS>] = [
      Setting("momentum", \.momentum),
      Setting("trust", \.trust, .moreThan(0)),
    ]
  }

  var numbers: (any Adjustable)? {
    switch self {
    case .sgd(let momentum, let nesterov): SGD(momentum: momentum, nesterov: nesterov)
    case .adamW(let beta1, let beta2, let epsilon):
      AdamW(beta1: beta1, beta2: beta2, epsilon: epsilon)
    case .lars(let momentum, let trust): LARS(momentum: momentum, trust: trust)
    }
  }

  mutating func readNumbers(from decoder: any Decoder) throws {
    switch self {
    case .sgd(let momentum, let nesterov):
      let read = try SGD(momentum: momentum, nesterov: nesterov).reading(decoder)
      self = .sgd(momentum: read.momentum, nesterov: read.nesterov)
    case .adamW(let beta1, let beta2, let epsilon):
      let read = try AdamW(beta1: beta1, beta2: beta2, epsilon: epsilon).reading(decoder)
      self = .adamW(beta1: read.beta1, beta2: read.beta2, epsilon: read.epsilon)
    case .lars(let momentum, let trust):
      let read = try LARS(momentum: momentum, trust: trust).reading(decoder)
      self = .lars(momentum: read.momentum, trust: read.trust)
    }
  }

  /// Reads a rule's name, or an object of its name and settings.
  public init(from decoder: any Decoder) throws { self = try Self.read(from: decoder) }

  /// Writes an object of the rule's name and settings.
  public func encode(to encoder: any Encoder) throws { try write(to: encoder) }
}
