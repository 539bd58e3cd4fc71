import Foundation
import ImagePipeline
import NeuralNetworks
import TensorKernels

/// A plan applied to a network and photos: what is printed before the first step.
public struct PlanDescription: Codable, Hashable, Sendable {
  /// A stage that learns in a phase.
  public struct Stage: Codable, Hashable, Sendable {
    /// The stage's name in the network; with `from …` where only a part of it learns, `head` for
    /// what is added.
    public let name: String
    /// Single weights that learn.
    public let parameters: Int
    /// The peak rate.
    public let learningRate: Double?
    /// The largest |γ / √(variance + ε)| of its frozen batch norms, by which a kernel's gradient is
    /// scaled; `nil` without one.
    public fileprivate(set) var largestScale: Double?
  }

  /// One phase, with everything that depends on network and photos worked out.
  public struct Part: Codable, Hashable, Sendable {
    /// The phase's name.
    public let name: String
    /// Whether the head is solved, or parameters take steps.
    public let method: Phase.Method
    /// The stages that learn, in the network's order.
    public fileprivate(set) var stages: [Stage]
    /// At most so many passes over the training photos.
    public let epochs: Int
    /// Photos in a batch.
    public let batchSize: Int
    /// Batches to an update of the weights.
    public let accumulation: Int
    /// Updates of the weights.
    public let steps: Int
    /// `nil` for a head that is solved.
    public let optimizer: OptimizerRule?
    /// How the rate changes; `nil` for a head that is solved.
    public let schedule: RateSchedule?
    /// The share of the updates in which the rate rises, `0...1`.
    public let warmUp: Double
    /// The decay of the weights' moving average, which is what is validated; `nil` without one.
    public let ema: Double?
    /// Which weights the phase leaves behind; `nil` for a head that is solved.
    public let keep: Phase.Keep?
    /// Which photos it learns from; `nil` for a head that is solved.
    public let photos: Phase.Material?
    /// How unequal sizes of classes are evened out.
    public let balance: ClassBalance
    /// Augmented views of each photo that a head is solved on.
    public let views: Int
    /// What batch norms of the part that learns do with their statistics.
    public let batchNorm: BatchNormMode
    /// How training photos vary from epoch to epoch.
    public let augmentation: Augmentation
    /// From a measured step; `nil` when none was measured.
    public let seconds: Double?
    /// Bytes of weights, gradients, activations and kept feature maps; `nil` when none were measured.
    public let memory: Int?

    /// Single weights that learn.
    public var parameters: Int { stages.reduce(0) { $0 + $1.parameters } }
  }

  /// A class and its photos.
  public struct Class: Codable, Hashable, Sendable {
    /// The class's name.
    public let name: String
    /// Photos to train on.
    public let training: Int
    /// Photos to validate on.
    public let validation: Int

    package init(
      name: String, training: Int, validation: Int
    ) {
      self.name = name
      self.training = training
      self.validation = validation
    }
  }

  /// The photos of all classes.
  public struct PhotoCounts: Codable, Hashable, Sendable {
    /// Photos to train on.
    public let training: Int
    /// Photos to validate on.
    public let validation: Int

    package init(training: Int, validation: Int) {
      self.training = training
      self.validation = validation
    }
  }

  /// The plan's name.
  public let name: String
  /// What the head has beside its layer of logits.
  public let headLayers: HeadLayers?
  /// A part for each phase, in order; `gradual` is written out as the phases that it stands for.
  public private(set) var parts: [Part]
  /// The classes, in the order of the label map.
  public let classes: [Class]
  /// The photos where they are not the sum of the classes', as of photos that may have several; else `nil`.
  public let photos: PhotoCounts?
  /// Single weights of base and head, moving statistics included.
  public let parameters: Int

