import Files
import Foundation

/// What happens during training, in order: the source of progress bars, `events.jsonl`,
/// `--progress json` (one JSON object a line) and TensorBoard; see `EventSink`.
///
/// Two runs of one seed have the same events apart from `seconds` and `imagesPerSecond`.
public enum TrainingEvent: Hashable, Sendable {
  /// What is going to happen: the first event.
  case plan(PlanDescription)
  /// A phase begins.
  case phase(PhaseStart)
  /// Photos go through the frozen base.
  case features(FeatureProgress)
  /// The head has been solved.
  case head(HeadReport)
  /// A step has been taken.
  case step(Step)
  /// An epoch has ended and was validated.
  case epoch(Epoch)
  /// How the gradients of a step are distributed, where that was asked for.
  case gradients(Gradients)
  /// The first training photos of a phase as the network sees them.
  case views(Views)
  /// What would be lost by an interruption has been written.
  case checkpoint(Checkpoint)
  /// Something that a reader should know, in a sentence.
  case note(Note)
  /// Training is over.
  case done(Done)

  public struct PhaseStart: Codable, Hashable, Sendable {
    /// From 0.
    public var phase: Int
    public var phases: Int
    public var name: String
    public var method: Phase.Method
    public var epochs: Int
    /// Steps of one epoch; 0 when the head is solved.
    public var stepsPerEpoch: Int
    /// Single weights that learn.
    public var parameters: Int

    package init(
      phase: Int, phases: Int, name: String, method: Phase.Method, epochs: Int, stepsPerEpoch: Int,
      parameters: Int
    ) {
      self.phase = phase
      self.phases = phases
      self.name = name
      self.method = method
      self.epochs = epochs
      self.stepsPerEpoch = stepsPerEpoch
      self.parameters = parameters
    }
  }

  public struct FeatureProgress: Codable, Hashable, Sendable {
    /// Photos done and to do, those found in the cache included.
    public var images: Int
    public var total: Int
    /// Photos whose features were found in the cache.
    public var cached: Int
    public var seconds: Double
    public var imagesPerSecond: Double

    package init(
      images: Int, total: Int, cached: Int, seconds: Double, imagesPerSecond: Double
    ) {
      self.images = images
      self.total = total
      self.cached = cached
      self.seconds = seconds
      self.imagesPerSecond = imagesPerSecond
    }
  }

  public struct HeadReport: Codable, Hashable, Sendable {
    public var penalty: Double
    public var folds: Int
    /// Of the cross-validation, for the chosen penalty; `nil` when the default was taken.
    public var crossValidatedLogLoss: Double?
    public var crossValidatedAccuracy: Double?
    public var iterations: Int
    public var converged: Bool
    /// Of candidate 0 on the validation photos.
    public var validationAccuracy: Double?
    public var validationLogLoss: Double?
    public var seconds: Double

    package init(
      penalty: Double, folds: Int, crossValidatedLogLoss: Double? = nil,
      crossValidatedAccuracy: Double? = nil, iterations: Int, converged: Bool,
      validationAccuracy: Double? = nil, validationLogLoss: Double? = nil, seconds: Double
    ) {
      self.penalty = penalty
      self.folds = folds
      self.crossValidatedLogLoss = crossValidatedLogLoss
      self.crossValidatedAccuracy = crossValidatedAccuracy
      self.iterations = iterations
      self.converged = converged
      self.validationAccuracy = validationAccuracy
      self.validationLogLoss = validationLogLoss
      self.seconds = seconds
    }
  }

  public struct Step: Codable, Hashable, Sendable {
    public var phase: Int
    /// From 1.
    public var epoch: Int
    /// From 1, within the epoch.
    public var step: Int
    public var steps: Int
    public var loss: Double
    public var learningRate: Double
    public var seconds: Double
    public var imagesPerSecond: Double

    package init(
      phase: Int, epoch: Int, step: Int, steps: Int, loss: Double, learningRate: Double,
      seconds: Double, imagesPerSecond: Double
    ) {
      self.phase = phase
      self.epoch = epoch
      self.step = step
      self.steps = steps
      self.loss = loss
      self.learningRate = learningRate
      self.seconds = seconds
      self.imagesPerSecond = imagesPerSecond
    }
  }

  public struct Epoch: Codable, Hashable, Sendable {
    public var phase: Int
    /// From 1; 0 is the candidate that the phase began with.
    public var epoch: Int
    public var epochs: Int
    public var trainingLoss: Double?
    public var trainingAccuracy: Double?
    public var validationAccuracy: Double?
    public var validationLogLoss: Double?
    /// Whether this is the best candidate so far.
    public var isBest: Bool
    public var seconds: Double

