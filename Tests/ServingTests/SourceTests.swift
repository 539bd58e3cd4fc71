import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("Requests that pages of other sites have a browser send")
struct RequestSourceTests {
  private static let photo = photos(1)[0]

  /// What a request with these lines in its header is answered with.
  private func send(
    _ lines: [String], _ method: String = "POST", to served: ServedForTest
  ) async throws -> RawConnection.Answer {
    let (path, body) = method == "POST" ? ("/predict", Self.photo) : ("/health", [UInt8]())
    return try await onConnection(to: served.port) { connection in
      connection.send(
        "\(method) \(path) HTTP/1.1\r\n\(lines.map { $0 + "\r\n" }.joined())"
          + "Content-Length: \(body.count)\r\n\r\n")
      connection.send(body)
      return try connection.receive(hasBody: method != "HEAD")
    }
  }

  @Test("under another name than this machine's are refused, whatever they ask for")
  func names() async throws {
    try await ServedForTest.run { served in
      for name in [
        "evil.com", "evil.com:80", "", "127.0.0.1.evil.com", "localhost.evil.com",
        "127.0.0.1@evil.com",
        "128.0.0.1", "[::2]", "localhost:80:80",
      ] {
        for method in ["POST", "GET", "HEAD"] {
          let answer = try await send(["Host: \(name)"], method, to: served)
          #expect(answer.status == 421, "\(method) of '\(name)': \(answer.text)")
          guard method != "HEAD" else { continue }
          #expect(answer.headers["content-type"] == "application/json")
          #expect(try answer.error().contains("not as '\(name)'"))
        }
      }
      for name in ["localhost", "LOCALHOST:1", "127.0.0.1", "127.1.2.3:80", "[::1]", "[::1]:8080"] {
        for method in ["POST", "GET"] {
          let answer = try await send(["Host: \(name)"], method, to: served)
          #expect(answer.status == 200, "\(method) of '\(name)': \(answer.text)")
        }
      }
      #expect(try await send([], to: served).status == 200, "no browser leaves out the name")
    }
  }

  @Test("are refused by their origin, on whatever address the server listens")
  func origins() async throws {
    for host in ["127.0.0.1", "0.0.0.0"] {
      try await ServedForTest.run(host: host) { served in
        let own = "127.0.0.1:\(served.port)"
        for lines in [
          ["Origin: http://evil.com"], ["Origin: null"], ["Origin: "],
          ["Origin: http://127.0.0.1:1"],
          ["Origin: file://\(own)"], ["Sec-Fetch-Site: cross-site"], ["Sec-Fetch-Site: same-site"],
          ["Origin: http://\(own)", "Sec-Fetch-Site: cross-site"],
        ] {
          let refused = try await send(["Host: \(own)"] + lines, to: served)
          #expect(refused.status == 403, "\(lines): \(refused.text)")
          #expect(try refused.error().contains("a page of another site"))
          // A link of another site to the server's page is none of its requests.
          let looked = try await send(["Host: \(own)"] + lines, "GET", to: served)
          #expect(looked.status == 200, "\(lines): \(looked.text)")
        }
        for lines in [
          [], ["Origin: http://\(own)"], ["Origin: https://\(own)"], ["Sec-Fetch-Site: none"],
          ["Origin: https://photos.example", "Sec-Fetch-Site: same-origin"],
        ] {
          let answer = try await send(["Host: \(own)"] + lines, to: served)
          #expect(answer.status == 200, "\(lines): \(answer.text)")
        }
      }
    }
  }

  @Test("are served under any name where others than this machine are served")
  func othersNames() async throws {
    try await ServedForTest.run(host: "0.0.0.0") { served in
      for lines in [
        ["Host: photos.example"], ["Host: photos.example", "Origin: http://photos.example"],
      ] {
        let answer = try await send(lines, to: served)
        #expect(answer.status == 200, "\(answer.text)")
      }
    }
  }
}
