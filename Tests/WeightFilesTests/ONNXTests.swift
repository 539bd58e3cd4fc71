import Foundation
import NeuralNetworks
import SwiftProtobuf
import TensorKernels
import TestSupport
import Testing
import WeightFiles

@Suite("An ONNX file")
struct ONNXTests {
  private static let metadata = ModelMetadata(
    labels: ["a", "b \"quoted\""], preprocessing: "{}", baseName: "tiny", baseDigest: "00",
    imageSize: ImageSize(height: 6, width: 7), resize: "squash", licence: "MIT")

  private func write(
    _ network: Network, _ layout: ONNXLayout = ONNXLayout(), to url: URL
  ) throws -> ONNXModel {
    try writeONNX(
      network, madeUpTensors(network), metadata: Self.metadata, layout: layout, to: url)
    return try ONNXModel(serializedBytes: Data(contentsOf: url))
  }

  /// What is wrong with the graph's wiring; `nil` for nothing.
  private func fault(in graph: ONNXGraph) -> String? {
    var known = Set(graph.input.map(\.name)).union(graph.initializer.map(\.name))
    guard known.count == graph.input.count + graph.initializer.count else {
      return "constants share names"
    }
    for node in graph.node {
      for input in node.input where !input.isEmpty && !known.contains(input) {
        return "\(node.name) reads \(input), which nothing has written"
      }
      for output in node.output where !known.insert(output).inserted {
        return "\(output) is written twice"
      }
    }
    return graph.output.allSatisfy { known.contains($0.name) } ? nil : "nothing writes the output"
  }

  @Test("has every operation that networks have, wired in order", arguments: ONNXNetworks.all)
  func wiring(_ one: ONNXNetworks.Case) throws {
    let folder = try TemporaryFolder()
    let network = try one.network()
    let model = try write(network, to: folder.url.appending(path: "m.onnx"))
    #expect(fault(in: model.graph) == nil)
    #expect(model.opsetImport.map(\.version) == [18])
    let extents = model.graph.output[0].type.tensorType.shape.dim.dropFirst().map(\.dimValue)
    #expect(extents.map(Int.init) == network.outputShape.dimensions)
    // Whoever has a runtime compares numbers: Tools/export-check.sh does.
    if let place = ProcessInfo.processInfo.environment["ONNX_OPERATORS"] {
      try save(one, network, below: URL(filePath: place))
    }
  }

  /// The model, and what it is to answer.
  private func save(_ one: ONNXNetworks.Case, _ network: Network, below folder: URL) throws {
    let tensors = madeUpTensors(network)
    _ = try write(network, to: folder.appending(path: "\(one).onnx"))
    let shape = network.inputShape
    let input = (0..<3 * shape.count).map { sin(Float($0) * 0.7) }
    let pool = WorkerPool(count: 1)
    let executor = try makeExecutor(
      network, NetworkWeights(network, tensors), ExecutionOptions(batchSize: 3),
      backend: .oneDNN, pool: pool)
    var output = [Float](repeating: 0, count: 3 * executor.outputCount)
    try executor.infer(input, count: 3, into: &output)
    try Safetensors([
      "pixels": Tensor(Shape([3] + shape.dimensions), input),
      "probabilities": Tensor(Shape([3] + network.outputShape.dimensions), output),
    ]).write(to: folder.appending(path: "\(one).safetensors"))
  }

  @Test("says labels, base and licence")
  func properties() throws {
    let folder = try TemporaryFolder()
    let model = try write(
      ONNXNetworks.all[0].network(), to: folder.url.appending(path: "m.onnx"))
    let texts = Dictionary(
      uniqueKeysWithValues: model.metadataProps.map { ($0.key, $0.value) })
    #expect(ModelMetadata(texts: texts) == Self.metadata)
  }

