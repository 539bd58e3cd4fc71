import CHDF5
import Foundation
import NeuralNetworks
import TestSupport
import Testing
import WeightFiles

@Suite("HDF5 files that are damaged")
struct DamagedHDF5Tests {
  /// A file with the weights of one layer, to be damaged.
  private func withGoodFile(_ body: (URL, Data, Network) throws -> Void) throws {
    var network = Network(input: [6])
    try network.add("body", Dense(4), to: network.input)
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "x.h5")
      try writeKerasWeights(network, madeUpTensors(network), to: url)
      try body(url, Data(contentsOf: url), network)
    }
  }

  /// One pointer of a good file is bent back.
  @Test(
    "are refused when they lead in a circle",
    arguments: [
      ("the header of an object", "root"), ("the list of a group's names", "HEAP"),
      ("the tree of a group", "TREE"),
    ])
  func circles(what: String, place: String) throws {
    try withGoodFile { url, whole, _ in
      var bytes = [UInt8](whole)
      func number(at offset: Int) -> Int {
        bytes[offset..<offset + 8].reversed().reduce(0) { $0 << 8 | Int($1) }
      }
      func put(_ number: Int, at offset: Int) {
        for index in 0..<8 { bytes[offset + index] = UInt8(number >> (8 * index) & 255) }
      }
      if place == "root" {
        // The only message of the root's header continues it; now with itself.
        let header = number(at: 64)
        try #require(bytes[header + 16] == 0x10)
        put(header + 16, at: header + 24)
        put(24, at: header + 32)
      } else {
        let signature = Array(place.utf8)
        let found = bytes.indices.dropLast(64).filter { Array(bytes[$0..<$0 + 4]) == signature }
        for node in found {
          if place == "HEAP" {
            let free = number(at: node + 16)
            if free != 1 { put(free, at: number(at: node + 24) + free) }
          } else {
            bytes[node + 5] = 1
            bytes[node + 6] = 1
            put(node, at: node + 32)
          }
        }
      }
      try Data(bytes).write(to: url)
      let error = failure { try KerasWeightFile(url) }
      #expect(error?.kind == .bad)
      #expect(
        error?.message
          == "'x.h5' is damaged: \(what) leads in a circle; download or copy it again")
    }
  }

  /// A field of a structure: which, where in it, its length in bytes.
  struct Field: CustomTestStringConvertible {
    let testDescription: String
    let signature: String
    let offset: Int
    let size: Int

    init(_ description: String, _ signature: String, _ offset: Int, _ size: Int = 8) {
      (testDescription, self.signature, self.offset, self.size) = (
        description, signature, offset, size
      )
    }
  }

  @Test(
    "are refused before the library sees them when they lead out of the file",
    arguments: [
      Field("a tree's sibling", "TREE", 8), Field("a leaf in a tree", "TREE", 32),
      Field("the number of a tree's leaves", "TREE", 6, 2),
      Field("the number of a leaf's entries", "SNOD", 6, 2),
      Field("an entry's name", "SNOD", 8), Field("an entry's object", "SNOD", 16),
      Field("the size of the names", "HEAP", 8), Field("the free names", "HEAP", 16),
      Field("the place of the names", "HEAP", 24),
    ], [1 << 61, 1 << 40, -1, -2])
  func outside(field: Field, value: Int) throws {
    try withGoodFile { url, whole, _ in
      var bytes = [UInt8](whole)
      let signature = Array(field.signature.utf8)
      let found = bytes.indices.dropLast(64).filter { Array(bytes[$0..<$0 + 4]) == signature }
      try #require(!found.isEmpty)
      for start in found {
        for index in 0..<field.size {
          bytes[start + field.offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index))
        }
        // A value whose low bytes are 0 leaves a leaf or tree empty, which is no harm but no file either.
        if field.size == 2 { bytes[start + field.offset + 1] = 0x7f }
      }
      try Data(bytes).write(to: url)
      let error = failure { try KerasWeightFile(url) }
      // Ones only stand for a sibling that there is not.
      guard value != -1 || field.testDescription != "a tree's sibling" else {
        return #expect(error == nil)
      }
      #expect(error?.kind == .bad)
      #expect(
        error?.message.contains("leads out of the file") == true, "\(error?.message ?? "no error")")
    }
  }

  @Test("are refused when they name a driver of the library, whatever its information is")
  func driver() throws {
    try withGoodFile { url, whole, _ in
      var bytes = [UInt8](whole)
      try #require(Array(bytes[48..<56]) == Array(repeating: 0xff, count: 8))
      bytes.replaceSubrange(48..<56, with: [96, 0, 0, 0, 0, 0, 0, 0])
      try Data(bytes).write(to: url)
      let error = failure { try KerasWeightFile(url) }
      #expect(error?.kind == .bad)
      #expect(
        error?.message.hasPrefix("'x.h5' is one of several files that belong together") == true,
        "\(error?.message ?? "no error")")
    }
  }

  @Test(
    "are refused when a fill value would be longer than its message",
    arguments: [0x1000, 0x7fff_ffff, 0xffff_ffff], [1, 2, 3, 4])
  func fill(size: Int, version: UInt8) throws {
    try withGoodFile { url, whole, network in
      var bytes = [UInt8](whole)
      let message: [UInt8] = [5, 0, 8, 0, 1, 0, 0, 0, 2, 2, 2, 1, 0, 0, 0, 0]
      let found = bytes.indices.dropLast(16).filter { Array(bytes[$0..<$0 + 16]) == message }
      try #require(!found.isEmpty)
      let length = (0..<4).map { UInt8(truncatingIfNeeded: size >> (8 * $0)) }
      for start in found {
        switch version {
        case 4: bytes.replaceSubrange(start..<start + 1, with: [4])
        case 3: bytes.replaceSubrange((start + 8)..<start + 16, with: [3, 0x2a] + length + [0, 0])
        default: bytes[start + 8] = version
        }
        if version == 4 { bytes.replaceSubrange((start + 8)..<start + 12, with: length) }
        if version < 3 { bytes.replaceSubrange((start + 12)..<start + 16, with: length) }
      }
      try Data(bytes).write(to: url)
      let error = failure { try KerasWeightFile(url).load(network.parameters, for: "net") }
      // A negative size of the older versions says that there is none.
      guard size != 0xffff_ffff || version > 2 else { return #expect(error == nil) }
      #expect(error?.kind == .bad)
      #expect(
        error?.message.hasPrefix("'x.h5' is damaged: the fill value of an object leads out")
          == true,
        "\(error?.message ?? "no error")")
    }
  }

  @Test(
    "are refused when a link of the newer form would be longer than its message",
    arguments: ["the length of a name", "the length of where it leads"])
  func link(what: String) throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "x.h5")
      HostileFile.makeLayer(url) { file, _ in
        file.useNewerForm()
        file.group("/b")
        H5Lcreate_soft("/somewhere", file.id, "/b/link", 0, 0)
      }
      var bytes = [UInt8](try Data(contentsOf: url))
      // A name, and what follows it: the length of the target in two bytes, and the target.
      let place = try #require(
        bytes.indices.dropLast(20).first {
          Array(bytes[$0..<$0 + 7]) == Array("\u{4}link\u{a}\0".utf8)
        })
      bytes[what == "the length of a name" ? place : place + 6] = 0xff
      try Data(bytes).write(to: url)
      let error = failure { try KerasWeightFile(url) }
      #expect(error?.kind == .bad)
      #expect(
        error?.message.hasPrefix("'x.h5' is damaged: a link of a group leads out") == true,
        "\(error?.message ?? "no error")")
    }
  }

  @Test("are never believed when they are cut short, wherever")
  func cutShort() throws {
    try withGoodFile { url, whole, network in
      for length in stride(from: 0, to: whole.count, by: 97) {
        try whole.prefix(length).write(to: url)
        let error = failure { try KerasWeightFile(url).load(network.parameters, for: "net") }
        #expect(error?.kind == .bad, "\(length) of \(whole.count) bytes")
      }
    }
  }

  @Test("never bring the process down when bytes are changed at random")
  func changedBytes() throws {
    var random = SplitMix(state: 11)
    try withGoodFile { url, whole, network in
      for _ in 0..<300 {
        var changed = whole
        for _ in 0...random.next() % 4 {
          changed[Int(random.next() % UInt64(whole.count))] = UInt8(
            truncatingIfNeeded: random.next())
        }
        try changed.write(to: url)
        // Many changes go unnoticed: padding, values. What matters is that each ends in an answer.
        _ = failure { try KerasWeightFile(url).load(network.parameters, for: "net") }
      }
    }
  }
}
