import Files
import Foundation

extension PlanDescription: CustomStringConvertible {
  /// Some lines for a terminal.
  public var description: String {
    let (training, validation) = (photoCounts.training, photoCounts.validation)
    var lines = [
      "Plan '\(name)': \(training.counted("photo")) to train on, \(validation) to validate"
    ]
    lines += countLines
    if let headLayers { lines.append("  " + Self.line(of: headLayers)) }
    for (index, part) in parts.enumerated() {
      var line = "  \(index + 1). \(part.name): "
      line += part.method == .solve ? Self.solving(part) : Self.steps(part)
      if let seconds = part.seconds { line += ", about \(Self.duration(seconds))" }
      if let memory = part.memory { line += ", \((memory >> 20).grouped) MiB" }
      lines.append(line)
      // The same as in the first fold.
      if case .fold(let number, _) = part.photos, number > 1 { continue }
      for stage in part.stages.reversed() where stage.parameters > 0 {
        lines.append("     " + Self.line(of: stage))
      }
      lines.append(
        "     \(part.parameters.grouped) of \(parameters.grouped) weights learn")
    }
    if let seconds, parts.count > 1 {
      lines.append("  Estimated time: \(Self.duration(seconds))")
    }
    return lines.joined(separator: "\n")
  }

  private static func solving(_ part: Part) -> String {
    var words = ["solved on features of the frozen base"]
    if part.views > 0 {
      words.append(
        "\(part.views.counted("view")) a photo with augmentation \(part.augmentation.name)")
    }
    if part.balance != .none { words.append("classes balanced by \(part.balance.rawValue)") }
    return words.joined(separator: ", ")
  }

  private static func steps(_ part: Part) -> String {
    var batch = "batch \(part.batchSize)"
    if part.accumulation > 1 { batch += " × \(part.accumulation)" }
    var words = [
      "\(part.epochs.counted("epoch")) of \((part.steps / max(1, part.epochs)).counted("step"))",
      batch,
      part.optimizer?.name ?? "", "\(part.schedule?.name ?? "") rate",
      "batch norm \(part.batchNorm.rawValue)", "augmentation \(part.augmentation.name)",
    ]
    if part.views > 0 { words.append("\(part.views.counted("view")) a photo, computed once") }
    if part.balance != .none { words.append("classes balanced by \(part.balance.rawValue)") }
    switch (part.photos, part.keep) {
    case (.all, _): words.append("from a head solved on all photos, if this was found to be better")
    case (_, .end): words.append("kept at its end if better than its beginning in spite of noise")
    case (_, .best), (_, nil): break
    }
    if let ema = part.ema { words.append("weights averaged by \(ema)") }
    return words.joined(separator: ", ")
  }

  private static func line(of head: HeadLayers) -> String {
    var words = ["head: a hidden layer of \(head.hidden.grouped) units with ReLU"]
    if head.dropout > 0 { words.append("of which a step leaves out \(head.dropout.short)") }
    return words.joined(separator: ", ")
  }

  private static func line(of stage: Stage) -> String {
    var words = ["\(stage.name): \(stage.parameters.grouped) weights"]
    if let rate = stage.learningRate { words.append("rate \(rate.short)") }
    if let scale = stage.largestScale {
      words.append("its batch norms multiply by up to \(scale.short)")
    }
    return words.joined(separator: ", ")
  }

  /// All classes when they are few, else the extremes.
  private var countLines: [String] {
    guard classes.count > 12 else {
      let widest = classes.map(\.name.count).max() ?? 0
      return classes.map {
        "  \($0.name.padding(toLength: widest, withPad: " ", startingAt: 0))  "
          + "\($0.training) + \($0.validation)"
      }
    }
    let ordered = classes.sorted { ($0.training, $0.name) < ($1.training, $1.name) }
    guard let fewest = ordered.first, let most = ordered.last else { return [] }
    return [
      "  \(classes.count) classes, from \(fewest.training) ('\(fewest.name)')"
        + " to \(most.training) ('\(most.name)') photos"
    ]
  }

  /// `3 s`, `12 min`, `1 h 5 min`.
  static func duration(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded(.up))
    if whole < 90 { return "\(whole) s" }
    let minutes = (whole + 30) / 60
    return minutes < 60 ? "\(minutes) min" : "\(minutes / 60) h \(minutes % 60) min"
  }
}

extension Int {
  /// With a thin separator every three digits: `2 257 984`.
  var grouped: String {
    var digits = String(abs(self))
    var groups: [String] = []
    while digits.count > 3 {
      groups.insert(String(digits.suffix(3)), at: 0)
      digits.removeLast(3)
    }
    groups.insert(digits, at: 0)
    return (self < 0 ? "-" : "") + groups.joined(separator: " ")
  }
}

extension Double {
  /// Three significant digits.
  var short: String { String(format: "%.3g", self) }
}
