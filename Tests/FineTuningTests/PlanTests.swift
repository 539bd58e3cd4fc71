import FineTuning
import Foundation
import NeuralNetworks
import TensorKernels
import TestSupport
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
    let rich = try plan(
      #", "optimizer": {"name": "lars", "trust": 0.01}, "schedule": {"name": "step", "every": 2}"#
        + #", "ema": 0.99, "balance": "sampler", "accumulation": 4"#
    ).phases[0]
    #expect(rich.optimizer == .lars(trust: 0.01))
    #expect(rich.schedule == .step(every: 2))
    #expect(rich.ema == 0.99)
    #expect(rich.balance == .sampler)
    #expect(rich.accumulation == 4)
    // Of version 0.2.
    #expect(
      try plan(#", "momentum": 0.5, "nesterov": false"#).phases[0].optimizer
        == .sgd(momentum: 0.5, nesterov: false))
    for wrong in [
      #", "epoch": 3"#, #", "schedule": "linear""#,
      #", "schedule": {"name": "cosine", "every": 1}"#,
      #", "optimizer": 3"#, #", "balance": "yes""#, #", "epochs": "3""#,
    ] {
      #expect(throws: DecodingError.self, "\(wrong)") { try plan(wrong) }
    }
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(
        FineTuningPlan.self, from: Data(#"{"name": "x", "phases": [], "seed": 1}"#.utf8))
    }
  }

  @Test("may give the head a hidden layer, and say nothing of it otherwise")
  func headLayers() throws {
    func json(_ plan: FineTuningPlan) throws -> String {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      return String(decoding: try encoder.encode(plan), as: UTF8.self)
    }
    let layers = HeadLayers(hidden: 256, dropout: 0.25)
    for preset in FineTuningPlan.presets {
      #expect(try !json(preset).contains("\"head\":"))
      let plan = preset.withHead(layers)
      #expect(plan.phases.allSatisfy { $0.method == .sgd })
      #expect(plan.phases.map(\.scope) == preset.phases.map(\.scope))
      #expect(try json(plan).hasPrefix(#"{"head":{"dropout":0.25,"hidden":256},"#))
      let read = try JSONDecoder().decode(FineTuningPlan.self, from: Data(json(plan).utf8))
      #expect(read == plan)
      try plan.validate()
      #expect(try plan.expanded(for: tinyNetwork()).headLayers == layers)
    }
  }

  @Test(
    "are refused when the head is not one that can be, naming what is wrong",
    arguments: [
      (#"{"hidden": 0}"#, "the head of plan 'mine': hidden is 0, expected 1 to 65536"),
      (#"{"hidden": 65537}"#, "hidden is 65537, expected 1 to 65536"),
      (#"{"hidden": 8, "dropout": 1}"#, "dropout is 1.0, expected 0 to below 1"),
      (#"{"hidden": 8, "dropout": 0.99999999999}"#, "expected 0 to below 1"),
      (#"{"hidden": 8, "dropout": -0.1}"#, "dropout is -0.1, expected 0 to below 1"),
      (#"{"hidden": 8}"#, "method is 'solve', expected 'sgd' for a head with a hidden layer"),
      (#"{"dropout": 0.5}"#, "no 'hidden' at head"),
      (#"{"hidden": 8, "units": 3}"#, "'units' is not a setting; expected one of hidden, dropout"),
      (#"{"hidden": "8"}"#, "at head.hidden"),
      (#"{"hidden": 2.5}"#, "is not a training plan"),
      ("256", "at head"),
    ])
  func badHeads(head: String, message: String) throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "mine.json")
    let text =
      #"{"name": "mine", "head": \#(head), "phases": [{"name": "a", "scope": "head", "#
      + #""method": "solve"}]}"#
    try Data(text.utf8).write(to: file)
    let error = #expect(throws: PlanError.self) { _ = try FineTuningPlan(contentsOf: file) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test("name a scope in words", arguments: ["head", "last 3", "from block_13", "all", "gradual"])
  func scopes(text: String) throws {
    let data = Data("[\"\(text)\"]".utf8)
    let scope = try JSONDecoder().decode([Phase.Scope].self, from: data)[0]
    #expect(scope.description == text)
    for wrong in ["", "last", "last 0", "last -1", "from", "stage 2", "last 1 2"] {
      #expect(throws: DecodingError.self) {
        try JSONDecoder().decode([Phase.Scope].self, from: Data("[\"\(wrong)\"]".utf8))
      }
    }
  }

  @Test("that unfreeze gradually become one phase for each stage, and then stay")
  func gradual() throws {
    let network = try tinyNetwork()
    let plan = try FineTuningPlan.gradual.expanded(for: network)
    #expect(plan.phases.map(\.scope) == [.head, .lastStages(1), .all])
    #expect(Set(plan.phases.map(\.name)).count == 3)
    #expect(try plan.expanded(for: network) == plan)
    #expect(try FineTuningPlan.lastStage.expanded(for: network) == .lastStage)
    #expect(FineTuningPlan.gradual.withoutPretrainedWeights.phases.map(\.scope) == [.all])
    var bare = Network(input: [4])
    try bare.add("dense", Dense(2), to: bare.output)
    #expect(throws: PlanError.self) { try FineTuningPlan.gradual.expanded(for: bare) }
  }

  @Test("may find the head in another way")
  func headMethod() throws {
    var plan = FineTuningPlan.lastStage
    plan.phases[0].balance = .weights
    plan.setHeadMethod(.sgd)
    #expect(plan.phases.map(\.method) == [.sgd, .sgd])
    #expect(plan.phases.map(\.scope) == [.head, .lastStages(1)])
    #expect(plan.phases[0].augmentation == .none)
    try plan.validate()
    plan.setHeadMethod(.solve)
    #expect(plan.phases[0].method == .solve)
    #expect(plan.phases[0].balance == .weights)
    #expect(FineTuningPlan.scratch.headMethod == nil)
    var scratch = FineTuningPlan.scratch
    scratch.setHeadMethod(.sgd)
    #expect(scratch == .scratch)
  }

  @Test("whose batch is larger than the photos are refused, or adapted")
  func batches() throws {
    try FineTuningPlan.full.requireBatches(of: 32)
    let error = #expect(throws: PlanError.self) { try FineTuningPlan.full.requireBatches(of: 31) }
    #expect(error?.description.contains("batchSize is 32, but there are 31 photos") == true)
    let adapted = FineTuningPlan.full.limitingBatches(to: 31)
    try adapted.requireBatches(of: 31)
    #expect(FineTuningPlan.full.limitingBatches(to: 500) == .full)
  }

  @Test(
    "train from a block or stage on, and nothing before it",
    arguments: [
      ("last", ["conv2", "bn2"]), ("conv2", ["conv2", "bn2"]), ("stem", ["conv1", "bn1"]),
      ("conv1", ["conv1", "bn1"]),
    ])
  func from(name: String, first: [String]) throws {
    let network = try tinyNetwork()
    #expect(network.blocks.map(\.name) == ["conv1", "conv2"])
    let trainable = try TrainableStages(Phase("p", .from(name), .sgd), of: network)
    let nodes = trainable.nodeNames(in: network)
    #expect(nodes.isSuperset(of: first + ["head", "conv2", "bn2"]))
    #expect(nodes.contains("conv1") == (first[0] == "conv1"))
  }

  @Test("name the blocks there are when they ask for another", arguments: ["conv3", "bn2", "pool"])
  func unknownBlock(name: String) throws {
    let network = try tinyNetwork()
    let error = #expect(throws: PlanError.self) {
      _ = try TrainableStages(Phase("p", .from(name), .sgd), of: network)
    }
    let message = error?.description ?? ""
    #expect(message.contains("'\(name)'") && message.contains("blocks conv1, conv2"))
    #expect(message.contains("a part of 'conv2'") == (name != "conv3"))
  }

  @Test(
    "are refused when a number is out of range, naming phase and setting",
    arguments: [
      ("epochs", { @Sendable (phase: inout Phase) in phase.epochs = 0 }),
      ("learningRate", { @Sendable (phase: inout Phase) in phase.learningRate = .nan }),
      ("momentum", { @Sendable (phase: inout Phase) in phase.optimizer.momentum = 1 }),
      ("stageDecay", { @Sendable (phase: inout Phase) in phase.stageDecay = 0.5 }),
      ("scope", { @Sendable (phase: inout Phase) in phase.method = .solve }),
      ("accumulation", { @Sendable (phase: inout Phase) in phase.accumulation = 0 }),
      ("ema", { @Sendable (phase: inout Phase) in phase.ema = 1 }),
      (
        "views",
        { @Sendable (phase: inout Phase) in (phase.views, phase.augmentation) = (2, .none) }
      ),
      ("beta2", { @Sendable (phase: inout Phase) in phase.optimizer = .adamW(beta2: 1) }),
      ("trust", { @Sendable (phase: inout Phase) in phase.optimizer = .lars(trust: 0) }),
      ("every", { @Sendable (phase: inout Phase) in phase.schedule = .step(every: 0) }),
      ("factor", { @Sendable (phase: inout Phase) in phase.schedule = .step(factor: 2) }),
      ("weightDecay", { @Sendable (phase: inout Phase) in phase.weightDecay = -1 }),
    ])
  func validation(setting: String, change: @Sendable (inout Phase) -> Void) throws {
    var plan = FineTuningPlan.lastStage
    change(&plan.phases[1])
    let error = #expect(throws: PlanError.self) { try plan.validate() }
    #expect(error?.description.contains("'last stage'") == true)
    #expect(error?.description.contains(setting) == true)
  }

  @Test("lower a rate that is for narrower kernels, once", arguments: [(72, 1.0), (18, 0.5)])
  func rateWidth(width: Int, factor: Double) throws {
    var plan = FineTuningPlan.full
    plan.phases[1].rateWidth = width
    // Its widest kernels sum 3 × 3 × 8 products.
    let network = try TinyJob.network()
    let suited = try plan.expanded(for: network)
    #expect(suited.phases[1].learningRate == plan.phases[1].learningRate * factor)
    #expect(suited.phases[1].rateWidth == nil)
    #expect(try suited.expanded(for: network) == suited)
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
    let pieces = [
      "64 photos", "ants", "20 + 5", "its batch norms multiply by up to 8", "about 2 min",
      "228 weights",
    ]
    for piece in pieces {
      #expect(text.contains(piece), "\(piece) in\n\(text)")
    }
  }

  @Test("statistics of batches are refused for a norm that several nodes share")
  func sharedNorm() throws {
    var net = Network(input: [4, 4, 3])
    net.beginStage("stage")
    var x = try net.add("norm", BatchNormalization(), to: net.input)
    x = try net.add("norm_2", BatchNormalization(), to: [x], sharingWeightsOf: "norm")
    x = try net.add("pool", GlobalAveragePooling2D(), to: x)
    let network = try net.addingHead(named: "head", classes: 2)
    var phase = Phase("p", .all, .sgd)
    _ = try TrainableStages(phase, of: network)
    phase.batchNorm = .train
    let error = #expect(throws: PlanError.self) { try TrainableStages(phase, of: network) }
    #expect(error?.description.contains("'norm' is called more than once") == true)
    #expect(error?.setting == "batchNorm")
  }
}
