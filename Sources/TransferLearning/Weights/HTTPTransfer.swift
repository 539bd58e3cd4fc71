internal import CCurl

/// What takes an answer as it comes; each of its functions may end the transfer.
protocol HTTPReceiver: AnyObject {
  /// A line of the header.
  /// - Returns: whether more is wanted.
  func receive(line: String) -> Bool
  /// Bytes of the body, valid during the call.
  /// - Returns: whether more is wanted.
  func receive(_ bytes: UnsafeRawBufferPointer) -> Bool
  /// Asked about once a second, whatever comes.
  /// - Returns: whether the transfer may go on.
  func mayGoOn() -> Bool
}

/// One request of HTTP without its redirections, by libcurl's easy interface.
struct HTTPTransfer: ~Copyable {
  private let handle: UnsafeMutableRawPointer
  private let fields: UnsafeMutablePointer<curl_slist>?

  /// Once for the process, before any thread uses the library.
  private static let isReady = ft_curl_start() != 0

  /// - Parameters:
  ///   - address: of the web.
  ///   - fields: of the request's header, `Name: value` each.
  /// - Returns: `nil` where the library cannot be had: it lacks memory.
  init?(_ address: String, fields: [String]) {
    guard Self.isReady, let handle = curl_easy_init() else { return nil }
    var list: UnsafeMutablePointer<curl_slist>?
    for field in fields { list = curl_slist_append(list, field) ?? list }
    let isSet = [
      ft_curl_set_text(handle, CURLOPT_URL, address), ft_curl_allow_web_only(handle),
      ft_curl_set_text(handle, CURLOPT_USERAGENT, "finetune"),
      ft_curl_set_fields(handle, list),
      // Signals are the program's; names are looked up in a thread.
      ft_curl_set_number(handle, CURLOPT_NOSIGNAL, 1),
      ft_curl_set_number(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1),
      ft_curl_set_number(handle, CURLOPT_CONNECTTIMEOUT, 60),
      // 60 s without a byte.
      ft_curl_set_number(handle, CURLOPT_LOW_SPEED_LIMIT, 1),
      ft_curl_set_number(handle, CURLOPT_LOW_SPEED_TIME, 60),
    ]
    guard isSet.allSatisfy({ $0 != 0 }) else {
      curl_easy_cleanup(handle)
      curl_slist_free_all(list)
      return nil
    }
    self.handle = handle
    self.fields = list
  }

  deinit {
    curl_easy_cleanup(handle)
    curl_slist_free_all(fields)
  }

  /// Asks, and hands over what comes until the end (`curl_easy_perform`).
  /// - Returns: what went wrong, in the library's words; `nil` when all has come. Where the receiver has
  ///   ended it, some words too.
  func run(for receiver: some HTTPReceiver) -> String? {
    let box = ReceiverBox(receiver)
    let context = Unmanaged.passUnretained(box).toOpaque()
    let isSet = ft_curl_set_takers(
      handle,
      { bytes, size, count, context in
        let (box, buffer) = HTTPTransfer.taken(bytes, size * count, context)
        let isWanted = box?.receiver.receive(line: String(decoding: buffer, as: UTF8.self)) ?? false
        return isWanted ? size * count : size * count &+ 1
      },
      { bytes, size, count, context in
        let (box, buffer) = HTTPTransfer.taken(bytes, size * count, context)
        return box?.receiver.receive(buffer) ?? false ? size * count : size * count &+ 1
      }, context)
    let isWatched = ft_curl_set_watcher(
      handle,
      { context, _, _, _, _ in
        HTTPTransfer.taken(nil, 0, context).0?.receiver.mayGoOn() ?? false ? 0 : 1
      }, context)
    guard isSet != 0, isWatched != 0 else { return "libcurl cannot be prepared" }
    let code = withExtendedLifetime(box) { curl_easy_perform(handle) }
    return code == CURLE_OK ? nil : Self.text(code)
  }

  /// What libcurl answers from version 8.6 on where a header is longer than it reads.
  private static let tooLarge: UInt32 = 100

  /// The library's words, but where they would mislead: versions before 8.6 call a line of the header that is too long
  /// for them a lack of memory.
  private static func text(_ code: CURLcode) -> String {
    guard code != CURLE_OUT_OF_MEMORY, code.rawValue != tooLarge else {
      return "the header of the answer is longer than libcurl reads, or no memory is left"
    }
    return String(cString: curl_easy_strerror(code))
  }

  private static func taken(
    _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int, _ context: UnsafeMutableRawPointer?
  ) -> (ReceiverBox?, UnsafeRawBufferPointer) {
    let box = context.map { Unmanaged<ReceiverBox>.fromOpaque($0).takeUnretainedValue() }
    return (box, UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : count))
  }
}

/// An object of a known class, as a C function gets it back.
private final class ReceiverBox {
  let receiver: any HTTPReceiver

  init(_ receiver: any HTTPReceiver) { self.receiver = receiver }
}
