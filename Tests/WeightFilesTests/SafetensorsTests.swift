import Foundation
import NeuralNetworks
import TensorKernels
import TestSupport
import Testing
import WeightFiles

@Suite("safetensors")
struct SafetensorsTests {
  static let parameters = [Parameter(node: "a", role: .kernel, shape: [2, 2])]
  static let values: [Float] = [1, -2, 0.5, 65504]

  static func write(_ header: String, _ data: [UInt8], to url: URL) throws {
    let length = header.utf8.count
    let start = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
    try Data(start + Array(header.utf8) + data).write(to: url)
  }

  static func bytes<Value>(_ values: [Value]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }
  static let plain = bytes(values)

  static func header(_ name: String = "a/kernel", _ type: String = "F32", size: Int = 16) -> String
  {
    #"{"__metadata__": {"format": "keras"}, "\#(name)": {"dtype": "\#(type)", "shape": [2, 2], "data_offsets": [0, \#(size)]}}"#
  }

  @Test(
    "is read under Keras's names",
    arguments: ["a/kernel", "a.kernel", "a/kernel:0", "base/a/kernel", "base.a.kernel"])
  func names(name: String) throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "x.safetensors")
      try Self.write(Self.header(name), Self.plain, to: url)
      let file = try KerasWeightFile(url)
      #expect(file.layout == .safetensors)
      #expect(file.entries[0].models == (name.hasPrefix("base") ? ["base"] : []))
      let (tensors, report) = try file.load(Self.parameters, for: "net")
      #expect(tensors["a/kernel"]?.values == Self.values)
      #expect(report.converted.isEmpty)
    }
  }

  @Test("is converted from other precisions", arguments: ["F64", "F16", "BF16"])
  func precisions(type: String) throws {
    // 65504 is the largest binary16; bfloat16 rounds it to 65536.
    let data: [UInt8] =
      switch type {
      case "F64": Self.bytes(Self.values.map(Double.init))
      case "F16": Self.bytes([UInt16(0x3c00), 0xc000, 0x3800, 0x7bff])
      default: Self.bytes([UInt16(0x3f80), 0xc000, 0x3f00, 0x4780])
      }
    let expected = type == "BF16" ? [1, -2, 0.5, 65536] : Self.values
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "x.safetensors")
      try Self.write(Self.header("a/kernel", type, size: data.count), data, to: url)
      let (tensors, report) = try KerasWeightFile(url).load(Self.parameters, for: "net")
      #expect(tensors["a/kernel"]?.values == expected)
      let name = ["F64": "float64", "F16": "float16", "BF16": "bfloat16"][type]
      #expect(report.converted.map(\.from) == [name])
    }
  }

  @Test("gives small and special binary16 exactly")
  func halves() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "x.safetensors")
      let data = Self.bytes([UInt16(0x0001), 0x83ff, 0x8000, 0x0400])
      try Self.write(Self.header("a/kernel", "F16", size: 8), data, to: url)
      let values = try KerasWeightFile(url).load(Self.parameters, for: "net").tensors["a/kernel"]
      #expect(values?.values == [0x1p-24, -0x1.ff8p-15, -0.0, 0x1p-14])
      try Self.write(
        Self.header("a/kernel", "F16", size: 8), Self.bytes([UInt16(0x7c00), 0, 0, 0]), to: url)
      let error = failure { try KerasWeightFile(url).load(Self.parameters, for: "net") }
      #expect(error?.message.contains("holds NaN or infinite values in 'a/kernel'") == true)
    }
  }

  static let two =
    #"{"a/kernel": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}, "b/kernel": {"dtype": "F32", "shape": [1], "data_offsets": [%d, %d]}}"#

  @Test(
    "is refused in one sentence where it is odd",
    arguments: [
      (header(), 15, "is cut short: it ends after "), (header(), 20, "has 4 bytes behind its last"),
      (String(format: two, 12, 16), 16, "has tensors that overlap: 'b/kernel' begins at byte"),
      (String(format: two, 20, 24), 24, "has tensors that leave a gap: 'b/kernel' begins at byte"),
      (header(size: 12), 16, "has 12 bytes for 'a/kernel', expected 16 for [2, 2] of float32"),
      (
        header("a/kernel", "F8_E4M3", size: 4), 4, "stores 'a/kernel' as F8_E4M3, which is not read"
      ),
      (
        #"{"a/kernel": {"dtype": "F32", "shape": [9223372036854775807, 2], "data_offsets": [0, 16]}}"#,
        16, "declares an impossible size for 'a/kernel'"
      ),
      (
        #"{"a/kernel": {"dtype": "F32", "shape": [4611686018427387904, 4, 0], "data_offsets": [0, 0]}}"#,
        0, "declares an impossible size for 'a/kernel'"
      ),
      (
        #"{"a/kernel": {"dtype": "F32", "shape": [0, 4611686018427387904, 4], "data_offsets": [0, 0]}}"#,
        0, "declares an impossible size for 'a/kernel'"
      ),
      (
        #"{"a/kernel": {"dtype": "F32", "shape": [-2, -2], "data_offsets": [0, 16]}}"#, 16,
        "has a shape of 'a/kernel' that is none"
      ),
      (
        #"{"a/kernel": {"dtype": "F32", "shape": [2, 2], "data_offsets": [16, 0]}}"#, 16,
        "does not say type, shape and place of 'a/kernel'"
      ),
      (
        #"{"a/kernel": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}, "a/kernel": {}}"#,
        16, "has bad JSON in its header: with the key 'a/kernel' twice at byte"
      ),
      ("{", 0, "has bad JSON in its header: with a key missing at byte 1"),
      (
        header("a/weight"), 16,
        "has none of the 1 tensors of net, which needs 'a/kernel'; it holds 'a/weight'"
      ),
      (
        header("a/kernel", "I32"), 16,
        "holds 32-bit integers in 'a/kernel', expected floating-point numbers"
      ),
    ])
  func refuses(header: String, byteCount: Int, message: String) throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "x.safetensors")
      try Self.write(header, [UInt8](repeating: 0, count: byteCount), to: url)
      let error = failure { try KerasWeightFile(url).load(Self.parameters, for: "net") }
      #expect(error?.kind == .bad)
      #expect(error?.message.hasPrefix("'x.safetensors' \(message)") == true, "\(error as Any)")
    }
  }

  @Test(
    "is what it is, whatever the length of its header looks like",
    arguments: [UInt8(ascii: "<"), 0x80, UInt8(ascii: "P")])
  func lengths(first: UInt8) throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "x.safetensors")
      let plain = Self.header()
      // Spaces make the length begin as a web page, a pickle or an archive does.
      let wanted = first == UInt8(ascii: "P") ? 0x4b50 : 0x200 + Int(first)
      let padded = plain + String(repeating: " ", count: wanted - plain.utf8.count)
      try Self.write(padded, Self.plain, to: url)
      #expect(try KerasWeightFile(url).layout == .safetensors)
    }
  }

  @Test("names a few of many places where one tensor is")
  func manyPlaces() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "x.safetensors")
      let items = (0..<6).map {
        #""m\#($0)/a/kernel": {"dtype": "F32", "shape": [2, 2], "data_offsets": [\#($0 * 16), \#($0 * 16 + 16)]}"#
      }
      try Self.write(
        "{\(items.joined(separator: ", "))}", [UInt8](repeating: 0, count: 96), to: url)
      let error = failure { try KerasWeightFile(url).load(Self.parameters, for: "net") }
      #expect(
        error?.message
          == "'x.safetensors' has 'a/kernel' more than once: m0/a/kernel, m1/a/kernel, m2/a/kernel and 3 more"
      )
    }
  }

  @Test(
    "has no weights that overflow in a few layers; variances are none",
    arguments: [
      (Parameter.Role.kernel, Float(1e6), true), (.kernel, 0x1p32, true), (.kernel, -1e10, false),
      (.gamma, 3e38, false), (.movingMean, 1e10, false), (.movingVariance, 3e38, true),
    ])
  func magnitudes(role: Parameter.Role, value: Float, isGood: Bool) throws {
    let parameter = Parameter(node: "a", role: role, shape: [2, 2])
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "x.safetensors")
      try Self.write(Self.header(parameter.name), Self.bytes([0, value, 1, -1]), to: url)
      let error = failure { try KerasWeightFile(url).load([parameter], for: "net") }
      #expect((error == nil) == isGood)
      if !isGood {
        let place = "'\(parameter.name)' (\(parameter.name))"
        #expect(
          error?.message.hasPrefix(
            "'x.safetensors' holds a value as large as \(abs(value)) in \(place), and a network's numbers overflow"
          )
            == true, "\(error as Any)")
      }
    }
  }

  @Test("is refused when its header is longer than the file or than anything")
  func longHeader() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "x.safetensors")
      for (bytes, message) in [
        (
          [16, 39, 0, 0, 0, 0, 0, 0],
          "is cut short: it ends after 9 bytes, within a header of 10000"
        ),
        ([UInt8](repeating: 255, count: 8), "declares a header of 18446744073709551615 bytes"),
      ] {
        try Data(bytes + Array("{".utf8)).write(to: url)
        let error = failure { try KerasWeightFile(url) }
        #expect(error?.message.contains(message) == true, "\(error as Any)")
      }
    }
  }
}
