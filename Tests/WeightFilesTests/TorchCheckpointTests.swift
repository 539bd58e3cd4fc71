import Files
import Foundation
import NeuralNetworks
import TensorKernels
import TestSupport
import Testing
import WeightFiles

@Suite("Files of torch.save")
struct TorchCheckpointTests {
  /// The network of `TorchFixtures`.
  private static func network() throws -> Network {
    var net = Network(input: [2, 2, 3])
    var x = try net.add("0", Convolution2D(2, kernel: 2, bias: false), to: net.input)
    x = try net.add("1", BatchNormalization(epsilon: 1e-5), to: x)
    x = try net.add("2", Flatten(), to: x)
    _ = try net.add("3", Dense(2), to: x)
    return net
  }

  private static func open<Result>(_ bytes: [UInt8], _ body: (KerasWeightFile) throws -> Result)
    throws -> Result
  {
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    let url = folder.url.appending(path: "x.pth")
    try Data(bytes).write(to: url)
    return try body(try KerasWeightFile(url))
  }

  private static func bytes(_ base64: String) throws -> [UInt8] {
    Array(try #require(Data(base64Encoded: base64, options: .ignoreUnknownCharacters)))
  }

  @Test(
    "are read, zipped and legacy, alone and beside an optimizer, in any order of memory and as halves",
    arguments: [
      ("zipped", TorchFixtures.zipped, KerasWeightFile.Layout.torchCheckpoint),
      ("legacy", TorchFixtures.legacy, .torchLegacyCheckpoint),
      ("wrapped", TorchFixtures.wrapped, .torchCheckpoint),
      ("channels last", TorchFixtures.channelsLast, .torchCheckpoint),
      ("halves", TorchFixtures.halves, .torchLegacyCheckpoint),
    ])
  func good(_ name: String, base64: String, layout: KerasWeightFile.Layout) throws {
    try Self.open(try Self.bytes(base64)) { file in
      #expect(file.layout == layout)
      let network = try Self.network()
      let (tensors, report) = try file.load(
        network.parameters, for: "tiny", flattening: network.flattenedMaps)
      // The count of batches is no weight.
      #expect(report.unused == ["1/num_batches_tracked"])
      #expect(report.missing.isEmpty)
      #expect(report.converted.count == (name == "halves" ? 7 : 0))
      let kernel = try #require(tensors["0/kernel"])
      #expect(kernel.shape == [2, 2, 3, 2])
      for (y, x, input, output) in [(0, 0, 0, 0), (1, 0, 2, 1), (0, 1, 1, 0)] {
        #expect(
          kernel.values[((y * 2 + x) * 3 + input) * 2 + output]
            == Float(((output * 3 + input) * 2 + y) * 2 + x))
      }
      #expect(tensors["1/gamma"]?.values == [24, 25])
      #expect(tensors["1/moving_variance"]?.values == [30, 31])
      #expect(tensors["3/kernel"]?.values == [32, 34, 33, 35])
      #expect(tensors["3/bias"]?.values == [36, 37])
    }
  }

  struct Hostile: CustomTestStringConvertible {
    let testDescription: String
    let message: String
    let bytes: @Sendable () throws -> [UInt8]

    init(
      _ description: String, _ message: String, _ bytes: @escaping @Sendable () throws -> [UInt8]
    ) {
      testDescription = description
      self.message = message
      self.bytes = bytes
    }

    /// One tensor of a storage `0` of six numbers, in a legacy file.
    static func tensor(
      _ description: String, _ message: String, count: Int = 6, stated: Int = 6,
      _ make: @escaping @Sendable (inout PickleWriter) -> Void
    ) -> Hostile {
      Hostile(description, message) {
        LegacyCheckpoint.bytes(
          PickleWriter.oneTensor(make),
          [("0", stated, [Float](repeating: 1, count: count))])
      }
    }

    /// A call of a function of Python's with one text.
    static func call(_ module: String, _ name: String) -> Hostile {
      .tensor(
        "\(module).\(name)", "asks for '\(module).\(name)', which is no tensor, and is refused"
      ) {
        $0.global(module, name)
        $0.tuple { $0.string("touch /tmp/pickle-was-run") }
        $0.code("R")
      }
    }
  }