  @Test("has kernels with the outputs first")
  func kernels() throws {
    let folder = try TemporaryFolder()
    var network = Network(input: [5, 5, 3])
    try network.add("c", Convolution2D(2, kernel: Extent(height: 2, width: 1)), to: network.input)
    let model = try write(network, to: folder.url.appending(path: "m.onnx"))
    let stored = try #require(model.graph.initializer.first { $0.name == "c/kernel" })
    #expect(stored.dims == [2, 3, 2, 1])
    let numbers = stored.rawData.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    let kernel = try #require(madeUpTensors(network)["c/kernel"])
    for (output, input, row) in [(0, 0, 0), (1, 2, 1), (0, 1, 1)] {
      #expect(
        numbers[(output * 3 + input) * 2 + row] == kernel.values[(row * 3 + input) * 2 + output])
    }
  }

  @Test("in float16 is half as large, and rounds each kernel once")
  func halves() throws {
    let folder = try TemporaryFolder()
    var network = Network(input: [5, 5, 16])
    try network.add("c", Convolution2D(64, kernel: 3), to: network.input)
    let model = try write(
      network, ONNXLayout(storage: .float16), to: folder.url.appending(path: "m.onnx"))
    let kernel = try #require(madeUpTensors(network)["c/kernel"]).values
    let stored = try #require(model.graph.initializer.first { $0.dims == [64, 16, 3, 3] })
    #expect(stored.dataType == .float16 && stored.rawData.count == 2 * kernel.count)
    let first = stored.rawData.withUnsafeBytes { $0.loadUnaligned(as: UInt16.self) }
    #expect(Float(Float16(bitPattern: first)) == Float(Float16(kernel[0])))
    #expect(fault(in: model.graph) == nil)
  }

  @Test("in float16 is refused where a kernel has larger numbers, and a bias may have them")
  func range() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "m.onnx")
    var network = Network(input: [5, 5, 2])
    try network.add("c", Convolution2D(2, kernel: 1), to: network.input)
    var tensors = madeUpTensors(network)
    func write() -> WeightFileError? {
      failure {
        try writeONNX(
          network, tensors, metadata: Self.metadata, layout: ONNXLayout(storage: .float16), to: url)
      }
    }
    tensors["c/bias"] = Tensor([2], [70_000, 0])
    #expect(write() == nil)
    tensors["c/kernel"] = Tensor([1, 1, 2, 2], [1, -70_000, 0, 65_504])
    #expect(
      write()?.message
        == "'c/kernel' has numbers as large as 70000.0, and float16 ends at 65504; export in float32"
    )
  }

  @Test(
    "takes photos of any size where it resizes them",
    arguments: [
      PhotoScaling(canvas: 8, .cover, .linear), PhotoScaling(canvas: 8, .stretch, .sampled),
      PhotoScaling(canvas: 7, .inside([124, 116, 104]), .linear),
      PhotoScaling(canvas: 9, .cover, .cubic),
    ])
  func resizing(_ scaling: PhotoScaling) throws {
    let folder = try TemporaryFolder()
    for channels in [3, 1] {
      var network = Network(input: [7, 7, channels])
      try network.add("c", Convolution2D(2, kernel: 1), to: network.input)
      let model = try write(
        network, ONNXLayout(pixels: .uint8, scaling: scaling),
        to: folder.url.appending(path: "m\(channels).onnx"))
      let input = model.graph.input[0].type.tensorType
      #expect(input.elemType == .uint8)
      #expect(input.shape.dim.map(\.dimParam) == ["batch", "height", "width", ""])
      #expect(input.shape.dim[3].dimValue == 3)
      #expect(model.graph.node.contains { $0.name == "luma" } == (channels == 1))
      #expect(fault(in: model.graph) == nil)
    }
  }

  @Test("is refused where something is absent or ONNX has no such thing, and leaves nothing behind")
  func refusals() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "m.onnx")
    var network = Network(input: [6, 6, 2])
    try network.add("c", Convolution2D(2, kernel: 1), to: network.input)
    let absent = failure {
      try writeONNX(network, [:], metadata: Self.metadata, to: url)
    }
    #expect(absent?.message == "'c': 'c/kernel' has no values to be written")
    var norm = Network(input: [6, 6, 2])
    try norm.add(
      "p", LpPooling2D(2, stride: 2, power: 2.5), to: norm.input)
    let other = failure { try writeONNX(norm, [:], metadata: Self.metadata, to: url) }
    #expect(other?.message == "'p': ONNX has norms of whole numbers only, found 2.5")
    #expect(!folder.has("m.onnx"))
    let nowhere = failure {
      try writeONNX(
        network, madeUpTensors(network), metadata: Self.metadata,
        to: folder.url.appending(path: "no/m.onnx"))
    }
    #expect(nowhere?.kind == .cannotCreate)
  }
}
