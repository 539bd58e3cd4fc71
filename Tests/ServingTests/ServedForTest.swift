import Foundation
import Serving
import Synchronization
import TestSupport
import TransferLearning

/// Networks so small that a photo takes less than a millisecond.
enum SmallNetwork: CaseIterable {
  /// Runs photos one by one.
  case plain
  /// Runs four photos at once, by Winograd's filtering, which one photo is too small for.
  case filtered
  /// Has no layer whose output is an image.
  case flat

  static let labels = ["<b>ants</b>", "bees", "a class, named \"so\""]

  var network: Network {
    get throws {
      switch self {
      case .plain:
        var net = Network(input: [16, 16, 3])
        try net.add("conv", Convolution2D(8, kernel: 3, activation: .relu), to: net.input)
        try net.add("pool", GlobalAveragePooling2D(), to: net.output)
        try net.add("scores", Dense(3, activation: .softmax), to: net.output)
        return net
      case .filtered:
        var net = Network(input: [12, 12, 3])
        for (index, source) in ["conv1", "conv2"].enumerated() {
          try net.add(
            source, Convolution2D(32, kernel: 3, padding: .same, activation: .relu),
            to: index == 0 ? net.input : net.output)
        }
        try net.add("pool", GlobalAveragePooling2D(), to: net.output)
        try net.add("scores", Dense(3, activation: .softmax), to: net.output)
        return net
      case .flat:
        var net = Network(input: [4, 4, 3])
        try net.add("flatten", Flatten(), to: net.input)
        try net.add("scores", Dense(3, activation: .softmax), to: net.output)
        return net
      }
    }
  }

  /// Writes it with random weights, which make photos differ.
  func write(to file: URL, seed: UInt64 = 1) throws {
    let network = try network
    var tensors = network.initialTensors(seed: seed)
    for (name, tensor) in tensors where name.hasSuffix("/kernel") {
      var tensor = tensor
      tensor.values = tensor.values.map { 2 * $0 }
      tensors[name] = tensor
    }
    try writeKerasModel(network, named: "small", tensors, metadata: nil, to: file)
  }
}

/// A server on a free port of this machine, with its model in a folder of its own.
struct ServedForTest: Sendable {
  /// Where it listens.
  let address: PhotoServer.Address
  let server: PhotoServer
  let pool: WorkerPool
  /// The model's file.
  let file: URL
  let classifier: Classifier
  private let reports: Reports

  var port: Int { address.port }

  /// What the server told whoever runs it.
  var reported: [String] { reports.all.withLock(\.self) }

  private final class Reports: Sendable {
    let all = Mutex<[String]>([])
  }

  /// Serves while `body` runs, then stops the server and waits for its end.
  static func run<Value>(
    _ kind: SmallNetwork = .plain, _ limits: ServingLimits = .patient, workers: Int = 2,
    host: String = "127.0.0.1", _ body: (ServedForTest) async throws -> Value
  ) async throws -> Value {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "small.h5")
    try kind.write(to: file)
    var base = Base.Source(file.path)
    base.preprocessing = .unit
    let model = ClassifierSource.model(base, labels: SmallNetwork.labels, resize: .squash)
    let (pool, reports) = (WorkerPool(count: workers), Reports())
    let server = try PhotoServer(ServedSource(model, name: "small"), limits, pool: pool) { said in
      reports.all.withLock { $0.append(said.description) }
    }
    var address = PhotoServer.Address()
    (address.host, address.port) = (host, 0)
    let (addresses, ready) = AsyncStream<PhotoServer.Address>.makeStream()
    let running = Task { [address] in
      defer { ready.finish() }
      try await server.run(at: address) { ready.yield($0) }
    }
    defer { withExtendedLifetime(folder) {} }
    var found = addresses.makeAsyncIterator()
    guard let found = await found.next() else {
      try await running.value
      throw RawConnection.Failure("the server ended before it was ready")
    }
    let served = ServedForTest(
      address: found, server: server, pool: pool, file: file,
      classifier: try model.load().classifier, reports: reports)
    do {
      let value = try await body(served)
      server.stop()
      try await running.value
      return value
    } catch {
      server.stop()
      try? await running.value
      throw error
    }
  }

  /// Sends one request on a connection of its own.
  func ask(_ method: String, _ path: String, _ body: [UInt8] = [], type: String? = nil) async throws
    -> RawConnection.Answer
  {
    try await onConnection(to: port) { connection in
      connection.send(method, path, body, type: type)
      return try connection.receive(hasBody: method != "HEAD")
    }
  }

  /// Sends text as it is on a connection of its own, and gives what comes back first.
  func tell(_ text: String) async throws -> RawConnection.Answer {
    try await onConnection(to: port) { connection in
      connection.send(text)
      return try connection.receive()
    }
  }

  /// What the classifier says of photos in files, as the program's own command asks it.
  func expected(_ photos: [[UInt8]]) throws -> [[Shown]] {
    let folder = try TemporaryFolder()
    let paths = try photos.enumerated().map { try folder.write("\($0).jpg", $1).path }
    return try classifier.predict(paths, pool: WorkerPool(count: 1)).map {
      try $0.get().top(5).map {
        Shown(class: $0.label, index: $0.index, probability: $0.probability)
      }
    }
  }
}

/// A class of an answer.
struct Shown: Codable, Hashable {
  let `class`: String
  let index: Int
  let probability: Float
}

/// An answer about photos.
struct ShownAnswers: Decodable {
  struct Photo: Decodable {
    let path: String
    let top: [Shown]?
    let error: String?
  }

  let predictions: [Photo]
  let error: String?
}

extension RawConnection.Answer {
  func predictions() throws -> [ShownAnswers.Photo] {
    try JSONDecoder().decode(ShownAnswers.self, from: Data(body)).predictions
  }
}

/// Photos that are unlike one another.
func photos(_ count: Int) -> [[UInt8]] {
  (0..<count).map { BlockJPEG(seed: UInt64($0) + 1, columns: 3 + $0 % 4, rows: 4).bytes() }
}

/// A form of files, as browsers and curl send them.
func form(_ files: [(name: String, bytes: [UInt8])], boundary: String = "x-boundary") -> [UInt8] {
  files.flatMap { file in
    Array(
      "--\(boundary)\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"\(file.name)\"\r\nContent-Type: image/jpeg\r\n\r\n"
        .utf8) + file.bytes + Array("\r\n".utf8)
  } + Array("--\(boundary)--\r\n".utf8)
}

/// Lets a test use a connection of its own on a thread of its own: the tasks of the server need those that tests run on.
func onConnection<Value: Sendable>(
  to port: Int, _ body: @escaping @Sendable (RawConnection) throws -> Value
) async throws -> Value {
  try await onOwnThread { _ in try body(RawConnection(port: port)) }
}

extension ServingLimits {
  /// With time for clients whose threads wait for those of other tests.
  static var patient: Self {
    var limits = Self()
    limits.arrival = .seconds(3600)
    limits.idle = .seconds(3600)
    return limits
  }
}
