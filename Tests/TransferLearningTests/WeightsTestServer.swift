import Foundation
import Synchronization

/// A web server on 127.0.0.1 that answers each connection as a test says.
final class TestServer: Sendable {
  struct Request: Sendable {
    let path: String
    /// By lower-case name.
    let headers: [String: String]

    /// Where the asked-for range begins; 0 without one.
    var start: Int {
      guard let range = headers["range"], let dash = range.firstIndex(of: "-") else { return 0 }
      return Int(range[range.index(range.startIndex, offsetBy: 6)..<dash]) ?? 0
    }
  }

  struct Response: Sendable {
    var status = 200
    var headers: [String: String] = [:]
    var body = Data()
    /// Whether the header has the body's length; without it the end of the connection is the end.
    var tellsLength = true
    /// How many bytes of the body are sent before the connection is cut; `nil` for all.
    var cutAfter: Int?
    /// What is sent over and over until the other side has had enough: behind the status line, or as the body.
    var endless: Endless?
  }

  struct Endless: Sendable {
    let piece: Data
    let isHeader: Bool
    /// Before each piece, in microseconds.
    var pause: UInt32 = 0
  }

  private let port: ReservedPort
  private let isOver = DispatchSemaphore(value: 0)
  private let requests = Mutex<[Request]>([])

  var seen: [Request] { requests.withLock { $0 } }
  var address: String { port.address }

  init(_ answer: @escaping @Sendable (Request, _ number: Int) -> Response) throws {
    let port = try ReservedPort()
    guard listen(port.descriptor, 8) == 0 else { throw CocoaError(.featureUnsupported) }
    self.port = port
    Thread.detachNewThread { [weak self, isOver] in
      var number = 0
      while let connection = port.nextConnection() {
        if let request = Self.read(connection) {
          self?.requests.withLock { $0.append(request) }
          Self.send(answer(request, number), to: connection)
          number += 1
        }
        shutdown(connection, Int32(SHUT_RDWR))
        close(connection)
      }
      isOver.signal()
    }
  }

  /// Ends the server's thread before its socket is closed: a closed one's number is given to the next
  /// server at once, and a thread still waiting on it would answer for that one.
  func stop() {
    shutdown(port.descriptor, Int32(SHUT_RDWR))
    isOver.wait()
  }

  private static func read(_ connection: Int32) -> Request? {
    var text = ""
    var buffer = [UInt8](repeating: 0, count: 4096)
    while !text.contains("\r\n\r\n") {
      let count = recv(connection, &buffer, buffer.count, 0)
      if count <= 0 { return nil }
      text += String(decoding: buffer.prefix(count), as: UTF8.self)
    }
    let lines = text.components(separatedBy: "\r\n")
    let headers = lines.dropFirst().compactMap { line -> (String, String)? in
      guard let colon = line.firstIndex(of: ":") else { return nil }
      return (
        line[..<colon].lowercased(),
        line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      )
    }
    return Request(
      path: String(lines[0].split(separator: " ")[1]),
      headers: Dictionary(headers, uniquingKeysWith: { first, _ in first }))
  }

  private static func send(_ response: Response, to connection: Int32) {
    var head = "HTTP/1.1 \(response.status) X\r\nConnection: close\r\n"
    if response.tellsLength, response.headers["Content-Length"] == nil {
      head += "Content-Length: \(response.body.count)\r\n"
    }
    for (name, value) in response.headers { head += "\(name): \(value)\r\n" }
    if response.endless?.isHeader != true { head += "\r\n" }
    var goesOn = send(
      Data(head.utf8) + response.body.prefix(response.cutAfter ?? response.body.count),
      to: connection)
    while goesOn, let endless = response.endless {
      usleep(endless.pause)
      goesOn = send(endless.piece, to: connection)
    }
  }

  /// Sends all of it: whether the other side has taken it.
  private static func send(_ bytes: Data, to connection: Int32) -> Bool {
    bytes.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) in
      var rest = bytes
      while !rest.isEmpty {
        let count = Foundation.send(connection, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
        if count <= 0 { return false }
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      }
      return true
    }
  }
}

/// A port of 127.0.0.1 that nobody else can have. Connections are refused until it listens.
final class ReservedPort: Sendable {
  let descriptor: Int32
  let address: String

  init() throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = descriptor
    let isBound = withUnsafeMutablePointer(to: &name) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    address = "http://127.0.0.1:\(UInt16(bigEndian: name.sin_port))"
    guard isBound else { throw CocoaError(.featureUnsupported) }
  }

  deinit { close(descriptor) }

  /// Waits for a connection; `nil` once the socket is shut down.
  func nextConnection() -> Int32? {
    while true {
      let connection = accept(descriptor, nil, nil)
      if connection >= 0 { return connection }
      guard errno == EINTR || errno == ECONNABORTED else { return nil }
    }
  }
}

extension TestServer.Response {
  /// What a proper file server answers.
  static func file(_ body: Data, to request: TestServer.Request, tag: String = "\"v1\"") -> Self {
    let start = request.headers["if-range"].map { $0 == tag } ?? true ? request.start : 0
    if start == 0 { return Self(headers: ["ETag": tag], body: body) }
    if start >= body.count {
      return Self(status: 416, headers: ["Content-Range": "bytes */\(body.count)"])
    }
    return Self(
      status: 206,
      headers: [
        "ETag": tag, "Content-Range": "bytes \(start)-\(body.count - 1)/\(body.count)",
      ], body: body[start...])
  }
}
