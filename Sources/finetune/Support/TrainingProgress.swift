import ArgumentParser
import Files
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
  /// Whether of all that is for people only warnings are shown.
  private let isQuiet: Bool
  private var narration = TrainingNarration(remedies: \.options)
  private let start = ContinuousClock.now
  private var lastShown = ContinuousClock.now
  private var failure: (any Error)?

  private static let barInterval = Duration.milliseconds(100)
  private static let shortestLineInterval = Duration.seconds(20)
  private static let longestBar = 24

  /// - Parameter style: for people as loud as `Output.volume`.
  init(_ style: ProgressStyle) {
    isQuiet = style != .json && Output.volume == .quiet
    self.style = isQuiet ? .none : style.resolved
  }

  func receive(_ event: TrainingEvent) {
    switch style {
    case .auto, .none:
      if case .note(let note) = event, isQuiet { Output.warn(note.sentence) }
    case .json:
      guard failure == nil, !event.isForBoardOnly else { return }
      do { try Output.print(jsonText: event.jsonLine) } catch { failure = error }
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

  /// A warning for people, in styles that have such.
  func warn(_ text: String) {
    if isQuiet || style == .bar || style == .lines { Output.warn(text) }
  }

  /// Takes the bar off the screen.
  func clearBar() { StatusLine.shared.clear() }

  /// Between lines that only say how far it is: ever longer, so that a night's log stays short.
  private var lineInterval: Duration { max(Self.shortestLineInterval, (.now - start) / 8) }

  private func showForPeople(_ event: TrainingEvent) {
    narration.follow(event)
    switch event {
    // A line comes only when there is something to wait for.
    case .phase(let phase):
      lastShown = .now
      tell(phase)
    case .features(let features) where features.images < features.total: show(features)
    case .step(let step): show(step)
    case .checkpoint(let checkpoint): Output.detail("checkpoint: \(checkpoint.path)")
    case .gradients, .views: break
    case .plan, .features, .head, .epoch, .note, .done: say(narration.sentence(for: event))
    }
  }

  /// Which phase begins, when, and on how much.
  private func tell(_ phase: TrainingEvent.PhaseStart) {
    let steps = phase.stepsPerEpoch > 0 ? ", \(phase.stepsPerEpoch.counted("step")) an epoch" : ""
    Output.detail(
      "phase \(phase.phase + 1) of \(phase.phases), '\(phase.name)', after \(start.secondsAgo.secondsInWords(tenths: true))"
        + ": \(phase.parameters.counted("parameter")) learn\(steps)")
  }

  private func show(_ features: TrainingEvent.FeatureProgress) {
    let rest =
      features.imagesPerSecond > 0
      ? Double(features.total - features.images) / features.imagesPerSecond : nil
    progress(
      "features", done: features.images, of: features.total, "photos",
      rate: features.imagesPerSecond, rest: rest)
  }

  private func show(_ step: TrainingEvent.Step) {
    let (done, total) = (narration.done(step), narration.total(step))
    progress(
      narration.sentence(step), done: done, of: total, "steps", rate: step.imagesPerSecond,
      rest: step.seconds / Double(done) * Double(total - done))
  }

  private func progress(
    _ what: String, done: Int, of total: Int, _ unit: String, rate: Double, rest: Double?
  ) {
    let interval = style == .bar ? Self.barInterval : lineInterval
    guard ContinuousClock.now - lastShown >= interval else { return }
    lastShown = .now
    let speed = String(format: "%.1f images/s", rate)
    let left = rest.map { ", \($0.secondsInWords(tenths: true)) left" } ?? ""
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
}
