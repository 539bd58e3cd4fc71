import Files
import FineTuning
import Foundation
import ImagePipeline
import NeuralNetworks
import TestSupport
import Testing
import WeightFiles

@Suite("Run folders")
struct RunFolderTests {
  @Test("hold a run that can be read back")
  func roundTrip() throws {
    let job = try TinyJob()
    let url = job.folder.url.appending(path: "runs/tiny")
    let run = try RunFolder(
      creating: url, context: RunContext(arguments: ["--seed", "1"], data: "photos"))
    let plan = job.plan(.lastStage)
    let (result, events) = try job.train(plan, run: run)
    #expect(run.isWorthKeeping)
    run.discardUnlessWorthKeeping()

    let names = try FileManager.default.contentsOfDirectory(atPath: url.path)
    // Only a base that was a file brings its own configuration; who scanned the photos tells what was
    // found; no weights were fitted on validation photos.
    let absent: [RunFolder.File] = [.architecture, .inspection, .heldOut]
    let expected = RunFolder.File.allCases.filter { !absent.contains($0) }
    #expect(Set(names) == Set(expected.map(\.rawValue) + [RunFolder.boardFolder]))
    let saved = try Run(url)
    #expect(saved.labels == job.photos.classes)
    #expect(saved.plan == plan)
    #expect(saved.photos == job.photos)
    #expect(saved.record.best == result.best)
    #expect(saved.record.arguments == ["--seed", "1"])
    #expect(saved.record.validationUsedForSelection)
    let network = try saved.network(base: job.base.network)
    #expect(try saved.tensors(for: network).differing(from: result.tensors).isEmpty)
    let lines = try String(contentsOf: url.appending(path: "events.jsonl"), encoding: .utf8)
    let logged = events.filter { if case .features = $0 { false } else { true } }
    #expect(lines.split(separator: "\n").count == logged.count)

    let head = try readHead(url.appending(path: "head.h5"))
    #expect(head.layers.map(\.kernel) == [try #require(result.tensors["head/kernel"])])
    #expect(head.metadata.labels == job.photos.classes)
    let changed = result.tensors.differing(from: job.base.tensors).count > 2
    #expect(
      head.metadata.baseDigest == (changed ? saved.record.weightsDigest : job.base.weights.sha256))
  }

  @Test("that have come in the place of the one that is trained into are not written to")
  func replaced() throws {
    let job = try TinyJob()
    let url = job.folder.url.appending(path: "run")
    let other = job.folder.url.appending(path: "other")
    let finished = try RunFolder(creating: other, context: RunContext(data: "photos"))
    _ = try job.train(job.plan(.head), run: finished)
    for isResumed in [false, true] {
      var run = try RunFolder(creating: url, context: RunContext(data: "photos"))
      if isResumed {
        run = finished
        run = try RunFolder(resuming: url)
      }
      try FileManager.default.moveItem(at: url, to: job.folder.url.appending(path: "moved"))
      try FileManager.default.copyItem(at: other, to: url)
      let before = try contents(of: url)
      #expect(throws: RunError.self) { try run.requireInPlace() }
      #expect(throws: RunError.self) { _ = try job.train(job.plan(.head), run: run) }
      run.discardUnlessWorthKeeping()
      #expect(try contents(of: url) == before)
      try FileManager.default.removeItem(at: url)
      try FileManager.default.removeItem(at: job.folder.url.appending(path: "moved"))
    }
  }

  private func contents(of folder: URL) throws -> [String: Data] {
    let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    return try Dictionary(
      uniqueKeysWithValues: paths.filter { FileStatus(folder.path + "/" + $0)?.kind == .file }
        .map { ($0, try Data(contentsOf: folder.appending(path: $0))) })
  }

  @Test("are the same bytes for any number of workers")
  func bytes() throws {
    var contents: [[Data]] = []
    var photos: [Photos] = []
    for workers in 1...2 {
      let job = try TinyJob(workers: workers)
      let url = job.folder.url.appending(path: "run")
      let run = try RunFolder(creating: url, context: RunContext(data: "photos"))
      _ = try job.train(job.plan(.lastStage), run: run)
      contents.append(
        try [RunFolder.File.weights, .head, .plan, .labels].map {
          try Data(contentsOf: run.file($0))
        })
      photos.append(try Run(url).photos)
    }
    #expect(contents[0] == contents[1])
    // `split.json` also says where the photos lie, which is elsewhere for each job here.
    #expect(photos[0] == photos[1])
  }

  @Test(
    "are damaged where run.json says what no run can have written",
    arguments: [
      ("temperature", ["temperature": 0]), ("temperature", ["temperature": -1e300]),
      ("pixels", ["imageSize": 0]), ("pixels", ["imageSize": Int.max]),
      ("channels", ["channels": 2]),
      ("finite", ["preprocessing": ["divisor": 0]]),
      ("finite", ["preprocessing": ["divisor": 1e-40]]),
      ("finite", ["preprocessing": ["deviation": [1, 1e-45, 1]]]),
    ] as [(String, [String: any Sendable])])
  func impossible(message: String, change: [String: any Sendable]) throws {
    let job = try TinyJob()
    let url = job.folder.url.appending(path: "run")
    let run = try RunFolder(creating: url, context: RunContext(data: "photos"))
    _ = try job.train(job.plan(.head), run: run)
    let file = run.file(.run)
    var record = try #require(
      JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    for (key, value) in change {
      if let part = value as? [String: Any], let whole = record[key] as? [String: Any] {
        record[key] = whole.merging(part) { $1 }
      } else {
        record[key] = value
      }
    }
    try JSONSerialization.data(withJSONObject: record).write(to: file)
    let error = #expect(throws: RunError.self) { try Run(url) }
    #expect(error?.kind == .bad)
    #expect(error?.description.contains("run.json' is damaged: ") == true)
    #expect(error?.description.contains(message) == true, "\(String(describing: error))")
  }

  @Test("are usable after an interruption", arguments: [1, 6])
  func interruption(steps: Int) throws {
    let job = try TinyJob()
    let url = job.folder.url.appending(path: "run")
    let run = try RunFolder(creating: url, context: RunContext(data: "photos"))
    let (result, events) = try job.train(job.plan(.full), run: run, stopAfterSteps: steps)
    #expect(result.interrupted)
    #expect(events.count { if case .step = $0 { true } else { false } } == steps)
    let saved = try Run(url)
    #expect(saved.record.interrupted)
    let network = try saved.network(base: job.base.network)
    #expect(try saved.tensors(for: network).differing(from: result.tensors).isEmpty)
  }

  @Test("are refused where something of that name is")
  func existing() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "file")
    try Data().write(to: file)
    for url in [folder.url, file, file.appending(path: "below")] {
      let error = #expect(throws: RunError.self) {
        _ = try RunFolder(creating: url, context: RunContext(data: ""))
      }
      #expect(error?.kind == .cannotCreate)
    }
  }

  @Test("disappear when training fails before there is anything to keep")
  func discarding() throws {
    var job = try TinyJob()
    job.options.cache = nil
    try FileManager.default.removeItem(at: job.photos.root)
    let url = job.folder.url.appending(path: "a/b/run")
    let run = try RunFolder(creating: url, context: RunContext(data: "photos"))
    #expect(throws: TrainingError.self) { _ = try job.train(.head, run: run) }
    run.discardUnlessWorthKeeping()
    #expect(!FileManager.default.fileExists(atPath: job.folder.url.appending(path: "a").path))
  }

  @Test("that are damaged or none are told apart")
  func damage() throws {
    let job = try TinyJob()
    let url = job.folder.url.appending(path: "run")
    func kind() -> RunError.Kind? {
      do {
        let saved = try Run(url)
        _ = try saved.tensors(for: saved.network(base: job.base.network))
        return nil
      } catch let error as RunError {
        return error.kind
      } catch {
        return error is WeightFileError ? .bad : nil
      }
    }
    #expect(kind() == .missing)
    let run = try RunFolder(creating: url, context: RunContext(data: "photos"))
    #expect(kind() == .bad)
    _ = try job.train(.head, run: run)
    #expect(kind() == nil)
    let plan = try Data(contentsOf: run.file(.plan))
    try Data("{".utf8).write(to: run.file(.plan))
    #expect(kind() == .bad)
    try plan.write(to: run.file(.plan))
    var other = job.base.tensors
    other["head/kernel"] = .init(repeating: 0, [12, 3])
    other["head/bias"] = .init(repeating: 0, [3])
    try writeKerasWeights(
      try Run(url).network(base: job.base.network), other, to: run.file(.weights))
    #expect(kind() == .bad)
  }
}
