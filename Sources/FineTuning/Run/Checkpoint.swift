import Files
import Foundation
import TensorKernels
import WeightFiles

/// All that a training needs to go on as if it had never stopped, beside what its job says anyway.
///
/// A safetensors file: `best/…` holds kept weights that differ from the base's, `beginning/…` those that the
/// running phase began with if they are others, `now/…` its weights that differ from `best`, `optimizer/…`
/// the optimiser's memory, `average/…` the moving average, `trial` what was said of photos before they
/// trained. State and identity are JSON in the header, with a digest of everything.
package struct Checkpoint: Equatable {
  /// Raised when a file of an earlier version cannot be continued exactly.
  static let version = "3"

  var identity: TrainingIdentity
  package var state: TrainingState
  /// The bytes of `events.jsonl` that belong to what came before.
  var eventByteCount: Int
  /// Whether an uninterrupted training writes it too, and therefore an event that tells of it.
  var isScheduled: Bool
  /// What rounds: another one goes on, but not to the same bytes.
  var library: String
  package var tensors = Tensors()

  package struct Tensors: Equatable {
    package var best: [String: Tensor] = [:]
    /// What the running phase began with, where that is not `best`.
    var beginning: [String: Tensor]?
    /// `nil` between phases.
    var now: [String: Tensor]?
    var optimizer: [String: Tensor] = [:]
    var average: [String: Tensor] = [:]
    /// Of the photos that `TrainingState.judged` names (`Trial`).
    package var trial: Tensor?
  }

  private struct Header: Codable {
    var identity: TrainingIdentity
    var state: TrainingState
    var eventByteCount: Int
    var isScheduled: Bool
    var library: String
  }

  /// The file's name: the position, for people.
  var fileName: String {
    var words = ["phase\(state.phase + 1)"]
    if let tuning = state.tuning {
      if tuning.attempt > 0 { words.append("again") }
      words += ["epoch\(tuning.epoch)", "step\(tuning.step)"]
    }
    return words.joined(separator: "-") + ".safetensors"
  }

}

extension Checkpoint {
  /// - Parameter base: the weights that a reader has in any case.
  /// - Throws: `RunError`.
  package func write(to file: URL, base: [String: Tensor]) throws(RunError) {
    var stored: [String: Tensor] = [:]
    for (name, tensor) in tensors.best where !tensor.hasBits(of: base[name]) {
      stored["best/\(name)"] = tensor
    }
    for (name, tensor) in tensors.beginning ?? [:] where !tensor.hasBits(of: base[name]) {
      stored["beginning/\(name)"] = tensor
    }
    for (name, tensor) in tensors.now ?? [:] where !tensor.hasBits(of: tensors.best[name]) {
      stored["now/\(name)"] = tensor
    }
    for (name, tensor) in tensors.optimizer { stored["optimizer/\(name)"] = tensor }
    for (name, tensor) in tensors.average { stored["average/\(name)"] = tensor }
    stored["trial"] = tensors.trial
    do {
      let header = String(
        decoding: try CanonicalJSON.line(
          Header(
            identity: identity, state: state, eventByteCount: eventByteCount,
            isScheduled: isScheduled, library: library)), as: UTF8.self)
      try Safetensors(
        stored,
        metadata: [
          "format": "finetune checkpoint", "version": Self.version, "state": header,
          "sha256": Self.digest(header, stored),
        ]
      ).write(to: file)
    } catch let error as WeightFileError {
      throw RunError(error)
    } catch {
      throw RunError(.bad, "a checkpoint cannot be JSON: \(error)")
    }
  }

  /// - Parameter base: as it was when the checkpoint was written.
  /// - Throws: `RunError`: `.bad` for a damaged file, or one of another version.
  package init(contentsOf file: URL, base: [String: Tensor]) throws(RunError) {
    func bad(_ reason: String) -> RunError {
      RunError(.bad, "the checkpoint '\(file.relativePath)' \(reason)")
    }
    let content: Safetensors
    do {
      content = try Safetensors(contentsOf: file)
    } catch {
      throw RunError(error)
    }
    guard content.metadata["format"] == "finetune checkpoint",
      let text = content.metadata["state"]
    else { throw bad("is none of this program") }
    guard content.metadata["version"] == Self.version else {
      throw bad(
        "has version \(content.metadata["version"] ?? "none"), expected \(Self.version); finish the"
          + " training with the program that began it")
    }
    guard content.metadata["sha256"] == Self.digest(text, content.tensors) else {
      throw bad("is damaged: its digest is not the one that was written")
    }
    let header: Header
    do {
      header = try JSONDecoder().decode(Header.self, from: Data(text.utf8))
    } catch let error as DecodingError {
      throw bad("is damaged: \(error.reason)")
    } catch {
      throw bad("is damaged: \(error)")
    }
    guard header.state.isPossible, header.eventByteCount >= 0 else {
      throw bad("is damaged: no training can be where it says")
    }
    identity = header.identity
    state = header.state
    eventByteCount = header.eventByteCount
    isScheduled = header.isScheduled
    library = header.library
    func part(_ name: String) -> [String: Tensor] {
      var part: [String: Tensor] = [:]
      for (key, tensor) in content.tensors where key.hasPrefix(name + "/") {
        part[String(key.dropFirst(name.count + 1))] = tensor
      }
      return part
    }
    tensors.best = base.merging(part("best")) { $1 }
    let beginning = part("beginning")
    tensors.beginning = beginning.isEmpty ? nil : base.merging(beginning) { $1 }
    tensors.now = state.tuning == nil ? nil : tensors.best.merging(part("now")) { $1 }
    tensors.optimizer = part("optimizer")
    tensors.average = part("average")
    tensors.trial = content.tensors["trial"]
  }

  private static func digest(_ header: String, _ tensors: [String: Tensor]) -> String {
    ContentDigest(Array((header + tensors.digest).utf8)).hexadecimal
  }
}

extension Tensor {
  /// Whether another tensor has the same shape and the same values, bit for bit.
  func hasBits(of other: Tensor?) -> Bool {
    guard let other, shape == other.shape else { return false }
    return values.withUnsafeBytes { own in
      other.values.withUnsafeBytes { others in
        guard let first = own.baseAddress, let second = others.baseAddress else { return true }
        return memcmp(first, second, own.count) == 0
      }
    }
  }
}
