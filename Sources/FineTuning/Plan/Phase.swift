import ImagePipeline
import NeuralNetworks

/// One part of a training plan: what learns, for how long and how fast.
public struct Phase: Codable, Hashable, Sendable {
  /// Which part of the network learns. The head, one new dense layer or two, always does.
  public enum Scope: Hashable, Sendable {
    /// The head alone.
    case head
    /// The head and this many of the last stages of the base.
    case lastStages(Int)
    /// The head and everything from the block or stage of this name on (`Network.blocks`).
    case from(String)
    /// The whole network.
    case all
    /// The phase is repeated: with the last stage, with the last two, … with everything. A plan is
    /// expanded into these phases once its network is known (`FineTuningPlan.expanded`).
    case gradual
  }

  /// How the parameters are found.
  public enum Method: String, Codable, Hashable, Sendable, CaseIterable {
    /// The head alone, solved to convergence on cached features (`HeadSolver`).
    case solve
    /// Steps along the gradient, by the phase's optimizer.
    case sgd
  }

  /// Which weights a phase of steps leaves behind.
  public enum Keep: String, Codable, Hashable, Sendable, CaseIterable {
    /// Those of the epoch that does best on the validation photos, or what the phase began with: by
    /// accuracy, then by log loss.
    case best
    /// Those that the schedule ends with, or a mean of them and what the phase began with, where they
    /// lower the validation photos' log loss by more than its standard error; else what it began with
    /// (`Evidence`).
    case end
  }

  /// Which photos a phase of steps learns from.
  public enum Material: String, Codable, Hashable, Sendable, CaseIterable {
    /// Those to train on.
    case training
    /// Those to validate on as well, where they were split off by this program. The phase goes on from
    /// what is kept and is kept itself; where that is a solved head, it is solved anew. What was said of
    /// the validation photos before is what is reported. Where they were given, the phase is left out.
    case all
  }

  /// What the phase is called in plans, events and messages.
  public var name: String
  /// Which part of the network learns.
  public var scope: Scope
  /// Whether the head is solved, or parameters take steps.
  public var method: Method
  /// At most this many passes over the training photos.
  public var epochs = 1
  /// Passes are added until the phase has so many updates, for folders of few photos; `nil` adds none.
  public var minimumSteps: Int?
  /// Photos in a batch.
  public var batchSize = 32
  /// How many batches make an update: their gradients are averaged.
  public var accumulation = 1
  /// How parameters follow their gradients.
  public var optimizer = OptimizerRule.sgd()
  /// The peak rate of the head.
  public var learningRate = 0.01
  /// How the rate changes behind the warm-up.
  public var schedule = RateSchedule.cosine
  /// Each stage of the base learns this many times slower than the one after it (2.6 in Howard and
  /// Ruder 2018).
  public var stageDecay = 2.6
  /// The share of all updates in which the rate rises, `0...1`.
  public var warmUp = 0.1
  /// The decay of kernels; biases and norms are never decayed.
  public var weightDecay = 0.0
  /// The share of the probability that the target spreads over all classes, `0..<1`.
  public var labelSmoothing = 0.0
  /// The largest norm of the gradient over all parameters; larger ones are scaled down to it.
  /// `nil` leaves them as they are.
  public var clip: Double?
  /// What batch norms of the part that learns do with their statistics.
  public var batchNorm = BatchNormMode.frozen
  /// How training photos vary from epoch to epoch.
  public var augmentation = Augmentation.none
  /// Which weights are left behind.
  public var keep = Keep.best
  /// Which photos it learns from.
  public var photos = Material.training
  /// Ends the phase after this many epochs without a better candidate; `nil` never does.
  public var earlyStop: Int?
  /// The decay of the weights' running average, which is then what is validated and kept
  /// (`ExponentialMovingAverage`); `nil` keeps the weights themselves.
  public var ema: Double?
  /// What is done about classes of different size.
  public var balance = ClassBalance.none
  /// For method `solve`: how many augmented views of each photo the head is solved on, beside the
  /// plain one.
  public var views = 0

  /// A phase with usual settings for all that is not named.
  public init(_ name: String, _ scope: Scope, _ method: Method) {
    self.name = name
    self.scope = scope
    self.method = method
  }
}

extension Phase.Scope: Codable, CustomStringConvertible {
  /// `head`, `last 1`, `last 2`, …, `from <block>`, `all` or `gradual`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let scope = Self(text) else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription:
          "'\(text)' is no scope; expected 'head', 'last 1', 'last 2', …, 'from <block>', 'all' or 'gradual'"
      )
    }
    self = scope
  }

  /// Writes the scope's `description`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  private init?(_ text: String) {
    switch text {
    case "head": self = .head
    case "all": self = .all
    case "gradual": self = .gradual
    default:
      let words = text.split(separator: " ")
      guard words.count == 2 else { return nil }
      switch words[0] {
      case "last":
        guard let count = Int(words[1]), count > 0 else { return nil }
        self = .lastStages(count)
      case "from": self = .from(String(words[1]))
      default: return nil
      }
    }
  }

  /// `head`, `last 2`, `from conv5_block1`, `all` or `gradual`, as in a plan's JSON.
  public var description: String {
    switch self {
    case .head: "head"
    case .lastStages(let count): "last \(count)"
    case .from(let name): "from \(name)"
    case .all: "all"
    case .gradual: "gradual"
    }
  }
}
