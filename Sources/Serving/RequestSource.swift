import Foundation
import HTTPTypes
import NIOCore
import Synchronization

/// Whose requests are answered, as far as a browser tells.
///
/// Every page that a browser shows can reach the servers of its machine: by a form or script that sends something
/// without having to read the answer, and by a name of its own that it lets lead to 127.0.0.1 (DNS rebinding), after
/// which the browser takes this server for the page's own. The first tells its origin with what it sends, the second
/// asks for a name that is not this machine's. Programs without pages tell no origin and are not concerned.
final class RequestSource: Sendable {
  /// The host that the server was told to listen on, as it stands in a URL.
  private let name: String
  /// Whether only programs of this machine reach the server, so that its names are known. Until it is known where the
  /// server listens, they are taken to be.
  private let isLocal = Atomic(true)

  init(name: String) { self.name = name.lowercased() }

  /// Has to be told before requests are checked.
  func listens(locally isLocal: Bool) { self.isLocal.store(isLocal, ordering: .relaxed) }

  /// - Throws: `Refusal`: 421 for another name than the server's, 403 for what another site sends.
  func check(_ request: HTTPRequest) throws(Refusal) {
    if isLocal.load(ordering: .relaxed), let name = request.authority, !isOfThisMachine(name) {
      throw Refusal(
        .misdirectedRequest,
        "this server listens to its own machine only and is asked for as localhost, 127.0.0.1 or [::1], "
          + "not as '\(name.prefix(100))'")
    }
    // Others change and begin nothing, and what they answer no page of another site can read.
    guard request.method != .get, request.method != .head, !isOwn(request) else { return }
    throw Refusal(
      .forbidden, "a page of another site sends this; only the server's own page may send photos")
  }

  /// Whether a name is one that leads nowhere but to this machine, or the server's own, with any port.
  private func isOfThisMachine(_ asked: String) -> Bool {
    guard let parts = asked.wholeMatch(of: /(\[[0-9A-Fa-f:.]*\]|[^\[\]:]*)(:[0-9]{0,5})?/)
    else { return false }
    let host = String(parts.1).lowercased()
    if host == "localhost" || host == name { return true }
    // An address is no name that could be led elsewhere.
    let address = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
    return (try? SocketAddress(ipAddress: address, port: 0))?.isLoopback ?? false
  }

  private static let site = HTTPField.Name("Sec-Fetch-Site")

  /// Whether no page has sent it, or the server's own.
  ///
  /// Where the browser says so itself, it is believed: behind a proxy that gives the server another name, the page's
  /// origin is not that of the name.
  private func isOwn(_ request: HTTPRequest) -> Bool {
    if let site = Self.site.flatMap({ request.headerFields[$0] }) {
      return site == "same-origin" || site == "none"
    }
    guard let origin = request.headerFields[.origin] else { return true }
    let name = request.authority?.lowercased() ?? ""
    return !name.isEmpty && ["http://", "https://"].contains { $0 + name == origin.lowercased() }
  }
}

extension SocketAddress {
  /// Whether only programs of this machine reach it: 127.0.0.0/8, also as IPv6 writes it, and ::1.
  var isLoopback: Bool {
    switch self {
    case .v4(let address):
      return withUnsafeBytes(of: address.address.sin_addr) { $0.starts(with: [127]) }
    case .v6(let address):
      let zeros = [UInt8](repeating: 0, count: 10)
      let one: [UInt8] = zeros + [0, 0, 0, 0, 0, 1]
      let mapped: [UInt8] = zeros + [255, 255, 127]
      return withUnsafeBytes(of: address.address.sin6_addr) { bytes in
        bytes.elementsEqual(one) || bytes.starts(with: mapped)
      }
    case .unixDomainSocket: return true
    }
  }
}
