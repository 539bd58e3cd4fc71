import CHDF5
import Foundation
import NeuralNetworks
import TensorKernels
import TestSupport
import Testing
import WeightFiles

@Suite("Files that are odd or hostile")
struct HostileFileTests {
  static let parameters = [Parameter(node: "a", role: .kernel, shape: [2, 3])]
  static let values: [Float] = [1, -2, 3, 0.5, -0.25, 8]

  struct Case: CustomTestStringConvertible {
    let testDescription: String
    /// Part of the message behind the file's name; `nil` when the file is good.
    let message: String?
    let converted: String?
    let make: @Sendable (URL) -> Void

    init(
      _ description: String, _ message: String?, converted: String? = nil,
      _ make: @escaping @Sendable (URL) -> Void
    ) {
      testDescription = description
      self.message = message
      self.converted = converted
      self.make = make
    }

    /// The file with one tensor that is stored in its own way.
    static func kernel(
      _ description: String, _ message: String?, converted: String? = nil,
      _ make: @escaping @Sendable (HostileFile, String) -> Void
    ) -> Case {
      Case(description, message, converted: converted) { url in
        HostileFile.makeLayer(url, kernel: make)
      }
    }
  }

  static let good: [Case] = [
    .kernel("plain", nil) { $0.dataset($1, [2, 3], values: values) },
    .kernel("big-endian", nil) { $0.dataset($1, [2, 3], type: bigEndian(), values: values) },
    .kernel("compact", nil) {
      $0.dataset($1, [2, 3], values: values) { H5Pset_layout($0, H5D_COMPACT) }
    },
    .kernel("chunked, shuffled, compressed, with checksums", nil) {
      $0.dataset($1, [2, 3], values: values) {
        H5Pset_chunk($0, 2, [1, 2])
        H5Pset_shuffle($0)
        H5Pset_deflate($0, 9)
        H5Pset_fletcher32($0)
      }
    },
    .kernel("checksums that are compressed, and a chunk that is neither", nil) {
      $0.dataset($1, [2, 3], values: values) {
        H5Pset_chunk($0, 2, [1, 3])
        H5Pset_fletcher32($0)
        H5Pset_deflate($0, 1)
      }
      $0.chunk(of: $1, mask: 3, bytes(of: values[..<3]))
    },
    .kernel("half precision", nil, converted: "float16") {
      $0.dataset($1, [2, 3], type: float(exponent: 5, mantissa: 10), values: values)
    },
    .kernel("bfloat16 as a float type", nil, converted: "bfloat16") {
      $0.dataset($1, [2, 3], type: float(exponent: 8, mantissa: 7), values: values)
    },
    .kernel("double precision", nil, converted: "float64") {
      $0.dataset($1, [2, 3], type: double(), values: values)
    },
    .kernel("attributes of many types", nil) {
      $0.dataset($1, [2, 3], values: values)
      $0.attributesOfManyTypes()
    },
    .kernel("attributes of many types, as newer versions of the library write them", nil) {
      $0.useNewerForm()
      $0.dataset($1, [2, 3], values: values)
      $0.attributesOfManyTypes()
    },
    .kernel(
      "one compressed chunk and a few links, as newer versions of the library write them", nil
    ) {
      $0.useNewerForm()
      $0.dataset($1, [2, 3], values: values) {
        H5Pset_chunk($0, 2, [2, 3])
        H5Pset_deflate($0, 9)
      }
      for index in 0..<8 { $0.group("/a/more\(index)") }
    },
    .kernel("chunks behind one another, as newer versions of the library write them", nil) {
      $0.useNewerForm()
      $0.dataset($1, [2, 3], values: values) {
        H5Pset_chunk($0, 2, [1, 2])
        H5Pset_alloc_time($0, H5D_ALLOC_TIME_EARLY)
      }
    },
    Case("groups whose trees have nodes of another size than usual", nil) { url in
      HostileFile.makeLayer(url, set: useLargeNodes) {
        for index in 0..<50 { $0.group("/a/more\(index)") }
        $0.dataset($1, [2, 3], values: values) { H5Pset_chunk($0, 2, [1, 1]) }
      }
    },
    Case("names of variable length, without :0, a soft link inside the file", nil) { url in
      HostileFile.make(url) { file in
        file.strings("layer_names", ["a"], as: .variable)
        file.group("/a")
        file.strings("weight_names", ["a/kernel"], of: "/a", as: .spacePadded)
        file.group("/real")
        file.dataset("/real/kernel", [2, 3], values: values)
        H5Lcreate_soft("../real", file.id, "/a/a", 0, 0)
        H5Lcreate_soft("/real", file.id, "/a/b", 0, 0)
        H5Ldelete(file.id, "/a/a", 0)
        H5Lmove(file.id, "/a/b", file.id, "/a/a", 0, 0)
      }
    },
    Case("names in several attributes, Keras 1's spelling", nil) { url in
      HostileFile.make(url) { file in
        file.strings("layer_names0", ["input"])
        file.strings("layer_names1", ["a"])
        file.group("/input")
        file.group("/a")
        file.strings("weight_names", ["a_W_1:0"], of: "/a")
        file.dataset("/a/a_W_1:0", [2, 3], values: values)
      }
    },
    Case("TensorFlow's suffix for a second variable of a name", nil) { url in
      HostileFile.make(url) { file in
        file.strings("layer_names", ["a"])
        file.group("/a")
        file.group("/a/a_1")
        file.strings("weight_names", ["a_1/kernel:0"], of: "/a")
        file.dataset("/a/a_1/kernel:0", [2, 3], values: values)
      }
    },
  ]

