import ArgumentParser
import TransferLearning

/// Which base learns from which photos.
struct SubjectOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The pretrained network to start from: a model of the zoo (see 'finetune models'), a Keras model's file, a folder with weights of timm and their config.json, or a run; 'auto' compares those that are here on some of the photos and takes the fastest of the best (see 'finetune bases').",
      valueName: "NAME|FILE|RUN|auto"),
    completion: Candidates.bases)
  var base: String?

  @Option(
    help: ArgumentHelp(
      "The photos: a folder, or a list with the columns path and label, and split and group if known; labels such as cat|dog make it one of photos with several labels each.",
      valueName: "DIR|LIST.csv"),
    completion: .file(extensions: ["csv", "tsv"]))
  var data: String?

  @Option(
    help: ArgumentHelp(
      "The share of the photos that is set apart to measure on while training, where no folder is for that.",
      valueName: "FRACTION"))
  var validation = Defaulted(FineTuningJob.customaryValidation)

  @Flag(help: "Allow classes without a training photo (default: they are an error).")
  var allowEmptyClasses = false

  @Flag(
    help:
      "Make any problem of the photos an error; see 'finetune inspect' (default: only some are).")
  var strict = false
}

/// What a training writes and shows.
struct OutputOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The folder to write, which must not exist (default: runs/<base>-<name of DIR>).",
      valueName: "RUN"),
    completion: .directory)
  var output: String?

  @Option(
    help: ArgumentHelp(
      "A bar, a few lines, JSON lines on standard output, or nothing; 'auto' is a bar on a terminal and lines elsewhere.",
      valueName: "auto|bar|lines|json|none"))
  var progress = Defaulted(ProgressStyle.auto)

  @Option(
    help: ArgumentHelp(
      "Write a checkpoint after so many steps, besides one at the end of each epoch; 0: only those (default: 100).",
      valueName: "N"))
  var checkpointEvery: Int?

  @Option(
    help: ArgumentHelp(
      "Every so many steps of a phase, show TensorBoard how the gradients of each parameter are distributed (default: 0, never).",
      valueName: "N"))
  var histograms: Int?

  @Flag(
    help:
      "Continue the training of --output RUN, to the same bytes as if it had never been ended. Everything else is taken from RUN."
  )
  var resume = false

  @Flag(
    help:
      "Test learning rates in memory: print a suggestion and draw <output>-rates.svg, and write nothing else."
  )
  var findRate = false

  @Flag(
    help:
      "Print the plan and what the weight file holds; train nothing, write nothing, download nothing."
  )
  var dryRun = false
}
