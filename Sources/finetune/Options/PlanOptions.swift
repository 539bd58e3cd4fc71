import ArgumentParser
import Foundation
import TransferLearning

/// The training plan, and settings that replace its own.
struct PlanOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What learns: the head alone; the head, then the last stage with it; the head, then one stage more in each phase; the head, then everything; everything from random weights; or a plan of your own, as RUN/plan.json is.",
      valueName: "head|last-stage|gradual|full|scratch|FILE.json"))
  var plan = FineTuningPlan.lastStage.name

  @Option(
    help: ArgumentHelp(
      "At most so many passes over the training photos in each phase.", valueName: "N"))
  var epochs: Int?

  @Option(
    help: ArgumentHelp(
      "How the first phase finds the head on features of the frozen base: solved to convergence, or trained in steps.",
      valueName: "solve|sgd"))
  var head: Phase.Method?

  @Option(
    help: ArgumentHelp(
      "Give the head a hidden layer of so many units with a ReLU. Such a head is trained in steps, as with --head sgd.",
      valueName: "N"))
  var headHidden: Int?

  @Option(
    help: ArgumentHelp(
      "The share of the hidden units that each step leaves out, as 0.2 (default: 0).",
      valueName: "X"))
  var headDropout: Double?

  @Option(
    help: ArgumentHelp(
      "Passes over the features with --head sgd or --head-hidden (default: 30).", valueName: "N"))
  var headEpochs: Int?

  @Option(
    help: ArgumentHelp(
      "Augmented views of each photo that a solved head sees beside the plain one.", valueName: "N")
  )
  var headViews: Int?

  @Option(
    help: ArgumentHelp(
      "The peak learning rate of the head; earlier stages learn slower.", valueName: "X"))
  var learningRate: Double?

  @Option(
    help: ArgumentHelp(
      "How the rate changes behind its warm-up.", valueName: "constant|step|cosine|one-cycle"))
  var schedule: RateSchedule?

  @Option(
    help: ArgumentHelp("The share of each phase in which the rate rises.", valueName: "X"))
  var warmUp: Double?

  @Option(
    help: ArgumentHelp("How many times slower each stage learns than the next.", valueName: "X"))
  var stageDecay: Double?

  @Option(help: ArgumentHelp("Photos in a batch.", valueName: "N"))
  var batchSize: Int?

  @Option(help: ArgumentHelp("Batches to an update of the weights.", valueName: "N"))
  var accumulate: Int?

  @Option(
    help: ArgumentHelp(
      "How weights follow their gradients. Another than the plan's also brings its own customary rate, 0.03 of SGD's for AdamW, 30 times for LARS, unless --learning-rate is given.",
      valueName: "sgd|adamw|lars"))
  var optimizer: OptimizerRule?

  @Option(help: ArgumentHelp("Momentum of sgd and lars.", valueName: "X"))
  var momentum: Double?

  @Option(help: ArgumentHelp("The decay of kernels.", valueName: "X"))
  var weightDecay: Double?

  @Option(help: ArgumentHelp("The largest norm of a gradient; 0: no limit.", valueName: "X"))
  var clip: Double?

  @Option(
    help: ArgumentHelp(
      "Statistics of norms: as stored, or of each batch.", valueName: "frozen|train"))
  var batchNorm: BatchNormMode?

  @Option(
    help: ArgumentHelp("How much of the target is spread over all classes.", valueName: "X"))
  var labelSmoothing: Double?

  @Option(
    help: ArgumentHelp(
      "Keep a running average of the weights with this decay, as 0.999; 0: none.", valueName: "X"))
  var ema: Double?

  @Option(
    help: ArgumentHelp("End after so many epochs without a better one; 0: never.", valueName: "N"))
  var earlyStop: Int?

  @Option(
    help: ArgumentHelp(
      "What is done about classes of different size: nothing, equal numbers drawn, or weights.",
      valueName: "none|sampler|weights"))
  var balance: ClassBalance?

  @Option(
    help: ArgumentHelp(
      "How training varies its photos.", valueName: "none|light|standard|strong|alexnet"))
  var augment: Augmentation?

  @Option(
    help: ArgumentHelp(
      "Vary colours along their principal axes, as 0.1; 0: not at all.", valueName: "SIGMA"))
  var pcaJitter: Double?

  @Option(
    help: ArgumentHelp("Blend photos of a batch, as 0.2; 0: not at all.", valueName: "X"))
  var mixup: Double?

  @Option(
    help: ArgumentHelp(
      "Put parts of photos into others of the batch, as 1; 0: not at all.", valueName: "X"))
  var cutmix: Double?
}

extension OptimizerRule: ExpressibleByArgument {
  public init?(argument: String) { self.init(name: argument) }
}

extension RateSchedule: ExpressibleByArgument {
  public init?(argument: String) { self.init(name: argument) }
}

extension Phase.Method: ExpressibleByArgument {}
extension ClassBalance: ExpressibleByArgument {}