  @Test("are read where they are only odd", arguments: good)
  func reads(_ case: Case) throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "x.h5")
      `case`.make(url)
      let (tensors, report) = try KerasWeightFile(url).load(Self.parameters, for: "net")
      #expect(tensors["a/kernel"]?.values == Self.values)
      #expect(report.converted.map(\.from) == (`case`.converted.map { [$0] } ?? []))
    }
  }

  @Test("are refused in one sentence where they are hostile", arguments: bad)
  func refuses(_ case: Case) throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "x.h5")
      `case`.make(url)
      let error = failure { try KerasWeightFile(url).load(Self.parameters, for: "net") }
      #expect(error?.kind == .bad)
      let message = error?.message ?? "no error"
      #expect(message.hasPrefix("'x.h5' \(`case`.message ?? "")"), "\(message)")
      #expect(!message.contains("\n"))
    }
  }

  /// The library writes such sizes into a message of files in a newer form, which its way to keep free space asks for.
  private static func useLargeNodes(_ creation: hid_t, _ access: hid_t) {
    H5Pset_sym_k(creation, 64, 32)
    H5Pset_istore_k(creation, 64)
    H5Pset_file_space_strategy(creation, H5F_FSPACE_STRATEGY_FSM_AGGR, true, 1)
  }

  private static func bigEndian() -> hid_t {
    let type = H5Tcopy(ft_h5_file_float())
    H5Tset_order(type, H5T_ORDER_BE)
    return type
  }

  static func double() -> hid_t {
    float(exponent: 11, mantissa: 52)
  }

  /// A little-endian IEEE format.
  static func float(exponent: Int, mantissa: Int) -> hid_t {
    let size = (1 + exponent + mantissa) / 8
    // Fields must fit at each step, so the type starts large and shrinks.
    let type = H5Tcopy(ft_h5_file_double())
    H5Tset_fields(type, exponent + mantissa, mantissa, exponent, 0, mantissa)
    H5Tset_precision(type, size * 8)
    H5Tset_size(type, size)
    H5Tset_ebias(type, (1 << (exponent - 1)) - 1)
    return type
  }
}
