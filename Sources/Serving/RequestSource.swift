import HTTPTypes

/// Whose requests are answered, as far as a browser tells.
///
/// Every page that a browser shows can reach the servers of its machine: by a form or script that sends something
/// without having to read the answer, and by a name of its own that it lets lead to 127.0.0.1 (DNS rebinding), after
/// which the browser takes this server for the page's own. The first tells its origin with what it sends, the second
/// asks for a name that is not this machine's. Programs without pages tell no origin and are not concerned.
struct RequestSource {
  /// Whether only programs of this machine reach the server, so that its names are known.
  let isLocal: Bool

  /// - Throws: `Refusal`: 421 for another name than the server's, 403 for what another site sends.
  func check(_ request: HTTPRequest) throws(Refusal) {
    if isLocal, let name = request.authority, !Self.isOfThisMachine(name) {
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

  /// Whether a name is one that leads nowhere but to this machine, with any port.
  static func isOfThisMachine(_ name: String) -> Bool {
    name.wholeMatch(
      of: /(localhost|127\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}|\[::1\])(:[0-9]{0,5})?/.ignoresCase())
      != nil
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
