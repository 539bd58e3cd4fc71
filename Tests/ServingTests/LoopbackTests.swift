import Foundation
import Serving
import TestSupport
import Testing
import TransferLearning

@Suite("A server on its own machine's address, however that is written")
struct LoopbackTests {
  @Test(
    "answers to this machine's names and its own only",
    arguments: ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "0177.0.0.1"])
  func ofVersion4(host: String) async throws {
    try await ServedForTest.run(host: host) { served in
      #expect(served.address.isLocal)
      for (name, status) in Self.names(host) {
        let answer = try await served.tell(Self.request(name))
        #expect(answer.status == status, "\(name): \(answer.text)")
      }
    }
  }

  @Test(
    "of IPv6 answers to this machine's names and its own only",
    .enabled(if: IPv6.isHere, "this machine has no ::1"),
    arguments: ["::1", "0:0:0:0:0:0:0:1", "::01", "::ffff:127.0.0.1", "::FFFF:7f00:1"])
  func ofVersion6(host: String) async throws {
    try await ServedForTest.run(host: host) { served in
      #expect(served.address.isLocal)
      // An address of IPv4 in IPv6 is reached by IPv4.
      let isMapped = host.lowercased().contains("ffff")
      for (name, status) in Self.names("[\(host)]") {
        let request = Self.request(name)
        let answered: Int
        if isMapped {
          answered = try await served.tell(request).status
        } else {
          answered = try await onOwnThread { _ in try IPv6.status(request, port: served.port) }
        }
        #expect(answered == status, "\(name)")
      }
    }
  }

  @Test("is told from one that others reach", arguments: ["0.0.0.0", "0"])
  func others(host: String) async throws {
    try await ServedForTest.run(host: host) { served in
      #expect(!served.address.isLocal)
      let status = try await served.tell(Self.request("evil.example")).status
      #expect(status == 200)
    }
  }

  /// Names that a server is asked for, and what it answers.
  private static func names(_ own: String) -> [(String, Int)] {
    [
      ("evil.example", 421), ("evil.example:80", 421), ("\(own).evil.example", 421),
      ("[::2]", 421), ("[::ffff:10.0.0.1]", 421), ("10.0.0.1", 421), (own, 200),
      ("\(own.uppercased()):8080", 200), ("localhost", 200), ("127.0.0.1:80", 200),
      ("[::1]:80", 200), ("[0:0::1]", 200), ("[::ffff:7f00:1]", 200),
    ]
  }

  private static func request(_ name: String) -> String {
    "GET /health HTTP/1.1\r\nHost: \(name)\r\nConnection: close\r\n\r\n"
  }
}

/// Connections to ::1; those of `RawConnection` are of IPv4.
private enum IPv6 {
  /// Whether the machine has that address.
  static let isHere: Bool = {
    let descriptor = socket(AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    return IPv6.withAddress(port: 0) { bind(descriptor, $0, $1) } == 0
  }()

  /// What a request is answered with.
  static func status(_ request: String, port: Int) throws -> Int {
    let descriptor = socket(AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    guard withAddress(port: port, { connect(descriptor, $0, $1) }) == 0 else {
      throw RawConnection.Failure("nobody listens on port \(port) of ::1")
    }
    // A server that says nothing fails the test rather than to hold it for ever.
    var patience = timeval(tv_sec: 300, tv_usec: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    let bytes = Array(request.utf8)
    send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    let count = recv(descriptor, &piece, piece.count, 0)
    let text = String(decoding: piece.prefix(max(0, count)), as: UTF8.self)
    let words = text.split(separator: " ")
    guard words.count > 1, let status = Int(words[1]) else {
      throw RawConnection.Failure("no answer: \(text)")
    }
    return status
  }

  private static func withAddress(
    port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    var address = sockaddr_in6()
    address.sin6_family = sa_family_t(AF_INET6)
    address.sin6_port = in_port_t(port).bigEndian
    inet_pton(AF_INET6, "::1", &address.sin6_addr)
    return withUnsafePointer(to: address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_in6>.size))
      }
    }
  }
}
