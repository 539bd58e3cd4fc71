/// A pickle of protocol 2, put together step by step, to be as odd as a test wants it.
struct PickleWriter {
  private(set) var bytes: [UInt8] = [0x80, 2]

  static func make(_ body: (inout PickleWriter) -> Void) -> [UInt8] {
    var writer = PickleWriter()
    body(&writer)
    writer.code(".")
    return writer.bytes
  }

  mutating func code(_ text: String) { bytes += Array(text.utf8) }
  mutating func raw(_ more: [UInt8]) { bytes += more }

  mutating func string(_ text: String) {
    bytes += [UInt8(ascii: "X")] + little(text.utf8.count, 4) + Array(text.utf8)
  }

  mutating func int(_ value: Int) {
    guard let small = Int32(exactly: value) else {
      bytes += [0x8a, 8] + little(value, 8)
      return
    }
    bytes += [UInt8(ascii: "J")] + little(Int(small), 4)
  }

  mutating func tuple(_ body: (inout PickleWriter) -> Void) {
    code("(")
    body(&self)
    code("t")
  }

  mutating func ints(_ values: [Int]) { tuple { for value in values { $0.int(value) } } }
  mutating func global(_ module: String, _ name: String) { code("c\(module)\n\(name)\n") }

  /// A storage that the file has elsewhere.
  mutating func storage(_ key: String, _ count: Int, type: String = "FloatStorage") {
    tuple {
      $0.string("storage")
      $0.global("torch", type)
      $0.string(key)
      $0.string("cpu")
      $0.int(count)
      $0.code("N")
    }
    code("Q")
  }

  mutating func tensor(
    _ key: String, of count: Int, type: String = "FloatStorage", from offset: Int = 0,
    _ extents: [Int], strides: [Int]
  ) {
    global("torch._utils", "_rebuild_tensor_v2")
    tuple {
      $0.storage(key, count, type: type)
      $0.int(offset)
      $0.ints(extents)
      $0.ints(strides)
      $0.raw([0x89])
      $0.code("N")
    }
    code("R")
  }

  /// A dictionary of one tensor under the name `a.weight`.
  static func oneTensor(_ body: (inout PickleWriter) -> Void) -> [UInt8] {
    make {
      $0.code("}")
      $0.string("a.weight")
      body(&$0)
      $0.code("s")
    }
  }

  private func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}

/// A file as `torch.save` wrote them up to PyTorch 1.5.
enum LegacyCheckpoint {
  /// - Parameters:
  ///   - root: the pickle of what is saved.
  ///   - storages: their keys, the counts that they state, and their numbers.
  static func bytes(_ root: [UInt8], _ storages: [(key: String, count: Int, values: [Float])])
    -> [UInt8]
  {
    let magic: [UInt8] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]
    var file = PickleWriter.make { $0.raw([0x8a, 10] + magic) }
    file += PickleWriter.make { $0.int(1001) }
    file += PickleWriter.make {
      $0.code("}")
      $0.string("little_endian")
      $0.raw([0x88])
      $0.code("s")
    }
    file += root
    file += PickleWriter.make {
      $0.code("](")
      for storage in storages { $0.string(storage.key) }
      $0.code("e")
    }
    for storage in storages {
      file += (0..<8).map { UInt8(truncatingIfNeeded: storage.count >> (8 * $0)) }
      for value in storage.values {
        file += (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) }
      }
    }
    return file
  }
}
