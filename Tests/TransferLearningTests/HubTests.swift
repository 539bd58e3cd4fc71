import Files
import Foundation
import ModelZoo
import NeuralNetworks
import TensorKernels
import TestSupport
import Testing
import TransferLearning
import WeightFiles

/// A server on 127.0.0.1 that behaves as huggingface's hub: it answers with another place for large files, and tells digest,
/// size and commit there.
private struct Hub {
  static let repository = "timm/resnet18.a1_in1k"
  static let commit = "0123456789abcdef0123456789abcdef01234567"

  let weights: Data
  let digest: String
  let configuration: Data

  init(tag: String = "a1_in1k", licence: String = "apache-2.0") throws {
    let network = try Model.named("timm/resnet18", top: .logits).network
    var tensors: [String: Tensor] = [:]
    for parameter in network.parameters {
      let name = parameter.node + "." + Self.leaf(parameter.role)
      let shape = parameter.shape.dimensions
      // PyTorch's order; all numbers are alike.
      let stored =
        shape.count > 1
        ? [shape[shape.count - 1], shape[shape.count - 2]] + shape.dropLast(2) : shape
      tensors[name] = Tensor(
        repeating: parameter.role == .movingVariance ? 1 : 0.01, Shape(stored))
    }
    weights = try withTemporaryFolder { folder in
      let url = folder.appending(path: "w.safetensors")
      try Safetensors(tensors).write(to: url)
      return try Data(contentsOf: url)
    }
    digest = ContentDigest(weights).hexadecimal
    configuration = Data(
      """
      {"architecture": "resnet18", "num_classes": 1000, "num_features": 512, "pretrained_cfg": {
        "tag": "\(tag)", "input_size": [3, 224, 224], "test_input_size": [3, 288, 288], "interpolation": "bicubic",
        "crop_pct": 0.9, "test_crop_pct": 1.0, "crop_mode": "center", "mean": [0.5, 0.5, 0.5],
        "std": [0.25, 0.5, 0.5], "num_classes": 1000, "first_conv": "conv1", "classifier": "fc",
        "license": "\(licence)"}}
      """.utf8)
  }

  private static func leaf(_ role: Parameter.Role) -> String {
    switch role {
    case .movingMean: "running_mean"
    case .movingVariance: "running_var"
    case .bias, .beta: "bias"
    default: "weight"
    }
  }

  func answer(_ request: TestServer.Request, cutAfter: Int? = nil) -> TestServer.Response {
    switch request.path {
    case "/\(Self.repository)/resolve/main/config.json":
      return .init(
        headers: [
          "ETag": "\"0123456789012345678901234567890123456789\"", "X-Repo-Commit": Self.commit,
        ],
        body: configuration)
    case "/\(Self.repository)/resolve/main/model.safetensors":
      return .init(
        status: 302,
        headers: [
          "Location": "/elsewhere/\(digest)?signature=1", "X-Linked-ETag": "\"\(digest)\"",
          "X-Linked-Size": "\(weights.count)", "X-Repo-Commit": Self.commit,
        ])
    case "/elsewhere/\(digest)?signature=1":
      var response = TestServer.Response.file(weights, to: request, tag: "\"of-the-store\"")
      response.cutAfter = cutAfter
      return response
    default: return .init(status: 404)
    }
  }
}

@Suite("Weights from huggingface's hub")
struct HubTests {
  private static func store(_ folder: URL, _ address: String, isOffline: Bool = false)
    -> WeightStore
  {
    WeightStore(
      isOffline: isOffline, environment: ["HOME": folder.path, "HF_ENDPOINT": address],
      workingFolder: folder)
  }

