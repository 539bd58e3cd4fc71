#if MPI
  internal import CMPI
  import Dispatch
  import Foundation
  import Synchronization

  /// The ranks of `mpirun` or `srun`, through Open MPI.
  ///
  /// All calls of the library are made one after the other on a queue of their own. Before each sum
  /// the ranks meet in a barrier that is awaited asleep: the library itself would spin, and take the
  /// core from a worker that still computes.
  package final class MPICommunicator: Communicator {
    package let rank: Int
    package let size: Int

    private let queue = DispatchQueue(label: "finetune.mpi")
    private let pending = Mutex(Pending())
    /// Pieces in which bytes travel: the library counts with 32 bits.
    private static let longest = 1 << 28

    /// What the sums begun since the last `finishSums` have come to.
    private struct Pending {
      var seconds = 0.0
      var failure: CommunicationError?
    }

    /// Joins the other ranks; once in the life of a process.
    /// - Throws: `CommunicationError` when Open MPI cannot start here.
    package init() throws(CommunicationError) {
      var (provided, rank, size): (Int32, Int32, Int32) = (0, 0, 1)
      try Self.check(ft_mpi_init(&provided), "starting")
      guard ft_mpi_is_serialized(provided) != 0 else {
        throw CommunicationError(
          "this Open MPI was built without threads; install one with MPI_THREAD_SERIALIZED")
      }
      try Self.check(ft_mpi_return_errors(), "starting")
      try Self.check(ft_mpi_rank(&rank), "counting ranks")
      try Self.check(ft_mpi_size(&size), "counting ranks")
      self.rank = Int(rank)
      self.size = Int(size)
    }

    package func barrier() throws(CommunicationError) {
      try perform { () throws(CommunicationError) in try Self.meet() }
    }

    package func sum(_ values: inout [Double]) throws(CommunicationError) {
      guard isShared, let count = Int32(exactly: values.count), count > 0 else { return }
      let own = values
      values = try perform { () throws(CommunicationError) in
        // At an address that stays until the library has finished.
        let sums = UnsafeMutableBufferPointer<Double>.allocate(capacity: own.count)
        defer { sums.deallocate() }
        _ = sums.initialize(from: own)
        var request: MPI_Request?
        try Self.check(
          ft_mpi_begin_sum_doubles(sums.baseAddress, count, &request), "adding up")
        try Self.wait(for: &request)
        return Array(sums)
      }
    }

    package func broadcast(
      _ bytes: UnsafeMutableRawBufferPointer, from root: Int
    ) throws(CommunicationError) {
      guard isShared, let start = bytes.baseAddress else { return }
      // The caller waits, so the memory stays.
      nonisolated(unsafe) let memory = start
      let length = bytes.count
      try perform { () throws(CommunicationError) in
        for first in stride(from: 0, to: length, by: Self.longest) {
          let count = Int32(min(Self.longest, length - first))
          var request: MPI_Request?
          try Self.check(
            ft_mpi_begin_broadcast(memory + first, count, Int32(root), &request), "broadcasting")
          try Self.wait(for: &request)
        }
      }
    }

    package func gather(_ bytes: [UInt8]) throws(CommunicationError) -> [[UInt8]] {
      var lengths = [Double](repeating: 0, count: size)
      lengths[rank] = Double(bytes.count)
      try sum(&lengths)
      var all: [[UInt8]] = []
      for root in 0..<size {
        var part = root == rank ? bytes : [UInt8](repeating: 0, count: Int(lengths[root]))
        try broadcast(&part, from: root)
        all.append(part)
      }
      return all
    }

    package func beginSum(_ values: UnsafeMutableBufferPointer<Float>) {
      guard isShared, let start = values.baseAddress else { return }
      nonisolated(unsafe) let memory = start
      let count = values.count
      queue.async { [self] in
        guard pending.withLock({ $0.failure == nil }) else { return }
        do throws(CommunicationError) {
          try Self.meet()
          let begin = ContinuousClock.now
          for first in stride(from: 0, to: count, by: Self.longest) {
            let part = Int32(min(Self.longest, count - first))
            try Self.check(ft_mpi_sum_floats(memory + first, part), "adding up gradients")
          }
          let seconds = (ContinuousClock.now - begin).seconds
          pending.withLock { $0.seconds += seconds }
        } catch {
          pending.withLock { $0.failure = error }
        }
      }
    }

    package func finishSums() throws(CommunicationError) -> Double {
      queue.sync {}
      let result = pending.withLock { pending in
        defer { pending = Pending() }
        return pending
      }
      if let failure = result.failure { throw failure }
      return result.seconds
    }

    package func abort(code: Int32) { _ = ft_mpi_abort(code) }

    /// Leaves the other ranks; waits until all do. Nothing may be called afterwards.
    package func finish() throws(CommunicationError) {
      try perform { () throws(CommunicationError) in
        try Self.check(ft_mpi_finalize(), "ending")
      }
    }

    private func perform<Value: Sendable>(
      _ body: @Sendable () throws(CommunicationError) -> Value
    ) throws(CommunicationError) -> Value {
      let result: Result<Value, CommunicationError> = queue.sync {
        do throws(CommunicationError) {
          return .success(try body())
        } catch {
          return .failure(error)
        }
      }
      return try result.get()
    }

    /// Waits asleep until all ranks are here.
    private static func meet() throws(CommunicationError) {
      var request: MPI_Request?
      try check(ft_mpi_begin_barrier(&request), "meeting")
      try wait(for: &request)
    }

    /// Looks again and again, and sleeps in between for a part of the time waited so far: what is about
    /// to come is not missed, and a long wait costs nothing. Yielding instead would hand a worker on the
    /// same core a whole time slice, some milliseconds.
    private static func wait(for request: inout MPI_Request?) throws(CommunicationError) {
      let start = ContinuousClock.now
      var done: Int32 = 0
      while true {
        try check(ft_mpi_test(&request, &done), "waiting")
        if done != 0 { return }
        let waited = (ContinuousClock.now - start).seconds
        ft_mpi_nap(Int(1e9 * min(max(waited / 32, 1e-5), 2e-3)))
      }
    }

    private static func check(_ status: Int32, _ what: String) throws(CommunicationError) {
      guard status != 0 else { return }
      var text = [CChar](repeating: 0, count: ft_mpi_error_length + 1)
      _ = ft_mpi_error(status, &text)
      let reason = String(
        decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      throw CommunicationError("Open MPI failed while \(what): \(reason)")
    }
  }
#endif
