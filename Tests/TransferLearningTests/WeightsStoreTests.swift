import Files
import Foundation
import ModelZoo
import Synchronization
import TestSupport
import Testing
import TransferLearning

@Suite("Where pretrained weights come from")
struct WeightStoreTests {
  static let body = Data((0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ ($0 >> 8)) })
  static let name = "tiny_tf_no_top.h5"

  /// A store whose folders are below one that is there while `body` runs.
  static func withStore<Result>(
    isOffline: Bool = false, baseURL: String? = nil,
    _ body: (_ store: WeightStore, _ folder: URL) throws -> Result
  ) throws -> Result {
    try withTemporaryFolder { folder in
      let store = WeightStore(
        isOffline: isOffline,
        environment: [
          "HOME": folder.path, "FINETUNE_WEIGHTS": folder.appending(path: "own").path,
          "FINETUNE_WEIGHTS_URL": baseURL ?? "",
        ], workingFolder: folder)
      return try body(store, folder)
    }
  }

  static func item(_ digest: FileDigest) -> WeightStore.Item {
    WeightStore.Item(fileName: name, folder: "tiny", digest: digest)
  }

  static func digest(of data: Data) throws -> FileDigest {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "data")
      try data.write(to: url)
      return .sha256(try FileDigest.sha256(of: url))
    }
  }

  static func failure<Result>(_ body: () throws -> Result) -> WeightStoreError? {
    do {
      _ = try body()
      return nil
    } catch {
      return error as? WeightStoreError
    }
  }

  @Test("Folders are searched in order: weights/, $FINETUNE_WEIGHTS, ~/.keras/models")
  func order() throws {
    try Self.withStore(isOffline: true) { store, folder in
      for place in [".keras/models", "own", "weights"] {
        let file = folder.appending(path: place).appending(path: Self.name)
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data([1]).write(to: file)
        let located = try store.fetch(Self.item(.none))
        #expect(located.url.path == file.path)
        #expect(located.downloadedSHA256 == nil)
      }
    }
  }

  @Test(
    "Each file has the address that Keras has for it, or the same below another base",
    arguments: [
      ("efficientnetb0", "keras-applications/efficientnetb0_notop.h5", "efficientnetb0_notop.h5"),
      (
        "efficientnetv2b0",
        "tensorflow/keras-applications/efficientnet_v2/efficientnetv2-b0_notop.h5",
        "efficientnet_v2/efficientnetv2-b0_notop.h5"
      ),
    ])
  func addresses(_ name: String, _ path: String, _ below: String) throws {
    let file = try #require(try Model.named(name, top: .features).weightFile)
    try Self.withStore { store, _ in
      #expect(
        store.address(of: WeightStore.Item(file)) == "https://storage.googleapis.com/" + path)
    }
    try Self.withStore(baseURL: "http://127.0.0.1:8000/") { store, _ in
      #expect(store.address(of: WeightStore.Item(file)) == "http://127.0.0.1:8000/" + below)
    }
  }

  @Test("A file of one's own must be there; none is none; what nobody publishes is missing")
  func choices() throws {
    let model = try Model.named("mobilenet", alpha: 0.25, top: .features)
    try Self.withStore(isOffline: true) { store, folder in
      let url = folder.appending(path: "x.h5")
      let error = Self.failure { try store.locate(.file(url.path), for: model) }
      #expect(error?.kind == .missing)
      try Data([1]).write(to: url)
      #expect(try store.locate(.file(url.path), for: model)?.url == url)
      #expect(try store.locate(.none, for: model) == nil)
      let odd = try Model.named("resnet50", imageSize: 224, top: .features)
      let offline = Self.failure { try store.locate(.published, for: odd) }
      #expect(offline?.kind == .missing)
      #expect(offline?.message.contains("/keras-applications/resnet/resnet50_weights_") == true)
    }
  }

  @Test(
    "Features load from the official files, with and without classifier",
    .enabled(if: TestData.isAvailable, "\(TestData.hint)"),
    arguments: ["mobilenet_2_5_224_tf_no_top.h5", "mobilenet_2_5_224_tf.h5"])
  func features(file: String) throws {
    let model = try Model.named("mobilenet", alpha: 0.25, top: .features)
    try Self.withStore(isOffline: true) { store, folder in
      let weights = folder.appending(path: "weights")
      try FileManager.default.createDirectory(at: weights, withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(
        at: weights.appending(path: file), withDestinationURL: TestData.url("weights/\(file)"))
      let loaded = try #require(try store.load(model))
      #expect(loaded.report.matched.count == model.network.parameters.count)
      #expect(loaded.report.unused.count == (file.contains("no_top") ? 0 : 2))
      #expect(loaded.report.sha256.count == 64)
    }
  }

  @Test("Offline, the address and the folder to put the file in are named")
  func offline() throws {
    try Self.withStore(isOffline: true) { store, folder in
      let error = Self.failure { try store.fetch(Self.item(.none)) }
      #expect(error?.kind == .missing)
      let message = error?.message ?? ""
      #expect(
        message.contains(
          "https://storage.googleapis.com/tensorflow/keras-applications/tiny/\(Self.name)"))
      #expect(
        message.hasSuffix(
          "put it into '\(folder.path)/.keras/models', or try \(Remedy.shippedBase.description)"))
    }
  }

  @Test("A download is checked, moved into place and reported")
  func download() throws {
    let server = try TestServer { request, _ in .file(Self.body, to: request) }
    defer { server.stop() }
    try Self.withStore(baseURL: server.address) { store, folder in
      let progress = Mutex<[Int]>([])
      let digest = try Self.digest(of: Self.body)
      let located = try store.fetch(Self.item(digest)) { received, total in
        #expect(total == Self.body.count)
        progress.withLock { $0.append(received) }
      }
      #expect(try Data(contentsOf: located.url) == Self.body)
      #expect(located.downloadedSHA256 == digest.hexadecimal)
      #expect(located.url.path == "\(folder.path)/.keras/models/\(Self.name)")
      #expect(server.seen.map(\.path) == ["/tiny/\(Self.name)"])
      let steps = progress.withLock { $0 }
      #expect(steps.last == Self.body.count && steps == steps.sorted())
      #expect(try store.verify(located.url, as: Self.item(digest)))
      #expect(try !store.verify(located.url, as: Self.item(.md5("0"))))
      let files = try FileManager.default.contentsOfDirectory(atPath: store.downloadFolder.path)
      #expect(files == [Self.name])
      _ = try store.fetch(Self.item(digest))
      #expect(server.seen.count == 1)
    }
  }

  @Test("A connection that is cut is continued where it broke", arguments: [1, 100_000, 299_999])
  func resumes(cut: Int) throws {
    let server = try TestServer { request, number in
      var response = TestServer.Response.file(Self.body, to: request)
      if number == 0 { response.cutAfter = cut }
      return response
    }
    defer { server.stop() }
    try Self.withStore(baseURL: server.address) { store, _ in
      let located = try store.fetch(Self.item(try Self.digest(of: Self.body)))
      #expect(try Data(contentsOf: located.url) == Self.body)
      #expect(server.seen.map(\.start) == [0, cut])
      #expect(server.seen.last?.headers["if-range"] == "\"v1\"")
    }
  }

  /// What is left of an earlier try, and what becomes of it.
  @Test(
    "What an earlier try left behind is used or thrown away",
    arguments: [
      ("right beginning", Self.body.prefix(1234), true, [1234]),
      ("all of it", Self.body, true, [300_000]),
      ("wrong beginning", Data(repeating: 9, count: 1234), true, [1234, 0]),
      ("more than all of it", Self.body + Data([1, 2]), true, [300_002, 0]),
      ("right beginning, server without ranges", Self.body.prefix(1234), false, [1234]),
    ])
  func leftovers(_ what: String, left: Data, hasRanges: Bool, starts: [Int]) throws {
    let server = try TestServer { request, _ in
      hasRanges ? .file(Self.body, to: request) : .init(body: Self.body)
    }
    defer { server.stop() }
    try Self.withStore(baseURL: server.address) { store, _ in
      try FileManager.default.createDirectory(
        at: store.downloadFolder, withIntermediateDirectories: true)
      try left.write(to: store.downloadFolder.appending(path: Self.name + ".part"))
      let located = try store.fetch(Self.item(try Self.digest(of: Self.body)))
      #expect(try Data(contentsOf: located.url) == Self.body)
      #expect(server.seen.map(\.start) == starts)
    }
  }

  @Test("A file that changed between two tries is fetched whole, even when no digest is published")
  func changedFile() throws {
    let body = try Self.weightFile()
    let server = try TestServer { request, number in
      var response = TestServer.Response.file(
        number == 0 ? Data(repeating: 9, count: 300_000) : body, to: request,
        tag: number == 0 ? "\"v1\"" : "\"v2\"")
      if number == 0 { response.cutAfter = 1000 }
      return response
    }
    defer { server.stop() }
    try Self.withStore(baseURL: server.address) { store, _ in
      let located = try store.fetch(Self.item(.none))
      #expect(try Data(contentsOf: located.url) == body)
      #expect(located.downloadedSHA256 == (try Self.digest(of: body)).hexadecimal)
    }
  }

  @Test(
    "A file with another digest is refused and not kept",
    arguments: [FileDigest.md5("00"), .sha256("00")])
  func wrongDigest(digest: FileDigest) throws {
    let server = try TestServer { request, _ in .file(Self.body, to: request) }
    defer { server.stop() }
    try Self.withStore(baseURL: server.address) { store, _ in
      let error = Self.failure { try store.fetch(Self.item(digest)) }
      #expect(error?.kind == .unavailable)
      #expect(error?.message.contains("expected 00; nothing was kept") == true)
      let files = try FileManager.default.contentsOfDirectory(atPath: store.downloadFolder.path)
      #expect(files.isEmpty)
    }
  }

  @Test(
    "An answer that is not the file is a failed download", arguments: [404, 403, 500, 416, 206])
  func refused(status: Int) throws {
    let server = try TestServer { _, _ in
      .init(
        status: status, headers: status == 206 ? ["Content-Range": "bytes 7-9/10"] : [:],
        body: Data("abc".utf8))
    }
    defer { server.stop() }
    try Self.withStore(baseURL: server.address) { store, _ in
      let error = Self.failure { try store.fetch(Self.item(.none)) }
      #expect(error?.kind == .unavailable)
      #expect(error?.message.contains("\(server.address)/tiny/\(Self.name)") == true)
      let files = try FileManager.default.contentsOfDirectory(atPath: store.downloadFolder.path)
      #expect(!files.contains(Self.name))
    }
  }

  @Test(
    "An answer of which no file can come writes nothing",
    arguments: [
      (
        "Content-Length", "9223372036854775807",
        "9223372036854775807 bytes, which no weight file has"
      ),
      ("Content-Length", "99999999999999999999", "bytes, which no weight file has"),
      ("Content-Encoding", "gzip", "sends it compressed ('gzip'), which was not asked for"),
    ])
  func impossible(header: String, value: String, message: String) throws {
    let server = try TestServer { _, _ in
      .init(
        headers: [header: value], body: Data([1, 2, 3]), tellsLength: header != "Content-Length")
    }
    defer { server.stop() }
    try Self.withStore(baseURL: server.address) { store, _ in
      let error = Self.failure { try store.fetch(Self.item(.none)) }
      #expect(error?.kind == .unavailable)
      #expect(error?.message.contains(message) == true, "\(error?.message ?? "no error")")
      let files = try FileManager.default.contentsOfDirectory(atPath: store.downloadFolder.path)
      #expect(files.isEmpty, "\(files)")
    }
  }

  @Test("An answer that leads from one address to the next for ever is a failed download")
  func endlessRedirection() throws {
    let server = try TestServer { _, number in
      .init(status: 302, headers: ["Location": "/\(number)"], body: Data("elsewhere".utf8))
    }
    defer { server.stop() }
    try Self.withStore(baseURL: server.address) { store, _ in
      let error = Self.failure { try store.fetch(Self.item(.none)) }
      #expect(error?.kind == .unavailable)
      #expect(error?.message.contains("from one address to the next") == true)
      #expect(server.seen.count == 11)
    }
  }

  @Test("A server that is not there is a failed download; so is an address that is none")
  func unreachable() throws {
    try withExtendedLifetime(try ReservedPort()) { port in
      for address in [port.address, "ftp://x", "nonsense"] {
        try Self.withStore(baseURL: address) { store, _ in
          let error = Self.failure { try store.fetch(Self.item(.none)) }
          #expect(error?.kind == .unavailable)
          #expect(error?.message.contains("\n") == false)
        }
      }
    }
  }

  @Test("A full disk is a failure to write")
  func fullDisk() throws {
    let server = try TestServer { request, _ in .file(Self.body, to: request) }
    defer { server.stop() }
    try Self.withStore(baseURL: server.address) { store, _ in
      try FileManager.default.createDirectory(
        at: store.downloadFolder, withIntermediateDirectories: true)
      let part = store.downloadFolder.appending(path: Self.name + ".part")
      try FileManager.default.createSymbolicLink(
        at: part, withDestinationURL: URL(filePath: "/dev/full"))
      let error = Self.failure { try store.fetch(Self.item(.none)) }
      #expect(error?.kind == .inputOutput)
      #expect(error?.message == "cannot write '\(part.path)': No space left on device")
    }
  }

  @Test("A folder that cannot be created says so")
  func noFolder() throws {
    let server = try TestServer { request, _ in .file(Self.body, to: request) }
    defer { server.stop() }
    try Self.withStore(baseURL: server.address) { store, folder in
      try Data([1]).write(to: folder.appending(path: ".keras"))
      let error = Self.failure { try store.fetch(Self.item(.none)) }
      #expect(error?.kind == .cannotCreate)
    }
  }
}