  @Test("are kept as the hub's own tools keep them, with the configuration, and found there again")
  func fetched() throws {
    let hub = try Hub()
    let server = try TestServer { request, _ in hub.answer(request) }
    defer { server.stop() }
    let model = try Model.named(Hub.repository, top: .features)
    try withTemporaryFolder { folder in
      let located = try #require(
        try Self.store(folder, server.address).locate(.published, for: model))
      #expect(located.downloadedSHA256 == hub.digest)
      let cache = folder.appending(path: ".cache/huggingface/hub/models--timm--resnet18.a1_in1k")
      let snapshot = cache.appending(path: "snapshots/\(Hub.commit)")
      #expect(located.url.path == snapshot.appending(path: "model.safetensors").path)
      #expect(
        try FileManager.default.destinationOfSymbolicLink(atPath: located.url.path)
          == "../../blobs/\(hub.digest)")
      #expect(try Data(contentsOf: located.url) == hub.weights)
      #expect(try Data(contentsOf: snapshot.appending(path: "config.json")) == hub.configuration)
      #expect(
        try String(contentsOf: cache.appending(path: "refs/main"), encoding: .utf8) == Hub.commit)
      let blobs = try FileManager.default.contentsOfDirectory(
        atPath: cache.appending(path: "blobs").path)
      #expect(Set(blobs) == [hub.digest, "0123456789012345678901234567890123456789"])
      let again = Self.store(folder, server.address, isOffline: true)
      #expect(try again.locate(.published, for: model)?.url == located.url)
      #expect(server.seen.count == 3)
      // A pipe in place of the newest revision's name is not waited for; what is there is found without it.
      let newest = cache.appending(path: "refs/main")
      try FileManager.default.removeItem(at: newest)
      try #require(mkfifo(newest.path, 0o600) == 0)
      #expect(try again.locate(.published, for: model)?.url == located.url)
    }
  }

  @Test("that were interrupted are continued where they broke", arguments: [1, 100_000])
  func resumed(cut: Int) throws {
    let hub = try Hub()
    // config.json, the answer that points elsewhere, and then the content.
    let server = try TestServer { request, number in
      hub.answer(request, cutAfter: number == 2 ? cut : nil)
    }
    defer { server.stop() }
    let model = try Model.named(Hub.repository, top: .features)
    try withTemporaryFolder { folder in
      let located = try #require(
        try Self.store(folder, server.address).locate(.published, for: model))
      #expect(try Data(contentsOf: located.url) == hub.weights)
      #expect(server.seen.filter { $0.path.hasPrefix("/elsewhere") }.map(\.start) == [0, cut])
    }
  }

  @Test("with another digest, another size or another configuration are refused")
  func refused() throws {
    let hub = try Hub()
    let model = try Model.named(Hub.repository, top: .features)
    for (header, value, message) in [
      ("X-Linked-ETag", String(repeating: "0", count: 64), "nothing was kept"),
      ("X-Linked-Size", "\(hub.weights.count + 1)", "bytes of a file that has"),
    ] {
      let server = try TestServer { request, _ in
        var response = hub.answer(request)
        if response.headers[header] != nil { response.headers[header] = value }
        return response
      }
      defer { server.stop() }
      try withTemporaryFolder { folder in
        let store = Self.store(folder, server.address)
        let error = WeightStoreTests.failure { try store.locate(.published, for: model) }
        #expect(error?.kind == .unavailable)
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "no error")")
      }
    }
  }

  @Test(
    "say by their configuration how photos are preprocessed, and by which licence they may be used")
  func configured() throws {
    let hub = try Hub(licence: "cc-by-nc-4.0")
    try withTemporaryFolder { folder in
      let place = folder.appending(path: "own")
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      try hub.weights.write(to: place.appending(path: "model.safetensors"))
      try hub.configuration.write(to: place.appending(path: "config.json"))
      let loaded = try Base.Source(place.path).load(.features)
      let preprocessing = Preprocessing(
        channelOrder: .rgb, divisor: 255, mean: [0.5, 0.5, 0.5], deviation: [0.25, 0.5, 0.5])
      #expect(loaded.model.name == "timm/resnet18.a1_in1k")
      #expect(loaded.model.preprocessing == preprocessing)
      #expect(loaded.resize == .cut(PhotoCut(0.9, .bicubic)))
      #expect(loaded.restriction == "CC BY-NC 4.0")
      #expect(loaded.notes.contains { $0.description.contains("forbids commercial use") })
      var large = Base.Source(place.path)
      large.imageSize = ImageSize(side: 288)
      #expect(try large.load(.features).resize == .cut(PhotoCut(1, .bicubic)))
      // A name, with the files where the user has put them.
      let weights = folder.appending(path: "weights/\(Hub.repository)")
      try FileManager.default.createDirectory(
        at: weights.deletingLastPathComponent(), withIntermediateDirectories: true)
      try FileManager.default.moveItem(at: place, to: weights)
      let store = Self.store(folder, "http://127.0.0.1:9", isOffline: true)
      let named = try PretrainedModel(
        Model.named("timm/resnet18", top: .features), .published, store: store)
      #expect(named.model.preprocessing == preprocessing)
    }
  }

  @Test(
    "a configuration that is odd is refused with what is wrong",
    arguments: [
      ("\"bicubic\"", "\"lanczos\"", "resizes by 'lanczos'"),
      ("\"center\"", "\"border\"", "crops by 'border'"),
      ("\"crop_pct\": 0.9", "\"crop_pct\": 7", "has a 'crop_pct' of 7.0"),
      ("[0.5, 0.5, 0.5]", "[0.5, 0.5]", "has a 'mean' that is not three numbers"),
      ("[0.25, 0.5, 0.5]", "[0, 0.5, 0.5]", "has a 'std' that is not above zero"),
      ("[3, 224, 224]", "[1, 224, 224]", "has a 'input_size' that is not [3, height, width]"),
      ("\"architecture\"", "\"name\"", "does not say its 'architecture'"),
      ("{\"architecture\"", "\"architecture\"", "config.json"),
    ])
  func odd(_ good: String, _ bad: String, _ message: String) throws {
    let hub = try Hub()
    try withTemporaryFolder { folder in
      try hub.weights.write(to: folder.appending(path: "model.safetensors"))
      let text = String(decoding: hub.configuration, as: UTF8.self)
      try Data(text.replacing(good, with: bad).utf8).write(
        to: folder.appending(path: "config.json"))
      let error = #expect(throws: WeightFileError.self) {
        try Base.Source(folder.path).model(.features)
      }
      #expect(error?.description.contains(message) == true, "\(error as Any)")
    }
  }
}

