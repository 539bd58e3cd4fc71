import Evaluation
import Files
import FineTuning
import Foundation

extension TrainingStory {
  /// What a run's record and its events tell. Lines that cannot be read are left out: a run is no worse for an event
  /// that is missing.
  init(_ run: Run) {
    self.init(
      command: run.record.arguments.isEmpty
        ? nil : "finetune " + run.record.arguments.map(\.quotedForShell).joined(separator: " "))
    let file = run.url.appending(path: RunFolder.File.events.rawValue)
    guard let data = try? InputFile.read(file) else { return }
    for line in data.split(separator: UInt8(ascii: "\n")) {
      if let event = try? JSONDecoder().decode(Line.self, from: Data(line)) { add(event) }
    }
  }

  private mutating func add(_ line: Line) {
    switch line.event {
    case "phase":
      guard let name = line.name, let phase = line.phase else { return }
      // A training that was continued tells of the phase again.
      phases.removeLast(max(0, phases.count - phase))
      phases.append(
        Phase(name: name, parameters: line.parameters ?? 0, isSolved: line.method == "solve"))
    case "head":
      guard let loss = line.validationLogLoss, !phases.isEmpty else { return }
      phases[phases.count - 1].epochs = [
        Epoch(epoch: 0, validationLoss: loss, validationAccuracy: line.validationAccuracy)
      ]
    case "epoch":
      guard let phase = line.phase, phases.indices.contains(phase), let epoch = line.epoch else {
        return
      }
      phases[phase].epochs.removeAll { $0.epoch >= epoch }
      phases[phase].epochs.append(
        Epoch(
          epoch: epoch, trainingLoss: line.trainingLoss, validationLoss: line.validationLogLoss,
          validationAccuracy: line.validationAccuracy))
    case "note":
      if let message = line.message, !decisions.contains(message) { decisions.append(message) }
    case "done": seconds = line.seconds
    default: break
    }
  }

  /// What the story takes of a line of `events.jsonl`.
  private struct Line: Decodable {
    let event: String
    let name, method, message: String?
    let phase, parameters, epoch: Int?
    let seconds, trainingLoss, validationLogLoss, validationAccuracy: Double?
  }
}

extension String {
  /// The text as a shell reads it back as one word.
  fileprivate var quotedForShell: String {
    let plain = allSatisfy {
      $0.isASCII && ($0.isLetter || $0.isNumber || "-_./=,:+@%".contains($0))
    }
    return plain && !isEmpty ? self : "'" + replacing("'", with: "'\\''") + "'"
  }
}