    package init(
      phase: Int, epoch: Int, epochs: Int, trainingLoss: Double? = nil,
      trainingAccuracy: Double? = nil, validationAccuracy: Double? = nil,
      validationLogLoss: Double? = nil, isBest: Bool, seconds: Double
    ) {
      self.phase = phase
      self.epoch = epoch
      self.epochs = epochs
      self.trainingLoss = trainingLoss
      self.trainingAccuracy = trainingAccuracy
      self.validationAccuracy = validationAccuracy
      self.validationLogLoss = validationLogLoss
      self.isBest = isBest
      self.seconds = seconds
    }
  }

  public struct Checkpoint: Codable, Hashable, Sendable {
    public var phase: Int
    public var epoch: Int
    /// The file with the weights, in the run's folder.
    public var path: String

    package init(
      phase: Int, epoch: Int, path: String
    ) {
      self.phase = phase
      self.epoch = epoch
      self.path = path
    }
  }

  public struct Note: Codable, Hashable, Sendable {
    public enum Kind: String, Codable, Hashable, Sendable {
      case cache, data, diverged, earlyStop, selection, head, interrupted, ranks, resumed
      case diagnosis
    }
    public var kind: Kind
    public var sentence: Sentence

    /// The sentence in the words of the libraries.
    public var message: String { sentence.description }

    package init(kind: Kind, sentence: Sentence) {
      self.kind = kind
      self.sentence = sentence
    }

    package init(kind: Kind, message: String) { self.init(kind: kind, sentence: Sentence(message)) }

    private enum CodingKeys: CodingKey { case kind, message, remedies }

    public init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      self.init(
        kind: try values.decode(Kind.self, forKey: .kind),
        sentence: Sentence(
          try values.decode(String.self, forKey: .message),
          remedies: try values.decodeIfPresent([Remedy].self, forKey: .remedies) ?? []))
    }

    /// The text, and beside it what helps, where something is known.
    public func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: CodingKeys.self)
      try values.encode(kind, forKey: .kind)
      try values.encode(message, forKey: .message)
      if !sentence.remedies.isEmpty { try values.encode(sentence.remedies, forKey: .remedies) }
    }
  }

  public struct Done: Codable, Hashable, Sendable {
    /// Where the kept candidate comes from: a phase from 0 and an epoch from 1, 0 for its start.
    public var phase: Int
    public var epoch: Int
    public var validationAccuracy: Double?
    public var validationLogLoss: Double?
    public var interrupted: Bool
    public var seconds: Double

    package init(
      phase: Int, epoch: Int, validationAccuracy: Double? = nil, validationLogLoss: Double? = nil,
      interrupted: Bool, seconds: Double
    ) {
      self.phase = phase
      self.epoch = epoch
      self.validationAccuracy = validationAccuracy
      self.validationLogLoss = validationLogLoss
      self.interrupted = interrupted
      self.seconds = seconds
    }
  }
}

extension TrainingEvent: Codable {
  private enum Kind: String, Codable {
    case plan, phase, features, head, step, epoch, gradients, views, checkpoint, note, done
  }

  private enum CodingKeys: String, CodingKey { case event }

  /// An object with `event` first and the payload's own keys beside it.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    func put(_ kind: Kind, _ payload: some Encodable) throws {
      try container.encode(kind, forKey: .event)
      try payload.encode(to: encoder)
    }
    switch self {
    case .plan(let payload): try put(.plan, payload)
    case .phase(let payload): try put(.phase, payload)
    case .features(let payload): try put(.features, payload)
    case .head(let payload): try put(.head, payload)
    case .step(let payload): try put(.step, payload)
    case .epoch(let payload): try put(.epoch, payload)
    case .gradients(let payload): try put(.gradients, payload)
    case .views(let payload): try put(.views, payload)
    case .checkpoint(let payload): try put(.checkpoint, payload)
    case .note(let payload): try put(.note, payload)
    case .done(let payload): try put(.done, payload)
    }
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    switch try container.decode(Kind.self, forKey: .event) {
    case .plan: self = .plan(try PlanDescription(from: decoder))
    case .phase: self = .phase(try PhaseStart(from: decoder))
    case .features: self = .features(try FeatureProgress(from: decoder))
    case .head: self = .head(try HeadReport(from: decoder))
    case .step: self = .step(try Step(from: decoder))
    case .epoch: self = .epoch(try Epoch(from: decoder))
    case .gradients: self = .gradients(try Gradients(from: decoder))
    case .views: self = .views(try Views(from: decoder))
    case .checkpoint: self = .checkpoint(try Checkpoint(from: decoder))
    case .note: self = .note(try Note(from: decoder))
    case .done: self = .done(try Done(from: decoder))
    }
  }

  /// Reads what `jsonLine` gives.
  /// - Throws: `DecodingError`.
  package init(jsonLine: some Sequence<UInt8>) throws {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    self = try decoder.decode(Self.self, from: Data(jsonLine))
  }

  /// One line of JSON without the line's end, keys in alphabetical order, numbers that JSON lacks
  /// left out as text.
  public var jsonLine: String {
    let encoder = CanonicalJSON.encoder
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let data = try? encoder.encode(self) else { return "{}" }
    return String(decoding: data, as: UTF8.self)
  }
}
