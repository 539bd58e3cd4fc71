import Files
import Foundation
import WeightFiles

/// What a hub tells of a file beside sending it, mostly where it says that the content is elsewhere.
struct ToldFile {
  /// What the content is called by (`X-Linked-ETag`, else `ETag`), for large files its SHA-256.
  var blob: String?
  /// The length of the whole file (`X-Linked-Size`).
  var byteCount: Int?
  /// The commit that it is of (`X-Repo-Commit`).
  var revision: String?

  /// The SHA-256, if it was told.
  var digest: FileDigest {
    guard let blob, blob.wholeMatch(of: /[0-9a-f]{64}/) != nil else { return .none }
    return .sha256(blob)
  }

  /// Takes what an answer says, unless an earlier one has said it.
  mutating func add(_ answer: HTTPAnswer) {
    byteCount = byteCount ?? fileLength(answer["X-Linked-Size"].flatMap { Int($0) })
    // Both become names of files.
    revision = revision ?? answer["X-Repo-Commit"].flatMap(Self.name)
    guard blob == nil, revision != nil || answer["X-Linked-ETag"] != nil else { return }
    blob = (answer["X-Linked-ETag"] ?? answer["ETag"]).flatMap(Self.name)
  }

  private static func name(_ text: String) -> String? {
    let text = text.hasPrefix("W/") ? text.dropFirst(2) : text[...]
    let name = text.filter { $0 != "\"" }
    return name.wholeMatch(of: /[0-9A-Za-z]{8,128}/) != nil ? String(name) : nil
  }
}

/// The request for the rest of a file, wherever it leads, written to the disk as it arrives.
///
/// Used by one thread, which waits in `run`.
final class Connection: HTTPReceiver {
  enum Outcome {
    case complete
    /// What came so far does not fit what the server has: begin anew.
    case restart
    /// Trying again would not help.
    case refused(String)
    /// It is larger than such a file can be, so that nothing of it is worth keeping.
    case tooLarge(String)
    /// The connection broke; what came is kept.
    case interrupted(String)
    case cannotWrite(WeightStoreError)
  }

  /// How often an answer may say that the content is elsewhere.
  private static let largestRedirectionCount = 10
  /// What comes beside such an answer, which nobody reads.
  private static let largestSideNote = 1 << 20
  /// Bytes of an answer's header; those of file servers have a few thousand, with long addresses elsewhere.
  private static let largestHeader = 256 << 10

  /// What bounds a connection, whatever a server says or does not say.
  struct Limits {
    /// Of the whole file.
    let byteCount: Int
    /// Until the first byte of a file comes; after it, half as long with next to nothing is too long.
    let patience: Duration
  }

  /// Who is asked.
  private var address: URL
  private let part: PartialFile
  private let limits: Limits
  private let progress: @Sendable (Int, Int?) -> Void
  private var outcome: Outcome?
  private var answer = HTTPAnswer()
  /// Where to ask next.
  private var next: URL?
  private var sideNote = 0
  private var headerLength = 0
  /// When the address was asked.
  private var asked = ContinuousClock.now
  /// Where the answer's body begins in the file, once there is an answer.
  private var start: Int?
  /// Since its first byte was there.
  private var speed: ArrivalSpeed?
  /// The length of the whole file, once the server has told it.
  private var total: Int?
  /// What the server told beside it; to be read when the request is over.
  private(set) var told = ToldFile()

  init(
    _ url: URL, _ part: PartialFile, _ limits: Limits,
    _ progress: @escaping @Sendable (Int, Int?) -> Void
  ) {
    address = url
    self.part = part
    self.limits = limits
    self.progress = progress
  }

  /// Asks for what is missing and waits for the end.
  func run() -> Outcome {
    next = address
    var count = 0
    while let place = next {
      address = place
      guard count <= Self.largestRedirectionCount else {
        return .refused(
          "the server sends from one address to the next, more than \(count - 1) times")
      }
      count += 1
      (next, answer, sideNote, headerLength, speed) = (nil, HTTPAnswer(), 0, 0, nil)
      asked = .now
      guard let transfer = HTTPTransfer(address.absoluteString, fields: fields) else {
        return .interrupted("there is no memory for a connection")
      }
      let failure = transfer.run(for: self)
      if let outcome { return outcome }
      if next == nil { return end(failure) }
    }
    return .interrupted("the connection ended without an answer")
  }

  private var fields: [String] {
    // The digest and the offsets are those of the file itself, not of a compressed copy.
    var fields = ["Accept-Encoding: identity"]
    guard part.byteCount > 0 else { return fields }
    fields.append("Range: bytes=\(part.byteCount)-")
    // Where the content is elsewhere, what it is called by has been compared already.
    if told.blob == nil, let tag = part.entityTag, !tag.contains(where: \.isNewline) {
      fields.append("If-Range: \(tag)")
    }
    return fields
  }

  /// Whoever sends lines of a header, announces an answer, or sends a byte now and then for ever is not waited for: what
  /// libcurl takes for silence is only that nothing comes at all.
  func mayGoOn() -> Bool {
    if outcome == nil { outcome = delay() }
    return outcome == nil
  }

