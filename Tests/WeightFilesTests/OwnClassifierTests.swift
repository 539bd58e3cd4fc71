import Foundation
import NeuralNetworks
import TensorKernels
import TestSupport
import Testing
import WeightFiles

@Suite("The weights of a base in a model that somebody has put a classifier behind")
struct OwnClassifierTests {
  /// Two convolutions and, as `middle` and `end` say, more between them and behind.
  private static func network(
    middle: [(String, any Layer)] = [], end: [(String, any Layer)] = []
  ) throws -> Network {
    var net = Network(input: [8, 8, 3])
    var x = try net.add("first", Convolution2D(4, kernel: 3), to: net.input)
    for (name, layer) in middle { x = try net.add(name, layer, to: [x]) }
    x = try net.add("second", Convolution2D(6, kernel: 3, bias: false), to: x)
    x = try net.add("norm", BatchNormalization(), to: x)
    for (name, layer) in end { x = try net.add(name, layer, to: [x]) }
    return net
  }

  private static let pool: (String, any Layer) = ("pool", GlobalAveragePooling2D())
  private static let dense: (String, any Layer) = ("mine", Dense(5, activation: .relu))
  private static let ends: [(description: String, layers: [(String, any Layer)])] = [
    ("one layer", [pool, ("my classes", Dense(3))]),
    ("two with a norm between", [pool, dense, ("bn", BatchNormalization()), ("out", Dense(2))]),
    (
      "behind a flattened map",
      [("flat", Flatten()), dense, ("out", Dense(2, activation: .softmax))]
    ),
  ]

  private enum Format: CaseIterable { case weights, model, archive }

  /// Writes `network` with made-up tensors, and reads the base out of it.
  private func load(_ network: Network, as format: Format) throws -> LoadReport {
    let scratch = try TemporaryFolder()
    let url = scratch.url.appending(path: format == .archive ? "m.keras" : "m.h5")
    let tensors = madeUpTensors(network)
    switch format {
    case .weights: try writeKerasWeights(network, tensors, to: url)
    case .model:
      try writeKerasModel(
        network, named: "m", tensors, metadata: RoundTripTests.metadata, to: url)
    case .archive:
      try writeKerasArchive(
        network, named: "m", tensors, metadata: RoundTripTests.metadata, to: url)
    }
    let base = try Self.network()
    let (found, report) = try KerasWeightFile(url).load(
      base.parameters, for: "the base", outputs: 6)
    for parameter in base.parameters {
      #expect(found[parameter.name] == tensors[parameter.name], "\(parameter.name)")
    }
    return report
  }

  @Test("are taken, and what is left is named, whatever the classifier is called")
  func taken() throws {
    for (description, end) in Self.ends {
      for format in Format.allCases {
        let report = try load(Self.network(end: end), as: format)
        #expect(report.matched.count == 7, "\(description)")
        let names = end.filter { $0.1 is Dense || $0.1 is BatchNormalization }.map(\.0)
        #expect(
          Set(report.unused.map { $0.split(separator: "/").dropLast().joined() }) == Set(names))
        #expect(report.description.contains("unused of the file"))
      }
    }
  }

  @Test("A convolution behind the base is a classifier where the file says so")
  func convolution() throws {
    let network = try Self.network(end: [("more", Convolution2D(2, kernel: 1)), Self.pool])
    for format in [Format.model, .archive] {
      #expect(try load(network, as: format).unused == ["more/kernel", "more/bias"])
    }
    let error = failure { try load(network, as: .weights) }
    #expect(error?.message.contains("holds 'more/kernel', 'more/bias', which the base") == true)
  }

  @Test("Layers within the base make it another network, also dense ones")
  func within() throws {
    // A dense layer of ours reads vectors.
    let middles: [[(String, any Layer)]] = [
      [("more", Convolution2D(4, kernel: 1))],
      [("flat", Flatten()), ("more", Dense(144)), ("map", Reshape([6, 6, 4]))],
    ]
    for layers in middles {
      let network = try Self.network(middle: layers, end: [Self.pool, Self.dense])
      for format in Format.allCases {
        let error = failure { try load(network, as: format) }
        #expect(error?.message.contains("holds 'more/kernel'") == true, "\(format)")
      }
    }
  }

  @Test("Dense layers that do not read the features are none of its classifier")
  func otherWidth() throws {
    let scratch = try TemporaryFolder()
    let url = scratch.url.appending(path: "m.h5")
    let network = try Self.network(end: Self.ends[0].layers)
    try writeKerasWeights(network, madeUpTensors(network), to: url)
    let parameters = try Self.network().parameters
    for outputs in [nil, 4] {
      let error = failure {
        try KerasWeightFile(url).load(parameters, for: "the base", outputs: outputs)
      }
      #expect(error?.message.contains("holds 'my classes/kernel'") == true)
    }
  }
}
