import Foundation
import TestSupport
import TransferLearning

/// The program as users start it: the binary that was built beside the tests.
enum Finetune {
  struct Outcome {
    let status: Int32
    let output: String
    let errors: String

    /// The first line on standard error.
    var firstLine: String { errors.split(separator: "\n").first.map(String.init) ?? "" }

    /// Standard output as a JSON object.
    func json() throws -> [String: Any] {
      let value = try JSONSerialization.jsonObject(with: Data(output.utf8))
      guard let object = value as? [String: Any] else { throw NotAnObject(text: output) }
      return object
    }
  }

  struct NotAnObject: Error {
    let text: String
  }

  /// A run of the program that everything else was to begin with.
  struct Failed: Error {
    let errors: String
  }

  static let binary: URL = {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return URL(filePath: own).deletingLastPathComponent().appending(path: "finetune")
  }()

  /// Runs the program to its end, with no weights, cache or home of this machine's user.
  /// - Parameter whileRunning: called once it has started.
  static func run(
    _ arguments: [String], in folder: URL? = nil, through shell: String? = nil,
    whileRunning: (Process) throws -> Void = { _ in }
  ) throws -> Outcome {
    let scratch = try TemporaryFolder()
    let process = Process()
    process.executableURL = shell == nil ? binary : URL(filePath: "/bin/sh")
    process.arguments =
      shell.map { ["-c", "\($0); exec \"$0\" \"$@\"", binary.path] + arguments } ?? arguments
    process.currentDirectoryURL = folder ?? scratch.url
    // With what `Tools/sanitizers.sh` asks of sanitizers, and nothing else of this process.
    process.environment = ProcessInfo.processInfo.environment.filter {
      $0.key.hasSuffix("SAN_OPTIONS") || $0.key == "LD_PRELOAD"
    }.merging([
      "HOME": scratch.url.path, "PATH": "/usr/bin:/bin",
      "FINETUNE_CACHE": scratch.url.appending(path: "cache").path,
      "FINETUNE_WEIGHTS_URL": "http://127.0.0.1:9/", "SWIFT_BACKTRACE": "enable=no",
    ]) { $1 }
    let output = try scratch.write("output")
    let errors = try scratch.write("errors")
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    try whileRunning(process)
    process.waitUntilExit()
    // A death by signal n is reported as −n, which no expectation equals.
    let status =
      process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    return Outcome(
      status: status, output: try String(contentsOf: output, encoding: .utf8),
      errors: try String(contentsOf: errors, encoding: .utf8))
  }
}

extension TemporaryFolder {
  /// A small photo that is all of one colour, one that its class tells.
  func photo(_ name: String, class index: Int, variant: Int = 0) throws {
    let pixels = (0..<48 * 40).flatMap { pixel -> [UInt8] in
      let shade = UInt8((pixel * 7 + variant * 31) % 40)
      return [index == 0 ? 200 : shade, index == 1 ? 200 : shade, index == 2 ? 200 : shade]
    }
    try write(
      name, JPEG.encode(Image(width: 48, height: 40, pixels: pixels), quality: 90))
  }

  /// Three classes of a colour each, `count` photos a class.
  func photos(_ folder: String, count: Int) throws {
    for (index, name) in ["blue", "green", "red"].enumerated() {
      for number in 0..<count {
        try photo("\(folder)/\(name)/\(number).jpg", class: 2 - index, variant: number)
      }
    }
  }
}

/// A network so small that training takes seconds.
enum Tiny {
  static let options = ["--base", "mobilenet", "--alpha", "0.05", "--image-size", "32"]

  static func model(_ top: Model.Top = .features) throws -> Model {
    try Model.named("mobilenet", alpha: 0.05, imageSize: 32, top: top)
  }

  /// Writes a weight file of random values, with norms that keep features from vanishing on their
  /// way: a head on features of 1e-10 would be so large that no step could be small enough.
  static func writeWeights(
    to path: String, top: Model.Top = .features, seed: UInt64 = 1
  ) throws {
    try writeWeights(of: model(top), to: path, seed: seed)
  }

  /// The same for another model.
  static func writeWeights(of model: Model, to path: String, seed: UInt64 = 1) throws {
    let network = model.network
    var tensors = network.initialTensors(seed: seed)
    for (name, tensor) in tensors where name.hasSuffix("/gamma") {
      tensors[name] = Tensor(repeating: 3, tensor.shape)
    }
    try writeKerasWeights(network, tensors, to: URL(filePath: path))
  }
}

extension TemporaryFolder {
  /// Photos in `photos`, `count` a class, weights in `tiny.h5`, and the run `run` whose head was solved on them.
  /// - Parameter resize: how photos are brought to the network's size.
  func solvedRun(photos count: Int, resize: String = "auto") throws {
    try photos("photos", count: count)
    try Tiny.writeWeights(to: path("tiny.h5"))
    let training = try Finetune.run(
      Tiny.options + [
        "--weights", "tiny.h5", "--data", "photos", "--plan", "head", "--resize", resize,
        "--output", "run",
      ], in: url)
    guard training.status == 0 else { throw Finetune.Failed(errors: training.errors) }
  }
}