  /// What has taken too long; `nil` if nothing has.
  private func delay() -> Outcome? {
    if let start, part.byteCount > start {
      let isTooLow = speed?.isTooLow(part.byteCount) ?? false
      speed = speed ?? ArrivalSpeed(over: limits.patience / 2, byteCount: part.byteCount)
      guard isTooLow else { return nil }
      return .refused(
        "the server sends next to nothing; another try continues after \(part.byteCount) bytes")
    }
    guard asked.duration(to: .now) > limits.patience else { return nil }
    let time = limits.patience.inSeconds.secondsInWords(tenths: true)
    return .interrupted("the server did not begin to send the file within \(time)")
  }

  func receive(line: String) -> Bool {
    headerLength += line.utf8.count
    guard headerLength <= Self.largestHeader else {
      outcome = .refused(
        "the header of the server's answer has more than the \(Self.largestHeader) bytes that are "
          + "read")
      return false
    }
    guard answer.add(line) else { return true }
    told.add(answer)
    if let place = answer.redirection {
      outcome = follow(place)
    } else {
      outcome = judge()
    }
    return outcome == nil
  }

  /// Asks another address next: `nil` if that can be.
  private func follow(_ place: String) -> Outcome? {
    guard let target = URL(string: place, relativeTo: address)?.absoluteURL,
      target.scheme == "https" || target.scheme == "http"
    else { return .refused("the server sends to '\(place.prefix(200))', which is no address") }
    if let blob = told.blob, part.byteCount > 0, let tag = part.entityTag, tag != blob {
      // What has come so far is of another version.
      do {
        try part.restart()
      } catch {
        return .cannotWrite(error)
      }
    }
    next = target
    return nil
  }

  /// Decides from the header whether the body is wanted: `nil` if so.
  private func judge() -> Outcome? {
    let range = answer["Content-Range"].flatMap(ContentRange.init)
    let coding = answer["Content-Encoding"] ?? "identity"
    guard coding.lowercased() == "identity" else {
      return .refused(
        "the server sends it compressed ('\(coding.prefix(40))'), which was not asked for")
    }
    let length = fileLength(answer["Content-Length"].flatMap { Int($0) })
    if let told = answer["Content-Length"], length == nil {
      return .refused(
        "the server says that it sends \(told.prefix(40)) bytes, which no weight file has")
    }
    switch answer.status {
    case 200:
      total = length
      // The whole file: the server ignores ranges, or the file has changed.
      do {
        try part.restart()
      } catch {
        return .cannotWrite(error)
      }
    case 206:
      guard let range, range.start == part.byteCount else { return .restart }
      total = range.total
    case 416:
      // Nothing is left to send: either all of it is here, or the file is a shorter one now.
      return range?.total == part.byteCount ? .complete : .restart
    case 408, 429, 500...599:
      return .interrupted("the server answers \(answer.status)")
    default:
      return .refused("the server answers \(answer.status)")
    }
    if let expected = told.byteCount, let total, total != expected {
      return .refused("the server sends \(total) bytes of a file that has \(expected)")
    }
    total = total ?? told.byteCount
    if let total, total > limits.byteCount {
      return .tooLarge(
        "the server says that it sends \(total) bytes, more than the \(limits.byteCount) that such a "
          + "file may have")
    }
    if let tag = told.blob ?? answer["ETag"], !tag.hasPrefix("W/") { part.entityTag = tag }
    start = part.byteCount
    return nil
  }

  func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard outcome == nil else { return false }
    guard next == nil else {
      sideNote += bytes.count
      return sideNote <= Self.largestSideNote
    }
    if let total, bytes.count > total - part.byteCount {
      // More than it told, or than the hub told of the file.
      outcome = .restart
      return false
    }
    guard bytes.count <= limits.byteCount - part.byteCount else {
      outcome = .tooLarge(
        "the server sends more than the \(limits.byteCount) bytes that such a file may have")
      return false
    }
    do {
      try part.append(bytes)
    } catch {
      outcome = .cannotWrite(error)
      return false
    }
    progress(part.byteCount, total)
    return true
  }

  /// How it has ended, when nothing was decided before.
  /// - Parameter failure: why the transfer did not come to its end.
  private func end(_ failure: String?) -> Outcome {
    if let failure { return .interrupted(failure) }
    if let total, part.byteCount != total {
      return part.byteCount < total
        ? .interrupted("the connection ended after \(part.byteCount) of \(total) bytes") : .restart
    }
    // Without a length, only the file itself can tell whether this is all of it.
    if let start, part.byteCount > start { return .complete }
    return .interrupted("the server sent nothing")
  }
}

/// A length that a server tells, if a weight file can have it: up to 1 TiB.
private func fileLength(_ told: Int?) -> Int? {
  told.flatMap { (0...1 << 40).contains($0) ? $0 : nil }
}

/// `bytes 100-199/200` or `bytes */200`.
private struct ContentRange {
  var start: Int?
  var total: Int?

  init?(_ text: String) {
    let parts = text.split(separator: " ")
    guard parts.count == 2, parts[0].lowercased() == "bytes" else { return nil }
    let halves = parts[1].split(separator: "/")
    guard halves.count == 2 else { return nil }
    start = halves[0].split(separator: "-").first.flatMap { Int($0) }
    total = fileLength(Int(halves[1]))
  }
}
