import Files
import Foundation

/// What a resumed training goes on from.
extension TrainingSession {
  /// The run's checkpoint; `nil` where there is none, and the training begins.
  /// - Throws: `RunError` `.bad` for one of another training, also where the plan in the run's folder is what makes it
  ///   another one.
  func latestCheckpoint() throws(RunError) -> Checkpoint? {
    guard let run, let identity, run.isResumed else { return nil }
    do throws(RunError) {
      return try run.latestCheckpoint(
        of: identity, base: initialTensors,
        onDamage: {
          repeatEvent(.note(.init(kind: .resumed, sentence: $0 + "; it is left aside")))
        },
        fault: { $0.fault(in: plan, photos, initialTensors) })
    } catch {
      throw namingPlan(error, of: run, identity)
    }
  }

  /// Writes plan, labels and split as they are here: whatever the files have come to say meanwhile, at the end they are
  /// sealed as what the weights are of.
  func writeAgain() throws(RunError) {
    guard let run else { return }
    do throws(RunError) {
      try run.begin(plan: plan, photos: photos)
    } catch {
      throw run.naming(error)
    }
  }

  /// An error of a checkpoint, with the file of the plan where that alone is at fault: a training with a budget has its
  /// plan from there, since measuring steps again would give another one.
  private func namingPlan(
    _ error: RunError, of run: RunFolder, _ identity: TrainingIdentity
  ) -> RunError {
    guard error.kind == .bad,
      let found = try? CheckpointFolder(run: run.url).newest(
        base: initialTensors, onDamage: { _ in })
    else { return error }
    var expected = identity
    expected.plan = found.checkpoint.identity.plan
    guard let setting = JSONDifference(plan, expected.plan),
      expected.difference(from: found.checkpoint.identity) == nil
    else { return error }
    let file = run.file(.plan)
    guard FileStatus(file.path) != nil else {
      return RunError(
        .bad,
        sentence: error.sentence
          + "; '\(file.relativePath)', which would say which plan it had, is missing")
    }
    // Else the plan is the job's, whatever the file says.
    guard let saved = try? run.savedPlan, saved == plan else { return error }
    return RunError(
      .bad,
      "'\(file.relativePath)' is not the plan that '\(found.file.relativePath)' was trained by: its"
        + " \(setting.path) is '\(setting.first)', expected '\(setting.second)'; put the file back as it was, or"
        + " begin another run")
  }
}