  static let hostile: [Hostile] = [
    .call("os", "system"), .call("posix", "system"), .call("__builtin__", "eval"),
    .call("builtins", "getattr"), .call("builtins", "exec"), .call("torch", "load"),
    .call("torch._utils", "_rebuild_tensor"), .call("collections", "defaultdict"),
    .call("subprocess", "Popen"),
    .tensor("a name from the stack", "asks for 'os.system'") {
      $0.string("os")
      $0.string("system")
      $0.raw([0x93])
    },
    .tensor("an object made anew", "has the step 129 in its pickle") {
      $0.global("collections", "OrderedDict")
      $0.code(")")
      $0.raw([0x81])
    },
    .tensor("a call of what is no name", "does not hold together") {
      $0.string("os.system")
      $0.code(")R")
    },
    .tensor("a storage that is called", "does not hold together") {
      $0.global("torch", "FloatStorage")
      $0.code(")R")
    },
    .tensor("a million tuples, one in the other", "is nested more than 200 deep") {
      $0.code(")")
      $0.raw([UInt8](repeating: 0x85, count: 1_000_000))
    },
    .tensor("a million marks", "is nested more than 200 deep") {
      $0.code(String(repeating: "(", count: 1_000_000))
    },
    .tensor("five million steps", "more than 4000000 steps") {
      $0.code(String(repeating: "N0", count: 2_500_000))
    },
    .tensor("10⁹ numbers of six", "has a tensor [1000000000] from number 0 on of a storage of 6") {
      $0.tensor("0", of: 6, [1_000_000_000], strides: [1])
    },
    .tensor("10⁹ times the same number", "has a tensor [1000000000] from number 0 on") {
      $0.tensor("0", of: 6, [1_000_000_000], strides: [0])
    },
    .tensor("extents whose product overflows", "has a tensor [4611686018427387904, 8]") {
      $0.tensor("0", of: 6, [1 << 62, 8], strides: [8, 1])
    },
    .tensor("an impossible extent before a 0", "has a tensor [4611686018427387904, 4, 0] from") {
      $0.tensor("0", of: 6, [1 << 62, 4, 0], strides: [1, 1, 1])
    },
    .tensor("an impossible extent behind a 0", "has a tensor [0, 4611686018427387904, 4] from") {
      $0.tensor("0", of: 6, [0, 1 << 62, 4], strides: [1, 1, 1])
    },
    .tensor("several impossible extents behind a 0", "has a tensor [0, 4611686018427387904, 46") {
      $0.tensor("0", of: 6, [0, 1 << 62, 1 << 62, 1 << 62], strides: [1, 1, 1, 1])
    },
    .tensor("nothing from behind the storage on", "has a tensor [0] from number 7 on") {
      $0.tensor("0", of: 6, from: 7, [0], strides: [1])
    },
    .tensor("numbers before the storage", "has a tensor [2] from number -1 on") {
      $0.tensor("0", of: 6, from: -1, [2], strides: [1])
    },
    .tensor("strides backwards", "has a tensor [3] from number 5 on") {
      $0.tensor("0", of: 6, from: 5, [3], strides: [-1])
    },
    .tensor("rows that overlap", "has a tensor [2, 3] from number 0 on") {
      $0.tensor("0", of: 6, [2, 3], strides: [1, 1])
    },
    .tensor("a storage of 10¹⁸ numbers", "has 6 numbers in the storage '0'") {
      $0.tensor("0", of: 1_000_000_000_000_000, [6], strides: [1])
    },
    .tensor("an impossible storage", "declares an impossible size for the storage '0'") {
      $0.tensor("0", of: .max, [6], strides: [1])
    },
    .tensor("a storage of two sizes", "calls its storage '0' 6 numbers of float32 and 5 of float32")
    {
      $0.tensor("0", of: 6, [6], strides: [1])
      $0.code("0")
      $0.tensor("0", of: 5, [5], strides: [1])
    },
    .tensor("a storage of two types", "calls its storage '0'") {
      $0.tensor("0", of: 6, [6], strides: [1])
      $0.code("0")
      $0.tensor("0", of: 6, type: "HalfStorage", [6], strides: [1])
    },
    .tensor("tensors that overlap", "has tensors that overlap: 'a.weight' and 'b.weight'") {
      $0.tensor("0", of: 6, [4], strides: [1])
      $0.code("s")
      $0.string("b.weight")
      $0.tensor("0", of: 6, from: 2, [4], strides: [1])
    },
    .tensor("a storage that ends early", "is cut short", count: 5) {
      $0.tensor("0", of: 6, [6], strides: [1])
    },
    .tensor("a storage that is longer", "has 4 bytes behind its last storage", count: 7) {
      $0.tensor("0", of: 6, [6], strides: [1])
    },
    .tensor(
      "a storage that states another count", "has 7 numbers in the storage '0', expected 6",
      stated: 7
    ) {
      $0.tensor("0", of: 6, [6], strides: [1])
    },
    .tensor("a text of a gigabyte", "has a text of 1073741824 bytes in its pickle") {
      $0.raw([UInt8(ascii: "X"), 0, 0, 0, 0x40])
    },
    .tensor("what was never remembered", "does not hold together") {
      $0.raw([UInt8(ascii: "h"), 9])
    },
    .tensor("no tensor at all", "holds no tensors by their names") { $0.int(1) },
    Hostile("another pickle", "is a pickle of Python, but not of PyTorch") {
      PickleWriter.make { $0.int(1) }
    },
    Hostile("a whole module", "asks for 'torch.nn.modules.container.Sequential'") {
      try bytes(TorchFixtures.wholeModule)
    },
    Hostile("two sets of weights", "holds the weights 'model' and 'model_ema'") {
      try bytes(TorchFixtures.twoSets)
    },
  ]

