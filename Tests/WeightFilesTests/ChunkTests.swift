import CHDF5
import Files
import Foundation
import NeuralNetworks
import TestSupport
import Testing
import WeightFiles

@Suite("Tensors in many chunks")
struct ChunkTests {
  private static let rowCount = 200
  private static let values = (0..<rowCount * 3).map { Float($0 + 1) }

  /// Keys of four bytes for the size, four for the filters and eight for each place: along two axes, and within an element.
  private static let (keySize, step) = (32, 40)

  /// Writes a chunk for each row, which takes a tree of two levels.
  private static func make(_ url: URL, isCompressed: Bool = true) {
    HostileFile.makeLayer(url) {
      $0.dataset($1, [rowCount, 3], values: values) {
        H5Pset_chunk($0, 2, [1, 3])
        if isCompressed { H5Pset_deflate($0, 1) }
      }
    }
  }

  private static func load(_ url: URL, rowCount: Int = rowCount) throws -> [Float]? {
    let parameters = [Parameter(node: "a", role: .kernel, shape: [rowCount, 3])]
    return try KerasWeightFile(url).load(parameters, for: "net").0["a/kernel"]?.values
  }

  /// Where the keys begin of the first node of chunks that is so far above the lowest level.
  private static func keys(_ bytes: Data, level: UInt8) throws -> Int {
    let head = Data("TREE".utf8) + [1, level]
    return try #require(bytes.firstRange(of: head)?.lowerBound) + 24
  }

  struct Damage: CustomTestStringConvertible {
    let testDescription: String
    let message: String
    let level: UInt8
    /// From the node's first key on.
    let offset: Int
    let change: UInt8
  }

  /// What libhdf5 does not find, it reads as zeros.
  private static let damages = [
    Damage(
      testDescription: "rows before the first that a node says it has", message: misleading,
      level: 1, offset: 8, change: 7),
    Damage(
      testDescription: "rows between two nodes", message: misleading, level: 1, offset: step + 8,
      change: 5),
    Damage(
      testDescription: "nodes that are not in order", message: misleading, level: 1,
      offset: step + 8, change: 0x80),
    Damage(
      testDescription: "rows behind the last that a node says it has", message: misleading,
      level: 0, offset: 3 * step + 8, change: 0xff),
    Damage(
      testDescription: "a chunk that begins within a row", message: "lacks chunk ", level: 0,
      offset: step + 16, change: 3),
    Damage(
      testDescription: "a chunk that begins within a number", message: "lacks chunk ", level: 0,
      offset: step + 24, change: 4),
  ]
  private static let misleading =
    "is damaged: the tree of a tensor's chunks does not lead to all of them; download or copy"

  @Test("are refused where a damaged key hides some of them", arguments: damages)
  private func hidden(_ damage: Damage) throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "x.h5")
      Self.make(url)
      let whole = try Self.load(url)
      #expect(whole == Self.values)
      var bytes = try Data(contentsOf: url)
      bytes[try Self.keys(bytes, level: damage.level) + damage.offset] ^= damage.change
      try bytes.write(to: url)
      let message = failure { try Self.load(url) }?.message ?? "no error"
      #expect(message.hasPrefix("'x.h5' \(damage.message)"), "\(message)")
    }
  }

  @Test("give their numbers or are refused, whatever byte of their tree is another")
  func flips() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "x.h5")
      Self.make(url)
      let whole = try Data(contentsOf: url)
      var random = CounterRandom(seed: 7)
      var refused = 0
      for level in [UInt8(0), 1] {
        let start = try Self.keys(whole, level: level) - 24
        for _ in 0..<200 {
          var bytes = whole
          let place = start + Int.random(in: 0..<24 + 5 * Self.step, using: &random)
          bytes[place] ^= UInt8.random(in: 1...255, using: &random)
          try bytes.write(to: url)
          guard let values = try? Self.load(url) else {
            refused += 1
            continue
          }
          #expect(values == Self.values, "byte \(place)")
        }
      }
      #expect(refused > 100)
    }
  }

  @Test("are refused where their elements have another size than the tensor's")
  func elements() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "x.h5")
      Self.make(url, isCompressed: false)
      var bytes = try Data(contentsOf: url)
      // Version 3, class, rank; the address of the tree; sides of four bytes, the last the bytes of an element.
      let sides = Data([1, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0])
      let place = try #require(bytes.firstRange(of: sides)).lowerBound
      #expect(Array(bytes[place - 11..<place - 8]) == [3, 2, 3])
      bytes[place + 8] = 2
      try bytes.write(to: url)
      let message = failure { try Self.load(url) }?.message ?? "no error"
      #expect(message.hasPrefix("'x.h5' is damaged: what '/a/a/kernel:0' says of its chunks"))
    }
  }

  @Test("are refused where two of them are in one place of the file")
  func shared() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "x.h5")
      Self.make(url, isCompressed: false)
      var bytes = try Data(contentsOf: url)
      let first = try Self.keys(bytes, level: 0) + Self.keySize
      bytes.replaceSubrange(
        first..<first + 8, with: bytes[first + Self.step..<first + Self.step + 8])
      try bytes.write(to: url)
      let message = failure { try Self.load(url) }?.message ?? "no error"
      #expect(
        message.hasPrefix("'x.h5' is damaged: two chunks of '/a/a/kernel:0' share their bytes"))
    }
  }

  @Test("are refused where another layout, of no numbers, stands in place of their filters")
  func twice() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "x.h5")
      Self.make(url)
      var bytes = try Data(contentsOf: url)
      // Before the filter's name: type, size and flags of the message in 8 bytes, 8 of its own, 8 of the filter.
      let name = try #require(bytes.firstRange(of: Data("deflate".utf8))).lowerBound
      #expect(Array(bytes[name - 24..<name - 22]) == [0x0b, 0])
      bytes[name - 24] = 0x08
      // Version 3, one block; nowhere; of no bytes.
      bytes.replaceSubrange(
        name - 16..<name + 2,
        with: [3, 1] + Array(repeating: 0xff, count: 8) + Array(repeating: 0, count: 8))
      try bytes.write(to: url)
      let message = failure { try Self.load(url) }?.message ?? "no error"
      #expect(
        message.hasPrefix("'x.h5' is damaged: the header of '/a/a/kernel:0' says the same twice"),
        "\(message)")
    }
  }

  /// libhdf5 goes through all of them to tell where one is: 10 000 took 8 seconds of processor time, and ten times as many take a hundred times as long.
  @Test("are read in a time that grows with their number", .timeLimit(.minutes(5)))
  func many() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "x.h5")
      let rowCount = 100_000
      let values = (0..<rowCount * 3).map { Float($0) }
      HostileFile.makeLayer(url) {
        $0.dataset($1, [rowCount, 3], values: values) { H5Pset_chunk($0, 2, [1, 3]) }
      }
      let read = try Self.load(url, rowCount: rowCount)
      #expect(read == values)
    }
  }
}
