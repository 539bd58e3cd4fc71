import Files
import Foundation
import NeuralNetworks
import TensorKernels
import TestSupport
import Testing
import WeightFiles

@Suite("A weight file is opened once")
struct OpenFileTests {
  @Test(
    "What was opened is read and hashed to the end, whatever becomes of its name",
    arguments: ["h5", "keras", "safetensors"])
  func opened(format: String) throws {
    let network = try everyLayer()
    let tensors = madeUpTensors(network)
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "weights.\(format)")
      switch format {
      case "h5": try writeKerasWeights(network, tensors, to: url)
      case "keras":
        try writeKerasArchive(
          network, named: "every", tensors, metadata: RoundTripTests.metadata, to: url)
      default: try Safetensors(tensors).write(to: url)
      }
      let digest = try FileDigest.sha256(of: url)
      let file = try KerasWeightFile(url)
      // Another file takes the name, and then there is none.
      try Safetensors(["a/kernel": Tensor([1], [0])]).write(to: url)
      let (loaded, report) = try file.load(network.parameters, for: "every")
      #expect(report.sha256 == digest)
      try FileManager.default.removeItem(at: url)
      #expect(try file.sha256() == digest)
      #expect(network.parameters.allSatisfy { loaded[$0.name] == tensors[$0.name] })
    }
  }

  @Test("A head is read of a file that is open")
  func head() throws {
    let layer = HeadFile.Layer(
      name: "head", kernel: Tensor([4, 3], (0..<12).map(Float.init)), bias: Tensor([3], [7, 8, 9]))
    let head = HeadFile(layers: [layer], metadata: RoundTripTests.metadata)
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "head.h5")
      try writeHead(head, to: url)
      let file = try KerasWeightFile(url)
      try FileManager.default.removeItem(at: url)
      #expect(try readHead(file) == head)
    }
  }
}
