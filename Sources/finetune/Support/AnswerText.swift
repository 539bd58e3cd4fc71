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
  /// Photos that could not be read, and the first of them with its reason.
  private(set) var failures = 0
  private(set) var firstFailure = ""
  /// Of JSON, which is one object.
  private var answers: [PhotoAnswer] = []
  private let encoder: JSONEncoder

  init(style: Style, top: Int, views: Int, isMultiLabel: Bool, threshold: Double? = nil) {
    self.style = style
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
    return
      (["path", "error"] + (isMultiLabel ? ["labels"] : [])
      + (threshold == nil ? [] : ["abstained"])
      + (1...top).flatMap { ["class\($0)", "probability\($0)"] })
      .joined(separator: ",") + "\n"
  }

  /// What is written of a photo.
  mutating func text(of path: String, _ outcome: Result<Prediction, ImageError>) throws -> String {
    let answer = PhotoAnswer(path, outcome, count: top, threshold: threshold)
    if let reason = answer.error {
      if failures == 0 { firstFailure = "'\(path)': \(reason)" }
      failures += 1
    }
    switch style {
    case .text: return answer.text + "\n"
    case .json:
      answers.append(answer)
      return ""
    case .jsonLines: return String(decoding: try encoder.encode(answer), as: UTF8.self) + "\n"
    case .csv:
      return answer.row(columns: top, hasLabels: isMultiLabel, mayAbstain: threshold != nil) + "\n"
    }
  }

  /// What stands behind the last photo.
  var end: String {
    get throws {
      guard style == .json else { return "" }
      let text = try EvaluationReport.encode(
        PhotoAnswers(answers, tta: views == 1 ? nil : views))
      return text.hasSuffix("\n") ? text : text + "\n"
    }
  }
}

extension PhotoAnswer {
  /// In lines for people.
  var text: String {
    let lines = (top ?? []).map { String(format: "  %.4f  ", $0.probability) + $0.class }
    let named = labels.map { ["  labels: \($0.isEmpty ? "none" : $0.joined(separator: ", "))"] }
    let unsure = abstained == true ? ["  unsure"] : []
    return ([path] + (named ?? []) + unsure + lines + (error.map { ["  \($0)"] } ?? [])).joined(
      separator: "\n")
  }

  /// A row of comma-separated values (RFC 4180), as many columns for every photo.
  /// - Parameters:
  ///   - hasLabels: whether there is a column for the labels that are there.
  ///   - mayAbstain: whether there is one for whether the answer is left out.
  func row(columns: Int, hasLabels: Bool, mayAbstain: Bool) -> String {
    var fields = [path, error ?? ""]
    if hasLabels { fields.append((labels ?? []).joined(separator: Labelling.separator)) }
    if mayAbstain { fields.append(abstained.map { "\($0)" } ?? "") }
    for place in 0..<columns {
      guard let choice = top.flatMap({ place < $0.count ? $0[place] : nil }) else {
        fields += ["", ""]
        continue
      }
      fields += [choice.class, "\(choice.probability)"]
    }
    return fields.map(Self.quoted).joined(separator: ",")
  }

  private static func quoted(_ field: String) -> String {
    let isPlain = field.unicodeScalars.allSatisfy { !["\"", ",", "\n", "\r"].contains($0) }
    return isPlain ? field : "\"" + field.replacing("\"", with: "\"\"") + "\""
  }
}
