import ArgumentParser
import Foundation
import TransferLearning

/// The training plan, and settings that replace its own.
struct PlanOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      What learns:
      adapt       the head, then everything, as strongly as
                  pays on photos that it has not seen
      head        the head alone
      last-stage  the head, then the last stage with it
      gradual     the head, then a stage more in each phase
      full        the head, then everything
      scratch     everything, from random weights
      FILE.json   a plan of your own, as RUN/plan.json is
      The defaults below are those of 'adapt'; --dry-run shows those of any plan.
      """, valueName: "NAME|FILE.json"),
    completion: Candidates.plans)
  var plan = Defaulted(FineTuningPlan.default.name)

  @Option(
    help: ArgumentHelp(
      "Repeat everything so many times, each time without another part of the photos, which then measures: the figure for small folders. At last what is best learns from all photos (default: 5 below 150 photos, else none).",
      valueName: "K"))
  var folds: Int?

  @Option(\Phase.epochs) var epochs: Int?
  @Option(\Phase.method) var head: Phase.Method?
  @Option(\HeadLayers.hidden) var headHidden: Int?
  @Option(\HeadLayers.dropout) var headDropout: Double?

  @Option(
    help: ArgumentHelp(
      "Passes over the features with --head sgd or --head-hidden (default: 30).", valueName: "N"))
  var headEpochs: Int?

  @Option(\Phase.views) var headViews: Int?
  @Option(\Phase.learningRate) var learningRate: Double?
  @Option(\Phase.schedule) var schedule: RateSchedule?
  @Option(\Phase.warmUp) var warmUp: Double?
  @Option(\Phase.stageDecay) var stageDecay: Double?
  @Option(\Phase.batchSize) var batchSize: Int?
  @Option(\Phase.accumulation) var accumulate: Int?
  @Option(\Phase.optimizer) var optimizer: OptimizerRule?
  @Option(\Phase.optimizer.momentum) var momentum: Double?
  @Option(\Phase.weightDecay) var weightDecay: Double?
  @Option(\Phase.clip) var clip: Double?
  @Option(\Phase.batchNorm) var batchNorm: BatchNormMode?
  @Option(\Phase.labelSmoothing) var labelSmoothing: Double?
  @Option(\Phase.ema) var ema: Double?
  @Option(\Phase.earlyStop) var earlyStop: Int?
  @Option(\Phase.keep) var keep: Phase.Keep?
  @Option(\Phase.balance) var balance: ClassBalance?

  @Option(
    help: ArgumentHelp(
      "How long everything may take, as 30s, 5m or 1h30m: the plan is as deep and as long as fits, by steps measured here (default: what two cores do in 5 minutes, or less where nothing is gained by more).",
      valueName: "TIME"))
  var budget: TimeSpan?

  @Option(
    help: ArgumentHelp(
      "Decides everything random; another seed gives another split and order.", valueName: "N"))
  var seed = Defaulted<UInt64>(0)

  /// What the user gave.
  var choices: PlanChoices {
    var choices = PlanChoices()
    choices.plan = plan.given
    choices.headEpochs = headEpochs
    choices.folds = folds
    choices.head.choose(\.hidden, headHidden)
    choices.head.choose(\.dropout, headDropout)
    choices.phases.choose(\.epochs, epochs)
    choices.phases.choose(\.method, head)
    choices.phases.choose(\.views, headViews)
    choices.phases.choose(\.learningRate, learningRate)
    choices.phases.choose(\.schedule, schedule)
    choices.phases.choose(\.warmUp, warmUp)
    choices.phases.choose(\.stageDecay, stageDecay)
    choices.phases.choose(\.batchSize, batchSize)
    choices.phases.choose(\.accumulation, accumulate)
    choices.phases.choose(\.optimizer, optimizer)
    choices.phases.choose(\.optimizer.momentum, momentum)
    choices.phases.choose(\.weightDecay, weightDecay)
    choices.phases.choose(\.clip, clip)
    choices.phases.choose(\.batchNorm, batchNorm)
    choices.phases.choose(\.labelSmoothing, labelSmoothing)
    choices.phases.choose(\.ema, ema)
    choices.phases.choose(\.earlyStop, earlyStop)
    choices.phases.choose(\.keep, keep)
    choices.phases.choose(\.balance, balance)
    return choices
  }
}

/// How training varies its photos.
struct AugmentationOptions: ParsableArguments {
  @Option(\Phase.augmentation) var augment: Augmentation?
  @Option(\Phase.augmentation.pcaSigma) var pcaJitter: Double?
  @Option(\Phase.augmentation.mixup) var mixup: Double?
  @Option(\Phase.augmentation.cutmix) var cutmix: Double?

  /// Adds what the user gave.
  func choose(in phases: inout Choices<Phase>) {
    phases.choose(\.augmentation, augment)
    phases.choose(\.augmentation.pcaSigma, pcaJitter)
    phases.choose(\.augmentation.mixup, mixup)
    phases.choose(\.augmentation.cutmix, cutmix)
  }
}

extension OptimizerRule: ExpressibleByArgument {
  /// A rule by its name, with its usual settings, as it stands behind `--optimizer`.
  public init?(argument: String) { self.init(name: argument) }

  /// The rules' names, which shells offer.
  public static var defaultCompletionKind: CompletionKind { .list(names) }
}

extension RateSchedule: ExpressibleByArgument {
  /// A schedule by its name, with its usual settings, as it stands behind `--schedule`.
  public init?(argument: String) { self.init(name: argument) }

  /// The schedules' names, which shells offer.
  public static var defaultCompletionKind: CompletionKind { .list(names) }
}

extension Phase.Method: ExpressibleByArgument {}
extension Phase.Keep: ExpressibleByArgument {}
extension ClassBalance: ExpressibleByArgument {}
