import Evaluation
import Files
import Foundation
import ImagePipeline
import TensorKernels

/// What is chosen for a run beside its plan.
package struct TrainingOptions: Sendable {
  package var backend = BackendChoice.oneDNN
  /// What values between layers are stored in while training and validating.
  package var precision = Precision.float32
  /// How photos are brought to the network's size for evaluation.
  package var resize = ResizePolicy.crop
  /// Whether that is chosen by the photos, where a head is solved and they are not square anyway.
  package var choosesView = false
  package var seed: UInt64 = 0
  /// Where pooled features are kept; `nil` keeps none.
  package var cache: FeatureCache? = FeatureCache()
  package var head = HeadSolver.Options()
  /// What feature maps that repeat from epoch to epoch may take, in bytes. Where they would take
  /// more, photos are decoded and run through the frozen part again. Half of what this process may have counts
  /// where that is less.
  package var memoryLimit = 1 << 30
  package var maximumPixels = 100_000_000
  /// A checkpoint is written at the end of each epoch and after so many steps of a phase; 0 leaves those
  /// within epochs out. They do not influence the result.
  package var checkpointEvery = 100
  /// Histograms of all gradients are taken at each step of a phase whose number, from 1, is a multiple of
  /// this; 0 takes none.
  package var histogramEvery = 0
  /// Whether what a solved head says of the validation photos is kept for the report also where it never
  /// learns from them: these photos need not be there any more.
  package var keepsJudgement = false
  /// How the base was chosen among others, to be recorded; `nil` where it was named.
  package var comparison: BaseComparison?
  /// Whether each kernel is timed, for `benchmark`.
  package var isProfiled = false
  /// Distinguishes caches of machines whose results differ in the last bits, for example by their
  /// instruction sets.
  package var machine = ""

  /// The processes that train together. Each loads its part of every batch; rank 0 alone has a run.
  package var communicator: any Communicator = SingleProcess()

  package init() {}

  /// With what feature maps may take as this machine has it, the same for all ranks.
  /// - Throws: as `Communicator.share`.
  func fittingMachine() throws -> Self {
    var options = self
    let available = try communicator.share(AvailableMemory.byteCount)
    options.memoryLimit = min(memoryLimit, (available ?? .max) / 2)
    return options
  }
}

/// Why training ended without a result.
public enum TrainingError: Remediable, Hashable {
  /// Stopped before there was anything to keep.
  case interrupted
  /// No photo to train on could be read.
  case noPhotos(String)
  /// Something that cannot be did happen.
  case broken(String)
  /// The plan of this name takes no steps, so that it has no rate to find.
  case noRate(plan: String)
  /// A phase needs more memory than there is.
  case memory(Sentence)

  /// What happened, and what helps where something is known to.
  public var sentence: Sentence {
    switch self {
    case .interrupted:
      "interrupted before the head was solved; features computed so far are in the cache"
    case .noPhotos(let reason): Sentence(reason)
    case .memory(let lack): lack
    case .broken(let reason): "an error in this program: \(reason)"
    case .noRate(let plan):
      "the plan '\(plan)' solves its head and takes no steps, so it has no rate to find; take"
        + " \(.otherPlan), or \(.headInSteps)"
    }
  }
}
