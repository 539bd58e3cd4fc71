import Foundation
import TransferLearning

extension Train {
  /// Options that may be given along with `--resume`, and how many words follow each: what they say
  /// does not change the result.
  private static let harmless = [
    "--output": 1, "--resume": 0, "--progress": 1, "--threads": 1, "--checkpoint-every": 1,
    "--histograms": 1, "--offline": 0,
  ]

  /// Goes on with the training of a run, as its own job says.
  func continueRun(
    _ output: String, _ ranks: any Communicator, _ interruption: Interruption
  ) throws {
    let url = URL(filePath: output)
    let record = try JobRecord<FineTuningJob>(of: url)
    try requireSame(as: record, output)
    var job = FineTuningJob(record)
    job.checkpointEvery = checkpointEvery ?? job.checkpointEvery
    job.histogramEvery = histograms ?? job.histogramEvery
    job.base.isOffline = job.base.isOffline || network.offline
    let run = try RunFolder(resuming: url)
    interruption.prepare("'\(output)' is as it was")
    let report = url.appending(path: RunEvaluation.File.html.rawValue)
    if try run.isFinished, FileManager.default.fileExists(atPath: report.path) {
      _ = try ranks.share(FineTuningJob?.none)
      return Output.note("'\(output)' is finished; there is nothing to continue")
    }
    try job.check()
    let shown = TrainingProgress(progress)
    try carryOut(
      job, loadBase(of: job, shown), ranks, into: run, output, shown, interruption)
  }

  /// - Throws: `UsageError` naming an option that says otherwise than the run.
  private func requireSame(as record: JobRecord<FineTuningJob>, _ output: String) throws {
    let given = Self.options(Array(CommandLine.arguments.dropFirst()))
    guard !Self.withoutHarmless(given).isEmpty else { return }
    var job = try Train.parse(Self.options(record.context.arguments) + given).makeJob()
    let patterns = job.base.allowMissing
    job.base.allowMissing = patterns.indices.filter { !patterns[..<$0].contains(patterns[$0]) }
      .map { patterns[$0] }
    guard let (setting, own, other) = job.difference(from: record.job) else { return }
    throw UsageError(
      "--resume takes everything from '\(output)', but the options given make \(setting) \(own), where the"
        + " run has \(other); leave them out, or begin another run")
  }

  /// A command line without the command's name.
  private static func options(_ arguments: [String]) -> [String] {
    arguments.first == configuration.commandName ? Array(arguments.dropFirst()) : arguments
  }

  private static func withoutHarmless(_ arguments: [String]) -> [String] {
    var rest: [String] = []
    var skip = 0
    for word in arguments {
      if skip > 0 {
        skip -= 1
      } else if let count = harmless[word] {
        skip = count
      } else if !harmless.keys.contains(where: { word.hasPrefix($0 + "=") }) {
        rest.append(word)
      }
    }
    return rest
  }
}
