import CHDF5
import Foundation

/// A file in Keras 3's layout, tensor by tensor.
struct Keras3File {
  /// One object: its path, the name that Keras puts beside it, and its tensors.
  struct Object {
    let path: String
    let name: String?
    let tensors: [(shape: [Int], values: [Float])]

    init(_ path: String, _ name: String?, _ tensors: [(shape: [Int], values: [Float])] = []) {
      self.path = path
      self.name = name
      self.tensors = tensors
    }
  }

  static func make(_ url: URL, _ objects: [Object], also body: (HostileFile) -> Void = { _ in }) {
    HostileFile.make(url) { file in
      var groups: Set<String> = []
      for object in objects {
        var path = ""
        for part in object.path.split(separator: "/").map(String.init) + ["vars"] {
          path += "/" + part
          if groups.insert(path).inserted { file.group(path) }
        }
        if let name = object.name { file.strings("name", [name], of: path, as: .variable) }
        for (index, tensor) in object.tensors.enumerated() {
          file.dataset("\(path)/\(index)", tensor.shape, values: tensor.values)
        }
      }
      body(file)
    }
  }
}

/// Numbers from `start` on, to tell tensors apart.
func count(_ shape: [Int], from start: Float) -> (shape: [Int], values: [Float]) {
  (shape, (0..<shape.reduce(1, *)).map { start + Float($0) })
}

/// A zip archive, byte by byte (APPNOTE 6.3.9, sections 4.3.7, 4.3.12 and 4.3.16), so that it may
/// say what is not so.
struct ZipWriter {
  struct Item {
    var name: String
    var bytes: [UInt8]
    /// 0 stores, 8 is deflate.
    var method: UInt16 = 0
    /// Bit 0: encrypted.
    var flags: UInt16 = 0
    /// What it says it has, in place of the truth.
    var declared: Int?
    var checksum: UInt32?

    init(_ name: String, _ bytes: some Sequence<UInt8>) {
      self.name = name
      self.bytes = Array(bytes)
    }
  }

  static func write(_ items: [Item], to url: URL) throws {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for item in items {
      let data = item.method == 8 ? deflated(item.bytes) : item.bytes
      let offset = file.count
      let common =
        little(20, 2) + little(Int(item.flags), 2) + little(Int(item.method), 2) + little(0, 2)
        + little(33, 2) + little(Int(item.checksum ?? checksum(item.bytes)), 4)
        + little(data.count, 4) + little(item.declared ?? item.bytes.count, 4)
        + little(item.name.utf8.count, 2) + little(0, 2)
      file += little(0x0403_4b50, 4) + common + Array(item.name.utf8) + data
      directory += little(0x0201_4b50, 4) + little(20, 2) + common + little(0, 10)
      directory += little(offset, 4) + Array(item.name.utf8)
    }
    let end =
      little(0x0605_4b50, 4) + little(0, 4) + little(items.count, 2) + little(items.count, 2)
      + little(directory.count, 4) + little(file.count, 4) + little(0, 2)
    try Data(file + directory + end).write(to: url)
  }

  private static func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { $0 < 8 ? UInt8(truncatingIfNeeded: value >> (8 * $0)) : 0 }
  }

  /// Deflate's stored blocks (RFC 1951, 3.2.4).
  private static func deflated(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var rest = bytes[...]
    repeat {
      let block = rest.prefix(0xffff)
      rest = rest.dropFirst(block.count)
      result += [rest.isEmpty ? 1 : 0] + little(block.count, 2) + little(~block.count, 2) + block
    } while !rest.isEmpty
    return result
  }

  /// CRC-32 (RFC 1952, 8).
  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    var register: UInt32 = 0xffff_ffff
    for byte in bytes {
      register ^= UInt32(byte)
      for _ in 0..<8 { register = register >> 1 ^ (register & 1) * 0xedb8_8320 }
    }
    return ~register
  }
}
