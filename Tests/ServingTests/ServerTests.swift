import Crypto
import Foundation
import Serving
import Synchronization
import TestSupport
import Testing
import TransferLearning

@Suite("A server")
struct ServerTests {
  /// Keeps the only worker of a pool busy until it is let go.
  private final class Holdup: Sendable {
    private let gate = DispatchSemaphore(value: 0)

    init(_ pool: WorkerPool) {
      let gate = gate
      pool.enqueue { gate.wait() }
    }

    func end() { gate.signal() }
  }

  /// Waits until something is so, for which there is no signal.
  private func wait(until isSo: () async throws -> Bool) async throws {
    for _ in 0..<3000 {
      if try await isSo() { return }
      try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("it has not come about in half a minute")
  }

  /// A number of /metrics.
  private func metric(_ name: String, of served: ServedForTest) async throws -> Double? {
    let lines = try await served.ask("GET", "/metrics").text.split(separator: "\n")
    return lines.first { $0.hasPrefix("\(name) ") }?.split(separator: " ").last.flatMap {
      Double($0)
    }
  }

  @Test("whose queue is full says when to come again, and answers those that wait")
  func fullQueue() async throws {
    var limits = ServingLimits.patient
    limits.waitingPhotos = 2
    try await ServedForTest.run(.plain, limits, workers: 1) { served in
      let photo = photos(1)[0]
      let holdup = Holdup(served.pool)
      async let first = served.ask("POST", "/predict", photo)
      async let second = served.ask("POST", "/predict", photo)
      try await wait { try await metric("finetune_queue_photos", of: served) == 2 }
      for path in ["/predict", "/explain"] {
        let refused = try await served.ask("POST", path, photo)
        #expect(refused.status == 503)
        #expect(refused.headers["retry-after"] == "1")
        #expect(try refused.error() == "2 photos are waiting already; try again in a second")
      }
      #expect(try await served.ask("GET", "/health").status == 200)
      holdup.end()
      #expect(try await first.status == 200)
      #expect(try await second.status == 200)
      let large = form((0..<3).map { ("\($0)", photo) })
      let refused = try await served.ask(
        "POST", "/predict", large, type: "multipart/form-data; boundary=x-boundary")
      #expect(refused.status == 413, "more than there is ever room for")
      #expect(try await served.ask("POST", "/predict", photo).status == 200)
    }
  }

  @Test("holds so many bytes of all requests together, and no more")
  func heldBytes() async throws {
    var limits = ServingLimits.patient
    limits.heldBytes = 60_000
    try await ServedForTest.run(.plain, limits) { served in
      let letters = [UInt8](repeating: 97, count: 50_000)
      let (refused, first) = try await onConnection(to: served.port) { slow in
        slow.send("POST /predict HTTP/1.1\r\nContent-Length: 50000\r\n\r\n")
        slow.send(Array(letters.prefix(40_000)))
        let other = try RawConnection(port: served.port)
        var isHeld = false
        for _ in 0..<3000 where !isHeld {
          usleep(1000)
          other.send("GET", "/metrics")
          isHeld = try other.receive().text.contains("\nfinetune_held_bytes 40000\n")
        }
        other.send("POST", "/predict", letters)
        let refused = try other.receive()
        slow.send(Array(letters.dropFirst(40_000)))
        return (refused, try slow.receive())
      }
      #expect(refused.status == 503)
      #expect(refused.headers["retry-after"] == "1")
      #expect(first.status == 415, "\(first.text)")
      #expect(try await served.ask("POST", "/predict", photos(1)[0]).status == 200)
    }
  }

  @Test("has so many connections at once; others wait for one to be closed")
  func connections() async throws {
    var limits = ServingLimits.patient
    limits.connections = 1
    try await ServedForTest.run(.plain, limits) { served in
      let (isEarly, late) = try await onOwnThread { _ in
        var first: RawConnection? = try RawConnection(port: served.port)
        first?.send("GET", "/health")
        _ = try first?.receive()
        let second = try RawConnection(port: served.port)
        second.send("GET", "/health")
        let isEarly = second.hasAnswer(within: 200)
        first = nil
        return (isEarly, try second.receive())
      }
      #expect(!isEarly)
      #expect(late.status == 200)
    }
  }

  @Test("that is stopped takes nothing more, answers what it was asked, and ends")
  func stop() async throws {
    let photo = photos(1)[0]
    let answer = try await ServedForTest.run(workers: 1) { served in
      let holdup = Holdup(served.pool)
      async let asked = served.ask("POST", "/predict", photo)
      try await wait { try await metric("finetune_queue_photos", of: served) == 1 }
      served.server.stop()
      try await wait {
        do {
          return try await served.ask("GET", "/health").status != 200
        } catch { return true }
      }
      holdup.end()
      return try await asked
    }
    #expect(answer.status == 200)
    #expect(try answer.predictions()[0].top != nil)
  }

  @Test("reads its model again; what was asked before has the answer of the one before")
  func reload() async throws {
    try await ServedForTest.run(workers: 1) { served in
      let photo = photos(1)[0]
      let before = try served.expected([photo])[0]
      let holdup = Holdup(served.pool)
      async let early = served.ask("POST", "/predict", photo)
      try await wait { try await metric("finetune_queue_photos", of: served) == 1 }
      try SmallNetwork.plain.write(to: served.file, seed: 9)
      let old = served.server.model
      served.server.reload()
      // It is made ready by the same worker, behind what waits for it.
      try await Task.sleep(for: .milliseconds(50))
      holdup.end()
      #expect(try await early.predictions()[0].top == before)
      try await wait { served.server.model !== old }
      let after = try await served.ask("POST", "/predict", photo).predictions()[0].top
      #expect(after != before)
      #expect(after != nil)
      #expect(served.reported.contains { $0.hasPrefix("read again: small") })
      #expect(
        try await metric("finetune_reloads_total{outcome=\"done\"}", of: served) == 1)
    }
  }

