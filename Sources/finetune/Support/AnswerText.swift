import Files
import Foundation
import TransferLearning

/// What `predict` writes, photo by photo.
struct AnswerText {
  enum Style { case text, json, jsonLines, csv }

  let style: Style
  /// How many classes are named for each photo.
  let top: Int
  /// How many views of each photo the probabilities are means over.
  let views: Int
  /// Whether labels do not exclude one another, so that any number of them may be there.
  let isMultiLabel: Bool
  /// How sure an answer has to be; `nil` where all are given.
  let threshold: Double?
  /// Which classes a photo may be of; `nil` where nobody asks.
  let sets: ConformalSets?
  /// Whether it is told how unlike the known photos each is.
  let tellsUnknown: Bool
  /// Photos that could not be read, and the first of them with its reason.
  private(set) var failures = 0
  private(set) var firstFailure = ""
  /// Of JSON, which is one object.
  private var answers: [PhotoAnswer] = []
  private let encoder: JSONEncoder

  init(
    style: Style, top: Int, views: Int, isMultiLabel: Bool, threshold: Double? = nil,
    sets: ConformalSets? = nil, tellsUnknown: Bool = false
  ) {
    self.style = style
    self.tellsUnknown = tellsUnknown
    self.sets = sets
    self.threshold = threshold
    self.isMultiLabel = isMultiLabel
    self.top = top
    self.views = views
    encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  }

  /// What stands before the first photo.
  var beginning: String {
    guard style == .csv else { return "" }
    var columns = ["path", "error"]
    if isMultiLabel { columns.append("labels") }
    if threshold != nil { columns.append("abstained") }
    if sets != nil { columns.append("set") }
    if tellsUnknown { columns += ["unlike", "unknown"] }
    for place in 1...top { columns += ["class\(place)", "probability\(place)"] }
    return columns.joined(separator: ",") + "\n"
  }

  /// What is written of a photo.
  /// - Parameter unlikeness: where it is told.
  mutating func text(
    of path: String, _ outcome: Result<Prediction, ImageError>,
    unlikeness: PhotoUnlikeness? = nil
  ) throws -> String {
    let answer = PhotoAnswer(
      path, outcome, count: top, threshold: threshold, sets: sets, unlikeness: unlikeness)
    if let reason = answer.error {
      if failures == 0 { firstFailure = "'\(path)': \(reason)" }
      failures += 1
    }
    switch style {
    case .text: return answer.text.printableLines + "\n"
    case .json:
      answers.append(answer)
      return ""
    case .jsonLines:
      return String(decoding: try encoder.encode(answer), as: UTF8.self).printableJSON + "\n"
    case .csv:
      return answer.row(
        columns: top, hasLabels: isMultiLabel, mayAbstain: threshold != nil, hasSet: sets != nil,
        tellsUnknown: tellsUnknown) + "\n"
    }
  }

  /// What stands behind the last photo.
  var end: String {
    get throws {
      guard style == .json else { return "" }
      let text = try EvaluationReport.encode(
        PhotoAnswers(answers, tta: views == 1 ? nil : views))
      return (text.hasSuffix("\n") ? text : text + "\n").printableJSON
    }
  }
}

extension PhotoAnswer {
  /// In lines for people.
  var text: String {
    var lines = [path]
    if let labels {
      lines.append("  labels: \(labels.isEmpty ? "none" : labels.joined(separator: ", "))")
    }
    if unknown == true {
      lines.append(
        "  unknown: farther than \(percent(unlike ?? 1)) of the photos that the run knows")
    }
    if abstained == true { lines.append("  unsure") }
    if let set {
      let names = set.joined(separator: ", ")
      lines.append(set.count == 1 ? "  is: \(names)" : "  one of \(set.count): \(names)")
    }
    lines += (top ?? []).map { String(format: "  %.4f  ", $0.probability) + $0.class }
    if let error { lines.append("  \(error)") }
    return lines.joined(separator: "\n")
  }

  /// A row of comma-separated values (RFC 4180), as many columns for every photo.
  /// - Parameters:
  ///   - hasLabels: whether there is a column for the labels that are there.
  ///   - mayAbstain: whether there is one for whether the answer is left out.
  ///   - hasSet: whether there is one for the classes that the photo may be of.
  ///   - tellsUnknown: whether there are two for how unlike the known photos it is.
  func row(
    columns: Int, hasLabels: Bool, mayAbstain: Bool, hasSet: Bool, tellsUnknown: Bool
  ) -> String {
    var fields = [path, error ?? ""]
    if hasLabels { fields.append((labels ?? []).joined(separator: Labelling.separator)) }
    if mayAbstain { fields.append(abstained.map { "\($0)" } ?? "") }
    if hasSet { fields.append((set ?? []).joined(separator: Labelling.separator)) }
    if tellsUnknown { fields += [unlike.map { "\($0)" } ?? "", unknown.map { "\($0)" } ?? ""] }
    for place in 0..<columns {
      guard let choice = top.flatMap({ place < $0.count ? $0[place] : nil }) else {
        fields += ["", ""]
        continue
      }
      fields += [choice.class, "\(choice.probability)"]
    }
    return fields.map(\.csvField).joined(separator: ",")
  }
}
