import Evaluation
import Files
import FineTuning
import Foundation

extension TrainingStory {
  /// More notes are not told, but counted.
  private static let mostNotes = 1000

  /// What a run's record and its events tell. Lines that cannot be read, or that no training can have written, are left
  /// out: a run is no worse for an event that is missing.
  init(_ run: Run) {
    self.init(
      command: run.record.arguments.isEmpty
        ? nil : "finetune " + run.record.arguments.map(\.quotedForShell).joined(separator: " "))
    let file = run.url.appending(path: RunFolder.File.events.rawValue)
    guard let data = try? InputFile.read(file) else { return }
    let decoder = JSONDecoder()
    var notes: Set<String> = []
    for line in data.split(separator: UInt8(ascii: "\n")) {
      guard let event = try? decoder.decode(TrainingEvent.self, from: Data(line)) else { continue }
      if case .note(let note) = event {
        guard notes.insert(note.message).inserted, decisions.count < Self.mostNotes else {
          continue
        }
        decisions.append(note.message)
      } else {
        add(event)
      }
    }
    let others = notes.count - decisions.count
    if others > 0 {
      decisions.append("… and \(others.counted("other note")) in \(file.lastPathComponent)")
    }
  }

  private mutating func add(_ event: TrainingEvent) {
    switch event {
    case .phase(let start):
      // A training that was continued tells of the phase again.
      phases.removeLast(max(0, phases.count - start.phase))
      phases.append(
        Phase(
          name: start.name, parameters: start.parameters, isSolved: start.method == .solve))
    case .head(let head):
      guard let loss = head.validationLogLoss, !phases.isEmpty else { return }
      phases[phases.count - 1].epochs = [
        Epoch(epoch: 0, validationLoss: loss, validationAccuracy: head.validationAccuracy)
      ]
    case .epoch(let epoch):
      guard phases.indices.contains(epoch.phase) else { return }
      // They ascend, so that only the last ones can be told again.
      while let last = phases[epoch.phase].epochs.last, last.epoch >= epoch.epoch {
        phases[epoch.phase].epochs.removeLast()
      }
      phases[epoch.phase].epochs.append(
        Epoch(
          epoch: epoch.epoch, trainingLoss: epoch.trainingLoss,
          validationLoss: epoch.validationLogLoss, validationAccuracy: epoch.validationAccuracy))
    case .done(let done): seconds = done.seconds
    default: break
    }
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
