import Foundation
import TransferLearning

extension Train {
  /// Goes on with the training of a run, as its own job says.
  func continueRun(
    _ output: String, _ ranks: any Communicator, _ interruption: Interruption
  ) throws {
    let url = URL(filePath: output)
    let record = try JobRecord<FineTuningJob, TrainingChoices>(of: url)
    try requireSame(as: record, output)
    var job = FineTuningJob(record)
    job.checkpointEvery = written.checkpointEvery ?? job.checkpointEvery
    job.histogramEvery = written.histograms ?? job.histogramEvery
    job.base.isOffline = job.base.isOffline || network.offline
    let run = try RunFolder(resuming: url)
    interruption.prepare("'\(output)' is as it was")
    let report = url.appending(path: RunEvaluation.File.html.rawValue)
    if try run.isFinished, FileManager.default.fileExists(atPath: report.path) {
      _ = try ranks.share(FineTuningJob?.none)
      return Output.note("'\(output)' is finished; there is nothing to continue")
    }
    try job.check()
    let shown = TrainingProgress(written.progress.value)
    try TrainingCourse(
      job: job, base: loadBase(of: job, shown), run: run, output: output, choices: planChoices,
      ranks: ranks, pool: machine.pool, shown: shown, interruption: interruption
    ).carryOut()
  }

  /// - Throws: `UsageError` naming what the options given say otherwise than the run. Those that do not
  ///   decide its result are no choices.
  private func requireSame(
    as record: JobRecord<FineTuningJob, TrainingChoices>, _ output: String
  ) throws {
    // What the photos have chosen is not chosen again.
    let isChosen = choosesBase && record.job.comparison != nil
    guard among.isEmpty || isChosen else {
      throw UsageError(
        "--resume takes everything from '\(output)', whose base is \(record.job.base.name); leave --candidates"
          + " and --fetch out, or begin another run")
    }
    let given = isChosen ? choices(of: record.job) : choices
    guard !given.isEmpty else { return }
    guard let recorded = record.choices else {
      if let extended = record.job.extending {
        throw UsageError(
          "--resume takes everything from '\(output)', which 'extend' made of '\(extended)'; leave the"
            + " other options out, or extend that run once more")
      }
      throw UsageError(
        "--resume takes everything from '\(output)', which a former version began without recording what"
          + " the options given could be compared with; leave them out, or begin another run")
    }
    let job = try recorded.merging(given).makeJob()
    guard let (setting, own, other) = job.difference(from: record.job) else { return }
    throw UsageError(
      "--resume takes everything from '\(output)', but the options given make \(setting) \(own), where the"
        + " run has \(other); leave them out, or begin another run")
  }
}
