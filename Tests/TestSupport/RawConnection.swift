import Foundation

/// A connection on which a test sends what it likes, byte by byte.
///
/// Its calls wait, so they belong on a thread of their own. `@unchecked Sendable`: one thread receives;
/// others may send, which touches the descriptor only.
public final class RawConnection: @unchecked Sendable {
  /// What a server answered.
  public struct Answer: Sendable {
    public let status: Int
    /// By name in small letters.
    public let headers: [String: String]
    public let body: [UInt8]

    public var text: String { String(decoding: body, as: UTF8.self) }

    /// The body as a JSON object.
    public func json() throws -> [String: Any] {
      let value = try JSONSerialization.jsonObject(with: Data(body))
      guard let object = value as? [String: Any] else { throw Failure("no object: \(text)") }
      return object
    }

    /// The sentence of a refusal.
    public func error() throws -> String {
      guard let text = try json()["error"] as? String else { throw Failure("no error: \(text)") }
      return text
    }
  }

  public struct Failure: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
  }

  private let descriptor: Int32
  private var received: [UInt8] = []

  /// - Throws: `Failure` where nobody listens.
  public init(port: Int) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let status = withUnsafePointer(to: address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else {
      close(descriptor)
      throw Failure("nobody listens on port \(port): \(String(cString: strerror(errno)))")
    }
    // A server that says nothing fails the test rather than to hold it for ever.
    var patience = timeval(tv_sec: 300, tv_usec: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  /// Sends all of it; what the other side does not take any more is left out.
  public func send(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }

  public func send(_ text: String) { send(Array(text.utf8)) }

  /// Sends a request with a body and its length.
  public func send(_ method: String, _ path: String, _ body: [UInt8] = [], type: String? = nil) {
    let kind = type.map { "Content-Type: \($0)\r\n" } ?? ""
    send(
      "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n\(kind)Content-Length: \(body.count)\r\n\r\n"
    )
    send(body)
  }

  /// Says that nothing more is sent.
  public func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// The next answer; those that ask to go on are passed over.
  public func receive(hasBody: Bool = true) throws -> Answer {
    while true {
      let end = Array("\r\n\r\n".utf8)
      while received.firstRange(of: end) == nil { try receiveMore() }
      guard let blank = received.firstRange(of: end) else { continue }
      let head = String(decoding: received[..<blank.lowerBound], as: UTF8.self)
      received.removeFirst(blank.upperBound)
      let lines = head.components(separatedBy: "\r\n")
      let words = lines[0].split(separator: " ")
      guard words.count > 1, let status = Int(words[1]) else { throw Failure(head) }
      if status == 100 { continue }
      var headers: [String: String] = [:]
      for line in lines.dropFirst() {
        let pair = line.split(separator: ":", maxSplits: 1)
        guard pair.count == 2 else { throw Failure(line) }
        headers[pair[0].lowercased()] = pair[1].trimmingCharacters(in: .whitespaces)
      }
      let length = hasBody ? headers["content-length"].flatMap(Int.init) ?? 0 : 0
      while received.count < length { try receiveMore() }
      defer { received.removeFirst(length) }
      return Answer(status: status, headers: headers, body: Array(received[..<length]))
    }
  }

  /// The next lines up to an empty one, as they are; what came of them if the connection ends.
  public func receiveHead() -> String {
    let end = Array("\r\n\r\n".utf8)
    while received.firstRange(of: end) == nil {
      do { try receiveMore() } catch { break }
    }
    let count = received.firstRange(of: end)?.upperBound ?? received.count
    defer { received.removeFirst(count) }
    return String(decoding: received[..<count], as: UTF8.self)
  }

  /// Whether something comes in so many milliseconds.
  public func hasAnswer(within milliseconds: Int32) -> Bool {
    var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&wanted, 1, milliseconds) > 0
  }

  /// Whether the other side ends the connection without another byte.
  public func isEnded() -> Bool {
    do {
      try receiveMore()
      return false
    } catch {
      return (error as? Failure)?.description != Self.silence
    }
  }

  private static let silence = "nothing came within five minutes"

  private func receiveMore() throws {
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    let count = recv(descriptor, &piece, piece.count, 0)
    guard count > 0 else {
      throw Failure(count < 0 && errno == EAGAIN ? Self.silence : "the connection ended")
    }
    received += piece[..<count]
  }
}
