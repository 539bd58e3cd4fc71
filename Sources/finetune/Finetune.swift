import ArgumentParser
import Foundation
import TransferLearning

/// The program: a list of commands.
struct Finetune: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "finetune",
    abstract: "Fine-tunes pretrained image classifiers on a folder of photos.",
    discussion: """
      finetune --base mobilenetv2 --data photos

      trains a classifier of the classes that are the folders in 'photos', and writes a run with its \
      weights and an evaluation report to runs/.
      """,
    version: "finetune \(Toolkit.version)",
    subcommands: [
      Train.self, Evaluate.self, Predict.self, Features.self, Inspect.self, Export.self,
      Models.self, Weights.self, Sample.self, RunBenchmark.self, RunViewBenchmark.self,
    ],
    defaultSubcommand: Train.self)

  static let _errorPrefix = "finetune: "
}

@main
enum Program {
  static func main() {
    // A reader that goes away must not end a training; writing notices.
    signal(SIGPIPE, SIG_IGN)
    // A file that may not grow any more is an error to report, like a full disk.
    signal(SIGXFSZ, SIG_IGN)
    OpenBLASKernels.endThreads()
    let status = run(Array(CommandLine.arguments.dropFirst()))
    Ranks.leave(status)
    exit(status.rawValue)
  }

  /// Parses and runs a command line.
  private static func run(_ arguments: [String]) -> ExitStatus {
    do {
      if arguments == ["--help"] || arguments == ["-h"] || arguments == ["help"] {
        try Output.print(help)
        return .done
      }
      try checkFirstWord(arguments)
      var command = try Finetune.parseAsRoot(joiningNegativeNumbers(arguments))
      if !(command is Train) { try Ranks.requireNone() }
      try command.run()
      return .done
    } catch {
      return report(error)
    }
  }

  /// `--learning-rate -1` as `--learning-rate=-1`: the parser takes what begins with a dash for an option
  /// and would call the value missing, where it is wrong.
  private static func joiningNegativeNumbers(_ arguments: [String]) -> [String] {
    var joined: [String] = []
    for argument in arguments {
      if let last = joined.last, last.hasPrefix("--"), last.count > 2, !last.contains("="),
        argument.hasPrefix("-"), Double(argument) != nil
      {
        joined[joined.count - 1] = "\(last)=\(argument)"
      } else {
        joined.append(argument)
      }
    }
    return joined
  }

  /// An unknown command would otherwise be an unexpected argument of `train`.
  private static func checkFirstWord(_ arguments: [String]) throws {
    let names = Finetune.configuration.subcommands.compactMap {
      $0.configuration.commandName
    }
    guard let word = arguments.first, !word.hasPrefix("-"), word != "help", !names.contains(word)
    else { return }
    let nearest = names.min { editDistance(word, $0) < editDistance(word, $1) } ?? "train"
    throw UsageError("unknown command '\(word)'; did you mean '\(nearest)'?")
  }

  /// Tells the user in one line, or several where usage follows.
  private static func report(_ error: any Error) -> ExitStatus {
    let failure = Failure(error)
    if failure.status == .done {
      do { try Output.print(failure.message) } catch { return report(error) }
    } else if !failure.message.isEmpty {
      Ranks.report(failure.message)
    }
    return failure.status
  }

  /// The program's help with the options of the default command.
  private static var help: String {
    let training = Finetune.helpMessage(for: Train.self)
    let options = training.range(of: "ARGUMENTS:") ?? training.range(of: "OPTIONS:")
    let rest = options.map { String(training[$0.lowerBound...]) } ?? training
    return Finetune.helpMessage() + "\n\nTRAINING (finetune train, the default)\n\n" + rest
  }
}
