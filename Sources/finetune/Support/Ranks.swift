import Foundation
import TransferLearning

/// The processes that `mpirun` or `srun` has started, of which this is one.
enum Ranks {
  private static let environment = ProcessInfo.processInfo.environment

  /// The number that the starter has given this process; 0 when nobody has.
  static let rank = first(["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"]) ?? 0

  /// Whether this is one of several processes, as far as their starter tells.
  private static let isStarted =
    (first(["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"]) ?? 1) > 1

  /// Threads unless the user says: one for each core that this rank may use and need not share.
  static var threads: Int {
    let neighbours = first(["OMPI_COMM_WORLD_LOCAL_SIZE", "SLURM_NTASKS_PER_NODE"]) ?? 1
    let cores = ProcessInfo.processInfo.processorCount
    return min(WorkerPool.coreCount, max(1, cores / max(1, neighbours)))
  }

  /// Rank 0 is heard first: most errors are everybody's, and its exit ends the others.
  private static let pause: UInt32 = 500_000

  private static func first(_ names: [String]) -> Int? {
    names.lazy.compactMap { environment[$0].flatMap(Int.init) }.first
  }

  #if MPI
    private static let joined = Joined()

    /// Joins the other ranks; a single process where there are none.
    /// - Throws: `CommunicationError`.
    static func join() throws -> any Communicator {
      guard isStarted else { return SingleProcess() }
      let communicator = try MPICommunicator()
      joined.set(communicator)
      return communicator
    }

    /// Ends together with the others, or ends them if this rank has failed.
    static func leave(_ status: ExitStatus) {
      guard let communicator = joined.communicator else { return }
      guard status == .done || status == .interrupted else {
        return communicator.abort(code: status.rawValue)
      }
      do {
        // Asleep, where ending would spin.
        try communicator.barrier()
        try communicator.finish()
      } catch {
        communicator.abort(code: ExitStatus.software.rawValue)
      }
    }

    /// Set and read by the main thread.
    private final class Joined: @unchecked Sendable {
      private(set) var communicator: MPICommunicator?
      func set(_ communicator: MPICommunicator) { self.communicator = communicator }
    }
  #else
    /// - Throws: `UsageError` where several processes would each write the same run.
    static func join() throws -> any Communicator {
      guard !isStarted else {
        throw UsageError(
          "this is one of several processes, but 'finetune' was built without MPI; build it with"
            + " 'swift build -c release --traits MPI --scratch-path .build/mpi'")
      }
      return SingleProcess()
    }

    static func leave(_ status: ExitStatus) {}
  #endif

  /// - Throws: `UsageError` for commands that one process carries out.
  static func requireNone() throws {
    guard !isStarted else {
      throw UsageError("only training runs in several processes; start this command without mpirun")
    }
  }

  /// Tells of a failure; ranks other than 0 wait and say which they are.
  static func report(_ message: String) {
    guard rank > 0 else { return Output.alert(message) }
    usleep(pause)
    guard !message.isEmpty else { return }
    Output.loud(
      message.replacing("finetune: ", with: "finetune: rank \(rank): ", maxReplacements: 1))
  }
}
