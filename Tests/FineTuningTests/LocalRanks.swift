import FineTuning
import Foundation

/// Ranks that are threads of one process: sums are added in the order of ranks.
final class LocalRanks: Communicator, @unchecked Sendable {
  /// What all ranks share; `@unchecked Sendable`: everything behind the condition.
  private final class Table: @unchecked Sendable {
    private let condition = NSCondition()
    private var sheets: [Data?]
    private var taken = 0
    private var round = 0

    init(_ size: Int) { sheets = Array(repeating: nil, count: size) }

    /// Puts down what a rank has, and returns what all have.
    func exchange(_ data: Data, of rank: Int) -> [Data] {
      condition.lock()
      defer { condition.unlock() }
      while sheets[rank] != nil { condition.wait() }
      sheets[rank] = data
      condition.broadcast()
      while sheets.contains(where: { $0 == nil }) { condition.wait() }
      let all = sheets.compactMap(\.self)
      taken += 1
      let now = round
      if taken == sheets.count {
        sheets = Array(repeating: nil, count: sheets.count)
        taken = 0
        round += 1
        condition.broadcast()
      }
      while round == now { condition.wait() }
      return all
    }
  }

  let rank: Int
  let size: Int
  private let table: Table
  private var begun: [UnsafeMutableBufferPointer<Float>] = []
  private let lock = NSLock()

  private init(_ rank: Int, _ size: Int, _ table: Table) {
    self.rank = rank
    self.size = size
    self.table = table
  }

  /// Runs `body` on a thread for each rank and returns what each has returned.
  static func run<Value: Sendable>(
    _ size: Int, _ body: @escaping @Sendable (LocalRanks) throws -> Value
  ) throws -> [Value] {
    let table = Table(size)
    let group = DispatchGroup()
    let results = Results<Value>()
    for rank in 0..<size {
      group.enter()
      Thread.detachNewThread {
        let ranks = LocalRanks(rank, size, table)
        results.set(rank, Result { try body(ranks) })
        group.leave()
      }
    }
    group.wait()
    return try (0..<size).map { try results.get($0) }
  }

  private final class Results<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var values: [Int: Result<Value, any Error>] = [:]
    func set(_ rank: Int, _ value: Result<Value, any Error>) {
      lock.withLock { values[rank] = value }
    }
    func get(_ rank: Int) throws -> Value {
      guard let value = lock.withLock({ values[rank] }) else { throw CancellationError() }
      return try value.get()
    }
  }

  func barrier() { _ = table.exchange(Data(), of: rank) }

  func sum(_ values: inout [Double]) {
    let all = table.exchange(values.withUnsafeBytes { Data($0) }, of: rank)
    for index in values.indices {
      values[index] = all.reduce(0) { sum, data in
        sum + data.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 8 * index, as: Double.self) }
      }
    }
  }

  func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) {
    let all = table.exchange(root == rank ? Data(bytes) : Data(), of: rank)
    if root != rank { bytes.copyBytes(from: all[root]) }
  }

  func gather(_ bytes: [UInt8]) -> [[UInt8]] {
    table.exchange(Data(bytes), of: rank).map { [UInt8]($0) }
  }

  func beginSum(_ values: UnsafeMutableBufferPointer<Float>) {
    lock.withLock { begun.append(values) }
  }

  func finishSums() -> Double {
    for values in lock.withLock({ begun }) {
      let all = table.exchange(Data(buffer: values), of: rank)
      for index in values.indices {
        values[index] = all.reduce(0) { sum, data in
          sum + data.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 4 * index, as: Float.self) }
        }
      }
    }
    lock.withLock { begun.removeAll() }
    return 0
  }

  func abort(code: Int32) {}
}
