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
    /// lower the validation photos' calibrated log loss in spite of its noise; else what it began with
    /// (`Evidence`).
    case end
  }

  /// Which photos a phase learns from, and which then judge what it has learnt.
  public enum Material: Hashable, Sendable {
    /// Those to train on; those to validate on judge.
    case training
    /// All but those of one fold, `1...of`, which judge. The photos to train on and those to validate on
    /// are divided into folds together, where this program set the latter apart. A head that is solved
    /// on a fold begins anew with the base as it was.
    case fold(Int, of: Int)
    /// Those to validate on as well, where they were split off by this program; nothing judges. The
    /// phase does once more what was found to be better: a head that was solved is solved on all photos,
    /// and goes through the schedule from there unless that was found to be no better; without a solved
    /// head the phase goes on from what is kept. What was said of photos before they trained is what is
    /// reported. Where photos to validate on were given, the phase is left out.
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
  /// The rate is for a base whose kernels sum up to so many products; of a base with wider kernels it is
  /// lower by the root of the ratio, because a step of each weight adds up over all of them. `nil`: the rate
  /// is for this base.
  public var rateWidth: Int?
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
  /// Which photos it learns from, and which judge it.
  public var photos = Material.training
  /// Ends the phase after this many epochs without a better candidate; `nil` never does.
  public var earlyStop: Int?
  /// The decay of the weights' running average, which is then what is validated and kept
  /// (`ExponentialMovingAverage`); `nil` keeps the weights themselves.
  public var ema: Double?
  /// What is done about classes of different size.
  public var balance = ClassBalance.none
  /// For method `solve`: how many augmented views of each photo the head is solved on, beside the
  /// plain one. For method `sgd`: how many augmented views of each photo there are, each computed once
  /// as far as the frozen part goes and used in turns, an epoch each; 0 for new ones in every epoch.
  public var views = 0

  /// A phase with usual settings for all that is not named.
  public init(_ name: String, _ scope: Scope, _ method: Method) {
    self.name = name
    self.scope = scope
    self.method = method
  }
}

extension Phase.Material: Codable, CustomStringConvertible {
  /// `training`, `fold 1 of 5`, … or `all`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let material = Self(text) else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription:
          "'\(text)' names no photos; expected 'training', 'fold 1 of 5', … or 'all'")
    }
    self = material
  }

  /// Writes the `description`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  private init?(_ text: String) {
    let words = text.split(separator: " ")
    switch words.first {
    case "training" where words.count == 1: self = .training
    case "all" where words.count == 1: self = .all
    case "fold" where words.count == 4 && words[2] == "of":
      guard let number = Int(words[1]), let count = Int(words[3]), count >= 2, 1...count ~= number
      else { return nil }
      self = .fold(number, of: count)
    default: return nil
    }
  }

  /// `training`, `fold 2 of 5` or `all`, as in a plan's JSON.
  public var description: String {
    switch self {
    case .training: "training"
    case .fold(let number, let count): "fold \(number) of \(count)"
    case .all: "all"
    }
  }

  /// Whether photos that it leaves out judge what is learnt.
  var isJudged: Bool { self != .all }

  /// The number of folds; `nil` where the photos are not divided into any.
  var folds: Int? {
    if case .fold(_, let count) = self { count } else { nil }
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
