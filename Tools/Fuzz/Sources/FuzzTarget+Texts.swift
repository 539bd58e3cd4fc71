import Files
import Foundation
import NIOCore
import NeuralNetworks
import Serving

@testable import FineTuning
@testable import ImagePipeline
@testable import TransferLearning
@testable import finetune

extension FuzzTarget {
  /// What somebody types or a program sends.
  static let texts: [FuzzTarget] = [
    FuzzTarget(name: "json") { _ = try JSONParser.parse($0) },
    FuzzTarget(name: "list") { bytes in
      for name in ["list.csv", "list.tsv"] {
        _ = try? Manifest(file: Scratch.file(name, bytes).path)
      }
    },
    FuzzTarget(name: "plan") { try readPlan($0) },
    FuzzTarget(name: "labels") { bytes in
      for name in ["labels.txt", "labels.json"] { _ = try? readLabels(Scratch.file(name, bytes)) }
    },
    FuzzTarget(name: "options") { bytes in
      guard let program else { preconditionFailure("the program does not describe itself") }
      _ = try OptionFile(Scratch.file("finetune.yaml", bytes).path, for: program)
    },
    FuzzTarget(name: "form") { bytes in
      // The first line is the type, as the header of a request has it.
      let parts = bytes.split(separator: 10, maxSplits: 1, omittingEmptySubsequences: false)
      let type = String(decoding: parts[0], as: UTF8.self)
      guard let boundary = try Multipart.boundary(ofType: type) else { return }
      let body = ByteBuffer(bytes: parts.count > 1 ? Array(parts[1]) : [])
      _ = try Multipart.files(in: body, boundary: boundary, limit: 64)
    },
    FuzzTarget(name: "answer") { bytes in
      var answer = HTTPAnswer()
      for line in bytes.split(separator: 10, omittingEmptySubsequences: false) {
        _ = answer.add(String(decoding: line, as: UTF8.self))
      }
      _ = (answer.redirection, answer["content-length"])
    },
  ]

  private static let program = CommandLineCheck(Finetune._dumpHelp())?.root

  /// A network for plans: two stages and a head.
  static let network: Network? = {
    var network = Network(input: [16, 16, 3])
    do {
      try network.add("conv1", Convolution2D(4, kernel: 3, activation: .relu), to: network.output)
      network.beginStage("late")
      try network.add("conv2", Convolution2D(4, kernel: 3, activation: .relu), to: network.output)
      try network.add("pool", GlobalAveragePooling2D(), to: network.output)
      return network
    } catch { return nil }
  }()

  private static func readPlan(_ bytes: [UInt8]) throws {
    guard let network else { preconditionFailure("there is no network") }
    let plan = try FineTuningPlan(contentsOf: Scratch.file("plan.json", bytes))
    let base = plan.limitingBatches(to: 10).reachingSteps(with: 10)
    let whole = try network.addingHead(of: base, named: "head", classes: 3, activation: .linear)
    let expanded = try base.expanded(for: whole)
    let description = try PlanDescription(
      expanded, network: whole, tensors: [:], classes: [],
      photos: .init(training: 8, validation: 2))
    _ = description.description
  }
}
