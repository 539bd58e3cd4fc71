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
