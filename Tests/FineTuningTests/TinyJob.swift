import Files
import FineTuning
import Foundation
import ImagePipeline
import NeuralNetworks
import TensorKernels
import TestSupport
import Testing

/// A training job that takes a fraction of a second: small drawn photos and a small network.
struct TinyJob {
  static let side = 16
  let folder: TemporaryFolder
  var photos: Photos
  var base: Base
  var options = TrainingOptions()
  let pool: WorkerPool

  /// - Parameters:
  ///   - perClass: photos of each class to train on; half as many to validate.
  ///   - isRandom: whether the base says that it has no pretrained weights.
  ///   - validationFraction: set when the program itself is to have split the validation photos off.
  ///   - draw: a photo of a class and number.
  init(
    perClass: [Int] = [8, 8, 8], isRandom: Bool = false, validationFraction: Double? = nil,
    workers: Int = 2, draw: (_ label: Int, _ number: Int) -> Image = Self.draw
  ) throws {
    folder = try TemporaryFolder()
    let root = folder.url.appending(path: "photos")
    pool = WorkerPool(count: workers)
    var lists: [String: [Photo]] = [:]
    for (name, share) in [("train", 1.0), ("val", 0.5)] {
      for (label, count) in perClass.enumerated() {
        let directory = root.appending(path: "\(name)/class\(label)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        for number in 0..<Int(Double(count) * share) {
          let path = "\(name)/class\(label)/\(number).jpg"
          let bytes = try JPEG.encode(
            draw(label, number + (name == "val" ? 1000 : 0)), quality: 95)
          try Data(bytes).write(to: root.appending(path: path))
          lists[name, default: []].append(
            Photo(path: path, label: label, digest: ContentDigest(bytes).hexadecimal))
        }
      }
    }
    photos = Photos(
      root: root, classes: perClass.indices.map { "class\($0)" },
      splits: [.train: lists["train"] ?? [], .validation: lists["val"] ?? []],
      division: validationFraction.map { .drawn(validation: $0, seed: 1) } ?? .given)
    let network = try Self.network()
    base = Base(
      name: "tiny", alpha: nil, network: network, tensors: Self.tensors(of: network),
      weights: isRandom ? .random : .pretrained(sha256: "d16e57"), preprocessing: .signed)
    options.cache = FeatureCache(folder: folder.url.appending(path: "cache"))
  }

  /// Stripes whose direction and colour tell the class, over noise.
  static func draw(_ label: Int, _ number: Int) -> Image {
    var state = UInt64(label * 10_007 + number + 1)
    var pixels: [UInt8] = []
    for y in 0..<24 {
      for x in 0..<24 {
        let phase = label == 0 ? x : label == 1 ? y : x + y
        for channel in 0..<3 {
          state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          let noise = Int(state >> 58)
          let stripe = (phase + number) / 3 % 2 == 0 ? 90 : 0
          pixels.append(UInt8(60 + noise + stripe + (channel == label ? 25 : 0)))
        }
      }
    }
    return Image(width: 24, height: 24, pixels: pixels)
  }

  /// A base with a residual block and batch norm, in two stages.
  /// - Parameter detours: convolutions of 1 × 1 before the features.
  static func network(detours: Int = 0) throws -> Network {
    var net = Network(input: [side, side, 3])
    net.beginStage("stem")
    try net.add(
      "conv1", Convolution2D(8, kernel: 3, stride: 2, padding: .same, bias: false), to: net.output)
    try net.add("bn1", BatchNormalization(momentum: 0.7), to: net.output)
    let shortcut = try net.add("relu1", ActivationLayer(.relu), to: net.output)
    try net.add(
      "conv2", Convolution2D(8, kernel: 3, padding: .same, bias: false), to: shortcut)
    let norm = try net.add("bn2", BatchNormalization(momentum: 0.7), to: net.output)
    try net.add("add", Add(), to: shortcut, norm)
    try net.add("relu2", ActivationLayer(.relu), to: net.output)
    net.beginStage("last")
    try net.add(
      "conv3", Convolution2D(12, kernel: 3, stride: 2, padding: .same, bias: false), to: net.output)
    try net.add("bn3", BatchNormalization(momentum: 0.7), to: net.output)
    try net.add("relu3", ActivationLayer(.relu), to: net.output)
    for detour in 0..<detours {
      try net.add("detour\(detour)", Convolution2D(12, kernel: 1, bias: false), to: net.output)
    }
    try net.add("pool", GlobalAveragePooling2D(), to: net.output)
    return net
  }

  /// Random kernels with statistics that are not those of a fresh network.
  static func tensors(of network: Network) -> [String: Tensor] {
    var tensors = network.initialTensors(seed: 3)
    for parameter in network.parameters where parameter.role == .movingVariance {
      tensors[parameter.name] = Tensor(repeating: 0.3, parameter.shape)
    }
    return tensors
  }

  func plan(_ plan: FineTuningPlan, _ change: (inout Phase) -> Void = { _ in }) -> FineTuningPlan {
    var plan = plan
    for index in plan.phases.indices where plan.phases[index].method == .sgd {
      plan.phases[index].epochs = 4
      plan.phases[index].batchSize = 7
      plan.phases[index].learningRate = 0.05
      plan.phases[index].earlyStop = nil
      plan.phases[index].augmentation = .none
      change(&plan.phases[index])
    }
    return plan
  }

  /// Trains and returns result and events.
  func train(
    _ plan: FineTuningPlan, run: RunFolder? = nil, stopAfterSteps: Int = .max,
    stopAt wanted: @escaping (TrainingEvent) -> Bool = { _ in false }
  ) throws -> (result: FineTuningResult, events: [TrainingEvent]) {
    let tuner = try FineTuner(base, plan: plan, options: options)
    let stop = StopFlag()
    let log = EventCollector()
    let result = try tuner.train(
      on: photos, pool: pool, run: run,
      onEvent: { event in
        log.events.append(event)
        if wanted(event) { stop.set() }
        if case .step = event {
          log.steps += 1
          if log.steps >= stopAfterSteps { stop.set() }
        }
      }, shouldStop: { stop.isSet })
    return (result, log.events)
  }
}

/// Used by one thread.
final class EventCollector {
  var events: [TrainingEvent] = []
  var steps = 0
}

extension TrainingEvent {
  /// The event without what depends on the clock.
  var timeless: TrainingEvent? {
    switch self {
    case .plan, .features: return nil
    case .head(var head):
      head.seconds = 0
      return .head(head)
    case .step(var step):
      step.seconds = 0
      step.imagesPerSecond = 0
      return .step(step)
    case .epoch(var epoch):
      epoch.seconds = 0
      return .epoch(epoch)
    case .done(var done):
      done.seconds = 0
      return .done(done)
    default: return self
    }
  }
}

extension [String: Tensor] {
  /// Names of tensors that are not the same bits in another set.
  func differing(from other: [String: Tensor]) -> Set<String> {
    Set(
      keys.filter { self[$0]?.values.map(\.bitPattern) != other[$0]?.values.map(\.bitPattern) })
  }
}
