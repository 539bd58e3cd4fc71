import Foundation
import ImagePipeline
import TensorKernels

/// Processes that train one network together, each with a part of every batch.
///
/// All ranks make the same calls in the same order, from one thread each. A sum has the same bytes on
/// every rank, and the same again with as many ranks.
package protocol Communicator: AnyObject, Sendable {
  /// The number of this process, `0..<size`. Rank 0 writes and speaks.
  var rank: Int { get }
  /// The number of processes, at least 1.
  var size: Int { get }

  /// Waits until all ranks have called this.
  func barrier() throws(CommunicationError)
  /// Adds up everybody's values, element by element, for everybody.
  func sum(_ values: inout [Double]) throws(CommunicationError)
  /// Gives everybody what rank `root` has.
  func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) throws(CommunicationError)
  /// What each rank has, by rank, for everybody.
  func gather(_ bytes: [UInt8]) throws(CommunicationError) -> [[UInt8]]

  /// Begins to add up everybody's values in place, behind all sums begun before, while the caller goes
  /// on; may be called by any thread.
  /// - Parameter values: valid and untouched until `finishSums` returns.
  func beginSum(_ values: UnsafeMutableBufferPointer<Float>)
  /// Waits for all sums begun.
  /// - Returns: the seconds that adding up took, without waiting for ranks that were not there yet.
  func finishSums() throws(CommunicationError) -> Double

  /// Ends all ranks, this one with the exit code given, when one of them cannot go on.
  func abort(code: Int32)
}

extension Communicator {
  /// Whether this is one of several processes.
  package var isShared: Bool { size > 1 }
  /// Whether this rank writes and speaks.
  package var isFirst: Bool { rank == 0 }

  /// Whether anybody says so.
  package func any(_ flag: Bool) throws(CommunicationError) -> Bool {
    guard isShared else { return flag }
    var count = [flag ? 1.0 : 0]
    try sum(&count)
    return count[0] > 0
  }
}

extension Communicator {
  /// Rank 0's value, for everybody.
  /// - Parameter value: asked for on rank 0 only.
  package func share<Value: Codable>(_ value: @autoclosure () throws -> Value) throws -> Value {
    guard isShared else { return try value() }
    var bytes = isFirst ? [UInt8](try JSONEncoder().encode([value()])) : []
    var count = [isFirst ? Double(bytes.count) : 0]
    try sum(&count)
    if !isFirst { bytes = [UInt8](repeating: 0, count: Int(count[0])) }
    try broadcast(&bytes, from: 0)
    guard let shared = try JSONDecoder().decode([Value].self, from: Data(bytes)).first else {
      throw CommunicationError("rank 0 sent nothing")
    }
    return shared
  }

  /// Rank 0's tensors, for everybody.
  func share(_ tensors: [String: Tensor]) throws -> [String: Tensor] {
    guard isShared else { return tensors }
    let shapes = try share(tensors.mapValues(\.shape))
    var shared: [String: Tensor] = [:]
    for (name, shape) in shapes.sorted(by: { $0.key < $1.key }) {
      var values = tensors[name]?.values ?? []
      if !isFirst { values = [Float](repeating: 0, count: shape.count) }
      try broadcast(&values, from: 0)
      shared[name] = Tensor(shape, values)
    }
    return shared
  }

  /// Rank `root`'s values, for everybody; as many on each rank.
  func broadcast<Value: BitwiseCopyable>(_ values: inout [Value], from root: Int)
    throws(CommunicationError)
  {
    var failure: CommunicationError?
    values.withUnsafeMutableBytes { bytes in
      do throws(CommunicationError) {
        try broadcast(bytes, from: root)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }
}

/// Why processes cannot work together any more: one sentence.
package struct CommunicationError: Error, Hashable, Sendable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}

/// The only process of a run.
package final class SingleProcess: Communicator {
  package var rank: Int { 0 }
  package var size: Int { 1 }

  package init() {}

  package func barrier() {}
  package func sum(_ values: inout [Double]) {}
  package func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) {}
  package func gather(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] }
  package func beginSum(_ values: UnsafeMutableBufferPointer<Float>) {}
  package func finishSums() -> Double { 0 }
  package func abort(code: Int32) {}
}