  @Test("what is odd or hostile is refused in one line, and nothing is run", arguments: hostile)
  func refused(_ file: Hostile) throws {
    let bytes = try file.bytes()
    let start = ContinuousClock.now
    let error = #expect(throws: WeightFileError.self) { try Self.open(bytes) { _ in } }
    #expect(error?.kind == .bad)
    #expect(error?.description.hasPrefix("'x.pth' ") == true)
    #expect(error?.description.contains(file.message) == true, "\(error as Any)")
    #expect(error?.description.contains("\n") == false)
    #expect(!FileManager.default.fileExists(atPath: "/tmp/pickle-was-run"))
    #expect(ContinuousClock.now - start < .seconds(20))
  }

  @Test(
    "an archive whose storages are others than its pickle says is refused",
    arguments: [
      ("archive/data/0", [1, 2, 3, 4] as [UInt8], "has 4 bytes for the storage '0', expected 24"),
      ("archive/data/1", [UInt8](repeating: 0, count: 24), "has no bytes for the storage '0'"),
      ("archive/byteorder", Array("big".utf8), "big-endian"),
      ("archive/code/__torch__.py", [], "is a program of TorchScript"),
    ])
  func archives(_ name: String, _ content: [UInt8], _ message: String) throws {
    let pickle = PickleWriter.oneTensor { $0.tensor("0", of: 6, [6], strides: [1]) }
    var items = [ZipWriter.Item("archive/data.pkl", pickle), ZipWriter.Item(name, content)]
    if !name.contains("/data/") {
      items.append(ZipWriter.Item("archive/data/0", [UInt8](repeating: 0, count: 24)))
    }
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    let url = folder.url.appending(path: "x.pth")
    try ZipWriter.write(items, to: url)
    let error = #expect(throws: WeightFileError.self) { try KerasWeightFile(url) }
    #expect(error?.description.contains(message) == true, "\(error as Any)")
  }

  /// Bytes changed, cut, doubled and put elsewhere: what comes of it is read or refused, and takes no time.
  @Test(
    "a file with changed bytes is read or refused",
    arguments: [
      ("zipped", TorchFixtures.zipped), ("legacy", TorchFixtures.legacy),
      ("wrapped", TorchFixtures.wrapped), ("halves", TorchFixtures.halves),
    ])
  func mutations(_ name: String, base64: String) throws {
    let good = try Self.bytes(base64)
    let network = try Self.network()
    var numbers = CounterRandom(seed: UInt64(name.utf8.reduce(7) { $0 &* 31 &+ Int($1) }))
    let start = ContinuousClock.now
    for _ in 0..<600 {
      var bytes = good
      for _ in 0...Int.random(in: 0..<4, using: &numbers) {
        let place = Int.random(in: 0..<bytes.count, using: &numbers)
        let length = min(bytes.count - place, Int.random(in: 1..<40, using: &numbers))
        switch Int.random(in: 0..<6, using: &numbers) {
        case 0, 1: bytes[place] = UInt8.random(in: 0...255, using: &numbers)
        case 2: bytes[place] = bytes[place] &+ 1
        case 3: bytes.insert(contentsOf: bytes[place..<place + length], at: place)
        case 4 where bytes.count > 200: bytes.removeSubrange(place..<place + length)
        default:
          let other = Int.random(in: 0..<bytes.count, using: &numbers)
          bytes.swapAt(place, other)
        }
      }
      do {
        try Self.open(bytes) { file in
          _ = try file.load(
            network.parameters, for: "tiny", flattening: network.flattenedMaps)
        }
      } catch let error as WeightFileError {
        #expect(error.kind == .bad && !error.description.contains("\n"))
      }
    }
    #expect(ContinuousClock.now - start < .seconds(120))
  }
}
