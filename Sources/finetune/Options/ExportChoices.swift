import ArgumentParser
import Foundation
import TransferLearning

/// How a classifier is exported, and where to.
struct ExportChoices: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The format (default: by the file's ending, where .h5 is keras-h5).",
      valueName: ExportFormat.allCases.map(\.rawValue).joined(separator: "|")))
  var format: ExportFormat?

  @Option(help: ArgumentHelp("The file to write.", valueName: "FILE"), completion: .file())
  var output: String

  @Flag(help: "Replace a file that is there.")
  var force = false

  @Option(
    help: ArgumentHelp(
      "'none' leaves preprocessing out of the network that is written, which then reads what the base reads in place of pixels (default: included).",
      valueName: "included|none"))
  var preprocessing = Inclusion.included

  @Flag(help: "For onnx: photos of any size go in, which the network resizes and cuts itself.")
  var withResize = false

  @Option(
    help: ArgumentHelp(
      "For onnx: the type of the pixels that go in, 0...255.", valueName: "float32|uint8"))
  var pixels = ONNXLayout.Pixels.float32

  @Option(
    help: ArgumentHelp(
      "For onnx: how kernels are stored. float16 halves the file, is computed with in float32, and is measured on the validation photos first.",
      valueName: "float32|float16"))
  var precision = ONNXStorage.float32

  enum Inclusion: String, ExpressibleByArgument, CaseIterable {
    case included, none
  }

  /// What is to be written, after all that can be wrong with it.
  /// - Parameter inputs: what is exported, which `force` does not replace.
  /// - Throws: `UsageError`; `CommandFailure` where the file is there.
  func resolve(apartFrom inputs: [String]) throws -> (
    format: ExportFormat, url: URL, options: ExportOptions
  ) {
    let url = URL(filePath: output)
    let format = try resolvedFormat(url.pathExtension)
    try OutputCheck.requireCreatable(file: url)
    try OutputCheck.requireApart(file: url, from: inputs)
    if !force, FileManager.default.fileExists(atPath: url.path) {
      throw CommandFailure(
        .cannotCreate,
        "'\(output)' is there already; choose another name, or give --force to replace it")
    }
    var options = ExportOptions()
    options.leavesOutPreprocessing = preprocessing == .none
    options.includesResize = withResize
    options.pixels = pixels
    options.storage = precision
    return (format, url, options)
  }

  private func resolvedFormat(_ ending: String) throws -> ExportFormat {
    if let format {
      guard format.endings.contains(ending.lowercased()) else {
        throw UsageError(
          "'\(output)' should end in .\(format.endings.joined(separator: " or .")) for \(format.rawValue)"
        )
      }
      return format
    }
    guard let format = ExportFormat(ending: ending) else {
      throw UsageError(
        "'\(output)' does not say which format it is to have; let it end in .keras, .h5, .safetensors or .onnx, or "
          + "give --format \(ExportFormat.allCases.map(\.rawValue).joined(separator: "|"))")
    }
    return format
  }
}

extension ExportedClassifier {
  /// Writes a file and says so, with what is to be known of it.
  func export(
    _ choice: (format: ExportFormat, url: URL, options: ExportOptions), named output: String,
    of run: Run?
  ) throws {
    if choice.options.storage != .float32, choice.format == .onnx {
      guard let run else {
        throw UsageError("only an export of a run can be measured, so only that can be in float16")
      }
      let effect = try effect(of: choice.options.storage, onPhotosOf: run)
      Output.note(
        "\(choice.options.storage.rawValue) answers \(percent(effect.after)) of \(effect.photos) validation photos "
          + "rightly, float32 \(percent(effect.before))")
    }
    try write(choice.format, to: choice.url, choice.options)
    Output.note("wrote \(output)")
    if let restriction = metadata.restriction {
      Output.warn("its weights come from some under \(restriction), which forbids commercial use")
    }
    let usage = usage(of: choice.format, choice.options, at: choice.url)
    if !usage.isEmpty {
      Output.note("to use it:\n" + usage.map { "  " + $0 }.joined(separator: "\n"))
    }
  }
}
