import TensorKernels

/// How norms behave in the part of a network that trains.
public enum BatchNormMode: String, Codable, Hashable, Sendable, CaseIterable {
  /// Stored statistics, never changed: the default for fine-tuning.
  case frozen
  /// Statistics of the batch, which also move the stored ones: for training from scratch.
  case train
}

/// How a network is compiled.
public struct ExecutionOptions: Sendable {
  /// The `batchSize` of what answers photos, however many there are: by it a micro-batch is as large as for any larger
  /// batch (decision 52), so that a photo has the same answer, bit for bit, alone and among others.
  package static let answering = Compilation.MicroBatch.largest

  /// The most examples of one training step.
  public var batchSize: Int
  /// Names of the nodes whose parameters learn; empty for inference.
  public var trainable: Set<String>
  /// What batch norms of trainable nodes do; those of all others keep their statistics in any case.
  public var batchNorm: BatchNormMode
  /// The nodes whose values are returned, one after the other; `nil` for the network's output. The
  /// loss reads the first.
  public var outputs: [Network.NodeID]?
  /// For dropout.
  public var seed: UInt64
  /// Whether the gradient of the input is computed too.
  public var wantsInputGradient: Bool
  /// What values between layers are stored in; inputs, outputs and gradients of weights are Float32.
  public var precision: Precision
  /// Whether each kernel is timed, for `Executor.profile`; it costs a microsecond a call.
  public var isProfiled = false

  /// Options for inference in Float32, unless `trainable` names nodes.
  public init(
    batchSize: Int, trainable: Set<String> = [], batchNorm: BatchNormMode = .frozen,
    outputs: [Network.NodeID]? = nil, seed: UInt64 = 0, wantsInputGradient: Bool = false,
    precision: Precision = .float32
  ) {
    self.batchSize = batchSize
    self.trainable = trainable
    self.batchNorm = batchNorm
    self.outputs = outputs
    self.seed = seed
    self.wantsInputGradient = wantsInputGradient
    self.precision = precision
  }
}