  /// - Parameters:
  ///   - network: the base with its head.
  ///   - tensors: its weights by name, for the scale of folded batch norms.
  ///   - photos: how many there are, where that is not the sum of the classes'.
  ///   - seconds: the estimated time of each phase, where one was measured.
  ///   - memory: the bytes that each phase takes, where they were measured.
  /// - Throws: `PlanError` when the plan does not fit the network.
  package init(
    _ plan: FineTuningPlan, network: Network, tensors: [String: Tensor], classes: [Class],
    photos: PhotoCounts? = nil, seconds: [Double?] = [], memory: [Int?] = []
  ) throws(PlanError) {
    name = plan.name
    headLayers = plan.headLayers
    self.classes = classes
    self.photos = photos
    parameters = network.parameterCount
    let counts = photos ?? PhotoCounts(of: classes)
    let (training, all) = (counts.training, counts.training + counts.validation)
    var parts: [Part] = []
    for (index, phase) in plan.phases.enumerated() {
      let trainable = try TrainableStages(phase, of: network)
      let stages = trainable.stages.map { stage in
        let nodes = network.nodes[stage.nodes]
        let learned = nodes.filter { !$0.sharesWeights }.flatMap(\.parameters)
          .filter(\.role.isLearned)
        return Stage(
          name: stage.name,
          parameters: learned.reduce(0) { $0 + $1.shape.count },
          learningRate: phase.method == .solve ? nil : phase.learningRate * stage.rateFactor,
          largestScale: phase.batchNorm == .frozen
            ? nodes.compactMap { $0.largestScale(tensors) }.max() : nil)
      }
      let isSolved = phase.method == .solve
      let photos =
        switch phase.photos {
        case .training: training
        case .all: all
        // To a photo or two, as classes and groups let themselves be divided.
        case .fold(_, let count): all - all / count
        }
      let photosPerStep = phase.batchSize * phase.accumulation
      parts.append(
        Part(
          name: phase.name, method: phase.method, stages: stages,
          epochs: isSolved ? 1 : phase.epochs, batchSize: phase.batchSize,
          accumulation: phase.accumulation,
          steps: isSolved ? 0 : phase.epochs * ((photos + photosPerStep - 1) / photosPerStep),
          optimizer: isSolved ? nil : phase.optimizer, schedule: isSolved ? nil : phase.schedule,
          warmUp: phase.warmUp, ema: phase.ema, keep: isSolved ? nil : phase.keep,
          photos: isSolved ? nil : phase.photos, balance: phase.balance, views: phase.views,
          batchNorm: phase.batchNorm, augmentation: phase.augmentation,
          seconds: index < seconds.count ? seconds[index] : nil,
          memory: index < memory.count ? memory[index] : nil))
    }
    self.parts = parts
  }

  /// How many photos there are to train on and to validate.
  var photoCounts: PhotoCounts { photos ?? PhotoCounts(of: classes) }

  /// The estimated time of all phases; `nil` unless each was measured.
  public var seconds: Double? {
    let known = parts.compactMap(\.seconds)
    return known.count == parts.count ? known.reduce(0, +) : nil
  }
}

extension PlanDescription.PhotoCounts {
  /// Of classes each photo has one of.
  fileprivate init(of classes: [PlanDescription.Class]) {
    training = classes.reduce(0) { $0 + $1.training }
    validation = classes.reduce(0) { $0 + $1.validation }
  }
}

extension PlanDescription {
  /// The same without the scales of batch norms, which only the base's own weights can tell.
  package var withoutScales: PlanDescription {
    var plain = self
    for part in plain.parts.indices {
      for stage in plain.parts[part].stages.indices {
        plain.parts[part].stages[stage].largestScale = nil
      }
    }
    return plain
  }
}

extension Network.Node {
  /// The largest |γ / √(variance + ε)| of a batch norm; `nil` for any other layer.
  func largestScale(_ tensors: [String: Tensor]) -> Double? {
    guard let norm = layer as? BatchNormalization,
      let gamma = tensors["\(name)/gamma"], let variance = tensors["\(name)/moving_variance"]
    else { return nil }
    var largest = 0.0
    for (gamma, variance) in zip(gamma.values, variance.values) {
      largest = max(largest, Double(abs(gamma)) / Double(variance + norm.epsilon).squareRoot())
    }
    return largest
  }
}
