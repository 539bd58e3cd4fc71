import ArgumentParser
import Files
import Foundation
import TransferLearning

/// The program: a list of commands.
struct Finetune: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "finetune",
    abstract: "Fine-tunes pretrained image classifiers on a folder of photos.",
    discussion: """
      finetune inspect --data photos
      finetune --base mobilenetv2 --data photos
      finetune predict runs/mobilenetv2-photos new.jpg

      The first line looks what is in the folder 'photos', which holds a folder of photos for each class. The \
      second trains a classifier of these classes and writes it to runs/mobilenetv2-photos, with a report of \
      how good it is; the third asks it. Without photos, 'finetune sample --output photos' draws some.
      """,
    version: Toolkit.report,
    subcommands: [
      Train.self, Extend.self, Evaluate.self, Predict.self, Serve.self, Visualize.self, Runs.self,
      Report.self, Compare.self, Features.self, Inspect.self, Export.self, Attach.self,
      Models.self, Bases.self, Weights.self, Sample.self, Cache.self, Doctor.self,
      RunBenchmark.self,
      RunViewBenchmark.self,
    ],
    defaultSubcommand: Train.self)

  static let _errorPrefix = "finetune: "
}

@main
enum Program {
  static func main() {
    Allocator.configure()
    StandardStreams.open()
    MemoryLimit.require()
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
      if arguments.isEmpty {
        try Output.print(overview)
        return .done
      }
      if CompletionRequest.isOne(arguments) {
        try CompletionRequest.answer(arguments)
        return .done
      }
      if let check = CommandLineCheck(Finetune._dumpHelp()) {
        try check.check(arguments)
        Invocation.current = try Invocation(arguments, check)
      }
      var command = try Finetune.parseAsRoot(
        joiningNegativeNumbers(Invocation.current.arguments))
      Output.volume = (command as? any Talkative)?.volume ?? .usual
      if let most = (command as? any Computing)?.resources.memory {
        AvailableMemory.limit(to: most.byteCount)
      }
      if !(command is Train) { try Ranks.requireNone() }
      Invocation.current.announce()
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

  /// Tells the user in one line, or several where usage follows.
  private static func report(_ error: any Error) -> ExitStatus {
    let failure = Failure(error)
    if failure.status == .done {
      do { try Output.print(failure.message) } catch { return report(error) }
    } else if !failure.message.isEmpty {
      let isUsage = failure.status == .usage
      Ranks.report(isUsage ? Invocation.current.explained(failure.message) : failure.message)
    }
    return failure.status
  }

  /// What the program does, and its commands.
  private static var overview: String {
    Finetune.helpMessage() + "\n\n  'finetune --help' also lists the options of training."
  }

  /// The program's help with the options of the default command.
  private static var help: String {
    let training = Finetune.helpMessage(for: Train.self)
    let options = training.range(of: Train.firstGroup.uppercased() + ":")
    let rest = options.map { String(training[$0.lowerBound...]) } ?? training
    return Finetune.helpMessage() + "\n\nTRAINING (finetune train, the default)\n\n" + rest
  }
}
