import CHDF5
import Foundation
import NeuralNetworks
import TensorKernels
import TestSupport
import Testing
import WeightFiles

@Suite("Archives of Keras 3 (.keras)")
struct KerasArchiveTests {
  typealias Object = Keras3File.Object
  typealias Item = ZipWriter.Item

  /// The bytes of an HDF5 file that `make` writes.
  static func bytes(_ make: (URL) -> Void) throws -> [UInt8] {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "inside.h5")
      make(url)
      return try Array(Data(contentsOf: url))
    }
  }

  static func weights(_ objects: [Object]) throws -> [UInt8] {
    try bytes { Keras3File.make($0, objects) }
  }

  static let metadata = Item("metadata.json", #"{"keras_version": "3.15.1"}"#.utf8)
  static let sequential = Item(
    "config.json",
    """
    {"class_name": "Sequential", "config": {"name": "s", "layers": [
    {"class_name": "Dense", "config": {"name": "d", "use_bias": true, "max": Infinity, "\\u00e4\\ud83d\\ude00": [1, -2.5e1, null]}}]}}
    """.utf8)
  static let dense = Object(
    "layers/dense", "d", [count([2, 3], from: 1), count([3], from: 9)])

  static func good() throws -> [Item] {
    [metadata, sequential, Item("model.weights.h5", try weights([dense]))]
  }

  @Test("are read, stored or deflated", arguments: [UInt16(0), 8])
  func reads(method: UInt16) throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "x.keras")
      var items = try Self.good()
      for index in items.indices { items[index].method = method }
      items.append(Item("assets/", []))
      try ZipWriter.write(items, to: url)
      let file = try KerasWeightFile(url)
      #expect(file.layout == .keras3Model)
      #expect(file.kerasVersion == "3.15.1")
      let layer = file.architecture?["config"]?["layers"]?[0]
      #expect(layer?["class_name"] == .string("Dense"))
      #expect(layer?["config"]?["use_bias"]?.bool == true)
      #expect(layer?["config"]?["max"]?.double == .infinity)
      #expect(layer?["config"]?["ä😀"] == .list([.int(1), .double(-25), .null]))
      let (tensors, report) = try file.load(Keras3Tests.dense, for: "net")
      #expect(tensors["d/kernel"]?.values == [1, 2, 3, 4, 5, 6])
      #expect(tensors["d/bias"]?.values == [9, 10, 11])
      #expect(report.sha256.count == 64)
    }
  }

  /// Names from the configuration, where the file has none beside the tensors: by class and count.
  @Test(
    "are read without names in the weights",
    arguments: ["layers", "_layer_checkpoint_dependencies"])
  func withoutNames(container: String) throws {
    let config = Item(
      "config.json",
      """
      {"class_name": "Functional", "config": {"name": "m", "layers": [
        {"class_name": "InputLayer", "name": "i", "config": {"name": "i"}},
        {"class_name": "Functional", "name": "base", "config": {"name": "base", "layers": [
          {"class_name": "Conv2D", "name": "first", "config": {"name": "first", "use_bias": false}},
          {"class_name": "BatchNormalization", "name": "n", "config": {"name": "n", "scale": false, "center": true}},
          {"class_name": "Conv2D", "name": "second", "config": {"name": "second", "use_bias": false}}]}},
        {"class_name": "Dense", "name": "d", "config": {"name": "d"}}]}}
      """.utf8)
    // The last versions of Keras 2 counted each layer twice.
    let second = container == "layers" ? "conv2d_1" : "conv2d_2"
    let inner = "\(container)/functional/\(container)"
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "x.keras")
      let weights = try Self.weights([
        Object("\(container)/functional", nil),
        Object("\(inner)/conv2d", nil, [count([1, 1, 2, 2], from: 1)]),
        Object("\(inner)/\(second)", nil, [count([1, 1, 2, 2], from: 2)]),
        Object("\(inner)/batch_normalization", nil, (3..<6).map { count([3], from: Float($0)) }),
        Object("\(container)/dense", nil, [count([2, 3], from: 7), count([3], from: 8)]),
      ])
      try ZipWriter.write([Self.metadata, config, Item("model.weights.h5", weights)], to: url)
      let file = try KerasWeightFile(url)
      #expect(
        file.entries.map(\.qualifiedName).sorted() == [
          "base/first/kernel", "base/n/beta", "base/n/moving_mean", "base/n/moving_variance",
          "base/second/kernel", "d/bias", "d/kernel",
        ])
      let parameters =
        ["first", "second"].map { Parameter(node: $0, role: .kernel, shape: [1, 1, 2, 2]) }
        + Keras3Tests.norm("n", [.beta, .movingMean, .movingVariance])
      let (tensors, report) = try file.load(parameters, for: "net")
      #expect(tensors["first/kernel"]?.values[0] == 1)
      #expect(tensors["second/kernel"]?.values[0] == 2)
      #expect(tensors["n/beta"]?.values[0] == 3)
      #expect(report.inferred.isEmpty)
      #expect(report.innerModel == "base")
    }
  }

  struct Case: CustomTestStringConvertible {
    let testDescription: String
    let message: String
    let items: @Sendable () throws -> [Item]

    init(_ description: String, _ message: String, _ items: @escaping @Sendable () throws -> [Item])
    {
      testDescription = description
      self.message = message
      self.items = items
    }

    /// A good archive, changed.
    static func changed(
      _ description: String, _ message: String,
      _ change: @escaping @Sendable (inout [Item]) throws -> Void
    ) -> Case {
      Case(description, message) {
        var items = try good()
        try change(&items)
        return items
      }
    }

    /// Another HDF5 file inside.
    static func inside(
      _ description: String, _ message: String, _ make: @escaping @Sendable (URL) -> Void
    ) -> Case {
      changed(description, "holds a 'model.weights.h5' that \(message)") {
        $0[2] = Item("model.weights.h5", try bytes(make))
      }
    }
  }

  static let bad: [Case] = [
    Case("no model", "is a zip archive, but neither a .keras file, as it has no 'config.json'") {
      [Item("photo.jpg", [1, 2, 3])]
    },
    .changed("no weights", "has no 'model.weights.h5'; in Keras, save") { $0.removeLast() },
    .changed("NumPy's weights", "has no 'model.weights.h5' but 'model.weights.npz'") {
      $0[2].name = "model.weights.npz"
    },
    .changed("one name twice", "holds 'config.json' twice, which is refused") {
      $0.append(sequential)
    },
    .changed("a path upwards", "holds the name 'assets/../../x', which leads out of the archive") {
      $0.append(Item("assets/../../x", [1]))
    },
    .changed(
      "a path upwards, to a name that begins with a mark",
      "holds the name 'assets/../../\u{301}x', which leads out of the archive"
    ) {
      $0.append(Item("assets/../../\u{301}x", [1]))
    },
    .changed("an absolute path", "holds the name '/etc/passwd', which leads out") {
      $0.append(Item("/etc/passwd", [1]))
    },
    .changed("encryption", "holds 'model.weights.h5' encrypted, which is not read") {
      $0[2].flags = 1
    },
    .changed("another compression", "compresses 'config.json' by method 12; only deflate is read") {
      $0[1].method = 12
    },
    .changed("a bomb", "declares 4000000000 bytes for 'config.json' but stores ") {
      $0[1].method = 8
      $0[1].declared = 4_000_000_000
    },
    .changed("a bomb among the assets", "declares 4000000000 bytes for 'assets/x' but stores 8,") {
      var item = Item("assets/x", [1, 2, 3])
      item.method = 8
      item.declared = 4_000_000_000
      $0.append(item)
    },
    .changed("a mild bomb", "declares 40000000 bytes for 'assets/x' but stores 2000005, which is") {
      var item = Item("assets/x", [UInt8](repeating: 7, count: 2_000_000 - 150))
      item.method = 8
      item.declared = 40_000_000
      $0.append(item)
    },
    .changed(
      "weights that no network needs",
      "declares 80000000 bytes for 'model.weights.h5', but the network in 'config.json' has 9 weights, which"
    ) {
      $0[1] = Item(
        "config.json",
        """
        {"class_name": "Sequential", "module": "keras", "config": {"name": "s", "layers": [
        {"class_name": "InputLayer", "config": {"name": "i", "batch_shape": [null, 2]}},
        {"class_name": "Dense", "config": {"name": "d", "units": 3, "activation": "linear", "use_bias": true}}]}}
        """.utf8)
      $0[2] = Item("model.weights.h5", [UInt8](repeating: 7, count: 6_000_000))
      $0[2].method = 8
      $0[2].declared = 80_000_000
    },
    .changed("fewer bytes than declared", "ends after ") {
      $0[2].method = 8
      $0[2].declared = $0[2].bytes.count + 1000
    },
    .changed("a wrong checksum", "is damaged in 'model.weights.h5': CRC error") {
      $0[2].checksum = 17
    },
    .changed(
      "a configuration that is no JSON", "has bad JSON in 'config.json': with no value at byte 0"
    ) {
      $0[1] = Item("config.json", "import os".utf8)
    },
    .changed(
      "a configuration that is no object", "has bad JSON in 'config.json': that is no object"
    ) {
      $0[1] = Item("config.json", "[1, 2]".utf8)
    },
    .changed("a key twice", "has bad JSON in 'config.json': with the key 'a' twice at byte 14") {
      $0[1] = Item("config.json", #"{"a": 1, "a":2}"#.utf8)
    },
    .changed("bottomless nesting", "has bad JSON in 'config.json': with nesting deeper than 200") {
      $0[1] = Item("config.json", String(repeating: "[", count: 1_000_000).utf8)
    },
    .changed("text that is not UTF-8", "holds a 'config.json' that is not UTF-8") {
      $0[1] = Item("config.json", [0x22, 0xff, 0xfe, 0x22])
    },
    .changed("something else in place of HDF5", "holds a 'model.weights.h5' that is not HDF5") {
      $0[2] = Item("model.weights.h5", [UInt8](repeating: 7, count: 4000))
    },
    .inside("no file of Keras", "is an HDF5 file without groups named 'vars'") { url in
      HostileFile.make(url) { $0.group("/other") }
    },
    .inside("a link to another file", "has the link '/layers/x' to another file, which is refused")
    { url in
      Keras3File.make(url, [dense]) {
        H5Lcreate_external("/etc/passwd", "/", $0.id, "/layers/x", 0, 0)
      }
    },
    .inside("a group inside itself", "has the group '/layers/dense/loop' inside itself") { url in
      Keras3File.make(url, [dense]) {
        H5Lcreate_hard($0.id, "/layers", $0.id, "/layers/dense/loop", 0, 0)
      }
    },
    .inside(
      "a group inside itself by a soft link", "has the group '/layers/dense/loop' inside itself"
    ) {
      url in
      Keras3File.make(url, [dense]) {
        H5Lcreate_soft("/layers", $0.id, "/layers/dense/loop", 0, 0)
      }
    },
    .inside(
      "a group at more places than one", "has the group '/layers/dense_1' at another place too"
    ) {
      url in
      Keras3File.make(url, [dense]) {
        H5Lcreate_hard($0.id, "/layers/dense", $0.id, "/layers/dense_1", 0, 0)
      }
    },
    .inside("external storage", "keeps '/layers/dense_1/vars/0' in another file") { url in
      Keras3File.make(url, [dense, Object("layers/dense_1", "e")]) {
        $0.dataset("/layers/dense_1/vars/0", [2, 3]) { H5Pset_external($0, "/etc/passwd", 0, 24) }
      }
    },
    .inside("a size that is not there", "declares 4000000000000 bytes for") { url in
      Keras3File.make(url, [dense, Object("layers/dense_1", "e")]) {
        $0.dataset("/layers/dense_1/vars/0", [1_000_000, 1_000_000])
      }
    },
  ]

  @Test("are refused in one sentence where they are odd", arguments: bad)
  func refuses(_ case: Case) throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "x.keras")
      try ZipWriter.write(try `case`.items(), to: url)
      let error = failure { try KerasWeightFile(url) }
      #expect(error?.kind == .bad)
      let message = error?.message ?? "no error"
      #expect(message.hasPrefix("'x.keras' \(`case`.message)"), "\(message)")
      #expect(!message.contains("\n"))
    }
  }

  @Test("are never believed when they are cut short, wherever")
  func cutShort() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "x.keras")
      try ZipWriter.write(try Self.good(), to: url)
      let whole = try Data(contentsOf: url)
      for length in stride(from: 0, to: whole.count, by: 101) {
        try whole.prefix(length).write(to: url)
        let error = failure { try KerasWeightFile(url) }
        #expect(error?.kind == .bad, "\(length) of \(whole.count) bytes")
      }
    }
  }

  /// The checksum is made right again, so that the change reaches the HDF5 file in memory.
  @Test("never bring the process down when bytes inside are changed at random")
  func changedBytes() throws {
    var items = try Self.good()
    let whole = items[2].bytes
    var random = SplitMix(state: 5)
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "x.keras")
      for _ in 0..<300 {
        items[2].bytes = whole
        for _ in 0...random.next() % 4 {
          let position = Int(random.next() % UInt64(whole.count))
          items[2].bytes[position] = UInt8(truncatingIfNeeded: random.next())
        }
        try ZipWriter.write(items, to: url)
        // Many changes go unnoticed: padding, values. What matters is that each ends in an answer.
        _ = failure { try KerasWeightFile(url).load(Keras3Tests.dense, for: "net") }
      }
    }
  }
}