  @Test(
    "whose model cannot be read again says so and serves the one that it has",
    arguments: [nil, "no model"])
  func failedReload(content: String?) async throws {
    try await ServedForTest.run { served in
      let photo = photos(1)[0]
      let before = try served.expected([photo])[0]
      try FileManager.default.removeItem(at: served.file)
      if let content { try Data(content.utf8).write(to: served.file) }
      served.server.reload()
      try await wait { !served.reported.isEmpty }
      #expect(
        served.reported[0].hasPrefix("could not be read again, and is served as it was: "),
        "\(served.reported)")
      #expect(served.reported[0].contains("small.h5"))
      #expect(try await served.ask("POST", "/predict", photo).predictions()[0].top == before)
      #expect(
        try await metric("finetune_reloads_total{outcome=\"failed\"}", of: served) == 1)
    }
  }

  @Test("says what it serves, without a path of the machine")
  func health() async throws {
    try await ServedForTest.run { served in
      let answer = try await served.ask("GET", "/health")
      let health = try answer.json()
      #expect(health["status"] as? String == "ok")
      #expect(health["model"] as? String == "small")
      #expect(health["classes"] as? [String] == SmallNetwork.labels)
      #expect(health["imageSize"] as? [Int] == [16, 16])
      #expect(health["multiLabel"] as? Bool == false)
      let folder = served.file.deletingLastPathComponent().path
      #expect(!answer.text.contains(folder))
      let head = try await served.ask("HEAD", "/health")
      #expect(head.status == 200)
      #expect(head.headers["content-length"] == "\(answer.body.count)")
    }
  }

  @Test("counts what it does, in lines that Prometheus reads")
  func metrics() async throws {
    try await ServedForTest.run { served in
      let photo = photos(1)[0]
      for _ in 0..<3 { _ = try await served.ask("POST", "/predict", photo) }
      _ = try await served.ask("POST", "/predict", Array("text".utf8))
      _ = try await served.ask("GET", "/some/path/of/a/stranger")
      _ = try await served.tell("nonsense\r\n\r\n")
      _ = try await served.ask("POST", "/explain", photo)
      let text = try await served.ask("GET", "/metrics").text
      for line in [
        "finetune_requests_total{path=\"/predict\",code=\"200\"} 3",
        "finetune_requests_total{path=\"/predict\",code=\"415\"} 1",
        "finetune_requests_total{path=\"other\",code=\"404\"} 1",
        "finetune_requests_total{path=\"none\",code=\"400\"} 1",
        "finetune_photos_total{outcome=\"answered\"} 3",
        "finetune_photos_total{outcome=\"unreadable\"} 1", "finetune_explanations_total 1",
        "finetune_request_seconds_count 6", "finetune_request_seconds_bucket{le=\"+Inf\"} 6",
        "finetune_requests_in_flight 1", "finetune_queue_photos 0", "finetune_held_bytes 0",
      ] {
        #expect(text.contains("\n\(line)\n"), "\(line)\n\(text)")
      }
      for line in text.split(separator: "\n") where !line.hasPrefix("#") {
        #expect(
          line.wholeMatch(of: /[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.e+-]+/) != nil,
          "\(line)")
      }
    }
  }

  @Test("gives a page that asks nobody else, and runs no other script than its own")
  func page() async throws {
    try await ServedForTest.run { served in
      let answer = try await served.ask("GET", "/")
      #expect(answer.status == 200)
      #expect(answer.headers["content-type"] == "text/html; charset=utf-8")
      let policy = try #require(answer.headers["content-security-policy"])
      #expect(policy.contains("default-src 'none'"))
      #expect(!policy.contains("unsafe"))
      for (tag, kind) in [("script", "script-src"), ("style", "style-src")] {
        let parts = answer.text.components(separatedBy: "<\(tag)>")
        try #require(parts.count == 2, "one \(tag)")
        let content = try #require(parts[1].components(separatedBy: "</\(tag)>").first)
        let digest = Data(SHA256.hash(data: Data(content.utf8))).base64EncodedString()
        #expect(policy.contains("\(kind) 'sha256-\(digest)'"))
      }
      #expect(!answer.text.contains("http:") && !answer.text.contains("https:"))
      #expect(!answer.text.contains("innerHTML"))
      #expect(answer.text.contains("capture="))
    }
  }

  @Test("cannot listen where another program does, nor at addresses of others, and says so")
  func addresses() async throws {
    try await ServedForTest.run { served in
      let source = ServedSource(
        .model(
          {
            var base = Base.Source(served.file.path)
            base.preprocessing = .unit
            return base
          }(), labels: SmallNetwork.labels, resize: .squash), name: "second")
      for (host, port, reason) in [
        ("127.0.0.1", served.port, "another program does already; take another port"),
        ("192.0.2.1", 0, "take an address of this machine"),
        ("no such name", 0, "take an address of this machine"),
      ] {
        let second = try PhotoServer(source, pool: WorkerPool(count: 1)) { _ in }
        var address = PhotoServer.Address()
        address.host = host
        address.port = port
        var message = "it listens"
        do {
          try await second.run(at: address) { _ in second.stop() }
        } catch let error as ServingError {
          message = error.message
        }
        #expect(message.hasPrefix("cannot listen on \(host):\(port): "), "\(message)")
        #expect(message.hasSuffix(reason), "\(message)")
      }
    }
  }

  @Test("lets go of all that clients held who went away")
  func goneClients() async throws {
    try await ServedForTest.run { served in
      let photo = photos(1)[0]
      for _ in 0..<20 {
        try await onConnection(to: served.port) { connection in
          connection.send(
            "POST /predict HTTP/1.1\r\nContent-Length: \(photo.count)\r\n\r\n")
          connection.send(Array(photo.dropLast(10)))
        }
        try await onConnection(to: served.port) { $0.send("POST", "/predict", photo) }
      }
      try await wait { try await metric("finetune_held_bytes", of: served) == 0 }
      try await wait { try await metric("finetune_requests_in_flight", of: served) == 1 }
      #expect(try await served.ask("POST", "/predict", photo).status == 200)
    }
  }
}
