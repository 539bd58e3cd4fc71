import Foundation
import ImagePipeline
import NeuralNetworks
import TensorKernels

/// A plan applied to a network and photos: what is printed before the first step.
public struct PlanDescription: Codable, Hashable, Sendable {
  /// A stage that learns in a phase.
  public struct Stage: Codable, Hashable, Sendable {
    public let name: String
    /// Single weights that learn.
    public let parameters: Int
    /// The peak rate.
    public let learningRate: Double?
    /// The largest |γ / √(variance + ε)| of its frozen batch norms, by which a kernel's gradient is
    /// scaled; `nil` without one.
    public let largestScale: Double?
  }

  public struct Part: Codable, Hashable, Sendable {
    public let name: String
    public let method: Phase.Method
    public let stages: [Stage]
    public let epochs: Int
    public let batchSize: Int
    public let steps: Int
    public let batchNorm: BatchNormMode
    public let augmentation: Augmentation
    /// From a measured step; `nil` when none was measured.
    public let seconds: Double?

    /// Single weights that learn.
    public var parameters: Int { stages.reduce(0) { $0 + $1.parameters } }
  }

  public struct Class: Codable, Hashable, Sendable {
    public let name: String
    public let training: Int
    public let validation: Int

    public init(
      name: String, training: Int, validation: Int
    ) {
      self.name = name
      self.training = training
      self.validation = validation
    }
  }

  public let name: String
  public let parts: [Part]
  public let classes: [Class]
  /// Single weights of base and head, moving statistics included.
  public let parameters: Int

  /// - Parameters:
  ///   - network: the base with its head.
  ///   - tensors: its weights by name, for the scale of folded batch norms.
  ///   - seconds: the estimated time of each phase, where one was measured.
  /// - Throws: `PlanError` when the plan does not fit the network.
  public init(
    _ plan: FineTuningPlan, network: Network, tensors: [String: Tensor], classes: [Class],
    seconds: [Double?] = []
  ) throws(PlanError) {
    name = plan.name
    self.classes = classes
    parameters = network.parameterCount
    let photos = classes.reduce(0) { $0 + $1.training }
    var parts: [Part] = []
    for (index, phase) in plan.phases.enumerated() {
      let trainable = try TrainableStages(phase, of: network)
      let stages = trainable.stages.map { stage in
        let nodes = network.nodes[stage.nodes]
        let learned = nodes.flatMap(\.parameters).filter(\.role.isLearned)
        return Stage(
          name: stage.name,
          parameters: learned.reduce(0) { $0 + $1.shape.count },
          learningRate: phase.method == .solve ? nil : phase.learningRate * stage.rateFactor,
          largestScale: phase.batchNorm == .frozen
            ? nodes.compactMap { $0.largestScale(tensors) }.max() : nil)
      }
      let isSolved = phase.method == .solve
      parts.append(
        Part(
          name: phase.name, method: phase.method, stages: stages,
          epochs: isSolved ? 1 : phase.epochs, batchSize: phase.batchSize,
          steps: isSolved
            ? 0 : phase.epochs * ((photos + phase.batchSize - 1) / phase.batchSize),
          batchNorm: phase.batchNorm, augmentation: phase.augmentation,
          seconds: index < seconds.count ? seconds[index] : nil))
    }
    self.parts = parts
  }

  /// The estimated time of all phases; `nil` unless each was measured.
  public var seconds: Double? {
    let known = parts.compactMap(\.seconds)
    return known.count == parts.count ? known.reduce(0, +) : nil
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

extension PlanDescription: CustomStringConvertible {
  /// Some lines for a terminal.
  public var description: String {
    let training = classes.reduce(0) { $0 + $1.training }
    let validation = classes.reduce(0) { $0 + $1.validation }
    var lines = ["Plan '\(name)': \(training) photos to train on, \(validation) to validate"]
    lines += countLines
    for (index, part) in parts.enumerated() {
      var line = "  \(index + 1). \(part.name): "
      switch part.method {
      case .solve: line += "solved on features of the frozen base"
      case .sgd:
        line +=
          "\(part.epochs) epochs of \(part.steps / max(1, part.epochs)) steps, batch \(part.batchSize),"
          + " batch norm \(part.batchNorm.rawValue), augmentation \(part.augmentation.name)"
      }
      if let seconds = part.seconds { line += ", about \(Self.duration(seconds))" }
      lines.append(line)
      for stage in part.stages.reversed() where stage.parameters > 0 {
        lines.append("     " + Self.line(of: stage))
      }
      lines.append(
        "     \(part.parameters.grouped) of \(parameters.grouped) weights learn")
    }
    if let seconds, parts.count > 1 {
      lines.append("  Estimated time: \(Self.duration(seconds))")
    }
    return lines.joined(separator: "\n")
  }

  private static func line(of stage: Stage) -> String {
    var words = ["\(stage.name): \(stage.parameters.grouped) weights"]
    if let rate = stage.learningRate { words.append("rate \(rate.short)") }
    if let scale = stage.largestScale { words.append("largest |γ/σ| \(scale.short)") }
    return words.joined(separator: ", ")
  }

  /// All classes when they are few, else the extremes.
  private var countLines: [String] {
    guard classes.count > 12 else {
      let widest = classes.map(\.name.count).max() ?? 0
      return classes.map {
        "  \($0.name.padding(toLength: widest, withPad: " ", startingAt: 0))  "
          + "\($0.training) + \($0.validation)"
      }
    }
    let ordered = classes.sorted { ($0.training, $0.name) < ($1.training, $1.name) }
    guard let fewest = ordered.first, let most = ordered.last else { return [] }
    return [
      "  \(classes.count) classes, from \(fewest.training) ('\(fewest.name)')"
        + " to \(most.training) ('\(most.name)') photos"
    ]
  }

  /// `3 s`, `12 min`, `1 h 5 min`.
  static func duration(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded(.up))
    if whole < 90 { return "\(whole) s" }
    let minutes = (whole + 30) / 60
    return minutes < 60 ? "\(minutes) min" : "\(minutes / 60) h \(minutes % 60) min"
  }
}

extension Int {
  /// With a thin separator every three digits: `2 257 984`.
  var grouped: String {
    var digits = String(abs(self))
    var groups: [String] = []
    while digits.count > 3 {
      groups.insert(String(digits.suffix(3)), at: 0)
      digits.removeLast(3)
    }
    groups.insert(digits, at: 0)
    return (self < 0 ? "-" : "") + groups.joined(separator: " ")
  }
}

extension Double {
  /// Three significant digits.
  var short: String { String(format: "%.3g", self) }
}
