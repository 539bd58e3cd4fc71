import Foundation
import TestSupport
import Testing
import TransferLearning

/// Servers that would send for ever, or never begin.
@Suite("Downloads that would not end")
struct EndlessDownloadTests {
  /// A file of which at most 1 MiB is read.
  private static let configuration = WeightStore.Item(
    fileName: "config.json", folder: "tiny", digest: .none, content: .configuration)

  /// Why the download of the configuration failed, with what it left in its folder.
  private static func outcome(
    patience: Duration = .seconds(120),
    _ answer: @escaping @Sendable (TestServer.Request, Int) -> TestServer.Response
  ) throws -> (error: WeightStoreError?, left: [String], asked: Int) {
    let server = try TestServer(answer)
    defer { server.stop() }
    return try WeightStoreTests.withStore(baseURL: server.address) { store, _ in
      var store = store
      store.patience = patience
      let error = WeightStoreTests.failure { try store.fetch(configuration) }
      let left = try FileManager.default.contentsOfDirectory(atPath: store.downloadFolder.path)
      return (error, left, server.seen.count)
    }
  }

  @Test("A body without an end is read up to what such a file may have, and nothing of it is kept")
  func body() throws {
    let piece = Data(repeating: 0, count: 100_000)
    let (error, left, asked) = try Self.outcome { _, _ in
      .init(tellsLength: false, endless: .init(piece: piece, isHeader: false))
    }
    #expect(error?.kind == .unavailable)
    #expect(
      error?.message.contains(
        "sends more than the 1048576 bytes that such a file may have; nothing was kept") == true,
      "\(error?.message ?? "no error")")
    #expect(left.isEmpty, "\(left)")
    #expect(asked == 1)
  }

  @Test("A body that is too long by what the server says is not begun", arguments: [0, 1000])
  func length(left: Int) throws {
    let server = try TestServer { request, _ in
      .file(Data(repeating: 0, count: 2 << 20), to: request)
    }
    defer { server.stop() }
    try WeightStoreTests.withStore(baseURL: server.address) { store, _ in
      try FileManager.default.createDirectory(
        at: store.downloadFolder, withIntermediateDirectories: true)
      if left > 0 {
        try Data(repeating: 0, count: left).write(
          to: store.downloadFolder.appending(path: "config.json.part"))
      }
      let error = WeightStoreTests.failure { try store.fetch(Self.configuration) }
      #expect(error?.kind == .unavailable)
      #expect(
        error?.message.contains("says that it sends 2097152 bytes, more than the 1048576") == true,
        "\(error?.message ?? "no error")")
      let files = try FileManager.default.contentsOfDirectory(atPath: store.downloadFolder.path)
      #expect(files.isEmpty, "\(files)")
    }
  }

  @Test("What a file may have leaves room for all that is published")
  func room() {
    typealias Content = WeightStore.Item.Content
    #expect(Content.configuration.largestByteCount == 1 << 20)
    #expect(Content.weights(smallestCount: 1).largestByteCount == 4 << 30)
    // VGG16 without its classifier, whose file with it has 553 MB; a network of a thousand million numbers.
    #expect(Content.weights(smallestCount: 14_714_688).largestByteCount > 553_467_096)
    #expect(Content.weights(smallestCount: 1_000_000_000).largestByteCount > 4_000_000_000)
    // The smallest MobileNet does not need gigabytes.
    #expect(Content.weights(smallestCount: 218_544).largestByteCount < 300 << 20)
  }

  @Test(
    "A header without an end is refused for its size",
    arguments: [
      ("X: " + String(repeating: "y", count: 1000) + "\r\n", "has more than the 262144 bytes"),
      (String(repeating: "y", count: 70_000), "is longer than libcurl reads"),
    ])
  func header(piece: String, message: String) throws {
    let piece = Data(piece.utf8)
    let (error, left, _) = try Self.outcome { _, _ in
      .init(tellsLength: false, endless: .init(piece: piece, isHeader: true))
    }
    #expect(error?.kind == .unavailable)
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "no error")")
    #expect(error?.message.contains("Out of memory") == false)
    #expect(left.isEmpty, "\(left)")
  }

  @Test(
    "A server that keeps announcing a file and never begins it is not waited for",
    arguments: ["X: y\r\n", "\r\nHTTP/1.1 100 Continue\r\n", "y"])
  func drip(piece: String) throws {
    let (error, left, _) = try Self.outcome(patience: .milliseconds(300)) { _, _ in
      .init(
        status: piece.hasPrefix("\r\n") ? 100 : 200, tellsLength: false,
        endless: .init(piece: Data(piece.utf8), isHeader: true, pause: 20_000))
    }
    #expect(error?.kind == .unavailable)
    #expect(
      error?.message.contains("did not begin to send the file within 0.3 s") == true,
      "\(error?.message ?? "no error")")
    #expect(left.isEmpty, "\(left)")
  }

  @Test(
    "A body of a byte now and then is not waited for, and what has come is kept",
    arguments: [true, false])
  func slowBody(tellsLength: Bool) throws {
    let (error, left, asked) = try Self.outcome(patience: .seconds(1)) { _, _ in
      .init(
        headers: tellsLength ? ["Content-Length": "100000"] : [:], tellsLength: tellsLength,
        endless: .init(piece: Data("y".utf8), isHeader: false, pause: 50_000))
    }
    #expect(error?.kind == .unavailable)
    #expect(
      error?.message.contains("sends next to nothing; another try continues after ") == true,
      "\(error?.message ?? "no error")")
    #expect(left == ["config.json.part"], "\(left)")
    #expect(asked == 1)
  }

  @Test(
    "Too slow is what brings too little over a whole window, unless the program was stopped meanwhile"
  )
  func speed() {
    let begin = SuspendingClock.now
    var speed = ArrivalSpeed(over: .seconds(60), byteCount: 1000, at: begin)
    func isTooLow(_ byteCount: Int, after seconds: Int) -> Bool {
      speed.isTooLow(byteCount, at: begin + .seconds(seconds))
    }
    for second in stride(from: 10, through: 50, by: 10) {
      #expect(!isTooLow(1000 + second, after: second))
    }
    #expect(!isTooLow(1000 + 60 * 256, after: 60))
    for second in stride(from: 70, through: 110, by: 10) {
      #expect(!isTooLow(1000 + 60 * 256, after: second))
    }
    #expect(isTooLow(1000 + 120 * 256 - 1, after: 120))
    #expect(!isTooLow(40_000, after: 1000))
    for second in stride(from: 1010, through: 1050, by: 10) {
      #expect(!isTooLow(40_000, after: second))
    }
    #expect(isTooLow(40_000, after: 1060))
  }

  @Test("A configuration that is no JSON is refused in a whole sentence")
  func noJSON() throws {
    let (error, left, _) = try Self.outcome { request, _ in
      .file(Data("hello".utf8), to: request)
    }
    #expect(error?.kind == .unavailable)
    #expect(
      error?.message.contains(
        "is not the published file: it has bad JSON with no value at byte 0; nothing was kept")
        == true, "\(error?.message ?? "no error")")
    #expect(left.isEmpty, "\(left)")
  }
}
