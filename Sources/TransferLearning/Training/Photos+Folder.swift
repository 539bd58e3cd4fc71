import FineTuning
import Foundation
import ImagePipeline
import TensorKernels

extension Photos {
  /// The photos of a folder of class folders, with or without splits (`train`, `valid`, `Testing`, any
  /// customary name), or of a list, read on a thread of its own; see `Photos.scan`.
  /// - Throws: `DataError`.
  public init(_ path: String, pool: WorkerPool = WorkerPool()) async throws {
    self = try await onOwnThread { _ in
      try Photos.scan(URL(filePath: path), cache: .standard, pool: pool)
    }
  }
}
