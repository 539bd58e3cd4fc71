import Files
import Foundation
import ModelZoo
import NeuralNetworks
import TensorKernels
import TestSupport
import Testing
import TransferLearning
import WeightFiles

// What a download is taken for where its length or digest is not told, or told wrong.
extension WeightStoreTests {
  /// A small weight file as Keras writes it: 224 numbers.
  static func weightFile() throws -> Data {
    var network = Network(input: [4, 4, 3])
    try network.add("conv", Convolution2D(8, kernel: 3), to: network.input)
    let tensors = network.parameters.map { ($0.name, Tensor(repeating: 0.5, $0.shape)) }
    return try withTemporaryFolder { folder in
      let url = folder.appending(path: "w.h5")
      try writeKerasWeights(network, Dictionary(uniqueKeysWithValues: tensors), to: url)
      return try Data(contentsOf: url)
    }
  }

  @Test(
    "Without length and digest, a download is complete only if it is a weight file that opens",
    arguments: [
      ("nothing", 0, "the server sent nothing"), ("the signature", 8, "nothing was kept"),
      ("a part", 2000, "is cut short: it ends after 2000 bytes of "),
      ("all but a byte", -1, "is cut short"), ("all", nil, ""),
    ])
  func withoutLength(_ what: String, count: Int?, message: String) throws {
    let whole = try Self.weightFile()
    let body = whole.prefix(count.map { $0 < 0 ? whole.count + $0 : $0 } ?? whole.count)
    let server = try TestServer { _, _ in .init(body: body, tellsLength: false) }
    defer { server.stop() }
    try Self.withStore(baseURL: server.address) { store, _ in
      if body.count == whole.count {
        let located = try store.fetch(Self.item(.none))
        #expect(try Data(contentsOf: located.url) == whole)
        #expect(located.downloadedSHA256 == (try Self.digest(of: whole)).hexadecimal)
        return
      }
      let error = Self.failure { try store.fetch(Self.item(.none)) }
      #expect(error?.kind == .unavailable)
      #expect(error?.message.contains(message) == true, "\(error?.message ?? "no error")")
      let files = try FileManager.default.contentsOfDirectory(atPath: store.downloadFolder.path)
      #expect(files.filter { $0 != Self.name + ".part" || !body.isEmpty }.isEmpty, "\(files)")
    }
  }

  @Test("An empty answer is no file, whatever its header says", arguments: [true, false])
  func emptyAnswer(tellsLength: Bool) throws {
    let server = try TestServer { _, _ in .init(tellsLength: tellsLength) }
    defer { server.stop() }
    for digest in [FileDigest.none, try Self.digest(of: Data())] {
      try Self.withStore(baseURL: server.address) { store, _ in
        let error = Self.failure { try store.fetch(Self.item(digest)) }
        #expect(error?.kind == .unavailable)
        #expect(error?.message.contains(": the server sent nothing; check the network") == true)
        #expect(store.find(Self.item(digest)) == nil)
      }
    }
  }

  @Test(
    "Without a digest, what came has to be the file of the network at least by its size",
    arguments: [true, false])
  func tooSmall(tellsLength: Bool) throws {
    let body = try Self.weightFile()
    let server = try TestServer { _, _ in .init(body: body, tellsLength: tellsLength) }
    defer { server.stop() }
    let model = try Model.named("mobilenetv2", alpha: 0.5, top: .features)
    try Self.withStore(baseURL: server.address) { store, _ in
      let error = Self.failure { try store.locate(.published, for: model) }
      #expect(error?.kind == .unavailable)
      #expect(
        error?.message.hasSuffix(
          " is not the published file: it holds 224 numbers, the network 706224; nothing was kept")
          == true, "\(error?.message ?? "no error")")
      let files = try FileManager.default.contentsOfDirectory(atPath: store.downloadFolder.path)
      #expect(files.isEmpty)
    }
  }

  @Test(
    "A length that cannot be is an interruption",
    arguments: ["9223372036854774784", "-1", "-9223372036854775808", "x"])
  func lengths(told: String) throws {
    let body = try Self.weightFile().prefix(1000)
    let server = try TestServer { request, _ in
      request.start == 0
        ? .init(headers: ["Content-Length": told], body: body)
        : .init(
          status: 206,
          headers: ["Content-Range": "bytes \(request.start)-\(told)/\(told)"], body: Data())
    }
    defer { server.stop() }
    try Self.withStore(baseURL: server.address) { store, _ in
      let error = Self.failure { try store.fetch(Self.item(.none)) }
      #expect(error?.kind == .unavailable)
      #expect(store.find(Self.item(.none)) == nil)
    }
  }
}
