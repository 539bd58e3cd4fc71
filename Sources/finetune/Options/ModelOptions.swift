import ArgumentParser
import Foundation
import TransferLearning

/// Which answers are given.
struct AbstainOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Answer 'unsure' below the probability from which on this share of a run's answers is right, 0.95 for example, as photos show that it did not learn from.",
      valueName: "SHARE"))
  var abstain: Double?

  /// - Throws: `ValidationError` for a share that is none, or where no run has shown how sure it has to be.
  func check(isRun: Bool) throws {
    guard let abstain else { return }
    try require(
      abstain > 0 && abstain <= 1, "--abstain", abstain, "more than 0 and at most 1, such as 0.95")
    guard isRun else {
      throw ValidationError(
        "--abstain goes with a run, whose photos tell how sure it has to be; leave it or --base out"
      )
    }
  }
}

/// How many of a run's sets of classes are to hold the right one.
struct SetOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Also name the classes that a photo may be of, so that these sets hold the right one for this share of photos, 0.9 for example, as photos show that a run did not learn from.",
      valueName: "SHARE"))
  var sets: Double?

  /// - Throws: `ValidationError` for a share that is none, or where no run has shown what it takes for what.
  func check(isRun: Bool) throws {
    guard let sets else { return }
    try require(sets > 0 && sets < 1, "--sets", sets, "more than 0 and less than 1, such as 0.9")
    guard isRun else {
      throw ValidationError(
        "--sets goes with a run, whose photos tell what it takes for what; leave it or --base out")
    }
  }
}

/// From how unlike the known photos on a photo is called unknown.
struct UnknownOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Also say how unlike the photos of the training each photo is, and 'unknown' where it is more so than this share of them, 0.99 for example. The first time takes a pass over these photos.",
      valueName: "SHARE"))
  var unknown: Double?

  /// - Throws: `ValidationError` for a share that is none, or where no run has learnt from photos.
  func check(isRun: Bool, views: Int) throws {
    guard let unknown else { return }
    try require(
      unknown > 0 && unknown < 1, "--unknown", unknown, "more than 0 and less than 1, such as 0.99")
    guard isRun else {
      throw ValidationError(
        "--unknown goes with a run, which has learnt from photos; leave it or --base out")
    }
    guard views == 1 else {
      throw ValidationError("--unknown looks at one view of each photo; leave it or --tta out")
    }
  }
}

/// A classifier that is no run: a model with a classifier of its own.
struct ModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "In place of a run's own classifier: a model of the zoo, a Keras model with its own configuration, a folder with weights of timm and their config.json, or a run.",
      valueName: "NAME|FILE|RUN"),
    completion: Candidates.bases)
  var base: String?

  @Option(
    help: ArgumentHelp(
      "The names of the model's outputs, one a line or as JSON (default: ImageNet's for a model of the zoo, what the file says for one that 'finetune export' wrote, else numbers).",
      valueName: "FILE"),
    completion: .file(extensions: ["txt", "json"]))
  var labels: String?

  @OptionGroup var network: NetworkOptions

  @Option(
    help: ArgumentHelp(
      """
      \(ResizePolicy.help)
      (default: as the run or the export has it, 'squash' for another file, else 'crop')
      """, valueName: "HOW"))
  var resize: ResizePolicy?

  func validate() throws {
    guard base == nil else { return }
    guard labels == nil, resize == nil, network.isEmpty else {
      throw ValidationError(
        "--labels, --resize, --weights, --allow-missing, --alpha, --image-size, --channels, "
          + "--preprocessing and --offline go with --base; a run knows its own")
    }
  }

  /// What is read beside photos.
  /// - Parameter run: the folder where no base is named.
  func files(run: String?) -> [String] {
    [base ?? run, labels, network.weights].compactMap(\.self)
  }

  /// What is to classify.
  /// - Parameter run: the folder where no base is named.
  /// - Throws: `DataError` for a file of labels.
  func source(run: String) throws -> ClassifierSource {
    guard let base else { return .run(run) }
    return .model(
      network.selection(base), labels: try labels.map { try readLabels(URL(filePath: $0)) },
      resize: resize)
  }
}
