import Files
import Foundation
import WeightFiles

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

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
  mutating func add(_ response: HTTPURLResponse) {
    func value(_ name: String) -> String? { response.value(forHTTPHeaderField: name) }
    byteCount = byteCount ?? fileLength(value("X-Linked-Size").flatMap { Int($0) })
    // Both become names of files.
    revision = revision ?? value("X-Repo-Commit").flatMap(Self.name)
    guard blob == nil, revision != nil || value("X-Linked-ETag") != nil else { return }
    blob = (value("X-Linked-ETag") ?? value("ETag")).flatMap(Self.name)
  }

  private static func name(_ text: String) -> String? {
    let text = text.hasPrefix("W/") ? text.dropFirst(2) : text[...]
    let name = text.filter { $0 != "\"" }
    return name.wholeMatch(of: /[0-9A-Za-z]{8,128}/) != nil ? String(name) : nil
  }
}

/// One request for the rest of a file, written to the disk as it arrives.
///
/// `@unchecked Sendable`: the mutable state is touched on the session's serial queue alone until the
/// semaphore says that the request is over, and by the waiting thread after that.
final class Connection: NSObject, URLSessionDataDelegate, @unchecked Sendable {
  enum Outcome {
    case complete
    /// What came so far does not fit what the server has: begin anew.
    case restart
    /// Trying again would not help.
    case refused(String)
    /// The connection broke; what came is kept.
    case interrupted(String)
    case cannotWrite(WeightStoreError)
  }

  private let url: URL
  private let part: PartialFile
  private let progress: @Sendable (Int, Int?) -> Void
  private let isOver = DispatchSemaphore(value: 0)
  private var outcome: Outcome?
  /// Where the answer's body begins in the file, once there is an answer.
  private var start: Int?
  /// The length of the whole file, once the server has told it.
  private var total: Int?
  /// What the server told beside it; to be read when the request is over.
  private(set) var told = ToldFile()

  init(_ url: URL, _ part: PartialFile, _ progress: @escaping @Sendable (Int, Int?) -> Void) {
    self.url = url
    self.part = part
    self.progress = progress
  }

  /// Asks for what is missing and waits for the end.
  func run() -> Outcome {
    let queue = OperationQueue()
    queue.maxConcurrentOperationCount = 1
    let configuration = URLSessionConfiguration.ephemeral
    configuration.timeoutIntervalForRequest = 60  // without a byte
    let session = URLSession(configuration: configuration, delegate: self, delegateQueue: queue)
    var request = URLRequest(url: url)
    askForRest(&request)
    session.dataTask(with: request).resume()
    isOver.wait()
    session.invalidateAndCancel()
    return outcome ?? .interrupted("the connection ended without an answer")
  }

  private func askForRest(_ request: inout URLRequest) {
    // The digest and the offsets are those of the file itself, not of a compressed copy.
    request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
    guard part.byteCount > 0 else {
      request.setValue(nil, forHTTPHeaderField: "Range")
      return request.setValue(nil, forHTTPHeaderField: "If-Range")
    }
    request.setValue("bytes=\(part.byteCount)-", forHTTPHeaderField: "Range")
    // Where the content is elsewhere, what it is called by has been compared already.
    request.setValue(told.blob == nil ? part.entityTag : nil, forHTTPHeaderField: "If-Range")
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask,
    willPerformHTTPRedirection response: HTTPURLResponse, newRequest request: URLRequest,
    completionHandler: @escaping @Sendable (URLRequest?) -> Void
  ) {
    told.add(response)
    var request = request
    if let blob = told.blob, part.byteCount > 0, let tag = part.entityTag, tag != blob {
      // What has come so far is of another version.
      do {
        try part.restart()
      } catch {
        outcome = .cannotWrite(error)
        return completionHandler(nil)
      }
    }
    askForRest(&request)
    completionHandler(request)
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
  ) {
    if let response = response as? HTTPURLResponse {
      told.add(response)
      outcome = outcome ?? judge(response)
    } else {
      outcome = .refused("the answer is not HTTP")
    }
    completionHandler(outcome == nil ? .allow : .cancel)
  }

  /// Decides from the header whether the body is wanted: `nil` if so.
  private func judge(_ response: HTTPURLResponse) -> Outcome? {
    let range = response.value(forHTTPHeaderField: "Content-Range").flatMap(ContentRange.init)
    switch response.statusCode {
    case 200:
      // The whole file: the server ignores ranges, or the file has changed.
      do {
        try part.restart()
      } catch {
        return .cannotWrite(error)
      }
      total = fileLength(Int(exactly: response.expectedContentLength))
    case 206:
      guard let range, range.start == part.byteCount else { return .restart }
      total = range.total
    case 416:
      // Nothing is left to send: either all of it is here, or the file is a shorter one now.
      return range?.total == part.byteCount ? .complete : .restart
    case 408, 429, 500...599:
      return .interrupted("the server answers \(response.statusCode)")
    default:
      return .refused("the server answers \(response.statusCode)")
    }
    if let expected = told.byteCount, let total, total != expected {
      return .refused("the server sends \(total) bytes of a file that has \(expected)")
    }
    total = total ?? told.byteCount
    if let tag = told.blob ?? response.value(forHTTPHeaderField: "ETag"), !tag.hasPrefix("W/") {
      part.entityTag = tag
    }
    start = part.byteCount
    return nil
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    guard outcome == nil else { return }
    do {
      try part.append(data)
    } catch {
      outcome = .cannotWrite(error)
      dataTask.cancel()
    }
    progress(part.byteCount, total)
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?
  ) {
    if outcome == nil {
      if let error {
        outcome = .interrupted(error.localizedDescription)
      } else if let total, part.byteCount != total {
        outcome =
          part.byteCount < total
          ? .interrupted("the connection ended after \(part.byteCount) of \(total) bytes")
          : .restart
      } else if let start, part.byteCount > start {
        // Without a length, only the file itself can tell whether this is all of it.
        outcome = .complete
      } else {
        outcome = .interrupted("the server sent nothing")
      }
    }
    isOver.signal()
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
