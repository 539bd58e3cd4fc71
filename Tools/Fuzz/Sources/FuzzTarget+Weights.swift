import Files
import Foundation
import NeuralNetworks
import TensorKernels

@testable import FineTuning
@testable import ModelZoo
@testable import WeightFiles

extension FuzzTarget {
  /// Files of numbers. The formats are told apart by content, so these four differ in what they start from.
  static let weights: [FuzzTarget] =
    ["hdf5", "safetensors"].map { name in
      FuzzTarget(name: name) { try readWeights(Scratch.file("weights", $0)) }
    }
    + ["keras", "torch"].map { name in
      FuzzTarget(name: name) { try readWeights(Scratch.file("weights", Checksums.zip($0))) }
    } + [
      FuzzTarget(name: "configuration") { bytes in
        let architecture = try JSONParser.parse(bytes)
        let version = architecture["keras_version"]?.string
        _ = try KerasModel(architecture: architecture, kerasVersion: version, file: "it")
      },
      FuzzTarget(name: "timm") { _ = try TimmConfiguration(JSONParser.parse($0)) },
      FuzzTarget(name: "head") { bytes in
        let file = try Scratch.file("head.h5", bytes)
        let head = try readHead(file)
        try head.writeSafetensors(to: Scratch.folder.appending(path: "head.safetensors"))
        guard try readHead(Scratch.folder.appending(path: "head.safetensors")) == head else {
          preconditionFailure("a head is another once it is written and read back")
        }
      },
      FuzzTarget(name: "checkpoint") { try readCheckpoint($0) },
    ]

  private static func readWeights(_ file: URL) throws {
    let weights = try KerasWeightFile(file)
    for entry in weights.entries {
      _ = try? weights.open.read { content throws(FormatError) in try content.floats(of: entry) }
    }
    if weights.architecture != nil, let model = try? KerasModel(weights) {
      _ = try? model.load(weights)
    }
    _ = try? readHead(weights)
  }

  /// As it is, and with the digest that its content has: no digest keeps anybody out who writes it himself.
  private static func readCheckpoint(_ bytes: [UInt8]) throws {
    let file = try Scratch.file("checkpoint.safetensors", bytes)
    if let checkpoint = try? Checkpoint(contentsOf: file, base: [:]) { try use(checkpoint) }
    var content = try Safetensors(contentsOf: file)
    guard let state = content.metadata["state"] else { return }
    let text = state + content.tensors.digest
    content.metadata["sha256"] = ContentDigest(Array(text.utf8)).hexadecimal
    let sealed = Scratch.folder.appending(path: "sealed.safetensors")
    try content.write(to: sealed)
    try use(Checkpoint(contentsOf: sealed, base: [:]))
  }

  private static func use(_ checkpoint: Checkpoint) throws {
    _ = checkpoint.fileName
    _ = checkpoint.state.usable(Array(0..<8))
    _ = checkpoint.state.position
    if let tuning = checkpoint.state.tuning {
      _ = (tuning.stepsDone, tuning.counter(phase: checkpoint.state.phase))
      _ = (tuning.sums.meanLoss, tuning.sums.accuracy)
    }
    _ = checkpoint.identity.difference(from: checkpoint.identity)
    try checkpoint.write(to: Scratch.folder.appending(path: "again.safetensors"), base: [:])
  }
}
