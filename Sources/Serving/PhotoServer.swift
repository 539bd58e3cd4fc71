import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization
import TransferLearning

/// Answers photos over HTTP, until it is stopped.
///
/// Nothing that is sent is written anywhere, and it is let go of with its answer.
package final class PhotoServer: Sendable {
  /// Where a server listens.
  package struct Address: Hashable, Sendable {
    package var host = "127.0.0.1"
    /// 0 for any that is free.
    package var port = 8080
    /// Whether only programs of this machine reach it: however it is written, so not known before a server listens there.
    package internal(set) var isLocal = false

    package init() {}

    /// The host as it stands in a URL.
    var name: String { host.contains(":") ? "[\(host)]" : host }

    /// As it stands in a URL.
    package var text: String { "\(name):\(port)" }
  }

  private enum State {
    case idle
    case running(ServiceGroup)
    /// Asked to stop, perhaps before it ran.
    case stopping
  }

  private enum Reload { case none, running, again }

  private let service: PhotoService
  private let state = Mutex(State.idle)
  private let reloading = Mutex(Reload.none)

  /// Reads the model.
  /// - Parameters:
  ///   - pool: whose workers decode and compute; nobody else may use them.
  ///   - onDownload: of a model's weights; called on another thread.
  ///   - report: told what whoever runs the server should know; called on any thread.
  /// - Throws: as `ServedSource.load`.
  package init(
    _ source: ServedSource, _ limits: ServingLimits = ServingLimits(), pool: WorkerPool,
    onDownload: @escaping DownloadProgress = { _, _ in },
    report: @escaping @Sendable (Sentence) -> Void
  ) throws {
    service = try PhotoService(
      source, limits, pool: pool, onDownload: onDownload, report: report)
  }

  /// The model that answers requests from now on.
  package var model: ServedModel { service.model }

  /// Listens and answers; returns when it was stopped and all that had been asked is answered.
  /// - Parameter onReady: told the address once requests are taken, with the port that was free.
  /// - Throws: `ServingError` for an address that cannot be listened on; `BackendError`.
  package func run(
    at address: Address, onReady: @escaping @Sendable (Address) -> Void = { _ in }
  ) async throws {
    try await service.warmUp()
    OpenFiles.allow(service.limits.connections)
    // One loop moves bytes faster than all cores compute.
    let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let isReady = Atomic(false)
    let outcome: Result<Void, any Error>
    do {
      try await listen(at: address, on: loops) {
        isReady.store(true, ordering: .relaxed)
        onReady($0)
      }
      outcome = .success(())
    } catch {
      outcome = .failure(error)
    }
    await service.stop()
    try? await loops.shutdownGracefully()
    if case .failure(let error) = outcome {
      throw isReady.load(ordering: .relaxed)
        ? error : ServingError(cannotListenOn: address.text, error)
    }
  }

  private func listen(
    at address: Address, on loops: MultiThreadedEventLoopGroup,
    onReady: @escaping @Sendable (Address) -> Void
  ) async throws {
    let logger = Logger(label: "server") { _ in ServerLog(report: self.service.report) }
    let source = RequestSource(name: address.name)
    let application = Application(
      responder: Routes(service: service, source: source),
      server: .http1(configuration: connection),
      configuration: ApplicationConfiguration(
        address: .hostname(address.host, port: address.port),
        availableConnectionsDelegate: MaximumAvailableConnections(
          service.limits.connections, logger: logger)),
      onServerRunning: { channel in
        var found = address
        if let bound = channel.localAddress {
          found.port = bound.port ?? address.port
          found.isLocal = bound.isLoopback
          source.listens(locally: bound.isLoopback)
        }
        onReady(found)
      },
      eventLoopGroupProvider: .shared(loops), logger: logger)
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(services: [application], logger: logger))
    let mayRun = state.withLock { state in
      guard case .idle = state else { return false }
      state = .running(group)
      return true
    }
    if mayRun { try await group.run() }
  }

  private var connection: HTTP1Channel.Configuration {
    let (limits, metrics) = (service.limits, service.metrics)
    return HTTP1Channel.Configuration(
      additionalChannelHandlers: [ArrivalHandler(limits) { metrics.refused($0.code) }],
      httpDecoderConfiguration: .init(
        maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100))
  }

  /// Takes no more requests, and lets `run` return when those that have begun are answered.
  package func stop() {
    let running = state.withLock { state -> ServiceGroup? in
      defer { state = .stopping }
      if case .running(let group) = state { return group }
      return nil
    }
    if let running { Task { await running.triggerGracefulShutdown() } }
  }

  /// Reads the model again, while the present one answers; when one is being read already, once more after it.
  package func reload() {
    let isFirst = reloading.withLock { state in
      defer { state = state == .none ? .running : .again }
      return state == .none
    }
    guard isFirst else { return }
    Task {
      repeat {
        await service.reload()
      } while reloading.withLock { state in
        defer { state = state == .again ? .running : .none }
        return state == .again
      }
    }
  }
}

/// How many files and connections the system lets the process have open.
private enum OpenFiles {
  /// What the process needs beside connections.
  private static let own = 128

  /// Raises the limit as far as the system allows, so that so many connections can be open.
  static func allow(_ connections: Int) {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    let wanted = rlim_t(connections + own)
    guard limit.rlim_cur < wanted else { return }
    limit.rlim_cur = min(wanted, limit.rlim_max)
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}

/// Passes on what the library for HTTP thinks wrong; what clients do wrong it tells in finer levels.
private struct ServerLog: LogHandler {
  let report: @Sendable (Sentence) -> Void
  var metadata = Logger.Metadata()
  var logLevel = Logger.Level.error

  init(report: @escaping @Sendable (Sentence) -> Void) { self.report = report }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let reason = event.metadata?["error"].map { ": \($0)" } ?? ""
    report(Sentence("\(event.message)\(reason)"))
  }
}
