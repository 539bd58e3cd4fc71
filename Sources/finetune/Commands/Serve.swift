import ArgumentParser
import Foundation
import Serving
import Synchronization
import TransferLearning

struct Serve: ParsableCommand, Talkative, ComputingWithLibrary {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Answers photos over HTTP: a page for people, JSON for programs.",
    usage: """
      finetune serve RUN [--port N] [--host ADDRESS] [options]
      finetune serve --base NAME|FILE [options]
      """,
    discussion: """
      POST /predict takes the bytes of a photo, or a form with several, and answers as 'predict --json' does; POST \
      /explain gives a PNG of where the network looked; GET / is a page to drop, choose or photograph something on, \
      GET /health says what is served, GET /metrics counts for Prometheus. SIGHUP reads the run again, SIGTERM and \
      Ctrl-C answer what has been asked and end. No photo is written anywhere or kept beyond its answer. There are no \
      passwords and no encryption: put a proxy in front before strangers reach it.
      """)

  @Argument(help: ArgumentHelp("A run, unless --base is given.", valueName: "RUN"))
  var folder: String?

  @Option(help: ArgumentHelp("Where to listen; 0 takes any that is free.", valueName: "N"))
  var port = 8080

  @Option(
    help: ArgumentHelp(
      "The address to listen on: 0.0.0.0 for all of this machine's, so that others reach it.",
      valueName: "ADDRESS"))
  var host = "127.0.0.1"

  @OptionGroup var sureness: AbstainOption

  @Option(help: ArgumentHelp("The most photos that are computed at once.", valueName: "N"))
  var batchSize = ServingLimits().batchSize

  @OptionGroup(title: "What is taken") var limits: LimitOptions
  @OptionGroup(title: "With --base") var model: ModelOptions
  @OptionGroup var machine: MachineOptions
  @OptionGroup var number: PrecisionOptions
  @OptionGroup var told: QuietOptions

  var volume: Output.Volume { told.volume }

  func validate() throws {
    try number.check(on: machine.backend)
    try require(0...65535 ~= port, "--port", port, "0 to 65535")
    try require(!host.isEmpty, "--host", "empty", "an address such as 127.0.0.1 or 0.0.0.0")
    try require(1...4096 ~= batchSize, "--batch-size", batchSize, "1 to 4096")
    try sureness.check(isRun: model.base == nil)
    guard (folder == nil) != (model.base == nil) else {
      throw ValidationError(
        folder == nil ? "no RUN and no --base; name what is to answer" : "RUN or --base, not both")
    }
  }

  func run() throws {
    let control = ServerControl()
    try control.watch()
    let counter = Counter("download")
    let server = try PhotoServer(
      source, limits.limits(batchSize: batchSize), pool: machine.pool,
      onDownload: { counter.showBytes($0, of: $1) },
      report: { Output.alert("'\(name.printable)' \($0.withOptions)") })
    for note in server.model.classifier.notes { Output.warn(note) }
    if let limit = server.model.limit { Output.warn(limit.description) }
    control.control(server)
    var address = PhotoServer.Address()
    address.host = host
    address.port = port
    try waiting { [address, control] in
      try await server.run(at: address) { found in
        control.isReady()
        Output.alert("serving \(server.model.summary) at http://\(found.text)/")
        if !found.isLocal {
          Output.warn(
            "whoever reaches \(found.text) can send photos: there is no password and no encryption")
        }
      }
    }
    Output.note("stopped; all that was asked is answered")
  }

  /// What it is called for people.
  private var name: String {
    URL(filePath: folder ?? model.base ?? "").standardizedFileURL.lastPathComponent
  }

  private var source: ServedSource {
    get throws {
      var source = ServedSource(try model.source(run: folder ?? ""), name: name)
      source.backend = machine.backend
      source.precision = number.precision
      source.wantedPrecision = sureness.abstain
      return source
    }
  }
}

/// What a server takes.
struct LimitOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The most bytes of a request.", valueName: "N"))
  var maxBytes = ServingLimits().bodyBytes

  @Option(help: ArgumentHelp("Larger photos are not read.", valueName: "N"))
  var maxPixels = ServingLimits().pixels

  @Option(
    help: ArgumentHelp(
      "The most photos that wait or are answered; requests beyond get 503.", valueName: "N"))
  var maxQueue = ServingLimits().waitingPhotos

  @Option(
    help: ArgumentHelp("The most connections; others wait until one is closed.", valueName: "N"))
  var maxConnections = ServingLimits().connections

  @Option(
    help: ArgumentHelp(
      "In which a request has to arrive and some of an answer has to be taken, and after which a silent connection is closed: 30s, 2m (default: 60s).",
      valueName: "TIME"))
  var timeout: TimeSpan?

  func validate() throws {
    try require(1...(1 << 30) ~= maxBytes, "--max-bytes", maxBytes, "1 to 1073741824")
    try require(maxPixels > 0, "--max-pixels", maxPixels, "at least 1")
    try require(1...1_000_000 ~= maxQueue, "--max-queue", maxQueue, "1 to 1000000")
    try require(
      1...100_000 ~= maxConnections, "--max-connections", maxConnections, "1 to 100000")
  }

  func limits(batchSize: Int) -> ServingLimits {
    var limits = ServingLimits()
    limits.batchSize = batchSize
    limits.bodyBytes = maxBytes
    limits.heldBytes = max(limits.heldBytes, 8 * maxBytes)
    limits.pixels = maxPixels
    limits.waitingPhotos = maxQueue
    limits.connections = maxConnections
    if let timeout {
      limits.arrival = .seconds(timeout.seconds)
      limits.idle = limits.arrival
    }
    return limits
  }
}

/// What signals do to a server.
private final class ServerControl: Sendable {
  private enum Stage {
    /// Nobody has been promised anything.
    case preparing
    case ready(PhotoServer)
    case stopping
  }

  private let server = Mutex<PhotoServer?>(nil)
  private let stage = Mutex(Stage.preparing)

  /// - Throws: `ThreadError`.
  func watch() throws {
    try Signals.watch([SIGINT, SIGTERM, SIGHUP]) { [self] number in
      if number == SIGHUP { reload() } else { stop() }
    }
  }

  func control(_ server: PhotoServer) { self.server.withLock { $0 = server } }

  /// From now on clients may be waiting.
  func isReady() {
    guard let server = server.withLock(\.self) else { return }
    stage.withLock { if case .preparing = $0 { $0 = .ready(server) } }
  }

  private func reload() {
    // Before it is ready it is being read anyway.
    if case .ready(let server) = stage.withLock(\.self) { server.reload() }
  }

  private func stop() {
    stage.withLock { stage in
      switch stage {
      case .preparing:
        Output.alert("finetune: interrupted; nothing was served")
        _exit(ExitStatus.interrupted.rawValue)
      case .ready(let server):
        stage = .stopping
        Output.note("stopping when all that was asked is answered; once more ends at once")
        server.stop()
      case .stopping:
        Output.alert("finetune: interrupted; requests were left unanswered")
        _exit(ExitStatus.interrupted.rawValue)
      }
    }
  }
}
