import ArgumentParser
import TransferLearning

/// A file of options. `Invocation` takes it off the command line before a command is parsed.
struct ConfigOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A file that gives options as the command line does, one a line, 'epochs: 3'; what is typed wins. 'none': no file (default: \(OptionFile.customaryName), where the current folder has one).",
      valueName: "FILE.yaml|none"),
    completion: .file(extensions: ["yaml", "yml"]))
  var config: String?
}

/// A command that tells more or less.
protocol Talkative {
  var volume: Output.Volume { get }
}

/// Whether only warnings are told, and a file of options.
struct QuietOptions: ParsableArguments {
  @OptionGroup var config: ConfigOption

  @Flag(help: "Tell nothing but results, warnings and errors.")
  var quiet = false

  var volume: Output.Volume { quiet ? .quiet : .usual }
}

/// How much is told, and a file of options.
struct VolumeOptions: ParsableArguments {
  @OptionGroup var less: QuietOptions

  @Flag(help: "Also tell what computes, where weights come from, and how long each step takes.")
  var verbose = false

  var volume: Output.Volume { verbose ? .verbose : less.volume }

  func validate() throws {
    if verbose, less.quiet { throw ValidationError("--quiet and --verbose exclude each other") }
  }
}

extension Output {
  /// With `--verbose`: what computes.
  static func tell(_ backend: BackendChoice, on pool: WorkerPool) {
    let library = backend.backend
    detail(
      "computes with \(library.version), \(library.kernels) kernels, \(pool.count.counted("thread"))"
    )
  }
}
