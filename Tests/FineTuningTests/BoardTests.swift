import FineTuning
import Foundation
import ImagePipeline
import TensorKernels
import TestSupport
import Testing

@Suite("TensorBoard's event files")
struct BoardTests {
  // MARK: records

  @Test(
    "have Castagnoli's checksum",
    arguments: [
      // RFC 3720, appendix B.4, and the check value of the catalogue of CRCs.
      ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
      ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
      ((0..<32).map { UInt8($0) }, 0x46DD_794E),
      (Array("123456789".utf8), 0xE306_9283),
    ] as [([UInt8], UInt32)])
  func checksum(bytes: [UInt8], expected: UInt32) {
    #expect(CRC32C.checksum(bytes) == expected)
  }

  @Test("are records that an independent reader takes apart, whole ones only")
  func framing() throws {
    let payloads = [Data(), Data([7]), Data((0..<1000).map { UInt8($0 & 255) })]
    let file = payloads.reduce(Data()) { $0 + RecordFraming.frame($1) }
    #expect(try EventFileReader.records(file) == payloads)
    #expect(try EventFileReader.records(file.dropLast()) == Array(payloads.dropLast()))
    var damaged = file
    damaged[file.count - 100] ^= 1
    #expect(throws: EventFileReader.Failure.self) { try EventFileReader.records(damaged) }
  }

  // MARK: histograms

  @Test("count every value in the bucket whose limits hold it")
  func buckets() {
    let values: [Float] = [-3, -0.5, 0, 1e-30, 0.25, 0.25, 0.3, 1.9, 1.9, 64]
    let histogram = Histogram(values + [.nan, .infinity])
    #expect(histogram.count == values.count)
    #expect(histogram.notFinite == 2)
    #expect(histogram.minimum == -3 && histogram.maximum == 64)
    #expect(abs(histogram.sum - values.reduce(0) { $0 + Double($1) }) < 1e-9)
    #expect(histogram.limits == histogram.limits.sorted())
    #expect(Set(histogram.limits).count == histogram.limits.count)
    // Up to each limit there are as many as in the sorted list; a limit itself belongs to the bucket
    // that its own side of 0 puts it in.
    var below = 0
    for (limit, count) in zip(histogram.limits, histogram.counts) {
      below += count
      let less = values.count { Double($0) < limit }
      let notMore = values.count { Double($0) <= limit }
      #expect(less <= below && below <= notMore, "limit \(limit)")
    }
  }

  @Test("have buckets of a quarter of their values at most")
  func bucketWidths() throws {
    let values = (1...4000).map { Float($0) * 0.001 }
    let histogram = Histogram(values)
    for (low, high) in zip(histogram.limits, histogram.limits.dropFirst()) where low > 0.01 {
      #expect(high <= low * 1.25 + 1e-9)
    }
    #expect(Histogram([Float](repeating: 0, count: 5)).counts == [5])
    let extreme = Histogram([.greatestFiniteMagnitude, -.greatestFiniteMagnitude])
    #expect(extreme.count == 2)
    #expect(!extreme.limits.contains { !$0.isFinite })
    #expect(Histogram([]).count == 0)
  }

  // MARK: pictures

