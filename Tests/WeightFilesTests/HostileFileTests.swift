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

  static let bad: [Case] = [
    Case("a layer in another file", "has the link '/a' to another file, which is refused") { url in
      HostileFile.make(url) { file in
        file.strings("layer_names", ["a"])
        H5Lcreate_external("/etc/passwd", "/a", file.id, "/a", 0, 0)
      }
    },
    .kernel("a link to another file that no layer uses", "has the link '/a/a/more' to another file")
    {
      $0.dataset($1, [2, 3], values: values)
      H5Lcreate_external("other.h5", "/", $0.id, "/a/a/more", 0, 0)
    },
    .kernel("a soft link to nowhere", "has the link '/a/more' to nowhere") {
      $0.dataset($1, [2, 3], values: values)
      H5Lcreate_soft("/none", $0.id, "/a/more", 0, 0)
    },
    .kernel("soft links in a circle", "has soft links that lead in a circle") {
      $0.dataset($1, [2, 3], values: values)
      H5Lcreate_soft("/a/two", $0.id, "/a/one", 0, 0)
      H5Lcreate_soft("/a/one", $0.id, "/a/two", 0, 0)
    },
    .kernel("a group inside itself", "has the group '/a/a/loop' inside itself") {
      $0.dataset($1, [2, 3], values: values)
      H5Lcreate_hard($0.id, "/a", $0.id, "/a/a/loop", 0, 0)
    },
    .kernel("a group inside itself by soft links", "has the group '/a/loop/back' inside itself") {
      $0.dataset($1, [2, 3], values: values)
      $0.group("/b")
      H5Lcreate_soft("/b", $0.id, "/a/loop", 0, 0)
      H5Lcreate_soft("/a", $0.id, "/b/back", 0, 0)
    },
    .kernel("a virtual dataset", "assembles '/a/a/kernel:0' from other datasets") { file, path in
      file.dataset(path, [2, 3]) { list in
        let space = file.space([2, 3])
        H5Pset_virtual(list, space, "/etc/passwd", "x", space)
        H5Sclose(space)
      }
    },
    .kernel("external storage", "keeps '/a/a/kernel:0' in another file") {
      $0.dataset($1, [2, 3]) { H5Pset_external($0, "/etc/passwd", 0, 24) }
    },
    .kernel("links in a heap", "keeps the many links of '/more' in a newer form of HDF5") {
      $0.dataset($1, [2, 3], values: values)
      $0.useNewerForm()
      $0.group("/more")
      for index in 0..<9 { $0.group("/more/\(index)") }
    },
    .kernel("attributes in a heap", "keeps the many attributes of '/a/a/kernel:0' in a newer form")
    {
      $0.useNewerForm()
      $0.dataset($1, [2, 3], values: values)
      for index in 0..<9 { $0.number("x\(index)", 1, of: $1) }
    },
    .kernel("chunks with an index of a fixed length", "keeps an index of the chunks of '/a/a/ker") {
      $0.useNewerForm()
      $0.dataset($1, [2, 3], values: values) {
        H5Pset_chunk($0, 2, [1, 3])
        H5Pset_deflate($0, 9)
      }
    },
    .kernel("chunks with an index that may grow", "keeps an index of the chunks of '/a/a/kernel:0'")
    {
      $0.useNewerForm()
      $0.dataset($1, [2, 3], values: values, mayGrow: true) { H5Pset_chunk($0, 2, [1, 3]) }
    },
    Case("a copy of the library's cache", "keeps a copy of libhdf5's cache in a newer form") {
      url in
      HostileFile.makeLayer(
        url,
        set: { _, access in
          H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110)
          var image = H5AC_cache_image_config_t(
            version: 1, generate_image: true, save_resize_status: false, entry_ageout: -1)
          H5Pset_mdc_image_config(access, &image)
        }, kernel: { $0.dataset($1, [2, 3], values: values) })
    },
    Case("parts of objects in a table", "keeps parts of its objects in a table in a newer form") {
      url in
      HostileFile.makeLayer(
        url, set: { creation, _ in H5Pset_shared_mesg_nindexes(creation, 1) },
        kernel: { $0.dataset($1, [2, 3], values: values) })
    },
    .kernel("a size that is not there", "declares 4000000000000 bytes for '/a/a/kernel:0'") {
      $0.dataset($1, [1_000_000, 1_000_000])
    },
    .kernel("a size that overflows", "declares an impossible size for '/a/a/kernel:0'") {
      $0.dataset($1, [1 << 40, 1 << 40]) { H5Pset_chunk($0, 2, [2, 3]) }
    },
    .kernel("a size that overflows behind a 0", "declares an impossible size for '/a/a/kernel:0'") {
      $0.dataset($1, [0, 1 << 40, 1 << 40])
    },
    .kernel("a weight that overflows", "holds a value as large as 1e+10 in 'a/kernel' (/a/a/k") {
      $0.dataset($1, [2, 3], values: [1, 2, -1e10, 3, 4, 5])
    },
    Case("a layer listed twice", "lists the layer 'a' more than once") { url in
      HostileFile.make(url) { file in
        file.strings("layer_names", ["a", "a"])
        file.group("/a")
        file.strings("weight_names", ["a/kernel:0"], of: "/a")
        file.group("/a/a")
        file.dataset("/a/a/kernel:0", [2, 3], values: values)
      }
    },
    Case("a tensor listed twice", "lists the tensor 'a/kernel:0' more than once") { url in
      HostileFile.make(url) { file in
        file.strings("layer_names", ["a"])
        file.group("/a")
        file.strings("weight_names", ["a/kernel:0", "a/kernel:0"], of: "/a")
        file.group("/a/a")
        file.dataset("/a/a/kernel:0", [2, 3], values: values)
      }
    },
    .kernel("values that were never written", "holds 0 bytes of '/a/a/kernel:0', expected 24") {
      $0.dataset($1, [2, 3])
    },
    .kernel("chunks that were never written", "holds 24 bytes of '/a/a/kernel:0', expected 2400") {
      let file = $0.id
      $0.dataset($1, [200, 3]) { H5Pset_chunk($0, 2, [2, 3]) }
      let dataset = H5Dopen2(file, $1, 0)
      H5Dwrite_chunk(dataset, 0, 0, [0, 0], 24, values)
      H5Dclose(dataset)
    },
    .kernel("a compressed size beyond any compression", "declares 4000000000000 bytes for") {
      let file = $0.id
      $0.dataset($1, [1_000_000, 1_000_000]) {
        H5Pset_chunk($0, 2, [100, 100])
        H5Pset_deflate($0, 1)
      }
      let dataset = H5Dopen2(file, $1, 0)
      H5Dwrite_chunk(dataset, 0, 0, [0, 0], 24, values)
      H5Dclose(dataset)
    },
    .kernel(
      "chunks far larger than the tensor", "declares chunks of 400000000 bytes for the 24 bytes"
    ) {
      $0.dataset($1, [2, 3], mayGrow: true) {
        H5Pset_chunk($0, 2, [10_000, 10_000])
        H5Pset_deflate($0, 1)
      }
      let dataset = H5Dopen2($0.id, $1, 0)
      H5Dwrite_chunk(dataset, 0, 0, [0, 0], 24, values)
      H5Dclose(dataset)
    },
    .kernel("a chunk that does not decompress", "cannot read '/a/a/kernel:0'") {
      let file = $0.id
      $0.dataset($1, [2, 3]) {
        H5Pset_chunk($0, 2, [2, 3])
        H5Pset_deflate($0, 1)
      }
      let dataset = H5Dopen2(file, $1, 0)
      H5Dwrite_chunk(dataset, 0, 0, [0, 0], 24, values)
      H5Dclose(dataset)
    },
    .kernel("one of two chunks", "lacks chunk 2 of the 2 of '/a/a/kernel:0'; download or copy") {
      let file = $0.id
      $0.dataset($1, [2, 3]) {
        H5Pset_chunk($0, 2, [1, 3])
        H5Pset_deflate($0, 1)
      }
      let dataset = H5Dopen2(file, $1, 0)
      H5Dwrite_chunk(dataset, 0, 1, [0, 0], 12, values)  // 1: as it is, without its filter
      H5Dclose(dataset)
    },
    .kernel("a filter that is not read", "compresses '/a/a/kernel:0' with filter 6") {
      $0.dataset($1, [2, 3], values: values) {
        H5Pset_chunk($0, 2, [2, 3])
        H5Pset_scaleoffset($0, H5Z_SO_FLOAT_DSCALE, 2)
      }
    },
    .kernel("integers", "holds 32-bit integers in '/a/a/kernel:0', expected floating-point") {
      $0.dataset($1, [2, 3], type: ft_h5_file_int32(), values: values)
    },
    .kernel("a float format that nobody uses", "holds floats of an unknown format in") {
      $0.dataset($1, [2, 3], type: float(exponent: 6, mantissa: 9), values: values)
    },
    .kernel("a number that Float32 cannot hold", "holds NaN or infinite values in 'a/kernel'") {
      $0.dataset($1, [2, 3], type: double())
      let dataset = H5Dopen2($0.id, $1, 0)
      let double = double()
      H5Dwrite(dataset, double, 0, 0, 0, [1.0, 2, 1e300, 4, 5, 6])
      H5Tclose(double)
      H5Dclose(dataset)
    },
    .kernel("a group in place of the tensor", "names the tensor '/a/a/kernel:0' but has none there")
    {
      $0.group($1)
    },
    Case("a layer without a group", "lists the layer 'b' but has no group of that name") { url in
      HostileFile.make(url) { file in
        file.strings("layer_names", ["b"])
      }
    },
    Case("numbers as names", "has numbers where strings are expected, in the attribute") { url in
      HostileFile.make(url) { file in
        file.number("layer_names", 7)
      }
    },
    Case("one tensor twice", "has 'a/kernel' more than once: /m/a/kernel:0 and /n/a/kernel:0") {
      url in
      HostileFile.make(url) { file in
        file.strings("layer_names", ["m", "n"])
        for group in ["/m", "/n"] {
          file.group(group)
          file.group(group + "/a")
          file.group(group + "/b")
          file.strings("weight_names", ["a/kernel:0", "b/kernel:0"], of: group)
          file.dataset(group + "/a/kernel:0", [2, 3], values: values)
          file.dataset(group + "/b/kernel:0", [2, 3], values: values)
        }
      }
    },
    Case(
      "no layers at all",
      "has none of the 1 tensors of net, which needs 'a/kernel'; it holds no tensors at all"
    ) { url in
      HostileFile.make(url) { file in
        file.strings("layer_names", [])
      }
    },
    Case("an empty file", "is empty") { try? Data().write(to: $0) },
    Case("a Git LFS pointer", "is a Git LFS pointer in place of the file") {
      try? Data("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n".utf8)
        .write(to: $0)
    },
    Case("a web page", "is no weight file but a web page") {
      try? Data("<html>".utf8).write(to: $0)
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

  private static func double() -> hid_t {
    float(exponent: 11, mantissa: 52)
  }

  /// A little-endian IEEE format.
  private static func float(exponent: Int, mantissa: Int) -> hid_t {
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
