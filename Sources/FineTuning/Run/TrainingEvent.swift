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

  /// A phase that begins, and how long it may take.
  public struct PhaseStart: Codable, Hashable, Sendable {
    /// From 0.
    public var phase: Int
    /// Phases of the whole plan.
    public var phases: Int
    /// The phase's name.
    public var name: String
    /// Whether the head is solved, or parameters take steps.
    public var method: Phase.Method
    /// At most so many passes over the training photos.
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

  /// How far the computing of features is.
  public struct FeatureProgress: Codable, Hashable, Sendable {
    /// Photos done and to do, those found in the cache included.
    public var images: Int
    /// Photos in all; of several augmented views each view counts.
    public var total: Int
    /// Photos whose features were found in the cache.
    public var cached: Int
    /// Since the computing began.
    public var seconds: Double
    /// Of those that were computed, not found.
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

  /// How a head was solved.
  public struct HeadReport: Codable, Hashable, Sendable {
    /// The L2 penalty α that was chosen, for features scaled to a mean squared norm of 1.
    public var penalty: Double
    /// Rounds of the cross-validation, fewer where they would have taken long; 0 where there were too few photos for one.
    public var folds: Int
    /// Of the cross-validation, for the chosen penalty; `nil` when the default was taken.
    public var crossValidatedLogLoss: Double?
    /// The share of photos that were classified rightly when held out; `nil` when the default was
    /// taken.
    public var crossValidatedAccuracy: Double?
    /// Iterations of L-BFGS for the final head.
    public var iterations: Int
    /// Whether the gradient became as small as was wanted, rather than the iterations running out.
    public var converged: Bool
    /// Of candidate 0 on the validation photos.
    public var validationAccuracy: Double?
    /// The mean of −ln(probability of the true class) on the validation photos.
    public var validationLogLoss: Double?
    /// From the features to the solved head.
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

  /// A step that has been taken.
  public struct Step: Codable, Hashable, Sendable {
    /// The phase, from 0.
    public var phase: Int
    /// From 1.
    public var epoch: Int
    /// From 1, within the epoch.
    public var step: Int
    /// Steps of the epoch.
    public var steps: Int
    /// The mean loss over the step's photos, with smoothing, weights and mixed labels as the phase
    /// has them.
    public var loss: Double
    /// The rate of the head in this step; stages of the base learn more slowly, by
    /// `Phase.stageDecay`.
    public var learningRate: Double
    /// Since the phase began.
    public var seconds: Double
    /// Over the epoch so far.
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

  /// An epoch that has ended.
  public struct Epoch: Codable, Hashable, Sendable {
    /// The phase, from 0.
    public var phase: Int
    /// From 1; 0 is the candidate that the phase began with.
    public var epoch: Int
    /// Epochs that the phase has at most.
    public var epochs: Int
    /// The mean of the steps' losses; `nil` for the candidate that the phase began with.
    public var trainingLoss: Double?
    /// The share of training views that were classified rightly while training; `nil` as above.
    public var trainingAccuracy: Double?
    /// The share of validation photos that are classified rightly; `nil` without any.
    public var validationAccuracy: Double?
    /// The mean of −ln(probability of the true class) on the validation photos; `nil` without any.
    public var validationLogLoss: Double?
    /// Whether this is the best candidate so far.
    public var isBest: Bool
    /// Of the epoch, validation included.
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

  /// A checkpoint that has been written: with it a resumed training comes to the same bytes.
  public struct Checkpoint: Codable, Hashable, Sendable {
    /// The phase, from 0.
    public var phase: Int
    /// From 1.
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

  /// Something that a reader should know.
  public struct Note: Codable, Hashable, Sendable {
    /// What a note is about.
    public enum Kind: String, Codable, Hashable, Sendable {
      /// That features could not be kept for a next time.
      case cache
      /// Photos that could not be read any more, and other things of the data.
      case data
      /// That the loss became infinite or no number, and what is done about it.
      case diverged
      /// That a phase ended because nothing got better.
      case earlyStop
      /// Which photos the final head learned from, and which its validation figures are of.
      case selection
      /// How the head was solved.
      case head
      /// That the training was ended before its time.
      case interrupted
      /// What training on several machines costs, and where these differ.
      case ranks
      /// From where a training goes on.
      case resumed
      /// What the course of the losses tells, and what helps.
      case diagnosis
    }
    /// What it is about.
    public var kind: Kind
    /// The note itself, with what helps as values.
    public var sentence: Sentence

    /// The sentence in the words of the libraries.
    public var message: String { sentence.description }

    package init(kind: Kind, sentence: Sentence) {
      self.kind = kind
      self.sentence = sentence
    }

    package init(kind: Kind, message: String) { self.init(kind: kind, sentence: Sentence(message)) }

    private enum CodingKeys: CodingKey { case kind, message, remedies }

    /// Reads a kind, a message, and the remedies that are found in it.
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

  /// The end of a training, and what is kept.
  public struct Done: Codable, Hashable, Sendable {
    /// Where the kept candidate comes from: a phase from 0 and an epoch from 1, 0 for its start.
    public var phase: Int
    /// From 1; 0 for the candidate that its phase began with.
    public var epoch: Int
    /// The kept candidate's share of validation photos that are classified rightly; `nil` without
    /// any.
    public var validationAccuracy: Double?
    /// Its mean of −ln(probability of the true class); `nil` without validation photos.
    public var validationLogLoss: Double?
    /// Whether the training ended before its plan did.
    public var interrupted: Bool
    /// Of the whole training, as the last event says it.
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

  /// Reads an object whose key `event` says which of these it is; none that no training can have written.
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
    if let fault { throw decoder.corrupted(fault) }
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
