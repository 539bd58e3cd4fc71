import ImagePipeline

extension Phase: Adjustable {
  /// Where a setting changes something.
  package enum Use: Hashable, Sendable, CaseIterable {
    /// The first phase, where it finds the head alone.
    case head
    /// Phases that take steps.
    case steps
    /// The same, but for a head that is trained before anything else.
    case epochs
    /// Phases that train stages of the base.
    case stages
    /// Phases that look at views of the photos, but for such a head.
    case views
    /// Phases that mix these, but for such a head.
    case mixing
    /// All phases.
    case everywhere
  }

  /// All settings of phases. Options replace them in this order.
  package static let settings: [Setting<Phase>] = [
    Setting("name", \.name, presence: .required),
    Setting("scope", \.scope, presence: .required),
    Setting(
      "method", \.method, .anything,
      SettingOption(
        .head,
        "How the first phase finds the head on features of the frozen base: solved to convergence, or trained in steps.",
        "solve|sgd", named: "head"), presence: .required),
    Setting(
      "epochs", \.epochs, .within(1...100_000),
      SettingOption(
        .epochs, "At most so many passes over the training photos in each phase.", "N"),
      overriding: { ($0.epochs, $0.minimumSteps) = ($1, nil) }),
    Setting("minimumSteps", optional: \.minimumSteps, .within(1...1_000_000)),
    Setting(
      "batchSize", \.batchSize, .within(1...4096),
      SettingOption(.steps, "Photos in a batch.", "N")),
    Setting(
      "accumulation", \.accumulation, .within(1...4096),
      SettingOption(
        .steps, "Batches that are added up for one update of the weights.", "N", named: "accumulate"
      )),
    Setting(
      "optimizer", \.optimizer, .valid,
      SettingOption(
        .steps,
        "The optimizer: how weights follow their gradients. Another than the plan's also brings its own customary rate, 0.03 of SGD's for AdamW, 30 times for LARS, unless `learningRate` is given.",
        "sgd|adamw|lars"), overriding: { $0.follow($1) }),
    Setting(
      "learningRate", \.learningRate, .moreThan(0),
      SettingOption(
        .steps, "The peak learning rate of the head; earlier stages learn slower.", "X"),
      overriding: { ($0.learningRate, $0.rateWidth) = ($1, nil) }),
    Setting("rateWidth", optional: \.rateWidth, .within(1...1_000_000)),
    Setting(
      "schedule", \.schedule, .valid,
      SettingOption(
        .steps, "How the learning rate changes once it has risen.", "constant|step|cosine|one-cycle"
      )),
    Setting(
      "stageDecay", \.stageDecay, .atLeast(1),
      SettingOption(
        .stages, "How many times slower each stage of the base learns than the one behind it.", "X")
    ),
    Setting(
      "warmUp", \.warmUp, .within(0...1),
      SettingOption(
        .steps, "The share of each phase in which the learning rate rises from zero.", "X")),
    Setting(
      "weightDecay", \.weightDecay, .atLeast(0),
      SettingOption(
        .steps, "The weight decay: how fast kernels shrink unless the photos speak against it.", "X"
      )),
    Setting(
      "labelSmoothing", \.labelSmoothing, .within(0..<1),
      SettingOption(.steps, "How much of the target is spread over all classes.", "X")),
    Setting(
      "clip", optional: \.clip, .moreThan(0), off: 0,
      SettingOption(.steps, "The largest norm of a gradient; 0: no limit.", "X")),
    Setting(
      "batchNorm", \.batchNorm, .anything,
      SettingOption(
        .stages,
        "What batch norms normalise by: the statistics that the base was trained with, or those of each batch.",
        "frozen|train")),
    Setting(
      "augmentation", \.augmentation, recipe,
      SettingOption(
        .views, "How training varies its photos.", "none|light|standard|strong|alexnet",
        named: "augment")),
    Setting(
      "keep", \.keep, .anything,
      SettingOption(
        .steps,
        "Which weights a phase leaves behind: those of its best epoch, or those of its end where they lower the validation photos' log loss in spite of its noise.",
        "best|end")),
    Setting("photos", \.photos),
    Setting(
      "earlyStop", optional: \.earlyStop, .atLeast(1), off: 0,
      SettingOption(.steps, "End a phase after so many epochs without a better one; 0: never.", "N")
    ),
    Setting(
      "ema", optional: \.ema, .within(0..<1), off: 0,
      SettingOption(
        .steps, "Keep a running average of the weights with this decay, as 0.999; 0: none.", "X")),
    Setting(
      "balance", \.balance, .anything,
      SettingOption(
        .everywhere,
        "What is done about classes of different size: nothing, equal numbers drawn, or weights.",
        "none|sampler|weights")),
    Setting(
      "views", \.views, .within(0...64),
      SettingOption(
        .head, "Augmented views of each photo that a solved head sees beside the plain one.", "N",
        named: "head-views")),
    Setting(
      "momentum", optional: \.optimizer.momentum, .within(0..<1),
      SettingOption(.steps, "Momentum of sgd and lars.", "X")
    ).part,
    Setting(
      "pcaJitter", optional: \.augmentation.pcaSigma, .anything, off: 0,
      SettingOption(
        .views, "Vary colours along their principal axes, as 0.1; 0: not at all.", "SIGMA")
    ).part,
    Setting(
      "mixup", \.augmentation.mixup, .anything,
      SettingOption(.mixing, "Blend photos of a batch, as 0.2; 0: not at all.", "X")
    ).part,
    Setting(
      "cutmix", \.augmentation.cutmix, .anything,
      SettingOption(
        .mixing, "Put parts of photos into others of the batch, as 1; 0: not at all.", "X")
    ).part,
  ]

  private static let recipe = Allowed<Augmentation> { key, recipe in
    do throws(AugmentationError) { try recipe.validate() } catch {
      return SettingFault(
        "\(key): \(error.part)", found: error.found, expected: error.expected)
    }
    return nil
  }

  /// Takes another optimizer, with the rate that is customary for it.
  private mutating func follow(_ rule: OptimizerRule) {
    guard rule.name != optimizer.name else { return }
    learningRate *= rule.customaryRateFactor / optimizer.customaryRateFactor
    optimizer = rule
  }

  // MARK: JSON

  /// Of version 0.2, where SGD was the only optimizer.
  private enum FormerKeys: String, CodingKey, CaseIterable { case momentum, nesterov }

  /// A plan written by hand may leave out whatever has a default, but not misspell it.
  public init(from decoder: any Decoder) throws {
    self.init("", .head, .sgd)
    try read(from: decoder, accepting: FormerKeys.allCases.map(\.stringValue))
    try readFormerKeys(of: decoder)
  }

  /// Writes an object with all settings.
  public func encode(to encoder: any Encoder) throws { try write(to: encoder) }

  private mutating func readFormerKeys(of decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: FormerKeys.self)
    guard case .sgd(var momentum, var nesterov) = optimizer else { return }
    momentum = try values.decodeIfPresent(Double.self, forKey: .momentum) ?? momentum
    nesterov = try values.decodeIfPresent(Bool.self, forKey: .nesterov) ?? nesterov
    optimizer = .sgd(momentum: momentum, nesterov: nesterov)
  }
}
