import CHDF5
import Foundation
import NeuralNetworks
import TensorKernels
import TestSupport
import Testing
import WeightFiles

extension HostileFileTests {
  private static func compressed(_ properties: hid_t) {
    H5Pset_chunk(properties, 2, [2, 3])
    H5Pset_deflate(properties, 1)
  }

  /// As a chunk holds them that no filter has changed.
  static func bytes(of values: some Sequence<Float>) -> [UInt8] {
    values.flatMap { withUnsafeBytes(of: $0, Array.init) }
  }

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
    // A name that begins with a mark is no character of its own behind the slash.
    .kernel("a soft link through a link to another file", "has the link '/zz' to another file") {
      $0.dataset($1, [2, 3], values: values)
      H5Lcreate_external("/etc/passwd", "/", $0.id, "/zz", 0, 0)
      H5Lcreate_soft("/zz/\u{301}x", $0.id, "/a/more", 0, 0)
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
      $0.dataset($1, [200, 3]) { H5Pset_chunk($0, 2, [2, 3]) }
      $0.chunk(of: $1, bytes(of: values))
    },
    .kernel("a compressed size beyond any compression", "declares 4000000000000 bytes for") {
      $0.dataset($1, [1_000_000, 1_000_000]) {
        H5Pset_chunk($0, 2, [100, 100])
        H5Pset_deflate($0, 1)
      }
      $0.chunk(of: $1, bytes(of: values))
    },
    .kernel(
      "chunks far larger than the tensor", "declares chunks of 400000000 bytes for the 24 bytes"
    ) {
      $0.dataset($1, [2, 3], mayGrow: true) {
        H5Pset_chunk($0, 2, [10_000, 10_000])
        H5Pset_deflate($0, 1)
      }
      $0.chunk(of: $1, bytes(of: values))
    },
    .kernel(
      "a compressed chunk of too few bytes",
      "is damaged: chunk 1 of the 1 of '/a/a/kernel:0' does not give the 24 bytes"
    ) {
      $0.dataset($1, [2, 3], properties: compressed)
      $0.chunk(of: $1, [120, 156, 99, 96, 128, 0, 0, 0, 8, 0, 1])  // 8 zeros
    },
    .kernel(
      "a compressed chunk of too many bytes",
      "is damaged: chunk 1 of the 1 of '/a/a/kernel:0' does not give the 24 bytes"
    ) {
      $0.dataset($1, [2, 3], properties: compressed)
      $0.chunk(of: $1, [120, 156, 99, 96, 24, 56, 0, 0, 0, 124, 0, 1])  // 124 zeros
    },
    .kernel(
      "a short chunk that is said not to be compressed",
      "is damaged: chunk 1 of the 1 of '/a/a/kernel:0' does not give the 24 bytes"
    ) {
      $0.dataset($1, [2, 3], properties: compressed)
      $0.chunk(of: $1, mask: 1, [1, 2, 3, 4, 5])
    },
    .kernel(
      "a long chunk that is said not to be compressed",
      "is damaged: chunk 1 of the 1 of '/a/a/kernel:0' does not give the 24 bytes"
    ) {
      $0.dataset($1, [2, 3], properties: compressed)
      $0.chunk(of: $1, mask: 1, [UInt8](repeating: 1, count: 40))
    },
    .kernel(
      "a chunk shorter than its checksum",
      "is damaged: chunk 1 of the 1 of '/a/a/kernel:0' does not give the 24 bytes"
    ) {
      $0.dataset($1, [2, 3]) {
        H5Pset_chunk($0, 2, [2, 3])
        H5Pset_fletcher32($0)
      }
      $0.chunk(of: $1, [1, 2, 3])
    },
    .kernel(
      "a short chunk beside a long one",
      "is damaged: chunk 1 of the 2 of '/a/a/kernel:0' does not give the 12 bytes"
    ) {
      $0.dataset($1, [2, 3]) { H5Pset_chunk($0, 2, [1, 3]) }
      $0.chunk(of: $1, [UInt8](repeating: 1, count: 8))
      $0.chunk(of: $1, at: [1, 0], [UInt8](repeating: 1, count: 16))
    },
    .kernel(
      "bytes that are shuffled when they are compressed",
      "filters what is compressed of '/a/a/kernel:0'"
    ) {
      $0.dataset($1, [2, 3], values: values) {
        compressed($0)
        H5Pset_shuffle($0)
      }
    },
    .kernel(
      "a chunk that does not decompress",
      "is damaged: chunk 1 of the 1 of '/a/a/kernel:0' does not give the 24 bytes"
    ) {
      $0.dataset($1, [2, 3], properties: compressed)
      $0.chunk(of: $1, bytes(of: values))
    },
    .kernel("one of two chunks", "lacks chunk 2 of the 2 of '/a/a/kernel:0'; download or copy") {
      $0.dataset($1, [2, 3]) {
        H5Pset_chunk($0, 2, [1, 3])
        H5Pset_deflate($0, 1)
      }
      $0.chunk(of: $1, mask: 1, bytes(of: values[..<3]))  // 1: as it is, without its filter
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
}
