import Foundation
import ImagePipeline
import TensorKernels

/// What ranks tell each other beside gradients.
extension TrainingSession {
  private var communicator: any Communicator { ranks.communicator }

  /// Makes sure that all ranks carry out the same training.
  /// - Returns: what a reader should know when their machines differ.
  /// - Throws: `RunError` `.bad` naming a rank and what it has otherwise than rank 0.
  func checkRanks() throws -> String? {
    guard communicator.isShared, let identity else { return nil }
    struct Passport: Codable {
      var identity: TrainingIdentity
      var machine: String
    }
    let own = Passport(identity: identity, machine: library)
    let all = try communicator.gather([UInt8](try JSONEncoder().encode(own))).map {
      try JSONDecoder().decode(Passport.self, from: Data($0))
    }
    for (rank, passport) in all.enumerated() {
      if let difference = passport.identity.difference(from: all[0].identity) {
        throw RunError(
          .bad,
          "rank \(rank) carries out another training than rank 0: it has \(difference); all ranks need"
            + " the same photos and weights")
      }
    }
    guard let other = all.first(where: { $0.machine != all[0].machine }) else { return nil }
    ranks.roundDifferently = true
    return
      "the ranks compute with '\(all[0].machine)' and '\(other.machine)', which round differently:"
      + " weights are taken from rank 0 at the end of each epoch"
  }

  /// Takes the weights of rank 0 where the ranks' own may have drifted apart.
  func alignWeights(_ split: SplitExecutor) throws {
    guard ranks.roundDifferently else { return }
    split.restore(try communicator.share(split.changingTensors()))
  }

  /// What happened on the ranks while a batch was loaded: photos that failed anywhere are left out
  /// everywhere. Returns whether somebody wants to stop.
  func agree(on batch: inout PhotoBatch) throws -> Bool {
    guard communicator.isShared else {
      try leaveOut(batch.failures)
      return shouldStop()
    }
    var flags = [shouldStop() ? 1.0 : 0, Double(batch.failures.count)]
    try communicator.sum(&flags)
    // Its own are left out of the total already.
    batch.total -= Int(flags[1]) - batch.failures.count
    if flags[1] > 0 { try leaveOutEverywhere(batch.failures) }
    return flags[0] > 0
  }

  /// Leaves out what could not be read of a training batch, unless the ranks will hear of it with the
  /// step's sums.
  func leaveOutBeforeStep(_ failures: [SkippedPhoto]) throws {
    if !communicator.isShared { try leaveOut(failures) }
  }

  /// The same training in one process, to be measured.
  var alone: TrainingSession {
    guard communicator.isShared else { return self }
    var options = options
    options.communicator = SingleProcess()
    return with(options)
  }

  /// Whether the training has an identity: where it has a folder to be resumed from, or ranks to agree.
  var needsIdentity: Bool { run != nil || communicator.isShared }

  /// Leaves out what failed on any rank.
  func leaveOutEverywhere(_ own: [SkippedPhoto]) throws {
    let all = try communicator.gather([UInt8](try JSONEncoder().encode(own)))
    try leaveOut(all.flatMap { try JSONDecoder().decode([SkippedPhoto].self, from: Data($0)) })
  }

  /// Gives every rank the rows that each has computed of its part of each batch.
  func share(_ store: MapStore, of order: [Int], batchSize: Int) throws {
    guard communicator.isShared else { return }
    for first in stride(from: 0, to: order.count, by: batchSize) {
      let batch = order[first..<min(first + batchSize, order.count)]
      for rank in 0..<communicator.size {
        for place in BatchPart(rank, of: communicator.size).range(of: batch.count) {
          guard let row = store.row(batch[first + place]) else { continue }
          try communicator.broadcast(
            UnsafeMutableRawBufferPointer(
              UnsafeMutableBufferPointer(start: row, count: store.rowCount)), from: rank)
        }
      }
    }
  }

  /// Gives every rank the features that each has computed.
  func share(_ fresh: FreshFeatures, digest: (_ photo: Int) -> String?) throws {
    guard communicator.isShared else { return }
    let dimension = base.dimension
    let own = fresh.photos.map(\.photo)
    let ownValues = fresh.values
    var counts = [Double](repeating: 0, count: communicator.size)
    counts[communicator.rank] = Double(own.count)
    try communicator.sum(&counts)
    for rank in 0..<communicator.size {
      let isOwn = rank == communicator.rank
      var indices = isOwn ? own : [Int](repeating: 0, count: Int(counts[rank]))
      var values = isOwn ? ownValues : [Float](repeating: 0, count: indices.count * dimension)
      try communicator.broadcast(&indices, from: rank)
      try communicator.broadcast(&values, from: rank)
      guard !isOwn else { continue }
      values.withUnsafeBufferPointer { values in
        guard let start = values.baseAddress else { return }
        for (place, index) in indices.enumerated() {
          fresh.add(index, digest: digest(index), start + place * dimension)
        }
      }
    }
  }

  /// Rank 0's head and what is known of the training, for everybody.
  func shareHead() throws {
    let head = network[network.output].name
    let solved = (beginning ?? tensors).filter { $0.key.hasPrefix("\(head)/") }
    let shared = initialTensors.merging(try communicator.share(solved)) { $1 }
    if beginning == nil { tensors = shared } else { beginning = shared }
    state = try communicator.share(state)
  }

  /// Rank 0's checkpoint, for everybody.
  func share(_ checkpoint: Checkpoint?) throws -> Checkpoint? {
    guard communicator.isShared else { return checkpoint }
    guard try communicator.any(checkpoint != nil) else { return nil }
    let tensors = checkpoint?.tensors ?? .init()
    let hasNow = try communicator.any(tensors.now != nil)
    let hasBeginning = try communicator.any(tensors.beginning != nil)
    let hasTrial = try communicator.any(tensors.trial != nil)
    struct Header: Codable {
      var identity: TrainingIdentity
      var state: TrainingState
      var eventByteCount: Int
      var isScheduled: Bool
      var library: String
    }
    let header = try communicator.share(
      checkpoint.map {
        Header(
          identity: $0.identity, state: $0.state, eventByteCount: $0.eventByteCount,
          isScheduled: $0.isScheduled, library: $0.library)
      })
    guard let header else { return nil }
    var shared = Checkpoint(
      identity: header.identity, state: header.state, eventByteCount: header.eventByteCount,
      isScheduled: header.isScheduled, library: header.library)
    shared.tensors.best = try communicator.share(tensors.best)
    shared.tensors.beginning =
      hasBeginning ? try communicator.share(tensors.beginning ?? [:]) : nil
    shared.tensors.now = hasNow ? try communicator.share(tensors.now ?? [:]) : nil
    if hasTrial {
      let trial = tensors.trial.map { ["trial": $0] } ?? [:]
      shared.tensors.trial = try communicator.share(trial)["trial"]
    }
    shared.tensors.optimizer = try communicator.share(tensors.optimizer)
    shared.tensors.average = try communicator.share(tensors.average)
    return shared
  }
}
