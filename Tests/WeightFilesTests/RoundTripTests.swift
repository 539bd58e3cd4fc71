import Foundation
import NeuralNetworks
import TensorKernels
import TestSupport
import Testing
import WeightFiles

@Suite("What is written is read back")
struct RoundTripTests {
  static let metadata = ModelMetadata(
    labels: ["Ameise", "蜂", "löwenzahn"], preprocessing: #"{"kind":"signed"}"#,
    baseName: "mobilenetv2", baseDigest: String(repeating: "ab", count: 32), imageSize: 160,
    resize: "crop")

  @Test("what a whole model says of itself is read back; the files of others say nothing")
  func metadataReadBack() throws {
    let network = try everyLayer()
    try withTemporaryFolder { folder in
      for metadata in [Self.metadata, nil] {
        let (h5, keras) = (folder.appending(path: "m.h5"), folder.appending(path: "m.keras"))
        let tensors = madeUpTensors(network)
        try writeKerasModel(network, named: "m", tensors, metadata: metadata, to: h5)
        try writeKerasArchive(network, named: "m", tensors, metadata: metadata, to: keras)
        #expect(try KerasWeightFile(h5).metadata == metadata)
        #expect(try KerasWeightFile(keras).metadata == metadata)
      }
    }
  }

  @Test("Weights, as a file and as a whole model")
  func weights() throws {
    let network = try everyLayer()
    let tensors = madeUpTensors(network)
    try withTemporaryFolder { folder in
      let weights = folder.appending(path: "w.h5")
      let model = folder.appending(path: "m.h5")
      try writeKerasWeights(network, tensors, to: weights)
      try writeKerasModel(
        network, named: "every", tensors, metadata: Self.metadata, to: model)
      for url in [weights, model] {
        let file = try KerasWeightFile(url)
        #expect(file.layout == (url == model ? .legacyModel : .legacyWeights))
        let (read, report) = try file.load(network.parameters, for: "every")
        #expect(read == tensors)
        #expect(report.matched == network.parameters.map(\.name))
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 2)
    }
  }

  @Test("The same content is the same bytes", .tags(.slow), .unlessQuick)
  func deterministic() throws {
    let network = try everyLayer()
    let tensors = madeUpTensors(network)
    try withTemporaryFolder { folder in
      let urls = ["a.h5", "b.h5"].map { folder.appending(path: $0) }
      for url in urls {
        try writeKerasModel(network, named: "every", tensors, metadata: Self.metadata, to: url)
        Thread.sleep(forTimeInterval: 1.1)  // Object times are in whole seconds.
      }
      #expect(try Data(contentsOf: urls[0]) == Data(contentsOf: urls[1]))
    }
  }

