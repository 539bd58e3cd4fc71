import Foundation
import TransferLearning

/// Shows a comparison of bases while it runs, and its table at the end.
final class ComparisonProgress {
  private let isShown: Bool
  private let isBar: Bool
  private var counter: (base: String, Counter)?
  private var notes: Set<String> = []

  /// - Parameters:
  ///   - isShown: whether lines for people are wanted.
  ///   - isBar: whether a line that changes is.
  init(isShown: Bool = true, isBar: Bool = true) {
    self.isShown = isShown
    self.isBar = isBar
  }

  func receive(_ event: BaseComparison.Event) {
    switch event {
    case .heat(let bases, let photos):
      say("comparing \(bases.counted("base")) on \(photos.counted("photo"))")
    case .features(let base, let done, let total):
      if counter?.base != base { counter = (base, Counter("\(base), photo", isActive: isBar)) }
      counter?.1.show(done, of: total)
    case .note(let note):
      // Each base would say it again.
      if notes.insert(note.withOptions).inserted, isShown { Output.warn(note) }
    }
  }

  private func say(_ text: String) {
    if isShown { Output.note(text) }
  }
}

extension BaseComparison {
  /// The table and what is concluded, for a terminal of 80 columns.
  var text: String {
    let reasons = entries.compactMap { entry in
      entry.reason.map { "left out: \(entry.base): \($0)".wrapped(indent: "  ") }
    }
    return ([table, Self.legend.wrapped()] + reasons + [conclusion.wrapped()])
      .joined(separator: "\n")
  }

  private static let columns = 80

  /// Where lines would be too long, names stand in lines of their own.
  private var table: String {
    let head = ["pixels", "weights", "a photo", "photos", "right", "95 %", "verdict"]
    let rows = entries.map(\.cells)
    let whole = Table(
      ["base"] + head, zip(entries, rows).map { [$0.base] + $1 }, rightAligned: 1...6
    ).text
    guard whole.split(separator: "\n").contains(where: { $0.count > Self.columns }) else {
      return whole
    }
    let lines = Table(head, rows, rightAligned: 0...5).text.split(separator: "\n")
    return
      (["base", "  \(lines[0])"]
      + zip(entries, lines.dropFirst()).flatMap { [$0.base, "  \($1)"] }).joined(separator: "\n")
  }

  private var conclusion: String {
    String(format: "%@ (%.1f s)", sentence, seconds)
  }

  private static let legend =
    "a photo: to read it and run it through the base, here. right: of photos that a head on the base's features"
    + " had not seen; a base is worse where it is so photo by photo, by log loss."
}

extension BaseComparison.Entry {
  /// Its figures, as the table shows them.
  fileprivate var cells: [String] {
    func percent(_ share: Double) -> String { String(format: "%.1f", share * 100) }
    return [
      pixels,
      String(format: "%.1f M", Double(parameters) / 1e6),
      secondsPerImage.map { String(format: "%.1f ms", $0 * 1000) } ?? "–",
      scores.map { "\($0.photos)" } ?? "–",
      scores.map { "\(percent($0.accuracy)) %" } ?? "–",
      scores.map { "\(percent($0.accuracyInterval.lower))–\(percent($0.accuracyInterval.upper))" }
        ?? "–",
      verdict,
    ]
  }
}
