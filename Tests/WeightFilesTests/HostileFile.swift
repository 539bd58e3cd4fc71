import CHDF5
import Foundation
import WeightFiles

/// A weight file that is put together call by call, to be as odd as a test wants it.
///
/// Nothing is checked: a wrong call makes a file that the test's expectation will not fit.
struct HostileFile {
  let id: hid_t
  private let url: URL

  /// Writes a file in one exclusive use of the library.
  /// - Parameter set: how the file is made, and how it is written.
  static func make(
    _ url: URL, set: (_ creation: hid_t, _ access: hid_t) -> Void = { _, _ in },
    _ body: (HostileFile) -> Void
  ) {
    HDF5Library.query {
      let (creation, access) = (H5Pcreate(ft_h5_file_creation()), H5Pcreate(ft_h5_file_access()))
      set(creation, access)
      let id = H5Fcreate(url.path, ft_h5_truncate(), creation, access)
      body(HostileFile(id: id, url: url))
      H5Fclose(id)
      for list in [creation, access] { H5Pclose(list) }
    }
  }

  /// What comes next is written as newer versions of the library do.
  func useNewerForm() { H5Fset_libver_bounds(id, H5F_LIBVER_V110, H5F_LIBVER_V110) }

  /// The smallest network's file: a layer `a` with `a/kernel` of this shape, made by `kernel`.
  static func makeLayer(
    _ url: URL, set: (_ creation: hid_t, _ access: hid_t) -> Void = { _, _ in },
    kernel: (HostileFile, _ path: String) -> Void
  ) {
    make(url, set: set) { file in
      file.strings("layer_names", ["a"])
      file.group("/a")
      file.strings("weight_names", ["a/kernel:0"], of: "/a")
      file.group("/a/a")
      kernel(file, "/a/a/kernel:0")
    }
  }

  func group(_ path: String) { H5Gclose(H5Gcreate2(id, path, 0, 0, 0)) }

  enum StringKind {
    case zeroPadded, spacePadded, variable
  }

  func strings(
    _ name: String, _ values: [String], of path: String = "/", as kind: StringKind = .zeroPadded
  ) {
    let type = H5Tcopy(ft_h5_c_string())
    let space = space([values.count])
    let size = (values.map(\.utf8.count).max() ?? 0) + 2
    H5Tset_size(type, kind == .variable ? ft_h5_variable_length() : size)
    H5Tset_strpad(type, kind == .spacePadded ? H5T_STR_SPACEPAD : H5T_STR_NULLPAD)
    let attribute = H5Acreate_by_name(id, path, name, type, space, 0, 0, 0)
    if kind == .variable {
      let copies = values.map { strdup($0) }
      H5Awrite(attribute, type, copies)
      for copy in copies { free(copy) }
    } else {
      let padding: UInt8 = kind == .spacePadded ? 32 : 0
      let bytes = values.flatMap {
        Array($0.utf8) + Array(repeating: padding, count: size - $0.utf8.count)
      }
      H5Awrite(attribute, type, bytes)
    }
    H5Aclose(attribute)
    H5Sclose(space)
    H5Tclose(type)
  }

  func number(_ name: String, _ value: Float, of path: String = "/") {
    let space = space([1])
    let attribute = H5Acreate_by_name(id, path, name, ft_h5_file_float(), space, 0, 0, 0)
    H5Awrite(attribute, ft_h5_native_float(), [value])
    H5Aclose(attribute)
    H5Sclose(space)
  }

  /// Attributes of the types that other programs' files have beside the weights, one within another.
  func attributesOfManyTypes() {
    let (integer, float) = (ft_h5_native_int32(), ft_h5_native_float())
    let truth = H5Tenum_create(integer)
    for (value, name) in ["FALSE", "TRUE", "not known at all"].enumerated() {
      H5Tenum_insert(truth, name, [Int32(value)])
    }
    let table = H5Tarray_create2(truth, 2, [2, 3])
    let blob = H5Tcreate(H5T_OPAQUE, 5)
    H5Tset_tag(blob, "a tag of some length")
    let list = H5Tvlen_create(table)
    let record = H5Tcreate(H5T_COMPOUND, 300)
    for (index, (name, type)) in [
      ("a", integer), ("eight by", float), ("truth", truth), ("table", table), ("list", list),
    ].enumerated() {
      H5Tinsert(record, name, 40 * index, type)
    }
    let whole = H5Tarray_create2(record, 1, [2])
    let zeros = [UInt8](repeating: 0, count: 1000)
    for (index, type) in [truth, table, blob, list, record, whole].enumerated() {
      // Few of each object: newer versions keep more than eight elsewhere.
      for (path, space) in [
        ("/", H5Screate(H5S_SCALAR)), ("/a", H5Screate(H5S_NULL)), ("/a/a", space([1])),
      ] {
        let attribute = H5Acreate_by_name(id, path, "type \(index)", type, space, 0, 0, 0)
        H5Awrite(attribute, type, zeros)
        H5Aclose(attribute)
        H5Sclose(space)
      }
    }
    for type in [truth, table, blob, list, record, whole] { H5Tclose(type) }
  }

  /// A dataset of Float32 unless another type is given; nothing is written without values.
  func dataset(
    _ path: String, _ dimensions: [Int], type: hid_t? = nil, values: [Float]? = nil,
    mayGrow: Bool = false, properties: (hid_t) -> Void = { _ in }
  ) {
    let list = H5Pcreate(ft_h5_dataset_creation())
    properties(list)
    let space = space(dimensions, mayGrow: mayGrow)
    let dataset = H5Dcreate2(id, path, type ?? ft_h5_file_float(), space, 0, list, 0)
    if let values {
      H5Dwrite(dataset, ft_h5_native_float(), 0, 0, 0, values)
    }
    H5Dclose(dataset)
    H5Sclose(space)
    H5Pclose(list)
  }

  /// Stores bytes as a chunk, as if they came out of the filters.
  /// - Parameter mask: a bit for each filter that has not been applied.
  func chunk(
    of path: String, at place: [hsize_t] = [0, 0], mask: UInt32 = 0, _ bytes: [UInt8]
  ) {
    let dataset = H5Dopen2(id, path, 0)
    H5Dwrite_chunk(dataset, 0, mask, place, bytes.count, bytes)
    H5Dclose(dataset)
  }

  func integers(_ path: String, _ values: [Int32]) {
    let space = space([values.count])
    let dataset = H5Dcreate2(id, path, ft_h5_file_int32(), space, 0, 0, 0)
    H5Dwrite(dataset, ft_h5_native_int32(), 0, 0, 0, values)
    H5Dclose(dataset)
    H5Sclose(space)
  }

  func space(_ dimensions: [Int], mayGrow: Bool = false) -> hid_t {
    let extent = dimensions.map { hsize_t($0) }
    return H5Screate_simple(
      Int32(extent.count), extent, mayGrow ? extent.map { _ in hsize_t.max } : nil)
  }
}
