import Files
import Foundation

@testable import FineTuning
@testable import ImagePipeline
@testable import TransferLearning

extension FuzzTarget {
  /// What a run's folder and the cache hold.
  static let runs: [FuzzTarget] = [
    FuzzTarget(name: "run") { try readRun($0) },
    FuzzTarget(name: "features") { bytes in
      let file = try Scratch.file("features.f32", sealed("finetune features 2\n", bytes))
      _ = FeatureFile.read(file, key: Data("key".utf8), dimension: 2, limit: 1 << 20)
    },
    FuzzTarget(name: "facts") { bytes in
      _ = ScanFile.decode(Data(sealed("finetune scan\n", bytes)), key: Array("key".utf8))
    },
  ]

  /// As files of the cache begin: with the digest of what follows.
  private static func sealed(_ magic: String, _ bytes: [UInt8]) -> [UInt8] {
    magic.utf8 + ContentDigest(bytes).bytes + bytes
  }

  /// The files of a run, one behind the other, each behind a line `=== NAME`.
  private static func readRun(_ bytes: [UInt8]) throws {
    let run = Scratch.folder.appending(path: "run")
    try? FileManager.default.removeItem(at: run)
    try FileManager.default.createDirectory(at: run, withIntermediateDirectories: true)
    let text = String(decoding: bytes, as: UTF8.self)
    for part in text.split(separator: "=== ") {
      let lines = part.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(lines[0])
      guard names.contains(name), lines.count == 2 else { continue }
      _ = try Scratch.file("run/\(name)", lines[1].utf8)
    }
    _ = try? RunSummary(run)
    _ = try? RunFolder(resuming: run).savedPhotos
    _ = try? RunFolder(resuming: run).savedPlan
    _ = try? RunFolder(resuming: run).isFinished
    _ = try? JobRecord<FineTuningJob, NoJob>(of: run)
    _ = try? EventLog.events(in: run.appending(path: "events.jsonl"))
    let opened = try Run(run)
    _ = try? opened.heldOut
    _ = try? opened.solvedHead
    _ = opened.photos.digest
    if let network { _ = try opened.network(base: network) }
  }

  private static let names =
    Set(RunFolder.File.allCases.map(\.rawValue)).subtracting(["weights.h5", "head.h5"])
}
