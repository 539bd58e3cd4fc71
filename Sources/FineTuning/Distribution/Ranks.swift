import ImagePipeline
import NeuralNetworks
import TensorKernels

/// The processes that carry out a training together, as its phases see them: what each works on, what
/// one of them does for all, and what all must agree on. In a training of one process everything is its
/// own and nothing is sent.
///
/// All ranks make the same calls in the same order, from their driver thread alone.
final class Ranks {
  let communicator: any Communicator
  /// Whether the ranks' machines may round differently, so that their weights would drift apart.
  var roundDifferently = false
  /// What the last step's sums have said: whether some rank is to stop.
  var areStopping = false

  init(_ communicator: any Communicator) {
    self.communicator = communicator
  }

  /// What this rank works on of each batch.
  var part: BatchPart { BatchPart(communicator.rank, of: communicator.size) }

  /// The places of a batch of `count` photos that are this rank's.
  func part(of count: Int) -> Range<Int> { part.range(of: count) }

  /// The photos of a batch that one rank may have to take.
  func largestPart(of batchSize: Int) -> Int { part.largest(of: batchSize) }

  /// A batch of all ranks in which each takes `count` photos.
  func batch(of count: Int) -> Int { count * communicator.size }

  /// Does on rank 0 what only one is to do: writing, speaking, solving. `nil` on the others.
  @discardableResult
  func onFirst<Value>(_ body: () throws -> Value) rethrows -> Value? {
    communicator.isFirst ? try body() : nil
  }

  /// What rank 0 makes, for everybody.
  func fromFirst<Value: Codable>(_ body: () throws -> Value) throws -> Value {
    try communicator.share(body())
  }

  /// Whether anybody says so.
  func any(_ flag: Bool) throws(CommunicationError) -> Bool { try communicator.any(flag) }

  /// Everybody's values added up, for everybody.
  func add(_ values: inout [Double]) throws(CommunicationError) {
    if communicator.isShared { try communicator.sum(&values) }
  }

  /// The mean of everybody's values, for everybody.
  func average(_ values: inout [Double]) throws(CommunicationError) {
    guard communicator.isShared else { return }
    try communicator.sum(&values)
    for place in values.indices { values[place] /= Double(communicator.size) }
  }

  /// Whether a training is to stop before its next step: several ranks have told each other along with
  /// their gradients.
  func stopBeforeStep(_ shouldStop: () -> Bool) -> Bool {
    communicator.isShared ? areStopping : shouldStop()
  }

  /// The photos of a training batch that a step counts: where there are several ranks, those that could
  /// not be read here as well, because the others hear of them only with the step's sums.
  func counted(of batch: PhotoBatch) -> Int {
    batch.total + (communicator.isShared ? batch.failures.count : 0)
  }

  /// What adds up the gradients of these parameters; `nil` for a single process.
  func reducer(of parameters: [Parameter]) -> GradientReducer? {
    communicator.isShared ? GradientReducer(parameters, communicator) : nil
  }
}
