/// What a training did, as the report tells it: what was tried, what was kept, and why.
public struct TrainingStory: Codable, Hashable, Sendable {
  /// The command line, as one would type it again; `nil` where a program called the library.
  public var command: String?
  /// What the training took, in seconds; `nil` where it did not end.
  public var seconds: Double?
  /// The phases in their order.
  public var phases: [Phase]
  /// What the training decided and remarked, in its own sentences, in their order.
  public var decisions: [String]

  /// A part of the training.
  public struct Phase: Codable, Hashable, Sendable {
    /// Such as `head`.
    public var name: String
    /// Weights that learnt.
    public var parameters: Int
    /// Whether a head was solved, not trained in steps.
    public var isSolved: Bool
    /// After each epoch, also after none.
    public var epochs: [Epoch]

    /// A phase of a training.
    public init(name: String, parameters: Int, isSolved: Bool, epochs: [Epoch] = []) {
      self.name = name
      self.parameters = parameters
      self.isSolved = isSolved
      self.epochs = epochs
    }
  }

  /// What was measured after an epoch.
  public struct Epoch: Codable, Hashable, Sendable {
    /// From 1; 0 is before the first.
    public var epoch: Int
    /// The mean loss of the epoch's views; `nil` before the first.
    public var trainingLoss: Double?
    /// Log loss and accuracy of the validation photos; `nil` where they were not asked.
    public var validationLoss, validationAccuracy: Double?

    /// The figures of one epoch.
    public init(
      epoch: Int, trainingLoss: Double? = nil, validationLoss: Double? = nil,
      validationAccuracy: Double? = nil
    ) {
      self.epoch = epoch
      self.trainingLoss = trainingLoss
      self.validationLoss = validationLoss
      self.validationAccuracy = validationAccuracy
    }
  }

  /// A story of which nothing is known yet.
  public init(command: String? = nil) {
    self.command = command
    phases = []
    decisions = []
  }
}
