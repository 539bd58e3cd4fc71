import Foundation
import Serving
import TestSupport
import Testing
import TransferLearning

@Suite("Requests that are wrong")
struct HostileRequestTests {
  /// A body, and what it is answered with.
  struct Body: CustomStringConvertible, Sendable {
    let description: String
    let bytes: [UInt8]
    var type: String?
    let status: Int
  }

  private static let multipart = "multipart/form-data; boundary=x-boundary"
  private static let photo = photos(1)[0]

  static let bodies: [Body] = [
    Body(description: "nothing", bytes: [], status: 400),
    Body(description: "text", bytes: Array("this is no photo".utf8), status: 415),
    Body(description: "a page", bytes: Array("<!doctype html><p>hello".utf8), status: 415),
    Body(description: "noise", bytes: (0..<4096).map { UInt8($0 * 73 % 251) }, status: 415),
    Body(
      description: "half a JPEG", bytes: Array(photo.prefix(photo.count / 2)), status: 422),
    Body(description: "the first bytes of a JPEG", bytes: Array(photo.prefix(3)), status: 422),
    Body(
      description: "a JPEG of 65500 × 65500 pixels, as its header says",
      bytes: BlockJPEG(seed: 1, columns: 2, rows: 2).bytes(claimed: (65500, 65500)), status: 413),
    Body(
      description: "a PNG of a million million pixels, as its header says",
      bytes: {
        var png = plainPNG(width: 4, height: 4, seed: 1)
        png.replaceSubrange(16..<24, with: [0, 15, 66, 64, 0, 15, 66, 64])
        return png
      }(), status: 413),
    Body(
      description: "a form without its boundary", bytes: Array("abc".utf8), type: multipart,
      status: 400),
    Body(
      description: "a form that names no boundary", bytes: form([("a", photo)]),
      type: "multipart/form-data", status: 400),
    Body(
      description: "a form cut short", bytes: Array(form([("a", photo)]).dropLast(30)),
      type: multipart, status: 400),
    Body(
      description: "a form without a file",
      bytes: Array(
        "--x-boundary\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x-boundary--".utf8
      ),
      type: multipart, status: 400),
    Body(
      description: "a form of text for a photo", bytes: form([("a.jpg", Array("text".utf8))]),
      type: multipart, status: 415),
    Body(
      description: "a form of an empty file", bytes: form([("a.jpg", [])]), type: multipart,
      status: 400),
    Body(
      description: "a form of too many files",
      bytes: form((0..<65).map { ("\($0)", photo) }), type: multipart, status: 400),
  ]

  @Test("by their bodies are told so in JSON, and the connection serves on", arguments: bodies)
  func wrongBody(_ body: Body) async throws {
    try await ServedForTest.run { served in
      for path in ["/predict", "/explain"] {
        let (refused, next) = try await onConnection(to: served.port) { connection in
          connection.send("POST", path, body.bytes, type: body.type)
          let refused = try connection.receive()
          connection.send("POST", "/predict", Self.photo)
          return (refused, try connection.receive())
        }
        // Where one photo is explained, many are one mistake more.
        #expect(refused.status == body.status, "\(path): \(refused.text)")
        #expect(refused.headers["content-type"] == "application/json")
        #expect(try !refused.error().isEmpty)
        #expect(!refused.text.contains("\\u0000"))
        #expect(next.status == 200, "\(next.text)")
      }
    }
  }

  @Test(
    "by path or method are told what there is",
    arguments: [
      ("GET", "/predict", 405, "POST"), ("DELETE", "/", 405, "GET, HEAD"),
      ("POST", "/health", 405, "GET, HEAD"), ("OPTIONS", "/explain", 405, "POST"),
      ("GET", "/nothing", 404, nil), ("POST", "/predict/", 404, nil),
      ("GET", "/../../etc/passwd", 404, nil), ("GET", "/%00", 404, nil),
      ("GET", "/predict%2f", 404, nil), ("BREW", "/", 400, nil),
    ] as [(String, String, Int, String?)])
  func paths(method: String, path: String, status: Int, allowed: String?) async throws {
    try await ServedForTest.run { served in
      let answer = try await served.tell("\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n")
      #expect(answer.status == status, "\(answer.text)")
      #expect(answer.headers["allow"] == allowed)
      #expect(try !answer.error().isEmpty)
    }
  }

