import Files

extension Phase {
  /// Of plans that were written while SGD was the only optimizer.
  private enum FormerKeys: String, CodingKey, CaseIterable { case momentum, nesterov }

  /// A plan written by hand may leave out whatever has a default, but not misspell it.
  public init(from decoder: any Decoder) throws {
    try decoder.refuseKeys(
      otherThan: CodingKeys.allCases.map(\.stringValue),
      accepting: FormerKeys.allCases.map(\.stringValue))
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      try values.decode(String.self, forKey: .name),
      try values.decode(Scope.self, forKey: .scope),
      try values.decode(Method.self, forKey: .method))
    func read<Value: Decodable>(_ key: CodingKeys, _ value: inout Value) throws {
      value = try values.decodeIfPresent(Value.self, forKey: key) ?? value
    }
    try read(.epochs, &epochs)
    try read(.batchSize, &batchSize)
    try read(.accumulation, &accumulation)
    try read(.optimizer, &optimizer)
    try readFormerKeys(of: decoder)
    try read(.learningRate, &learningRate)
    try read(.stageDecay, &stageDecay)
    try read(.schedule, &schedule)
    try read(.warmUp, &warmUp)
    try read(.weightDecay, &weightDecay)
    try read(.labelSmoothing, &labelSmoothing)
    try read(.batchNorm, &batchNorm)
    try read(.augmentation, &augmentation)
    clip = try values.decodeIfPresent(Double.self, forKey: .clip)
    earlyStop = try values.decodeIfPresent(Int.self, forKey: .earlyStop)
    ema = try values.decodeIfPresent(Double.self, forKey: .ema)
    try read(.balance, &balance)
    try read(.views, &views)
  }

  private mutating func readFormerKeys(of decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: FormerKeys.self)
    guard case .sgd(var momentum, var nesterov) = optimizer else { return }
    momentum = try values.decodeIfPresent(Double.self, forKey: .momentum) ?? momentum
    nesterov = try values.decodeIfPresent(Bool.self, forKey: .nesterov) ?? nesterov
    optimizer = .sgd(momentum: momentum, nesterov: nesterov)
  }
}