@Suite("Weights of torchvision")
struct TorchvisionFileTests {
  @Test(
    "have the first digits of their digest in their names, and are kept where torchvision keeps them"
  )
  func digests() throws {
    let model = try Model.named("torchvision/resnet50.v2", top: .features)
    let file = try #require(model.weightFile)
    #expect(file.url() == "https://download.pytorch.org/models/resnet50-11ad3fa6.pth")
    #expect(file.digest == .sha256Prefix("11ad3fa6"))
    let server = try TestServer { request, _ in .file(WeightStoreTests.body, to: request) }
    defer { server.stop() }
    let prefix = String(ContentDigest(WeightStoreTests.body).hexadecimal.prefix(8))
    try WeightStoreTests.withStore(baseURL: server.address) { store, folder in
      let item = WeightStore.Item(
        fileName: "tiny-\(prefix).pth", folder: "", digest: .sha256Prefix(prefix),
        shelf: .torchvision)
      let located = try store.fetch(item)
      #expect(located.url.path == "\(folder.path)/.cache/torch/hub/checkpoints/tiny-\(prefix).pth")
      let other = WeightStore.Item(
        fileName: "other-00000000.pth", folder: "", digest: .sha256Prefix("00000000"),
        shelf: .torchvision)
      #expect(WeightStoreTests.failure { try store.fetch(other) }?.kind == .unavailable)
    }
  }
}
