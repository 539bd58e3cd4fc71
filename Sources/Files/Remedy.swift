import Foundation

/// What helps against an error, or against what a note tells of a training.
///
/// `description` is a phrase within a `Sentence` in the words of the libraries. A program that has options
/// for it has other words.
public enum Remedy: Codable, Hashable, Sendable {
  /// A setting that stands in the way.
  public enum Setting: String, Codable, Hashable, Sendable, CaseIterable {
    /// A factor on all widths.
    case alpha
    /// A number of the input's channels.
    case channels
    /// What pixels become before the network sees them.
    case preprocessing
    /// That nothing may be downloaded.
    case isOffline
    /// That any problem of the photos is an error.
    case isStrict
  }

  // Rates, batches and regularisation.
  /// A lower learning rate.
  case lowerRate
  /// A range test, which tells the rates that this network and these photos bear.
  case findRate
  /// Fewer photos in a batch, which takes less memory.
  case smallerBatch
  /// A smaller side of the network's input, which takes less memory and time.
  case smallerImages
  /// Fewer threads, each of which has memory of its own.
  case fewerThreads
  /// A higher limit of the memory that this process may have.
  case moreMemory
  /// Batch norms that keep the statistics that they have.
  case frozenNorms
  /// Targets that are not quite certain, against too sure a model.
  case labelSmoothing
  /// Training views that differ more from each other.
  case strongerAugmentation
  /// Kernels that shrink a little in each step.
  case weightDecay
  /// Fewer stages that learn.
  case fewerStages
  /// So many minutes for the training.
  case budget(minutes: Int)
  /// Another plan than the one that was named.
  case otherPlan
  /// So many threads.
  case threads(Int)
  /// To train the head in steps rather than to solve it.
  case headInSteps

  // Photos and classes.
  /// To go on although a class has no photo to train on.
  case allowEmptyClasses
  /// To show the whole photo, distorted, rather than its middle.
  case squash
  /// To show the whole photo in its shape, with something beside it.
  case fit
  /// To even out the sizes of classes.
  case balance
  /// To even them out by weights in the loss.
  case balanceByWeights
  /// To say what the outputs of a model mean.
  case nameLabels
  /// To look through the photos.
  case inspect

  // Bases and weights.
  /// This base; `nil`: any that fits.
  case base(String?)
  /// The small base that comes with the program.
  case shippedBase
  /// To download the published weights of the model of this name.
  case fetch(model: String)
  /// To let bases take part in a comparison whose weights have to be downloaded.
  case fetchCandidates
  /// To name the bases that are compared.
  case nameCandidates
  /// This factor on all widths.
  case alpha(Double)
  /// To look which models there are.
  case listModels
  /// To look which nodes a model of this name has.
  case listNodes(model: String)
  /// Patterns of tensors that a file may lack.
  case allowMissing
  /// To name a weight file.
  case weightFile
  /// To name another weight file.
  case otherWeights
  /// To do without pretrained weights.
  case randomWeights
  /// To say how photos are preprocessed: with one of these names, where there are some.
  case namePreprocessing([String])
  /// To say how photos become squares: with one of these names.
  case nameResize([String])
  /// To leave a setting out; the phrase is its name.
  case without(Setting)

  // Runs.
  /// Another folder or file to write.
  case otherOutput
  /// To go on with the run in this folder; `nil`: the one that is spoken of.
  case resume(run: String?)
  /// To measure the run in this folder on photos.
  case evaluate(run: String)
  /// To measure runs on the same photos.
  case measureOnSamePhotos

  // Serving.
  /// Another port to listen on.
  case otherPort
  /// Another address to listen on.
  case otherHost
}

extension Remedy {
  /// Where the base that comes with the program lies: in the project's folder, else where a package has put it, beside the
  /// program's own folder.
  package static let shippedBasePath: String = {
    let name = "weights/mobilenet_0.25_128_procedural_no_top.h5"
    guard FileStatus(name) == nil,
      let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    else { return name }
    let installed = URL(filePath: program).deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "share/finetune/\(name)").path
    return FileStatus(installed) == nil ? name : installed
  }()
}

extension Remedy: CustomStringConvertible {
  /// A phrase that fits into a sentence: what to do or to set, by its name in these libraries.
  public var description: String {
    switch self {
    case .lowerRate: "a lower learning rate"
    case .findRate: "a learning-rate range test"
    case .smallerBatch: "a smaller batch"
    case .smallerImages: "smaller images"
    case .fewerThreads: "fewer threads"
    case .moreMemory: "a higher limit of memory"
    case .frozenNorms: "frozen norms"
    case .labelSmoothing: "label smoothing of 0.1"
    case .strongerAugmentation: "a stronger augmentation"
    case .weightDecay: "weight decay"
    case .fewerStages: "fewer stages (a plan of the head alone)"
    case .budget(let minutes): "a budget of \(minutes) minutes"
    case .otherPlan: "another plan"
    case .threads(let count): "\(count) threads"
    case .headInSteps: "a head that is trained in steps"
    case .allowEmptyClasses: "allowsEmptyClasses"
    case .squash: "squashing"
    case .fit: "fitting"
    case .balance: "balancing the classes"
    case .balanceByWeights: "balancing the classes by weights"
    case .nameLabels: "labels, a name for each class"
    case .inspect: "DataInspection"
    case .base(let name): name.map { "the base \($0)" } ?? "a base"
    case .shippedBase: "the base that comes with the program, \(Self.shippedBasePath)"
    case .fetch(let model): "the download of \(model)"
    case .fetchCandidates: "BaseSearch.fetches"
    case .nameCandidates: "BaseSearch.candidates"
    case .alpha(let alpha): "an alpha of \(alpha)"
    case .listModels: "Model.names"
    case .listNodes: "network.nodes"
    case .allowMissing: "a pattern in allowMissing"
    case .weightFile: "a weight file"
    case .otherWeights: "other weights"
    case .randomWeights: "begin from random weights"
    case .namePreprocessing(let names):
      "another preprocessing" + (names.isEmpty ? "" : ": " + names.joined(separator: ", "))
    case .nameResize(let names): "another way of resizing: " + names.joined(separator: ", ")
    case .without(let setting): setting.rawValue
    case .otherOutput: "another folder"
    case .resume(let run): run.map { "Run.resume(\"\($0)\")" } ?? "Run.resume"
    case .evaluate: "Classifier.evaluate"
    case .measureOnSamePhotos: "RunComparison.data"
    case .otherPort: "another port"
    case .otherHost: "an address"
    }
  }
}
