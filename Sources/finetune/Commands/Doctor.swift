import ArgumentParser
import Files
import Foundation
import TransferLearning

struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Says what this machine has, and whether a training can run on it.",
    usage: "finetune doctor [--output DIR] [--weights] [--json]",
    discussion:
      "Libraries and their versions, the processor and the kernels that are chosen for it, threads, memory, the cache, weights at hand. A small network runs with each backend, and what they say is compared. What is in the way ends the command with the exit code that a training would end with; nothing is asked of a network, and nothing is written."
  )

  @Option(
    help: ArgumentHelp(
      "The folder in which trainings are to write (default: \(FineTuningJob.customaryFolder)).",
      valueName: "DIR"),
    completion: .directory)
  var output = FineTuningJob.customaryFolder

  @Flag(help: "Compare the weight files that are here with their published digests.")
  var weights = false

  @Flag(help: "Write JSON.")
  var json = false

  func validate() throws {
    if output.isEmpty { throw ValidationError("--output names no folder") }
  }

  func run() throws {
    let found = Examination(runs: URL(filePath: output), checksWeights: weights)
    try json ? Output.print(json: found) : Output.print(found.text)
    if let problem = found.problem {
      throw CommandFailure(problem.kind.status, problem.sentence.withOptions)
    }
  }
}

extension Examination.Finding.Kind {
  /// How the program ends with it.
  fileprivate var status: ExitStatus {
    switch self {
    case .wrongNumbers: .software
    case .cannotCreate: .cannotCreate
    case .damaged: .badData
    case .advice: .done
    }
  }
}

extension Examination {
  /// A line for each subject, what was found behind them.
  fileprivate var text: String {
    let parts: [(String, String)] =
      [
        ("finetune", Toolkit.title),
        ("libraries", libraries.map(\.description).joined(separator: ", ")),
        ("processor", processor.text), ("bfloat16", processor.bfloat16),
      ]
      + kernels.map { (String($0.backend.rawValue), $0.text) }
      + [
        ("threads", threads.text), ("memory", memory.text), ("photos", formats.text),
        ("cache", cache.text), ("weights", weights.text), ("runs", runs.text),
      ]
    let width = (parts.map(\.0.count).max() ?? 0) + 2
    let indent = String(repeating: " ", count: width)
    let lines = parts.map { name, text in
      text.split(separator: "\n").enumerated().map { index, line in
        (index == 0 ? name.padding(toLength: width, withPad: " ", startingAt: 0) : indent)
          + String(line).printable.wrapped(width: 79 - width).replacing("\n", with: "\n" + indent)
      }.joined(separator: "\n")
    }
    return (lines + ["", conclusion]).joined(separator: "\n")
  }

  private var conclusion: String {
    let lines = findings.map { "- \($0.sentence.withOptions)".printable.wrapped(indent: "  ") }
    return ([problem == nil ? "Training can run here." : "Training cannot run here:"] + lines)
      .joined(separator: "\n")
  }
}

extension Toolkit {
  /// The release and the commit that it was built from.
  static var title: String {
    "\(version) (\(commit.map { "commit \($0)" } ?? "development build"))"
  }

  /// What `--version` prints.
  static var report: String {
    "finetune \(title)\n" + libraries.map(\.description).joined(separator: ", ").wrapped()
  }
}

extension Examination.Processor {
  fileprivate var text: String { "\(name)\n\(instructions.joined(separator: " "))" }

  fileprivate var bfloat16: String {
    guard hasBfloat16 else { return "not of this processor: slower than float32" }
    return hasFastBfloat16
      ? "fast: half the memory and less time" : "half the memory; products as fast as float32's"
  }
}

extension Examination.Kernels {
  fileprivate var text: String {
    let version = library.split(separator: " ").prefix(2).joined(separator: " ")
    return "\(version), \(kernels) kernels: \(works ? "computes" : "does not compute")"
  }
}

extension Examination.Threads {
  fileprivate var text: String {
    "\(allowed), one for each processor that this process may use of \(processors)"
      + (quota.map { String(format: "; its control group has the time of %.1f", $0) } ?? "")
  }
}

extension Examination.Memory {
  fileprivate var text: String {
    func size(_ bytes: Int?) -> String { bytes.map(\.sizeInMemory) ?? "unknown" }
    return "\(size(available)) free of \(size(total))"
      + (groupLimit.map { "; the control group may use \($0.sizeInMemory)" } ?? "")
  }
}

extension Examination.Formats {
  fileprivate var text: String {
    let others = [heic ? "HEIC" : nil, avif ? "AVIF" : nil].compactMap(\.self)
    return (["JPEG, PNG, WebP, GIF, BMP, TIFF"] + others).joined(separator: ", ")
  }
}

extension Examination.Cache {
  fileprivate var text: String {
    let bytes = content.features.bytes + content.scans.bytes
    let files = content.features.files + content.scans.files
    return "\(content.folder): "
      + (files == 0 ? "empty" : "\(files.counted("file")), \(bytes.sizeOnDisk)")
      + (place.isWritable ? "" : ", not writable")
  }
}

extension Examination.Weights {
  fileprivate var text: String {
    let places = "looked for in \(folders.joined(separator: ", "))"
    guard !files.isEmpty else { return "none at hand; \(places)" }
    let bad = damaged.map { $0.isEmpty ? ", all intact" : ", \($0.count) damaged" } ?? ""
    return "\(files.count.counted("published file"))\(bad); \(places)\n"
      + files.joined(separator: "\n")
  }
}

extension Examination.Place {
  fileprivate var text: String {
    "\(path): \(isWritable ? "can be written" : "cannot be written")"
      + (free.map { ", \($0.sizeOnDisk) free" } ?? "")
  }
}

extension Int {
  /// Bytes of memory, as people read them.
  fileprivate var sizeInMemory: String {
    String(format: "%.1f GiB", Double(self) / Double(1 << 30))
  }
}