  @Test(
    "show a batch as the photos were before preprocessing",
    arguments: [Preprocessing.signed, .caffe, .torch, .unit, .none, Preprocessing.signed.gray])
  func strip(preprocessing: Preprocessing) {
    let side = 5
    let photos = (0..<2).map { photo in
      Image(
        width: side, height: side,
        pixels: (0..<side * side).flatMap { pixel -> [UInt8] in
          let level = UInt8((pixel * 37 + photo * 101) % 256)
          // Grey has one luma; a grey photo comes back exactly.
          return preprocessing.channels == 1
            ? [level, level, level] : [level, 255 - level, level / 2]
        })
    }
    var pixels = [Float](repeating: 0, count: 2 * side * side * preprocessing.channels)
    pixels.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      preprocessing.write(photos[0], to: base)
      preprocessing.write(photos[1], to: base + buffer.count / 2)
    }
    let strip = ViewStrip(
      pixels, count: 2, size: ImageSize(side: side), preprocessing: preprocessing
    ).image
    #expect(strip.width == 2 * side && strip.height == side)
    for (index, photo) in photos.enumerated() {
      #expect(strip.cropped(x: index * side, y: 0, width: side, height: side) == photo)
    }
  }

  // MARK: what is written

  static let photos = 50
  /// A solved head, then two phases of descent.
  static func plan(_ job: TinyJob) throws -> PlanDescription {
    let plan = FineTuningPlan.lastStage
    var last = plan.phases[1]
    last.epochs = 2
    last.batchSize = 10
    var all = last
    all.name = "everything"
    all.scope = .all
    all.epochs = 3
    var changed = plan
    changed.phases = [plan.phases[0], last, all]
    return try PlanDescription(
      changed, network: job.base.network.addingHead(named: "head", classes: 3),
      tensors: job.base.tensors,
      classes: [.init(name: "a", training: photos, validation: 10)])
  }

  static func events(_ plan: PlanDescription) -> [TrainingEvent] {
    var events: [TrainingEvent] = [.plan(plan)]
    for (phase, part) in plan.parts.enumerated() {
      let steps = part.steps / part.epochs
      events.append(
        .phase(
          .init(
            phase: phase, phases: 3, name: part.name, method: part.method, epochs: part.epochs,
            stepsPerEpoch: steps, parameters: part.parameters)))
      if part.method == .solve {
        events.append(
          .head(
            .init(
              penalty: 1, folds: 5, iterations: 3, converged: true, validationAccuracy: 0.5,
              validationLogLoss: 1, seconds: 1)))
        continue
      }
      events.append(.views(.init(phase: phase, width: 8, height: 4, jpeg: Data([1, 2, 3]))))
      for epoch in 1...part.epochs {
        for step in 1...steps {
          if step == 1 {
            events.append(
              .gradients(
                .init(
                  phase: phase, epoch: epoch, step: step,
                  parameters: [.init(name: "head/bias", histogram: Histogram([1, 2, 3]))])))
          }
          events.append(
            .step(
              .init(
                phase: phase, epoch: epoch, step: step, steps: steps, loss: 1 / Double(step),
                learningRate: 0.01, seconds: 1, imagesPerSecond: 100)))
        }
        events.append(
          .epoch(
            .init(
              phase: phase, epoch: epoch, epochs: part.epochs, trainingLoss: 0.5,
              trainingAccuracy: 0.75, validationAccuracy: 0.8, validationLogLoss: 0.4,
              isBest: true, seconds: 1)))
      }
      events.append(.note(.init(kind: .earlyStop, message: "after phase \(phase)")))
    }
    return events
  }

  static func files(_ folder: URL) throws -> [URL] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map {
      folder.appending(path: $0)
    }
  }

  @Test("hold every curve over one axis of steps")
  func tags() throws {
    let job = try TinyJob()
    let folder = job.folder.url.appending(path: "tensorboard")
    let plan = try Self.plan(job)
    let log = TensorBoardLog(folder)
    for event in Self.events(plan) { log.receive(event) }
    try log.check()

    let file = try #require(try Self.files(folder).first)
    let words = file.lastPathComponent.split(separator: ".", maxSplits: 4)
    #expect(words.prefix(3) == ["events", "out", "tfevents"])
    #expect(words.count == 5 && Int(words[3]) != nil)
    let first = try #require(try EventFileReader.records(Data(contentsOf: file)).first)
    #expect(try Message(first).text(3) == "brain.Event:2")

    let values = try EventFileReader.values(Data(contentsOf: file))
    let byTag = Dictionary(grouping: values, by: \.tag)
    #expect(
      Set(byTag.keys)
        == [
          "plan", "notes", "train/loss", "train/accuracy", "train/epoch_loss",
          "validation/accuracy", "validation/log_loss", "images_per_second", "phase", "rate/head",
          "rate/last", "rate/stem", "gradients/head/bias", "views/last stage", "views/everything",
        ])
    // 2 epochs and 3 epochs of 5 steps.
    #expect(byTag["train/loss"]?.map(\.step) == Array(1...25))
    #expect(byTag["train/accuracy"]?.map(\.step) == [5, 10, 15, 20, 25])
    #expect(byTag["validation/accuracy"]?.map(\.step) == [0, 5, 10, 15, 20, 25])
    #expect(byTag["gradients/head/bias"]?.map(\.step) == [1, 6, 11, 16, 21])
    #expect(byTag["views/last stage"]?.map(\.step) == [0])
    #expect(byTag["views/everything"]?.map(\.step) == [10])
    #expect(
      byTag["phase"]?.compactMap(\.number) == [0] + Array(repeating: 1, count: 10)
        + Array(repeating: 2, count: 15))
    let rates = byTag["rate/last"]?.compactMap(\.number) ?? []
    #expect(rates.count == 25)
    #expect(rates.allSatisfy { abs($0 - 0.01 / 2.6) < 1e-8 })
    #expect(byTag["train/loss"]?[1].number == 0.5)
    let histogram = try #require(byTag["gradients/head/bias"]?.first?.histogram)
    #expect(histogram.doubles(3) == [3] && histogram.doubles(4) == [6])
    #expect(histogram.doubles(6).count == histogram.doubles(7).count)
    let image = try #require(byTag["views/last stage"]?.first?.image)
    #expect(image.integer(2) == 8 && image.bytes(4) == [Data([1, 2, 3])])
    #expect(byTag["notes"]?.last?.text == "* after phase 1\n* after phase 2")
    #expect(values.map(\.step) == values.map(\.step).sorted())
  }

  @Test("of a resumed training say from where on they replace what was written before")
  func resumption() throws {
    let job = try TinyJob()
    let folder = job.folder.url.appending(path: "tensorboard")
    let plan = try Self.plan(job)
    let events = Self.events(plan)
    let whole = TensorBoardLog(folder)
    for event in events { whole.receive(event) }
    // The last checkpoint was behind step 13 of 25: the training goes on with the third of its phase.
    let resumedAt = try #require(
      events.firstIndex {
        if case .step(let step) = $0 { step.phase == 2 && step.step == 4 } else { false }
      })
    let resumed = TensorBoardLog(folder)
    resumed.resume(after: Array(events[..<resumedAt]))
    for event in events[resumedAt...] { resumed.receive(event) }

    let files = try Self.files(folder)
    #expect(files.count == 2)
    let starts = try files.map { file in
      try EventFileReader.records(Data(contentsOf: file)).compactMap { record -> Int? in
        let event = try Message(record)
        return event.messages(7).first?.integer(1) == 1 ? event.integer(2) : nil
      }
    }
    #expect(starts == [[], [14]])
    // What counts after that is what an uninterrupted training has.
    let before = try EventFileReader.values(Data(contentsOf: files[0]))
    let after = try EventFileReader.values(Data(contentsOf: files[1]))
    let losses = (before.filter { $0.step < 14 } + after).filter { $0.tag == "train/loss" }
    #expect(losses.map(\.step) == Array(1...25))
  }

  @Test("of a phase that starts again replace what it wrote before")
  func startingAgain() throws {
    let job = try TinyJob()
    let folder = job.folder.url.appending(path: "tensorboard")
    let events = Self.events(try Self.plan(job))
    let begin = try #require(
      events.firstIndex { if case .phase(let start) = $0 { start.phase == 2 } else { false } })
    let log = TensorBoardLog(folder)
    // Three steps of the last phase, then the phase again from its first step.
    for event in events[..<begin] + events[begin...].prefix(6) { log.receive(event) }
    for event in events[(begin + 2)...] { log.receive(event) }
    let records = try EventFileReader.records(
      Data(contentsOf: try #require(try Self.files(folder).first)))
    let starts = try records.compactMap { record -> Int? in
      let event = try Message(record)
      return event.messages(7).isEmpty ? nil : event.integer(2)
    }
    #expect(starts == [11])
  }

  @Test("that cannot be written are an error when somebody asks, and not before")
  func unwritable() throws {
    let scratch = try TemporaryFolder()
    let file = scratch.url.appending(path: "file")
    try Data().write(to: file)
    for folder in ["none/tensorboard", "file"] {
      let log = TensorBoardLog(scratch.url.appending(path: folder))
      try log.check()
      log.receive(.note(.init(kind: .data, message: "")))
      log.receive(.note(.init(kind: .data, message: "")))
      let error = #expect(throws: RunError.self) { try log.check() }
      #expect(error?.kind == .cannotCreate)
    }
  }

  /// What TensorBoard makes of all files of a run: a start forgets what came before from a step on.
  static func curves(_ url: URL) throws -> [String: [Int: Float]] {
    var curves: [String: [Int: Float]] = [:]
    for file in try files(url.appending(path: RunFolder.boardFolder)) {
      let data = try Data(contentsOf: file)
      for event in try EventFileReader.records(data).map(Message.init) {
        if event.messages(7).first != nil {
          curves = curves.mapValues { $0.filter { $0.key < event.integer(2) } }
        }
        for value in event.messages(5).flatMap({ $0.messages(1) }) {
          guard let tag = value.text(1), let number = value.float(2) else { continue }
          curves[tag, default: [:]][event.integer(2)] = number
        }
      }
    }
    return curves
  }

  @Test("of a real training hold what its events say, with pictures and histograms")
  func training() throws {
    var job = try TinyJob()
    job.options.histogramEvery = 3
    let url = job.folder.url.appending(path: "run")
    let run = try RunFolder(creating: url, context: RunContext(data: "photos"))
    let (_, events) = try job.train(job.plan(.full) { $0.augmentation = .light }, run: run)
    let losses = events.compactMap { event -> Float? in
      if case .step(let step) = event { Float(step.loss) } else { nil }
    }
    #expect(losses.count > 10)
    let curves = try Self.curves(url)
    #expect(
      curves["train/loss"]?.sorted { $0.key < $1.key }.map(\.value) == losses)

    let file = try #require(try Self.files(url.appending(path: "tensorboard")).first)
    let values = try EventFileReader.values(Data(contentsOf: file))
    let histograms = values.filter { $0.tag == "gradients/conv2/kernel" }
    #expect(histograms.map(\.step) == Array(stride(from: 3, through: losses.count, by: 3)))
    #expect(histograms.allSatisfy { $0.histogram?.doubles(3) == [8 * 8 * 9] })
    let picture = try #require(values.first { $0.tag.hasPrefix("views/") }?.image?.bytes(4).first)
    #expect(picture.starts(with: [0xFF, 0xD8]))
    // Neither is for lines of text.
    let lines = try EventLog.events(in: run.file(.events))
    #expect(!lines.contains { $0.isForBoardOnly })
    #expect(lines.count { if case .step = $0 { true } else { false } } == losses.count)
  }

  @Test("of a training that was stopped and resumed show the curves of one that was not")
  func resumedTraining() throws {
    let job = try TinyJob()
    let plan = job.plan(.lastStage)
    let whole = job.folder.url.appending(path: "whole")
    _ = try job.train(
      plan, run: RunFolder(creating: whole, context: RunContext(data: "photos")))
    let parts = job.folder.url.appending(path: "parts")
    _ = try job.train(
      plan, run: RunFolder(creating: parts, context: RunContext(data: "photos")),
      stopAfterSteps: 6)
    _ = try job.train(plan, run: RunFolder(resuming: parts))
    #expect(try Self.files(parts.appending(path: RunFolder.boardFolder)).count == 2)
    var (expected, found) = (try Self.curves(whole), try Self.curves(parts))
    expected["images_per_second"] = nil
    found["images_per_second"] = nil
    #expect(found == expected)
    #expect(expected["train/loss"]?.count == 16)
  }
}
