import Foundation

/// A thread of the system's.
///
/// Foundation's `Thread` says nothing where the system has no thread left to give; whoever waits for it waits for ever.
package enum SystemThread {
  /// Starts a thread that runs `body` and ends.
  /// - Parameters:
  ///   - name: as debuggers and `top` show it, in at most 15 bytes.
  ///   - stackByteCount: of its stack; `nil` for the system's usual one.
  /// - Throws: where the system has no thread left, as under a limit of a container's.
  package static func start(
    _ name: String, stackByteCount: Int? = nil, _ body: @escaping @Sendable () -> Void
  ) throws(ThreadError) {
    let start = Unmanaged.passRetained(Start(name: name, body: body))
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    if let stackByteCount { pthread_attr_setstacksize(&attributes, stackByteCount) }
    var thread = pthread_t()
    let status = pthread_create(
      &thread, &attributes,
      { argument in
        guard let argument else { return nil }
        let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        Thread.current.name = start.name
        start.body()
        return nil
      }, start.toOpaque())
    guard status == 0 else {
      start.release()
      throw ThreadError(name: name, reason: systemMessage(status))
    }
  }

  /// What a new thread needs to know.
  private final class Start: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }
}

/// Why a thread could not be started.
package struct ThreadError: Remediable, Hashable {
  package let sentence: Sentence

  fileprivate init(name: String, reason: String) {
    sentence = Sentence(
      "the system refused a thread ('\(name)'): \(reason); raise the limit of this user's or container's processes "
        + "(ulimit -u, pids.max), or end some")
  }
}
