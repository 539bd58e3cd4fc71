import Files
import Foundation
import ImagePipeline
import TensorKernels

/// Measures how fast photo files become views that a network can be given: read, decoded, cropped,
/// resized, augmented and preprocessed, without any network.
public struct ViewBenchmark: Codable, Hashable, Sendable {
  /// The folder of the photos, with all that lies below it.
  public var data: String
  public var view: PhotoView
  /// Of the square views, in pixels.
  public var side = 224
  /// Passes over all photos that are timed, each an epoch of other views, after one that is not.
  public var passes = 5
  public var seed: UInt64 = 0

  public init(data: String, view: PhotoView) {
    self.data = data
    self.view = view
  }

  public struct Result: Codable, Hashable, Sendable {
    public let mode: String
    public let photos: Int
    /// Mean size of a photo, in millions of pixels.
    public let megapixels: Double
    public let imageSize: Int
    public let threads: Int
    public let passes: Int
    /// Of the median pass.
    public let imagesPerSecond: Double
    /// Processor time of all threads for an image, of the median pass: what neighbours on the machine
    /// disturb least.
    public let processorMilliseconds: Double
  }

  /// Runs the passes.
  /// - Throws: `DataError` if no photo can be read, or one no longer.
  public func run(pool: WorkerPool) throws -> Result {
    precondition(side > 0 && passes > 0, "a benchmark has views and passes")
    let found = try Photos.scanFlat(URL(filePath: data), pool: pool)
    let photos = found[.all]
    var (seconds, processorSeconds) = ([Double](), [Double]())
    let memory = BatchMemory()
    for pass in 0...passes {
      let (start, processorStart) = (ContinuousClock.now, Self.processorSeconds)
      let loader = try BatchLoader(
        root: found.root, photos: photos, order: Array(photos.indices), side: side, view: view,
        preprocessing: .torch, batchSize: 32, seed: seed, epoch: pass, pool: pool,
        memory: memory)
      while let batch = loader.next() {
        if let failure = batch.failures.first {
          throw DataError(.bad, "'\(failure.path)' cannot be read any more: \(failure.reason)")
        }
      }
      let passed = start.secondsAgo
      guard pass > 0 else { continue }
      seconds.append(passed)
      processorSeconds.append(Self.processorSeconds - processorStart)
    }
    let pixels = found.facts.values.reduce(0.0) { $0 + Double($1.width) * Double($1.height) }
    return Result(
      mode: "views", photos: photos.count, megapixels: pixels / Double(photos.count) / 1e6,
      imageSize: side, threads: pool.count, passes: passes,
      imagesPerSecond: Double(photos.count) / seconds.sorted()[passes / 2],
      processorMilliseconds: 1000 * processorSeconds.sorted()[passes / 2] / Double(photos.count))
  }

  /// Of this process so far (`clock_gettime`).
  private static var processorSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