  @Test(
    "as HTTP are told so in JSON, and the connection ends",
    arguments: [
      ("no HTTP at all\r\n\r\n", 400), ("\u{16}\u{3}\u{1}\u{2}\u{0}\r\n\r\n", 400),
      ("POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: many\r\n\r\n", 400),
      ("POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n", 400),
      ("POST /predict HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n", 400),
      ("POST /predict HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef", 400),
      ("POST /predict HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
      ("GET / HTTP/1.1\r\nno colon here\r\n\r\n", 400),
      ("GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", 400),
      ("GET /\(String(repeating: "a", count: 300_000)) HTTP/1.1\r\n\r\n", 431),
      ("GET / HTTP/1.1\r\nA: \(String(repeating: "b", count: 200_000))\r\n\r\n", 431),
      (
        "GET / HTTP/1.1\r\n\((0..<5000).map { "H\($0): v\r\n" }.joined())\r\n", 431
      ),
    ])
  func notHTTP(text: String, status: Int) async throws {
    try await ServedForTest.run { served in
      let (answer, isEnded) = try await onConnection(to: served.port) { connection in
        connection.send(text)
        return (try connection.receive(), connection.isEnded())
      }
      #expect(answer.status == status, "\(answer.text)")
      #expect(try !answer.error().isEmpty)
      #expect(answer.headers["connection"] == "close")
      #expect(isEnded)
      #expect(try await served.ask("GET", "/health").status == 200)
    }
  }

  @Test("that are too large are refused before they are received, by their length or as they come")
  func tooLarge() async throws {
    var limits = ServingLimits.patient
    limits.bodyBytes = 50_000
    try await ServedForTest.run(.plain, limits) { served in
      let announced = try await served.tell(
        "POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50001\r\n\r\n")
      #expect(announced.status == 413)
      #expect(try announced.error().contains("50000 bytes"))
      #expect(announced.headers["connection"] == "close")
      // Whoever asks first is not asked for a body that would be refused.
      let polite = try await served.tell(
        "POST /predict HTTP/1.1\r\nContent-Length: 50001\r\nExpect: 100-continue\r\n\r\n")
      #expect(polite.status == 413)
      let chunked = try await onConnection(to: served.port) { connection in
        connection.send("POST /predict HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in 0..<100 {
          connection.send("1000\r\n\(String(repeating: "x", count: 4096))\r\n")
        }
        return try connection.receive()
      }
      #expect(chunked.status == 413)
      let exact = try await served.ask(
        "POST", "/predict", [UInt8](repeating: 32, count: 50_000))
      #expect(exact.status == 415, "of the largest size it is looked at")
    }
  }

  @Test("whose sender waits to be asked for the body, are asked for it")
  func asked() async throws {
    try await ServedForTest.run { served in
      let answer = try await onConnection(to: served.port) { connection in
        let photo = photos(1)[0]
        connection.send(
          "POST /predict HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: \(photo.count)\r\n\r\n"
        )
        let asked = connection.receiveHead()
        connection.send(photo)
        return (asked, try connection.receive())
      }
      #expect(answer.0.hasPrefix("HTTP/1.1 100"))
      #expect(answer.1.status == 200)
    }
  }

  @Test(
    "that arrive too slowly end in time",
    arguments: [
      "GET /a", "GET / HTTP/1.1\r\nHost: localhost\r\n",
      "POST /predict HTTP/1.1\r\nContent-Length: 100\r\n\r\nab",
      "POST /predict HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\nab",
    ])
  func slow(beginning: String) async throws {
    var limits = ServingLimits.patient
    limits.arrival = .milliseconds(300)
    try await ServedForTest.run(.plain, limits) { served in
      let (answer, seconds, isEnded) = try await onConnection(to: served.port) { connection in
        let start = ContinuousClock.now
        connection.send(beginning)
        // One byte at a time, so that the connection is never idle for long.
        let dripping = Thread {
          for _ in 0..<40 {
            usleep(50_000)
            connection.send("x")
          }
        }
        dripping.start()
        let answer = try connection.receive()
        return (answer, start.secondsAgo, connection.isEnded())
      }
      #expect(answer.status == 408, "\(answer.text)")
      #expect(try answer.error().hasPrefix("the request did not arrive within"))
      #expect(seconds > 0.25)
      #expect(isEnded)
    }
  }

  @Test("are no more of a burden than connections on which nothing comes: both are closed")
  func idle() async throws {
    var limits = ServingLimits.patient
    limits.idle = .milliseconds(300)
    try await ServedForTest.run(.plain, limits) { served in
      #expect(try await onConnection(to: served.port) { $0.isEnded() })
      let afterAnswer = try await onConnection(to: served.port) { connection in
        connection.send("GET", "/health")
        _ = try connection.receive()
        return connection.isEnded()
      }
      #expect(afterAnswer)
    }
  }
}