  @Test("Lists of names beyond 64 KiB are split over several attributes")
  func manyLayers() throws {
    var network = Network(input: [4, 4, 1])
    for index in 0..<1500 {
      try network.add(
        "a_layer_with_a_rather_long_name_so_that_the_list_grows_\(index)",
        index % 500 == 0 ? Convolution2D(1, kernel: 1) : Convolution2D(1, kernel: 1, bias: false),
        to: network.output)
    }
    let tensors = madeUpTensors(network)
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "many.h5")
      try writeKerasWeights(network, tensors, to: url)
      let read = try KerasWeightFile(url).load(network.parameters, for: "many").tensors
      #expect(read == tensors)
    }
  }

  @Test(
    "A head of one layer or several with its labels, and only for its own base",
    arguments: [[4], [5, 4], [3, 2, 4]])
  func head(widths: [Int]) throws {
    // Names that are not in the order of the alphabet: the file's order counts.
    let layers = zip(widths, widths.dropFirst() + [3]).enumerated().map { index, width in
      HeadFile.Layer(
        name: "layer\(9 - index)",
        kernel: Tensor(
          [width.0, width.1], (0..<width.0 * width.1).map { Float($0) - 5.5 }),
        bias: Tensor([width.1], (0..<width.1).map { Float($0 + index) }))
    }
    let head = HeadFile(layers: layers, metadata: Self.metadata)
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "head.h5")
      try writeHead(head, to: url)
      let read = try readHead(url)
      #expect(read == head)
      let digest = Self.metadata.baseDigest
      #expect(failure { try read.requireBase(named: "mobilenetv2", digest: digest) } == nil)
      #expect(
        failure { try read.requireBase(named: "resnet50", digest: digest) }?.message
          == "this head was trained on mobilenetv2 and cannot be attached to resnet50; use the base mobilenetv2"
      )
      let other = failure {
        try read.requireBase(named: "mobilenetv2", digest: String(repeating: "cd", count: 32))
      }
      #expect(other?.kind == .bad)
      #expect(
        other?.message.contains("abababababab… and cannot be attached to the weights cdcdcdcdcdcd…")
          == true)
    }
  }

  @Test("Dense layers of which none reads what the one before gives are no head")
  func unchained() throws {
    var network = Network(input: [4])
    let a = try network.add("a", Dense(2), to: network.input)
    let b = try network.add("b", Dense(2), to: network.input)
    try network.add("sum", Add(), to: a, b)
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "w.h5")
      try writeKerasWeights(network, madeUpTensors(network), to: url)
      let message = failure { try readHead(url) }?.message
      #expect(message?.hasPrefix("'w.h5' is not a head: it has 4 tensors") == true)
    }
  }

  @Test("A weight file of a whole network is no head")
  func notAHead() throws {
    let network = try everyLayer()
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "w.h5")
      try writeKerasWeights(network, madeUpTensors(network), to: url)
      let message = failure { try readHead(url) }?.message
      #expect(message?.hasPrefix("'w.h5' is not a head: it has ") == true)
    }
  }

  @Test("Tensors may be missing only where a pattern says so", arguments: [["fc1/*"], ["*"], []])
  func allowMissing(patterns: [String]) throws {
    let network = try everyLayer()
    var tensors = madeUpTensors(network)
    try withTemporaryFolder { folder in
      let shorter = network.cut(after: try #require(network.node(named: "pool")))
      let url = folder.appending(path: "w.h5")
      try writeKerasWeights(shorter, tensors, to: url)
      let file = try KerasWeightFile(url)
      let lost = network.parameters.filter { !shorter.parameters.contains($0) }
      let allowed = patterns == ["*"]
      let error = failure {
        try file.load(network.parameters, for: "every", allowMissing: patterns)
      }
      #expect((error == nil) == allowed)
      if allowed {
        let (read, report) = try file.load(network.parameters, for: "every", allowMissing: patterns)
        for parameter in lost { tensors[parameter.name] = nil }
        #expect(read == tensors)
        #expect(report.missing == lost.map(\.name))
      } else {
        #expect(error?.message.hasPrefix("'w.h5' lacks 'fc0/kernel', 'fc0/bias', ") == true)
        #expect(error?.sentence.remedies == [.allowMissing])
      }
    }
  }

  @Test("A tensor that is not finite is named", arguments: [Float.nan, .infinity, -.infinity])
  func notFinite(value: Float) throws {
    let network = try everyLayer()
    var tensors = madeUpTensors(network)
    tensors["dw_bn/beta"]?.values[3] = value
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "w.h5")
      try writeKerasWeights(network, tensors, to: url)
      let file = try KerasWeightFile(url)
      let message = failure { try file.load(network.parameters, for: "every") }?.message
      #expect(message?.hasPrefix("'w.h5' holds NaN or infinite values in 'dw_bn/beta'") == true)
    }
  }

  @Test("Keras's classifiers are found under the names of its published files")
  func renamedClassifier() throws {
    func classifier(_ name: String) throws -> Network {
      var network = Network(input: [6])
      try network.add("body", Dense(4), to: network.input)
      try network.add(name, Dense(2), to: network.output)
      return network
    }
    let network = try classifier("predictions")
    try withTemporaryFolder { folder in
      for name in ["probs", "Logits"] {
        let published = try classifier(name)
        let url = folder.appending(path: "\(name).h5")
        try writeKerasWeights(published, madeUpTensors(published), to: url)
        let file = try KerasWeightFile(url)
        #expect(try file.load(network.parameters, for: "x").report.matched.count == 4)
        let body = network.cut(after: try #require(network.node(named: "body")))
        let report = try file.load(body.parameters, for: "x", mayBeUnused: ["predictions"]).report
        #expect(report.unused == ["\(name)/kernel", "\(name)/bias"])
      }
    }
  }

  @Test("A model that Keras cannot express is refused before anything is written")
  func inexpressible() throws {
    var network = Network(input: [6, 6, 1])
    try network.add("conv", Convolution2D(2, kernel: 1), to: network.input)
    try network.add(
      "pool", MaxPooling2D(2, stride: 2, padding: .explicit(Edges(1))), to: network.output)
    let tensors = madeUpTensors(network)
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "m.h5")
      for write in [writeKerasModel, writeKerasArchive] {
        let error = failure { try write(network, "m", tensors, [], Self.metadata, url, nil) }
        #expect(error?.message == "'pool': Keras has no pooling with a padding of its own")
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
      // Its weights alone are plain tensors with names.
      try writeKerasWeights(network, tensors, to: url)
      #expect(try KerasWeightFile(url).load(network.parameters, for: "m").tensors == tensors)
    }
  }
}
