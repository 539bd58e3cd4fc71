import FineTuning
import Foundation
import NeuralNetworks
import TensorKernels
import Testing

/// A base of two stages with batch norm, pooled, and its head.
func tinyNetwork(classes: Int = 3, side: Int = 8) throws -> Network {
  var net = Network(input: [side, side, 3])
  net.beginStage("stem")
  try net.add("conv1", Convolution2D(4, kernel: 3, padding: .same, bias: false), to: net.output)
  try net.add("bn1", BatchNormalization(), to: net.output)
  try net.add("relu1", ActivationLayer(.relu), to: net.output)
  net.beginStage("last")
  try net.add(
    "conv2", Convolution2D(6, kernel: 3, stride: 2, padding: .same, bias: false), to: net.output)
  try net.add("bn2", BatchNormalization(), to: net.output)
  try net.add("relu2", ActivationLayer(.relu), to: net.output)
  try net.add("pool", GlobalAveragePooling2D(), to: net.output)
  return try net.addingHead(named: "head", classes: classes)
}

@Suite("Fine-tuning plans")
struct PlanTests {
  @Test("survive the way through JSON", arguments: FineTuningPlan.presets)
  func roundTrip(plan: FineTuningPlan) throws {
    let data = try JSONEncoder().encode(plan)
    #expect(try JSONDecoder().decode(FineTuningPlan.self, from: data) == plan)
    try plan.validate()
  }

  @Test("may leave out what has a default, but not misspell it")
  func handWritten() throws {
    func plan(_ extra: String) throws -> FineTuningPlan {
      let text =
        #"{"name": "mine", "phases": [{"name": "a", "scope": "last 2", "method": "sgd"\#(extra)}]}"#
      return try JSONDecoder().decode(FineTuningPlan.self, from: Data(text.utf8))
    }
    let phase = try plan(#", "epochs": 3"#).phases[0]
    #expect(phase.epochs == 3)
    #expect(phase.scope == .lastStages(2))
    #expect(phase.optimizer == Phase("", .head, .sgd).optimizer)
    #expect(throws: DecodingError.self) { try plan(#", "epoch": 3"#) }
  }

  @Test(
    "are refused when a number is out of range, naming phase and setting",
    arguments: [
      ("epochs", { @Sendable (phase: inout Phase) in phase.epochs = 0 }),
      ("learningRate", { @Sendable (phase: inout Phase) in phase.learningRate = .nan }),
      ("momentum", { @Sendable (phase: inout Phase) in phase.optimizer.momentum = 1 }),
      ("stageDecay", { @Sendable (phase: inout Phase) in phase.stageDecay = 0.5 }),
      ("scope", { @Sendable (phase: inout Phase) in phase.method = .solve }),
    ])
  func validation(setting: String, change: @Sendable (inout Phase) -> Void) throws {
    var plan = FineTuningPlan.lastStage
    change(&plan.phases[1])
    let error = #expect(throws: PlanError.self) { try plan.validate() }
    #expect(error?.description.contains("'last stage'") == true)
    #expect(error?.description.contains(setting) == true)
  }

  @Test("without pretrained weights have no head to solve first")
  func random() {
    #expect(FineTuningPlan.full.withoutPretrainedWeights.phases.map(\.method) == [.sgd])
    #expect(FineTuningPlan.full.withoutPretrainedWeights.phases.map(\.batchNorm) == [.train])
    #expect(FineTuningPlan.head.withoutPretrainedWeights == .head)
  }

  @Test(
    "train the stages they name, earlier ones slower",
    arguments: [
      (Phase.Scope.head, ["head"]), (.lastStages(1), ["last", "head"]),
      (.lastStages(2), ["stem", "last", "head"]), (.all, ["stem", "last", "head"]),
    ])
  func stages(scope: Phase.Scope, names: [String]) throws {
    let network = try tinyNetwork()
    let trainable = try TrainableStages(Phase("p", scope, .sgd), of: network)
    #expect(trainable.stages.map(\.name).suffix(names.count) == names[...])
    let nodes = trainable.nodeNames(in: network)
    #expect(nodes.contains("head"))
    #expect(nodes.contains("conv2") == names.contains("last"))
    #expect(nodes.contains("bn1") == names.contains("stem"))
    let factors = trainable.rateFactors(in: network)
    #expect(factors["head"] == 1)
    if names.contains("last") { #expect(factors["conv2"] == 1 / 2.6) }
    if names.contains("stem") { #expect(abs((factors["conv1"] ?? 0) - 1 / 6.76) < 1e-9) }
  }

  @Test("name the stages there are when they ask for too many")
  func tooManyStages() throws {
    let network = try tinyNetwork()
    let error = #expect(throws: PlanError.self) {
      _ = try TrainableStages(Phase("p", .lastStages(3), .sgd), of: network)
    }
    #expect(error?.description.contains("stem, last") == true)
  }

  @Test("describe what trains, how fast and on what")
  func description() throws {
    let network = try tinyNetwork()
    let tensors = [
      "bn2/gamma": Tensor([6], [1, 1, -4, 1, 1, 1]),
      "bn2/moving_variance": Tensor([6], [1, 1, 0.25 - 1e-3, 1, 1, 1]),
    ]
    let description = try PlanDescription(
      .lastStage, network: network, tensors: tensors,
      classes: [
        .init(name: "ants", training: 20, validation: 5),
        .init(name: "bees", training: 44, validation: 9),
      ], seconds: [2, 100])
    let part = description.parts[1]
    #expect(part.stages.map(\.parameters) == [4 * 6 * 9 + 12, 6 * 3 + 3])
    #expect(part.steps == part.epochs * 2)
    #expect(abs((part.stages[0].largestScale ?? 0) - 8) < 1e-4)
    #expect(part.stages[1].largestScale == nil)
    let text = description.description
    let pieces = ["64 photos", "ants", "20 + 5", "largest |γ/σ| 8", "about 2 min", "228 weights"]
    for piece in pieces {
      #expect(text.contains(piece), "\(piece) in\n\(text)")
    }
  }
}

@Suite("The learning rate")
struct LearningRateTests {
  @Test("rises to its peak, then falls towards zero")
  func shape() {
    let schedule = LearningRateSchedule(.cosine, peak: 0.5, steps: 40, warmUp: 0.25)
    let rates = (0..<40).map(schedule.rate)
    #expect(schedule.warmUpSteps == 10)
    #expect(zip(rates[0..<10], rates[1...10]).allSatisfy { $0 < $1 })
    #expect(rates[10] == 0.5)
    #expect(zip(rates[10..<39], rates[11...]).allSatisfy { $0 > $1 })
    #expect(rates[39] > 0 && rates[39] < 0.01)
    #expect(rates[0] > 0)
  }

  @Test("is at its peak at once without warm-up, even for a single step")
  func noWarmUp() {
    #expect(LearningRateSchedule(peak: 1, steps: 1, warmUp: 0).rate(at: 0) == 1)
    #expect(LearningRateSchedule(peak: 1, steps: 1, warmUp: 1).rate(at: 0) == 0.5)
  }
}
