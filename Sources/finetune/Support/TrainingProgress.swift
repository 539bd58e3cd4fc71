import ArgumentParser
import Foundation
import TransferLearning

/// How a training shows what it does.
enum ProgressStyle: String, CaseIterable, ExpressibleByArgument {
  /// `bar` on a terminal, else `lines`.
  case auto
  case bar, lines, json, none

  /// The style itself, never `auto`.
  var resolved: ProgressStyle {
    self == .auto ? (StatusLine.isPossible ? .bar : .lines) : self
  }
}

/// Shows the events of a training in one of the styles. Used by the driver thread alone.
final class TrainingProgress: EventSink {
  let style: ProgressStyle
  private var phases: [TrainingEvent.PhaseStart] = []
  private let start = ContinuousClock.now
  private var lastShown = ContinuousClock.now
  private var failure: (any Error)?

  private static let barInterval = Duration.milliseconds(100)
  private static let shortestLineInterval = Duration.seconds(20)
  private static let longestBar = 24

  init(_ style: ProgressStyle) { self.style = style.resolved }

  func receive(_ event: TrainingEvent) {
    switch style {
    case .auto, .none: return
    case .json:
      guard failure == nil, !event.isForBoardOnly else { return }
      do { try Output.print(event.jsonLine) } catch { failure = error }
    case .bar, .lines: showForPeople(event)
    }
  }

  /// - Throws: what went wrong when JSON lines were written to standard output.
  func check() throws {
    if let failure { throw failure }
  }

  /// A line for people, in styles that have such.
  func say(_ text: String) {
    guard style == .bar || style == .lines else { return }
    Output.note(text)
  }

  /// Takes the bar off the screen.
  func clearBar() { StatusLine.shared.clear() }

  /// Between lines that only say how far it is: ever longer, so that a night's log stays short.
  private var lineInterval: Duration { max(Self.shortestLineInterval, (.now - start) / 8) }

  private func showForPeople(_ event: TrainingEvent) {
    switch event {
    case .plan(let plan): say(plan.description)
    case .phase(let phase):
      phases.append(phase)
      // A line comes only when there is something to wait for.
      lastShown = .now
    case .features(let features): show(features)
    case .head(let head):
      say(
        "head: solved in \(head.iterations) iterations, penalty \(short(head.penalty))"
          + figures(head.validationAccuracy, head.validationLogLoss) + ", \(time(head.seconds))")
    case .step(let step): show(step)
    case .epoch(let epoch): say(line(epoch))
    case .checkpoint, .gradients, .views: break
    case .note(let note): say("note: \(note.message)")
    case .done(let done):
      let origin =
        done.epoch == 0 ? "the start of phase \(done.phase + 1)" : "epoch \(done.epoch)"
      say(
        "kept: \(phaseName(done.phase)), \(origin)"
          + figures(done.validationAccuracy, done.validationLogLoss)
          + "; training took \(time(done.seconds))")
    }
  }

  private func show(_ features: TrainingEvent.FeatureProgress) {
    let isOver = features.images == features.total
    if isOver {
      let cached = features.cached > 0 ? ", \(features.cached) of them from the cache" : ""
      return say("features: \(features.total) photos\(cached), \(time(features.seconds))")
    }
    let rest =
      features.imagesPerSecond > 0
      ? Double(features.total - features.images) / features.imagesPerSecond : nil
    progress(
      "features", done: features.images, of: features.total, "photos",
      rate: features.imagesPerSecond, rest: rest)
  }

  private func show(_ step: TrainingEvent.Step) {
    let epochs = phases.last?.epochs ?? step.epoch
    let done = (step.epoch - 1) * step.steps + step.step
    let total = epochs * step.steps
    progress(
      "\(phaseName(step.phase)): epoch \(step.epoch) of \(epochs), loss "
        + String(format: "%.3f", step.loss),
      done: done, of: total, "steps", rate: step.imagesPerSecond,
      rest: step.seconds / Double(done) * Double(total - done))
  }

  private func progress(
    _ what: String, done: Int, of total: Int, _ unit: String, rate: Double, rest: Double?
  ) {
    let interval = style == .bar ? Self.barInterval : lineInterval
    guard ContinuousClock.now - lastShown >= interval else { return }
    lastShown = .now
    let speed = String(format: "%.1f images/s", rate)
    let left = rest.map { ", \(time($0)) left" } ?? ""
    if style == .lines {
      return Output.note("\(what), \(done) of \(total) \(unit), \(speed)\(left)")
    }
    // Figures come first where there is little room.
    let width = min(Self.longestBar, max(4, StatusLine.columns / 10))
    let filled = total > 0 ? width * done / total : 0
    let (full, empty) = StatusLine.usesUTF8 ? ("█", "░") : ("#", "-")
    StatusLine.shared.show(
      String(repeating: full, count: filled)
        + String(repeating: empty, count: width - filled)
        + " \(what), \(speed)\(left)")
  }

  private func line(_ epoch: TrainingEvent.Epoch) -> String {
    let name = phaseName(epoch.phase)
    guard epoch.epoch > 0 else {
      return "\(name): begins" + figures(epoch.validationAccuracy, epoch.validationLogLoss)
    }
    var text = "\(name): epoch \(epoch.epoch) of \(epoch.epochs)"
    if let loss = epoch.trainingLoss { text += String(format: ", training loss %.3f", loss) }
    text += figures(epoch.validationAccuracy, epoch.validationLogLoss)
    return text + ", \(time(epoch.seconds))" + (epoch.isBest ? ", best so far" : "")
  }

  private func figures(_ accuracy: Double?, _ logLoss: Double?) -> String {
    guard let accuracy, let logLoss else { return "" }
    return String(format: ", validation accuracy %.1f %%, log loss %.3f", accuracy * 100, logLoss)
  }

  private func phaseName(_ index: Int) -> String {
    phases.last { $0.phase == index }?.name ?? "phase \(index + 1)"
  }

  private func short(_ value: Double) -> String { String(format: "%.3g", value) }

  /// `3 s`, `12 min`, `1 h 5 min`.
  private func time(_ seconds: Double) -> String {
    if seconds < 10 { return String(format: "%.1f s", max(0, seconds)) }
    if seconds < 90 { return String(format: "%.0f s", seconds) }
    let minutes = Int((seconds / 60).rounded())
    return minutes < 60 ? "\(minutes) min" : "\(minutes / 60) h \(minutes % 60) min"
  }
}
