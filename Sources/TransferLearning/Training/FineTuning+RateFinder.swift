import Files
import FineTuning
import Foundation
import TensorKernels

extension FineTuning {
  /// The learning-rate range test of the job's plan; see `FineTuner.findRate`.
  /// - Throws: as `FineTuner.findRate`.
  package func findRate(
    pool: WorkerPool, onStep: (RateFinder) -> Void = { _ in },
    shouldStop: @escaping @Sendable () -> Bool = { false }
  ) throws -> RateFinder {
    try tuner.findRate(
      on: photos, pool: pool, onStep: onStep, shouldStop: shouldStop)
  }
}

extension RateFinder {
  /// Writes `plot` as an SVG file, whole or not at all; missing folders are created.
  /// - Throws: `FileError`: `cannotCreate`, `inputOutput`.
  package func writePlot(to file: URL, title: String) throws {
    let folder = file.deletingLastPathComponent()
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw FileError(
        .cannotCreate, "'\(folder.relativePath)' cannot be created: \(error.localizedDescription)")
    }
    try AtomicFile.write(Array(plot(title: title).utf8), to: file)
  }
}
